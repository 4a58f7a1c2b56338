"""One Spark session for all tests that need one; every file goes to a temporary folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from liqbench.engine import Run, SessionSettings, execute, open_session
from liqbench.model import Dag
from liqbench.operators import Context
from liqbench.store import StageStore

AS_OF = date(2025, 12, 31)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    settings = SessionSettings(
        address="local[2]",
        driver_memory="2g",
        shuffle_partitions=2,
        options={"spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("warehouse"))},
    )
    session = open_session(settings, tmp_path_factory.mktemp("cache"))
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
