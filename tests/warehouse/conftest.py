"""The stand-in for Redshift, for the tests that publish to it."""

from __future__ import annotations

import os

from tests.redshift.fixtures import redshift, servers

__all__ = ["redshift", "servers"]

# A real cluster is tried where somebody names one; elsewhere nothing is skipped.
collect_ignore = [] if "LIQBENCH_REDSHIFT_SMOKE" in os.environ else ["test_real_cluster.py"]
