"""Processes of their own that start at once: forks of one that has imported what they need."""

from __future__ import annotations

import multiprocessing

# A session has one server to fork from, so all that use it name here what it is to import.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["alembic.command", "boto3", "redshift_connector", "tests.store.opening",
     "tests.warehouse.publishers"]
)  # fmt: skip
