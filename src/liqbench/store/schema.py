"""The tables of the records, and the way of an older schema to this one."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    inspect,
    select,
)

from liqbench.store.databases import NOTHING_WRITTEN, Database

SCHEMA = "0001"  # the last revision in ``migrations``; it makes the tables below
METADATA = MetaData()
DOCUMENTS = Table(
    "documents",
    METADATA,
    Column("id", String(80), primary_key=True),
    Column("kind", String(20), nullable=False, index=True),
    Column("state", String(20), nullable=False),
    Column("created_at", DateTime, nullable=False),  # UTC
    Column("body", Text, nullable=False),
)
AUDIT = Table(
    "audit",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("who", String(200), nullable=False),
    Column("what", String(40), nullable=False),
    Column("subject", String(120), nullable=False, index=True),
    Column("details", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
# Alembic's own: a row that names the revision.
_VERSION = Table("alembic_version", MetaData(), Column("version_num", String(32)))


def ensure_schema(database: Database) -> None:
    """Make the tables, or bring them from an older schema to this one: wholly or not at all.

    Several processes may do so at once; one of them does it. Raises ``RecordSchemaError`` for a
    schema that isn't known here, ``RecordStoreError``.
    """
    with database.told(), database.reading.connect() as connection:
        if revisions(connection) == [SCHEMA]:
            return
    from liqbench.store.migrations import upgrade  # noqa: PLC0415 - alembic's import takes time

    with database.told(NOTHING_WRITTEN), database.writing.connect() as connection:
        connection.begin()
        upgrade(connection, revisions(connection), where=database.address)
        database.commit(connection)


def revisions(connection: Connection) -> list[str]:
    """Return the revision that a database says it has; none where it has no such table."""
    if not inspect(connection).has_table(_VERSION.name):
        return []
    return list(connection.execute(select(_VERSION.c.version_num)).scalars())
