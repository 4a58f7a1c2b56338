"""A connection to Redshift by its driver, whose errors become the bench's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from liqbench.errors import PublicationError
from liqbench.store import quiet, without_frames
from liqbench.warehouse.aws import WayIn, needed
from liqbench.warehouse.connection import Rows
from liqbench.warehouse.dialect import quote
from liqbench.warehouse.errors import (
    DataRefusedError,
    StatementRefusedError,
    TargetUnreachableError,
    TransactionConflictError,
)
from liqbench.warehouse.redshift_settings import RedshiftSettings

# The client waits longer than the server, so that the server says what happened.
_LONGER = 60
_CONFLICT = re.compile(
    r"\b1023\b|serializable isolation violation|conflict with concurrent transaction", re.IGNORECASE
)
# Two who make one table at once: only the catalog has unique keys, as Redshift enforces no other.
_MADE_AT_ONCE = ("23505", "42710", "42P07")
_DATA = ("22", "23")
_SHUTTING_DOWN = ("08", "53", "57P")
# The bucket's trouble, as COPY tells it.
_BUCKET_TROUBLE = re.compile(r"S3ServiceException.*Status 5\d\d", re.DOTALL)
_LOAD_TROUBLE = re.compile(r"Spectrum Scan Error|longer than the length defined", re.IGNORECASE)


class RedshiftConnection:
    """Commits each statement unless a transaction was begun."""

    def __init__(self, raw: Any, place: str) -> None:
        self._raw = raw
        self._place = place
        self._errors = needed("redshift_connector")

    def execute(self, statement: str, values: Sequence[object] = ()) -> None:
        """Execute a statement."""
        with self._cursor() as cursor:
            cursor.execute(statement, tuple(values))

    def fetch(self, statement: str, values: Sequence[object] = ()) -> Rows:
        """Return a query's rows."""
        with self._cursor() as cursor:
            cursor.execute(statement, tuple(values))
            return [tuple(row) for row in cursor.fetchall()]

    def fetch_named(self, statement: str) -> tuple[tuple[str, ...], Rows]:
        """Return a query's columns and rows."""
        with self._cursor() as cursor:
            cursor.execute(statement)
            names = tuple(
                name.decode() if isinstance(name, bytes) else name
                for name, *_ in cursor.description
            )
            return names, [tuple(row) for row in cursor.fetchall()]

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        try:
            with self._raw.cursor() as cursor:
                yield cursor
        except (self._errors.InterfaceError, self._errors.OperationalError, OSError) as error:
            raise lost(error, self._place) from error
        except self._errors.Error as error:
            raise _refused(error, self._place) from error


@contextmanager
def opened(settings: RedshiftSettings, way: WayIn, place: str) -> Iterator[RedshiftConnection]:
    """Log in, and out at the end.

    Raises ``TargetUnreachableError``; ``StatementRefusedError`` for a log-in that is refused.
    """
    quiet("redshift_connector")
    driver = needed("redshift_connector")
    try:
        raw = driver.connect(
            host=way.host,
            port=way.port,
            database=settings.database,
            user=way.user,
            password=way.password,
            ssl=True,
            sslmode=settings.ssl_mode,
            application_name="liqbench",
            timeout=settings.statement_timeout + _LONGER,
        )
    except (driver.InterfaceError, driver.OperationalError, OSError) as error:
        raise lost(error, place) from without_frames(error)
    except driver.Error as error:
        raise _refused(error, place) from without_frames(error)
    raw.autocommit = True
    connection = RedshiftConnection(raw, place)
    try:
        connection.execute(f"SET statement_timeout TO {settings.statement_timeout * 1000}")
        connection.execute(f"SET search_path TO {quote(settings.namespace)}")
        yield connection
    finally:
        _close(raw, driver)


def _close(raw: Any, driver: Any) -> None:
    """Close; a connection that was lost says so once more, and that is no news."""
    try:
        raw.close()
    except (driver.InterfaceError, OSError):
        return


def lost(error: Exception, place: str) -> TargetUnreachableError:
    """Return the fault for a connection that is gone."""
    return TargetUnreachableError(
        f"the connection is lost: {_told(error)}", where=place, hint="publish again later"
    )


def _told(error: Exception) -> str:
    """Return what the driver says in words: it puts the system's error behind its own."""
    system = (part for part in error.args if isinstance(part, OSError))
    return next((part.strerror for part in system if part.strerror), None) or str(error)


def _refused(error: Exception, place: str) -> PublicationError:
    """Return the fault for what the server answered."""
    told = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    state, message = str(told.get("C", "")), str(told.get("M", error))
    detail = str(told.get("D", ""))
    text = message if not detail else f"{message}: {' '.join(detail.split())}"
    if state.startswith(_MADE_AT_ONCE) or _CONFLICT.search(f"{message} {detail}"):
        return TransactionConflictError(
            f"others were publishing at the same time: {text}",
            where=place,
            hint="nothing was changed; publish again",
        )
    if state.startswith(_SHUTTING_DOWN) and state != "57014":
        return TargetUnreachableError(text, where=place, hint="publish again later")
    if _BUCKET_TROUBLE.search(f"{message} {detail}"):
        return TargetUnreachableError(text, where=place, hint="publish again later")
    of_data = state.startswith(_DATA) or _LOAD_TROUBLE.search(f"{message} {detail}")
    kind = DataRefusedError if of_data else StatementRefusedError
    return kind(f"the warehouse refused: {text}", where=place, hint="nothing was changed")
