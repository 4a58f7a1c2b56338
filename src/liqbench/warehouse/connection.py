"""What the protocol asks of a connection to a warehouse."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from liqbench.warehouse.load import Load
from liqbench.warehouse.routes import Route

Rows = list[tuple[Any, ...]]
Question = tuple[str, tuple[object, ...]]


class Connection(Protocol):
    """A connection that commits each statement unless a transaction was begun.

    Statements are in Redshift's dialect. Raises ``TargetUnreachableError`` where the connection
    is lost, ``TransactionConflictError`` where another transaction was in the way,
    ``DataRefusedError`` for values and ``StatementRefusedError`` for everything else.
    """

    def execute(self, statement: str, values: Sequence[object] = ()) -> None:
        """Execute a statement; ``BEGIN``, ``COMMIT`` and ``ROLLBACK`` are statements too."""

    def fetch(self, statement: str, values: Sequence[object] = ()) -> Rows:
        """Return a query's rows, decimals exact."""


class Loader(Protocol):
    """Loads the rows of one call into stages; it lives through all tries of the call."""

    @property
    def methods(self) -> tuple[Route, ...]:
        """The ways that were used."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of the receipt should know."""

    def load(self, connection: Connection, load: Load) -> None:
        """Fill a stage, which was just made, by the way that suits the rows."""

    def send(self, connection: Connection, load: Load) -> None:
        """Fill a stage by statements, however many rows there are; that is no method to tell."""


class Warehouse(Protocol):
    """A kind of warehouse, to the protocol."""

    @property
    def place(self) -> str:
        """Where it is, for messages; no secret is in it."""

    def connect(self) -> AbstractContextManager[Connection]:
        """Open a connection; it is closed at the end, and what was not committed is gone."""

    def schema(self) -> str:
        """Return the schema in which the tables are."""

    def loader(self) -> Loader:
        """Return a loader for one call."""

    def stored_views(self) -> Question | None:
        """Return the question which views have stored rows, ``None`` where none has."""
