"""The workspace's records: runs, submissions and decisions, and the table of the audit log."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.schema import CreateIndex, CreateTable

from liqbench.errors import DamagedRecordError, StateError, UnknownResultError, did_you_mean

Documents = list[dict[str, Any]]

_PATIENCE = 30  # seconds
_WRITES = "liqbench_writes"
_METADATA = MetaData()
_DOCUMENTS = Table(
    "documents",
    _METADATA,
    Column("id", String(80), primary_key=True),
    Column("kind", String(20), nullable=False, index=True),
    Column("state", String(20), nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("body", Text, nullable=False),
)
AUDIT = Table(
    "audit",
    _METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("who", String(200), nullable=False),
    Column("what", String(40), nullable=False),
    Column("subject", String(120), nullable=False, index=True),
    Column("details", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)


class Records:
    """Documents with a state. One write is one transaction, or part of the caller's.

    The audit log's table lies beside them, so that an entry and what it tells are written
    together; its entries are the business of ``governance``.
    """

    def __init__(self, file: Path) -> None:
        self._engine = create_engine(f"sqlite:///{file}")
        event.listen(self._engine, "connect", _wait_for_writers)
        event.listen(self._engine, "begin", _begin)
        self._writer = self._engine.execution_options(**{_WRITES: True})
        with self.transaction() as connection:
            for table in _METADATA.sorted_tables:  # another process may be doing the same
                connection.execute(CreateTable(table, if_not_exists=True))
                for index in table.indexes:
                    connection.execute(CreateIndex(index, if_not_exists=True))

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Run a block of changes: all of it happens, or nothing.

        Writers take turns: what the block reads is still so when it writes. It can't be nested.
        """
        with self._writer.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Run a block that only reads, all of it from one moment."""
        with self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _within(self, connection: Connection | None) -> Iterator[Connection]:
        if connection is not None:
            yield connection
            return
        with self.transaction() as own:
            yield own

    def add(
        self,
        kind: str,
        document_id: str,
        state: str,
        body: Mapping[str, Any],
        *,
        connection: Connection | None = None,
    ) -> None:
        """Store a new document."""
        with self._within(connection) as writer:
            writer.execute(
                insert(_DOCUMENTS).values(
                    id=document_id,
                    kind=kind,
                    state=state,
                    created_at=datetime.now(UTC),
                    body=_text(body),
                )
            )

    def move(
        self,
        document_id: str,
        *,
        expected: str,
        state: str,
        body: Mapping[str, Any] | None = None,
        connection: Connection | None = None,
    ) -> None:
        """Change a document's state, if it is the expected one and the ``body`` still this one.

        Raises ``StateError``.
        """
        wanted = [_DOCUMENTS.c.id == document_id, _DOCUMENTS.c.state == expected]
        if body is not None:
            wanted.append(_DOCUMENTS.c.body == _text(body))
        with self._within(connection) as writer:
            done = writer.execute(update(_DOCUMENTS).where(*wanted).values(state=state))
            if done.rowcount == 1:
                return
            found = writer.execute(
                select(_DOCUMENTS.c.state).where(_DOCUMENTS.c.id == document_id)
            ).scalar_one_or_none()
            if found == expected:
                raise StateError(
                    "was changed while it was looked at, so nothing was decided",
                    where=document_id,
                    hint="look at it again",
                )
            raise StateError(
                f"is {found or 'not there'}, and only what is {expected} can become {state}",
                where=document_id,
            )

    def get(self, kind: str, document_id: str) -> tuple[str, dict[str, Any]]:
        """Return a document's state and body.

        Raises ``UnknownResultError``, ``DamagedRecordError``.
        """
        with self.reading() as connection:
            row = connection.execute(
                select(_DOCUMENTS.c.state, _DOCUMENTS.c.body).where(
                    _DOCUMENTS.c.id == document_id, _DOCUMENTS.c.kind == kind
                )
            ).one_or_none()
        if row is None:
            known = [found["id"] for found in self.list(kind)]
            raise UnknownResultError(
                f"there is no {kind} {document_id!r}", hint=did_you_mean(document_id, known)
            )
        return row.state, _body(document_id, row.body)

    def list(self, kind: str) -> Documents:
        """Return all documents of a kind, the oldest first: id, state, created_at, body."""
        with self.reading() as connection:
            rows = connection.execute(
                select(_DOCUMENTS)
                .where(_DOCUMENTS.c.kind == kind)
                .order_by(_DOCUMENTS.c.created_at, _DOCUMENTS.c.id)
            )
            return [
                {
                    "id": row.id,
                    "state": row.state,
                    "created_at": row.created_at,
                    "body": _body(row.id, row.body),
                }
                for row in rows
            ]

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()


def _text(body: Mapping[str, Any]) -> str:
    return json.dumps(body, sort_keys=True)


def _body(document_id: str, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise DamagedRecordError("its record can't be read", where=document_id)
    return found


def _begin(connection: Connection) -> None:
    """Begin a transaction; one that writes claims its turn now, before it reads anything."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _wait_for_writers(connection: Any, _record: Any) -> None:
    """Let a second process wait for the first one's write instead of failing.

    The driver must not begin transactions of its own: it would do so at the first write only.
    """
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_PATIENCE * 1000}")
    until = time.monotonic() + _PATIENCE
    while not _is_write_ahead(cursor):
        if time.monotonic() > until:
            raise TimeoutError("another process keeps the workspace's records locked")
        time.sleep(0.01)
    cursor.close()


def _is_write_ahead(cursor: sqlite3.Cursor) -> bool:
    """Switch a new file to write-ahead logging; SQLite doesn't wait by itself with that."""
    try:
        cursor.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            return False
        raise
    return True
