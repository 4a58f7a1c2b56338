"""Where records are kept: an SQLite file of the workspace's own, or a PostgreSQL of a team.

On either, writers take turns from before they read until all is written, and whoever reads sees
one moment.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from liqbench.errors import RecordStoreError, SettingError

NOTHING_WRITTEN = "nothing was written"
UNKNOWN = "whether it was written isn't known"
_PATIENCE = 30  # seconds
_CONNECT_TIMEOUT = "10"  # seconds
# Those who wait for their turn hold a connection each, and who has it may read by a second one:
# with a limit to them, they could wait for one another.
_NO_LIMIT = -1
_WRITES = "liqbench_writes"
_DRIVER = "postgresql+psycopg"
_SECRETS = {"password", "sslpassword"}
_TURN = int.from_bytes(b"liqbench")  # the advisory lock of those who write
_EXAMPLE = "such as postgresql://host/database"


@dataclass(frozen=True)
class Database:
    """A database of records; ``address`` tells it from others and holds no credentials.

    A transaction of ``writing`` has its turn from its beginning; one of ``reading`` sees one
    moment.
    """

    kind: str
    address: str
    reading: Engine
    writing: Engine

    @contextmanager
    def told(self, outcome: str | None = None) -> Iterator[None]:
        """Tell the database's faults as ``RecordStoreError``, with what became of the writing.

        A duplicate stays what it is.
        """
        try:
            yield
        except IntegrityError:
            raise
        except (DBAPIError, PoolTimeoutError) as error:
            reason = str(error.orig if isinstance(error, DBAPIError) else error)
            what = " ".join(reason.split()) or "the database gave up"
            raise RecordStoreError(
                what if outcome is None else f"{outcome}: {what}",
                where=self.address,
                hint="look whether it is there before you repeat it"
                if outcome == UNKNOWN
                else "check the database, the way to it and the rights; then repeat it",
            ) from error

    def commit(self, connection: Connection) -> None:
        """End a transaction. Raises ``RecordStoreError`` that says whether it counts."""
        try:
            connection.commit()
        except DBAPIError as error:
            # A database that says no has undone it; one that says nothing may have done it.
            with self.told(UNKNOWN if error.connection_invalidated else NOTHING_WRITTEN):
                raise

    def close(self) -> None:
        """Let go of all connections."""
        self.reading.dispose()  # the pool is that of ``writing`` too


def records_url(text: str) -> URL:
    """Return the address of a PostgreSQL. Raises ``SettingError``, which repeats no password."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise SettingError(
            "records is no address of a database", where="StoreSettings", hint=_EXAMPLE
        ) from None
    if url.password is not None or _SECRETS & set(url.query):
        raise SettingError(
            "the address of the records has a password in it",
            where="StoreSettings",
            hint="leave it out; it comes from PGPASSWORD, PGPASSFILE or ~/.pgpass",
        )
    if url.drivername not in {"postgresql", _DRIVER}:
        raise SettingError(
            f"records can't be kept in {url.drivername}", where="StoreSettings", hint=_EXAMPLE
        )
    if not (url.host or url.query.get("host")) or not url.database:
        raise SettingError(
            "the address of the records names no host or no database",
            where="StoreSettings",
            hint=_EXAMPLE,
        )
    return url.set(drivername=_DRIVER)


def address_of(url: URL) -> str:
    """Return what tells a database from others, whoever comes in."""
    place = URL.create(
        "postgresql", host=url.host, port=url.port, database=url.database, query=url.query
    )
    return place.render_as_string()


def open_database(place: Path | URL) -> Database:
    """Return a database; connections are made as they are needed.

    Raises ``SettingError`` where the driver is missing.
    """
    if isinstance(place, Path):
        return _sqlite(place)
    return _postgres(place)


def _sqlite(file: Path) -> Database:
    engine = create_engine(f"sqlite:///{file}", max_overflow=_NO_LIMIT)
    event.listen(engine, "connect", _wait_for_writers)
    event.listen(engine, "begin", _begin_sqlite)
    return Database("SQLite", str(file), engine, engine.execution_options(**{_WRITES: True}))


def _postgres(url: URL) -> Database:
    given = {} if "connect_timeout" in url.query else {"connect_timeout": _CONNECT_TIMEOUT}
    try:
        engine = create_engine(url, connect_args=given, pool_pre_ping=True, max_overflow=_NO_LIMIT)
    except ImportError as error:
        raise SettingError(
            "a PostgreSQL is configured for the records, and its driver isn't installed",
            hint="pip install 'liqbench[postgres]', or leave records out",
        ) from error
    event.listen(engine, "begin", _begin_postgres)
    # A writer's view has to be taken after its turn came, with every statement anew.
    return Database(
        "PostgreSQL",
        address_of(url),
        engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True),
        engine.execution_options(isolation_level="READ COMMITTED", **{_WRITES: True}),
    )


def _begin_postgres(connection: Connection) -> None:
    """Let a transaction that writes wait for its turn, which ends with the transaction.

    An advisory lock needs no right to the tables: the role may be one that can't change or delete
    entries of the audit log.
    """
    if connection.get_execution_options().get(_WRITES, False):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_PATIENCE}s'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_TURN})")


def _begin_sqlite(connection: Connection) -> None:
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
            raise RecordStoreError("another process keeps the workspace's records locked")
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
