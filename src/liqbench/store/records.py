"""The workspace's records: runs, submissions and decisions, and the table of the audit log."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, insert, select, update

from liqbench.errors import DamagedRecordError, StateError, UnknownResultError, did_you_mean
from liqbench.store.databases import NOTHING_WRITTEN, open_database
from liqbench.store.schema import DOCUMENTS, ensure_schema

Documents = list[dict[str, Any]]


class Records:
    """Documents with a state. One write is one transaction, or part of the caller's.

    The audit log's table lies beside them, so that an entry and what it tells are written
    together; its entries are the business of ``governance``.
    """

    def __init__(self, place: Path | URL) -> None:
        self.database = open_database(place)
        try:
            ensure_schema(self.database)
        except BaseException:
            self.database.close()
            raise

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Run a block of changes: all of it happens, or nothing.

        Writers take turns: what the block reads is still so when it writes. It can't be nested.
        Raises ``RecordStoreError`` where the database is lost.
        """
        with self.database.told(NOTHING_WRITTEN), self.database.writing.connect() as connection:
            connection.begin()
            yield connection
            self.database.commit(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Run a block that only reads, all of it from one moment. Raises ``RecordStoreError``."""
        with self.database.told(), self.database.reading.connect() as connection:
            yield connection

    @contextmanager
    def looking(self, connection: Connection | None = None) -> Iterator[Connection]:
        """Read within the caller's transaction, if there is one, and else from one moment."""
        if connection is not None:
            yield connection
            return
        with self.reading() as own:
            yield own

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
                insert(DOCUMENTS).values(
                    id=document_id,
                    kind=kind,
                    state=state,
                    created_at=datetime.now(UTC).replace(tzinfo=None),
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
        wanted = [DOCUMENTS.c.id == document_id, DOCUMENTS.c.state == expected]
        if body is not None:
            wanted.append(DOCUMENTS.c.body == _text(body))
        with self._within(connection) as writer:
            done = writer.execute(update(DOCUMENTS).where(*wanted).values(state=state))
            if done.rowcount == 1:
                return
            found = writer.execute(
                select(DOCUMENTS.c.state).where(DOCUMENTS.c.id == document_id)
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

    def get(
        self, kind: str, document_id: str, *, connection: Connection | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Return a document's state and body.

        Raises ``UnknownResultError``, ``DamagedRecordError``.
        """
        with self.looking(connection) as reader:
            row = reader.execute(
                select(DOCUMENTS.c.state, DOCUMENTS.c.body).where(
                    DOCUMENTS.c.id == document_id, DOCUMENTS.c.kind == kind
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
                select(DOCUMENTS)
                .where(DOCUMENTS.c.kind == kind)
                .order_by(DOCUMENTS.c.created_at, DOCUMENTS.c.id)
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
        """Let go of the database."""
        self.database.close()


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
