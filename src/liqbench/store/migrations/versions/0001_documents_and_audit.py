"""The documents and the audit log.

Workspaces had these tables before they had revisions: those that are there stay as they are.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liqbench.errors import RecordSchemaError

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make what isn't there. Raises ``RecordSchemaError`` for other tables of these names."""
    _make(
        "documents",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("ix_documents_kind", "documents", ["kind"], if_not_exists=True)
    _make(
        "audit",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index("ix_audit_subject", "audit", ["subject"], if_not_exists=True)


def _make(name: str, *columns: sa.Column[object]) -> None:
    inspector = sa.inspect(op.get_bind())
    if not inspector.has_table(name):
        op.create_table(name, *columns)
        return
    found = {column["name"] for column in inspector.get_columns(name)}
    if found != {column.name for column in columns}:
        raise RecordSchemaError(
            f"there is a table {name!r} of something else",
            where="the records' database",
            hint="give the records a database, or a schema, of their own",
        )
