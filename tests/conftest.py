"""One Spark session for all tests that need one; every file goes to a temporary folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, cast, get_args

import duckdb
import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType
from tests.cluster.sessions import Kind, settings_of

from liqbench import ImpactAnalysis, Workbench, samples
from liqbench.engine import Run, SessionSettings, execute, open_session
from liqbench.model import Dag, OperatorConfig
from liqbench.operators import Context, Operator, make_operator
from liqbench.store import StageStore

AS_OF = date(2025, 12, 31)
POINTS = ("enrich", "calc_base", "agg_entity")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--spark",
        choices=get_args(Kind),
        default="local",
        help="where Spark runs: in this process (default), on a Spark Connect server, or on a "
        "standalone cluster of two worker processes",
    )

    parser.addoption(
        "--kills",
        type=int,
        default=2,
        help="how often a bench is killed at a random moment of its run",
    )

    parser.addoption(
        "--screenshots",
        type=Path,
        default=None,
        metavar="FOLDER",
        help="where the browser's pictures go, for somebody to look at (default: nowhere lasting)",
    )


@pytest.fixture(scope="session")
def kills(pytestconfig: pytest.Config) -> int:
    count: int = pytestconfig.getoption("--kills")
    return count


@pytest.fixture(scope="session")
def spark_kind(pytestconfig: pytest.Config) -> Kind:
    kind: Kind = pytestconfig.getoption("--spark")
    return kind


@pytest.fixture(scope="session")
def spark_settings(
    spark_kind: Kind, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SessionSettings]:
    with settings_of(spark_kind, tmp_path_factory.mktemp("servers")) as settings:
        yield settings


@pytest.fixture(scope="session")
def spark(
    spark_settings: SessionSettings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SparkSession]:
    session = open_session(spark_settings, tmp_path_factory.mktemp("spark"))
    yield session
    session.stop()


@pytest.fixture
def stages(tmp_path: Path) -> StageStore:
    return StageStore(tmp_path / "stages")


@pytest.fixture
def context(spark: SparkSession, tmp_path: Path) -> Context:
    return Context(as_of=AS_OF, session=lambda: spark, folder=tmp_path)


@pytest.fixture
def run_dag(context: Context, stages: StageStore) -> Callable[..., Run]:
    """Run a DAG; frames may be bound to names: ``run_dag(dag, deals=frame)``."""

    def run(dag: Dag, **inputs: Any) -> Run:
        bound = Context(
            as_of=context.as_of, session=context.session, folder=context.folder, inputs=inputs
        )
        return execute(dag, bound, stages)

    return run


@pytest.fixture(scope="session")
def table(spark: SparkSession) -> Callable[[str, Sequence[Sequence[Any]]], pa.Table]:
    """Make an Arrow table: ``table("id string, amount decimal(10,2)", [("a", Decimal(1))])``."""
    del spark  # reading the types needs it running

    def make(fields: str, rows: Sequence[Sequence[Any]]) -> pa.Table:
        schema = to_arrow_schema(cast("StructType", StructType.fromDDL(fields)), timezone="UTC")
        columns = [pa.array([row[n] for row in rows], kind.type) for n, kind in enumerate(schema)]
        return pa.table(columns, schema=schema)

    return make


@pytest.fixture(scope="session")
def frame(
    spark: SparkSession, table: Callable[[str, Sequence[Sequence[Any]]], pa.Table]
) -> Callable[[str, Sequence[Sequence[Any]]], DataFrame]:
    """Make a Spark frame in the same way."""
    return lambda fields, rows: spark.createDataFrame(table(fields, rows))


@pytest.fixture(scope="session")
def duck() -> Callable[[pa.Table, str], list[tuple[Any, ...]]]:
    """Ask DuckDB about an Arrow table, which its query calls ``t``."""

    def ask(given: pa.Table, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect() as connection:
            connection.register("t", given)
            return connection.execute(query).fetchall()

    return ask


@pytest.fixture(scope="session")
def operator() -> Callable[..., Operator]:
    """Make an operator as a DAG does: ``operator("filter", expression="x > 1")``."""

    def make(kind: str, **parameters: Any) -> Operator:
        config = OperatorConfig(operator_id="under_test", operator_type=kind, parameters=parameters)
        return make_operator(config)

    return make


@pytest.fixture
def applied(context: Context) -> Callable[..., DataFrame]:
    """Apply an operator to frames, and hold it to the types that it promised."""

    def apply(operator: Operator, *frames: DataFrame, **inputs: Any) -> DataFrame:
        bound = Context(
            as_of=context.as_of, session=context.session, folder=context.folder, inputs=inputs
        )
        promised = operator.outputs(bound, *(frame.schema for frame in frames))
        operator.check(bound)
        found = operator.apply(bound, *frames)
        assert types_of(found.schema) == types_of(promised)
        return found

    return apply


@pytest.fixture(scope="session")
def rows() -> Callable[[DataFrame], list[tuple[Any, ...]]]:
    """Collect a frame's rows as tuples, ordered by their text."""
    return lambda frame: sorted((tuple(row) for row in frame.collect()), key=str)


@pytest.fixture(scope="session")
def config() -> Callable[..., OperatorConfig]:
    """Make a DAG's operator: ``config("big", "filter", "deals", expression="x > 1")``."""

    def make(operator_id: str, kind: str, *inputs: str, **parameters: Any) -> OperatorConfig:
        return OperatorConfig(
            operator_id=operator_id, operator_type=kind, inputs=inputs, parameters=parameters
        )

    return make


@pytest.fixture(scope="session")
def bound(config: Callable[..., OperatorConfig]) -> Callable[..., OperatorConfig]:
    """Make the ingest of a frame that is bound to the operator's own name."""

    def make(name: str, *key: str, **more: Any) -> OperatorConfig:
        source = {"format": "frame", "name": name}
        return config(name, "ingest", source=source, key=key or ("id",), **more)

    return make


def types_of(schema: StructType) -> Mapping[str, str]:
    return {field.name: field.dataType.simpleString() for field in schema.fields}


@pytest.fixture(scope="session")
def bench(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    workbench = Workbench(tmp_path_factory.mktemp("bench") / "workspace", session=spark)
    yield workbench
    workbench.close()


@pytest.fixture(scope="session")
def banks(bench: Workbench) -> ImpactAnalysis:
    """The real banks under the three scenarios for their published tables."""
    return bench.analyze(
        samples.disclosure_dag(), samples.disclosure_scenarios(), as_of="2025-12-31"
    )


@pytest.fixture(scope="session")
def deals_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("deals") / "sample"


@pytest.fixture(scope="session")
def deals(bench: Workbench, deals_folder: Path) -> ImpactAnalysis:
    """Two thousand sample deals: three scenarios at three injection points."""
    dag = samples.lcr_dag(2_000, folder=deals_folder)
    return bench.analyze(dag, samples.lcr_scenarios(), injection_points=POINTS, as_of="2025-12-31")
