"""The embedded warehouse: a DuckDB file, open only while something is published or asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from liqbench.errors import PublicationError
from liqbench.governance import TrustSettings
from liqbench.warehouse import ledger
from liqbench.warehouse.connection import Connection, Loader, Rows
from liqbench.warehouse.dialect import quote, to_duckdb
from liqbench.warehouse.errors import (
    DataRefusedError,
    StatementRefusedError,
    TargetUnreachableError,
)
from liqbench.warehouse.load import Load
from liqbench.warehouse.routes import Kind, Route, RouteSettings
from liqbench.warehouse.tables import DesignSettings
from liqbench.warehouse.target import WarehouseTarget, Workings

_OPENING = threading.Lock()
_FILES: dict[Path, threading.Lock] = {}
_ROUTES: dict[Kind, Route] = {"fact": "direct", "adjustments": "upsert"}
_INSERT = "INSERT INTO {stage} SELECT * FROM arriving"
# How DuckDB says that another process has the file open; it has one class for all of them.
_LOCKED = "lock on file"


def _lock_of(file: Path) -> threading.Lock:
    """Return the lock of a file in this process; DuckDB's own keeps other processes out."""
    with _OPENING:
        return _FILES.setdefault(file.resolve(), threading.Lock())


class DuckDbConnection:
    """A connection to the file, to which statements come in Redshift's dialect."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.raw = connection

    def execute(self, statement: str, values: Sequence[object] = ()) -> None:
        """Execute a statement. Nobody else has the file, so the mutex is taken already."""
        if statement != ledger.LOCK:
            self.raw.execute(to_duckdb(statement), list(values))

    def fetch(self, statement: str, values: Sequence[object] = ()) -> Rows:
        """Return a query's rows."""
        return self.raw.execute(to_duckdb(statement), list(values)).fetchall()


class DuckDbLoader:
    """Hands rows over as Arrow batches."""

    def __init__(self) -> None:
        self._used: dict[Route, None] = {}
        self.warnings: tuple[str, ...] = ()

    @property
    def methods(self) -> tuple[Route, ...]:
        """The ways that were used."""
        return tuple(self._used)

    def load(self, connection: Connection, load: Load) -> None:
        """Fill a stage."""
        self.send(connection, load)
        self._used[_ROUTES[load.kind]] = None

    def send(self, connection: Connection, load: Load) -> None:
        """Fill a stage."""
        assert isinstance(connection, DuckDbConnection)  # noqa: S101 - the target's own
        schema = load.rows.types.schema
        reader = pa.RecordBatchReader.from_batches(schema, load.rows.batches())
        connection.raw.register("arriving", reader)
        connection.raw.execute(_INSERT.format(stage=quote(load.stage)))
        connection.raw.unregister("arriving")


class DuckDbTarget(WarehouseTarget):
    """A warehouse in one file.

    With ``demands_trust`` it refuses what is approved by local trust only; ``trust`` is a list of
    trusted people of its own.
    """

    def __init__(
        self,
        file: Path,
        *,
        demands_trust: bool = False,
        trust: TrustSettings | None = None,
        design: DesignSettings | None = None,
        workings: Workings | None = None,
    ) -> None:
        self.file = file
        super().__init__(
            design or DesignSettings(),
            RouteSettings(),
            demands_trust=demands_trust,
            trust=trust,
            workings=workings or Workings(),
        )

    @property
    def identity(self) -> str:
        """The file's place."""
        return f"duckdb:{self.file}"

    @property
    def place(self) -> str:
        """The file."""
        return str(self.file)

    @contextmanager
    def connect(self) -> Iterator[DuckDbConnection]:
        """Open the file; nobody else has it until it is closed."""
        with self._opened(read_only=False) as connection:
            yield DuckDbConnection(connection)

    def schema(self) -> str:
        """Return DuckDB's own."""
        return "main"

    def loader(self) -> Loader:
        """Return a loader of Arrow batches."""
        return DuckDbLoader()

    def route(self, load: Load) -> Route:
        """Return the only way for rows of the kind."""
        return _ROUTES[load.kind]

    def load_statement(self, load: Load) -> str:
        """Return the INSERT of Arrow batches."""
        return _INSERT.format(stage=quote(load.stage))

    def rights(self, connection: Connection) -> Iterator[tuple[str, Callable[[], None]]]:
        """Yield nothing: who can open the file can do everything."""
        del connection
        return iter(())

    def query(self, sql: str) -> pd.DataFrame:
        """Return a query's rows; decimals come as ``Decimal``."""
        with self._opened(read_only=self.file.exists()) as connection:
            table = connection.sql(sql).to_arrow_table()
        found: pd.DataFrame = table.to_pandas(date_as_object=True)
        return found

    @contextmanager
    def _opened(self, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        with _lock_of(self.file):
            try:
                connection = duckdb.connect(str(self.file), read_only=read_only)
            except duckdb.Error as error:
                kind = TargetUnreachableError if _LOCKED in str(error) else PublicationError
                raise kind(
                    f"the warehouse can't be opened: {error}",
                    where=str(self.file),
                    hint="does another program have it open? Close it and publish again",
                ) from error
            try:
                yield connection
            except (duckdb.DataError, duckdb.IntegrityError) as error:
                raise self._refused(DataRefusedError, error) from error
            except duckdb.Error as error:
                raise self._refused(StatementRefusedError, error) from error
            finally:
                connection.close()

    def _refused(
        self, kind: type[StatementRefusedError], error: duckdb.Error
    ) -> StatementRefusedError:
        return kind(
            f"the warehouse refused: {error}", where=str(self.file), hint="nothing was changed"
        )
