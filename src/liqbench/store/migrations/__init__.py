"""The schemas that the records have had; alembic leads from each to the next.

A new one is a file in ``versions`` and the new ``schema.SCHEMA``.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from liqbench.errors import RecordSchemaError

__all__ = ["scripts", "upgrade"]

_ONE_AT_A_TIME = threading.Lock()  # alembic's context is one for all threads


def scripts() -> Config:
    """Return alembic's configuration: where the revisions are."""
    config = Config()
    config.set_main_option("script_location", "liqbench.store:migrations")
    return config


def upgrade(connection: Connection, found: Sequence[str], *, where: str) -> None:
    """Bring the tables from the revision ``found`` to the last one, within a transaction.

    Raises ``RecordSchemaError`` for a revision that isn't known, or tables of something else.
    """
    config = scripts()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if unknown := set(found) - known:
        raise RecordSchemaError(
            f"the records have schema {', '.join(sorted(unknown))}, which isn't known here",
            where=where,
            hint="open them with the newer liqbench that wrote them",
        )
    config.attributes["connection"] = connection
    with _ONE_AT_A_TIME:
        command.upgrade(config, "head")
