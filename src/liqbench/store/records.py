"""The workspace's records: runs, submissions, decisions, publications, and what happened when."""

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

from liqbench.errors import StateError, UnknownResultError, did_you_mean

Documents = list[dict[str, Any]]

_PATIENCE = 30  # seconds
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
_EVENTS = Table(
    "events",
    _METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", DateTime, nullable=False),
    Column("document_id", String(80), nullable=False, index=True),
    Column("what", String(20), nullable=False),
    Column("who", String(200), nullable=False),
    Column("comment", Text, nullable=False),
)


class Records:
    """Documents with a state, and the events that led there. One write is one transaction."""

    def __init__(self, file: Path) -> None:
        self._engine = create_engine(f"sqlite:///{file}")
        event.listen(self._engine, "connect", _wait_for_writers)
        with self._engine.begin() as connection:
            for table in _METADATA.sorted_tables:  # another process may be doing the same
                connection.execute(CreateTable(table, if_not_exists=True))
                for index in table.indexes:
                    connection.execute(CreateIndex(index, if_not_exists=True))

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Run a block of changes: all of it happens, or nothing."""
        with self._engine.begin() as connection:
            yield connection

    def add(
        self,
        kind: str,
        document_id: str,
        state: str,
        body: Mapping[str, Any],
        *,
        who: str = "",
        comment: str = "",
    ) -> None:
        """Store a new document and the event that made it."""
        with self.transaction() as connection:
            now = datetime.now(UTC)
            connection.execute(
                insert(_DOCUMENTS).values(
                    id=document_id,
                    kind=kind,
                    state=state,
                    created_at=now,
                    body=json.dumps(body, sort_keys=True),
                )
            )
            _note(connection, now, document_id, state, who=who, comment=comment)

    def move(
        self, document_id: str, *, expected: str, state: str, who: str, comment: str = ""
    ) -> None:
        """Change a document's state. Raises ``StateError`` where it isn't the expected one."""
        with self.transaction() as connection:
            done = connection.execute(
                update(_DOCUMENTS)
                .where(_DOCUMENTS.c.id == document_id, _DOCUMENTS.c.state == expected)
                .values(state=state)
            )
            if done.rowcount != 1:
                found = connection.execute(
                    select(_DOCUMENTS.c.state).where(_DOCUMENTS.c.id == document_id)
                ).scalar_one_or_none()
                raise StateError(
                    f"is {found or 'not there'}, and only what is {expected} can become {state}",
                    where=document_id,
                )
            _note(connection, datetime.now(UTC), document_id, state, who=who, comment=comment)

    def get(self, kind: str, document_id: str) -> tuple[str, dict[str, Any]]:
        """Return a document's state and body. Raises ``UnknownResultError``."""
        with self._engine.connect() as connection:
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
        return row.state, json.loads(row.body)

    def list(self, kind: str) -> Documents:
        """Return all documents of a kind, the oldest first: id, state, created_at, body."""
        with self._engine.connect() as connection:
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
                    "body": json.loads(row.body),
                }
                for row in rows
            ]

    def events(self, document_id: str) -> Documents:
        """Return what happened to a document, the oldest first: at, what, who, comment."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(_EVENTS)
                .where(_EVENTS.c.document_id == document_id)
                .order_by(_EVENTS.c.number)
            )
            return [
                {"at": row.at, "what": row.what, "who": row.who, "comment": row.comment}
                for row in rows
            ]

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()


def _note(
    connection: Connection, at: datetime, document_id: str, what: str, *, who: str, comment: str
) -> None:
    connection.execute(
        insert(_EVENTS).values(at=at, document_id=document_id, what=what, who=who, comment=comment)
    )


def _wait_for_writers(connection: Any, _record: Any) -> None:
    """Let a second process wait for the first one's write instead of failing."""
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
