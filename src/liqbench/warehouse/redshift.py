"""Amazon Redshift, provisioned or Serverless, as a target."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pandas as pd
from pyspark.sql import SparkSession

from liqbench.errors import JavaError, LiqbenchError, SessionError, SettingError
from liqbench.governance import TrustSettings
from liqbench.operators.star_schema import StarSchemaOperator
from liqbench.warehouse.attributes import attribute_types
from liqbench.warehouse.aws import way_in
from liqbench.warehouse.connection import Connection, Question
from liqbench.warehouse.dialect import literal, quote
from liqbench.warehouse.errors import DataRefusedError, StagingError, StatementRefusedError
from liqbench.warehouse.executors import Executors
from liqbench.warehouse.load import Load
from liqbench.warehouse.redshift_connection import RedshiftConnection, opened
from liqbench.warehouse.redshift_settings import RedshiftSettings
from liqbench.warehouse.reporting import Aggregation, describing_views, stored_views
from liqbench.warehouse.routes import Route, route_of, staged_by
from liqbench.warehouse.schema import catalog
from liqbench.warehouse.staging import Staging
from liqbench.warehouse.tables import Table
from liqbench.warehouse.target import WarehouseTarget, Workings

_MOST_BINDS = 32_767
_BY_S3: tuple[Route, ...] = ("staged", "spark")
# What keeps executors from staging, and not the driver.
_UNABLE = (StagingError, SessionError, JavaError)
# Names are padded with blanks there. Bound are the database and the schema.
STORED_VIEWS = (
    "SELECT TRIM(name) FROM svv_mv_info WHERE database_name = %s AND schema_name = %s ORDER BY 1"
)


class RedshiftLoader:
    """Sends few rows as statements and many by way of S3.

    Where the statements are refused for another reason than the values, S3 is the way as well.
    Where executors can't stage, and were not asked for by name, the driver does.
    """

    def __init__(self, settings: RedshiftSettings, executors: Executors | None) -> None:
        self._settings = settings
        self._executors = executors
        self._staging = Staging(settings)
        self._used: dict[Route, None] = {}
        self._refused: StatementRefusedError | None = None
        self._unstaged: LiqbenchError | None = None

    @property
    def methods(self) -> tuple[Route, ...]:
        """The ways that were used."""
        return tuple(self._used)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Whether it had to go another way."""
        told = []
        if self._refused is not None:
            told.append(f"direct writing was refused, so the rows went by S3: {self._refused.what}")
        if self._unstaged is not None:
            told.append(f"Spark couldn't stage, so the driver did: {self._unstaged.what}")
        return tuple(told)

    def load(self, connection: Connection, load: Load) -> None:
        """Fill a stage."""
        route = route_of(load.count, self._settings.routes, load.kind)
        if self._refused is None and route not in _BY_S3:
            try:
                self.send(connection, load)
            except DataRefusedError:
                raise
            except StatementRefusedError as error:
                if self._settings.bucket is None:
                    raise
                self._refused = error
                connection.execute(f"DELETE FROM {quote(load.stage)}")
            else:
                self._used[route] = None
                return
        check_bucket(self._settings, load)
        route, manifest = self._stage(load)
        connection.execute(copy(load.stage, manifest, self._settings))
        self._used[route] = None

    def _stage(self, load: Load) -> tuple[Route, str]:
        """Return who staged, and the manifest's address."""
        routes = self._settings.routes
        by = staged_by(load.count, routes, load.kind, apart=is_apart(self._executors))
        if by == "spark" and self._unstaged is None:
            try:
                return by, self._staging.manifest(load, found_executors(self._executors, load))
            except _UNABLE as error:
                if routes.staging == "spark":
                    raise
                self._unstaged = error
        return "staged", self._staging.manifest(load)

    def send(self, connection: Connection, load: Load) -> None:
        """Fill a stage by statements."""
        most = _MOST_BINDS // len(load.table.columns)
        for batch in load.rows.batches():
            for at in range(0, batch.num_rows, most):
                part = batch.slice(at, most)
                rows = zip(*(column.to_pylist() for column in part.columns), strict=True)
                values = [value for row in rows for value in row]
                connection.execute(insert(load.table, load.stage, part.num_rows), values)


def insert(table: Table, stage: str, rows: int) -> str:
    """Return the INSERT of so many rows. The casts of the first give the types of all."""
    first = ", ".join(f"CAST(%s AS {column.type})" for column in table.columns)
    other = ", ".join(["%s"] * len(table.columns))
    return f"INSERT INTO {quote(stage)} VALUES ({first})" + f", ({other})" * (rows - 1)


def copy(stage: str, manifest: str, settings: RedshiftSettings) -> str:
    """Return the COPY of what a manifest lists."""
    role = "default" if settings.iam_role == "default" else literal(settings.iam_role)
    return (
        f"COPY {quote(stage)} FROM {literal(manifest)} IAM_ROLE {role} FORMAT AS PARQUET MANIFEST"
    )


def check_bucket(settings: RedshiftSettings, load: Load) -> None:
    """Raise ``SettingError`` where rows need a bucket and there is none."""
    if settings.bucket is None:
        limit = "direct_rows" if load.kind == "fact" else "upsert_rows"
        raise SettingError(
            f"{load.count:,} rows go by way of S3, and no bucket is set",
            where=load.what,
            hint=f"set bucket=…, or a higher routes.{limit}",
        )


def is_apart(executors: Executors | None) -> bool:
    """Tell whether there are executors on other machines."""
    return executors is not None and executors.apart


def found_executors(executors: Executors | None, load: Load) -> Executors:
    """Return executors. Raises ``SettingError`` where Spark shall stage and there is none."""
    if executors is None:
        raise SettingError(
            "Spark shall stage, and this target has no session",
            where=load.what,
            hint="RedshiftTarget(…, spark=session), or publish by a bench",
        )
    return executors


class RedshiftTarget(WarehouseTarget):
    """A schema of a Redshift database.

    Executors of ``spark`` may stage large facts, by default those of the bench that publishes.
    With ``demands_trust`` it refuses what is approved by local trust only; ``trust`` is a list of
    trusted people of its own.
    """

    def __init__(
        self,
        settings: RedshiftSettings,
        *,
        spark: SparkSession | None = None,
        demands_trust: bool = False,
        trust: TrustSettings | None = None,
        workings: Workings | None = None,
    ) -> None:
        self.settings = settings
        self._executors = None if spark is None else Executors.of(spark)
        super().__init__(
            settings.design,
            settings.routes,
            demands_trust=demands_trust,
            trust=trust,
            workings=workings or Workings(),
        )

    def offer(self, executors: Executors) -> None:
        """Let these stage large facts, where the target has no session of its own."""
        self._executors = self._executors or executors

    @property
    def identity(self) -> str:
        """Its name or address, database and schema."""
        known = self.settings
        where = known.workgroup or known.cluster or f"{known.host}:{known.port}"
        return f"redshift:{where}/{known.database}/{known.namespace}"

    @property
    def place(self) -> str:
        """The same, for messages."""
        return self.identity

    def __repr__(self) -> str:
        return f"RedshiftTarget({self.identity})"

    @contextmanager
    def connect(self) -> Iterator[RedshiftConnection]:
        """Log in with fresh credentials."""
        with opened(self.settings, way_in(self.settings), self.place) as connection:
            yield connection

    def schema(self) -> str:
        """Return the configured one."""
        return self.settings.namespace

    def loader(self) -> RedshiftLoader:
        """Return a loader by statements or by S3."""
        return RedshiftLoader(self.settings, self._executors)

    def route(self, load: Load) -> Route:
        """Return the way that rows will take.

        Raises ``SettingError`` where it lacks a bucket, or Spark.
        """
        apart = is_apart(self._executors)
        route = route_of(load.count, self.settings.routes, load.kind, apart=apart)
        if route in _BY_S3:
            check_bucket(self.settings, load)
        if route == "spark":
            found_executors(self._executors, load)
        return route

    def load_statement(self, load: Load) -> str:
        """Return the INSERT of one row, or the COPY."""
        if self.route(load) in _BY_S3:
            return copy(load.stage, Staging(self.settings).address(load), self.settings)
        return insert(load.table, load.stage, 1)

    def stored_views(self) -> Question | None:
        """Return the question which materialized views there are."""
        if not self.settings.materialized_views:
            return None
        return STORED_VIEWS, (self.settings.database, self.settings.namespace)

    def make_views(
        self, stars: Sequence[StarSchemaOperator], aggregations: Sequence[Aggregation] = ()
    ) -> None:
        """Make the views that reports read, or bring them up to date; permissions are kept.

        What they show of facts and aggregations is stored in materialized views, refreshed by
        Redshift of itself and after each publication; only their owner can do that, so the
        publishing user makes them. Raises ``PublicationError`` for stars that were never
        published here, ``SemanticModelError``, ``StatementRefusedError``.
        """
        question = self.stored_views()
        if question is None:
            super().make_views(stars, aggregations)
            return
        wanted = stored_views(stars, aggregations)
        with self.connect() as connection:
            types = attribute_types(stars, catalog(connection, self.schema()), self.place)
            for statement in describing_views(stars, types):
                connection.execute(statement)
            there = [row[0] for row in connection.fetch(*question)]
            for view in wanted:
                if view.stored not in there:
                    connection.execute(view.create())
                connection.execute(view.show())
                for name in filter(view.replaces, there):
                    connection.execute(f"DROP MATERIALIZED VIEW {quote(name)}")

    def rights(self, connection: Connection) -> Iterator[tuple[str, Callable[[], None]]]:
        """Yield the making of tables, and the writing to the bucket if there is one."""
        namespace = self.settings.namespace

        def create() -> None:
            ((allowed,),) = connection.fetch(
                "SELECT HAS_SCHEMA_PRIVILEGE(%s, 'CREATE')", (namespace,)
            )
            if not allowed:
                raise StatementRefusedError(
                    f"no tables can be made in the schema {namespace}",
                    hint=f"GRANT CREATE ON SCHEMA {namespace} TO the publishing user",
                )

        yield f"to make tables in the schema {namespace}", create
        if self.settings.bucket is not None:
            yield f"to write to the bucket {self.settings.bucket}", Staging(self.settings).probe

    def query(self, sql: str) -> pd.DataFrame:
        """Return a query's rows; decimals come as ``Decimal``."""
        with self.connect() as connection:
            names, rows = connection.fetch_named(sql)
        return pd.DataFrame(rows, columns=list(names))
