"""What alembic runs: its steps become part of the transaction that it is given."""

from __future__ import annotations

from alembic import context

from liqbench.store.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
