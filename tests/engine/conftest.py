"""A small DAG of every kind of step, and its run, for the tests of the engine."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from liqbench.engine import Run
from liqbench.model import Dag

Make = Callable[..., Any]


@pytest.fixture(scope="module")
def deals(table: Make) -> pa.Table:
    rows = [(f"D{n}", f"E{n % 7}", Decimal(n * n - 300 * n).scaleb(-2)) for n in range(500)]
    return table("id string, entity string, amount decimal(12,2)", rows)


@pytest.fixture
def dag(config: Make) -> Dag:
    """Ingest, filter, calculate, aggregate, and a ratio behind it; deals are a file."""
    return Dag(
        operators=(
            config("deals", "ingest", key=["id"],
                   source={"format": "parquet", "path": "deals.parquet"}),
            config("large", "filter", "deals", expression="abs(amount) > 10"),
            config("weighed", "calculate", "large",
                   expressions=[{"name": "weighted", "expression": "amount * 0.85"}]),
            config("sums", "aggregate", "weighed", group_by=["entity"],
                   measures=[{"name": "total", "function": "sum", "field": "weighted"},
                             {"name": "deals", "function": "count"}]),
            config("means", "calculate", "sums",
                   expressions=[{"name": "mean", "expression": "ratio(total, deals, 2)"}]),
        )
    )  # fmt: skip


@pytest.fixture
def file(deals: pa.Table, tmp_path: Path) -> Path:
    pq.write_table(deals, tmp_path / "deals.parquet")
    return tmp_path / "deals.parquet"


@pytest.fixture
def run(dag: Dag, file: Path, run_dag: Callable[..., Run]) -> Run:
    del file
    return run_dag(dag)
