"""Stopping a run from another thread: Spark's jobs end, and nothing half done is left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from liqbench import ImpactAnalysis, samples
from liqbench.engine import Cancellation, Progress, RunCancelledError, is_classic
from liqbench.errors import UnknownResultError
from liqbench.model import Adjustment, AdjustmentRule, Dag, Scenario
from liqbench.workbench import Workbench

Make = Callable[..., Any]
HOURS = """
    WITH many AS (SELECT entity, explode(sequence(1, 2000)) AS n FROM {input}),
    few AS (SELECT DISTINCT entity, n FROM many)
    SELECT a.entity AS id, sum(cast(hash(a.n, b.n, c.n) % 7 AS bigint)) AS n
    FROM few a CROSS JOIN few b CROSS JOIN few c WHERE c.n <= 20 GROUP BY a.entity
"""


@pytest.fixture
def endless(config: Make) -> Dag:
    """Two small operators, and behind them one that Spark would work on for hours."""
    return Dag(
        operators=(
            config("deals", "ingest", key=["id"],
                   source={"format": "parquet", "path": "deals.parquet"}),
            config("sums", "aggregate", "deals", group_by=["entity"],
                   measures=[{"name": "deals", "function": "count"}]),
            config("hours", "sql", "sums", query=HOURS, key=["id"]),
        )
    )  # fmt: skip


def jobs_and_tags(spark: SparkSession) -> tuple[list[int], set[str]]:
    if not is_classic(spark):
        return [], spark.getTags()
    context = spark.sparkContext
    return context.statusTracker().getActiveJobsIds(), set(context.getJobTags())


def test_a_cancelled_run_ends_its_spark_jobs_and_keeps_what_was_stored(
    endless: Dag, file: Path, spark: SparkSession, tmp_path: Path, dag: Dag
) -> None:
    workbench = Workbench(tmp_path / "workspace", session=spark)
    told: list[Progress] = []
    cancellation = Cancellation()

    def tell(step: Progress) -> None:
        told.append(step)
        if step.operator_id == "hours":
            cancellation.cancel()  # Spark begins with it after this

    with pytest.raises(RunCancelledError), cancellation:
        workbench.run(endless.at_folder(file.parent), as_of="2025-12-31", monitor=tell)
    assert [(step.operator_id, step.state) for step in told] == [
        ("sums", "running"), ("sums", "done"), ("hours", "running"), ("hours", "cancelled"),
    ]  # fmt: skip
    assert jobs_and_tags(spark) == ([], set())
    stored = list((workbench.folder / "stages").iterdir())
    assert len(stored) == 1  # sums, and nothing unfinished
    (row,) = workbench.runs().to_dict("records")
    assert (row["state"], row["seconds"]) == ("cancelled", None)
    # The session goes on, for the same thread too, and what was stored is reused.
    again = workbench.run(dag.at_folder(file.parent), as_of="2025-12-31")
    assert again.table("sums")["deals"].sum() > 0
    workbench.close()


def test_variants_are_cancelled_together_and_none_is_kept(
    bench: Workbench, banks: ImpactAnalysis
) -> None:
    """They run in full, side by side in threads; the first step of one stops them all."""
    cancellation = Cancellation()
    change = Adjustment(field="rate_change", operation="add", value="0.0123")
    rule = AdjustmentRule(rule_id="R", stage="prepare", adjustments=(change,))
    scenarios = [Scenario(name=name, rules=(rule,)) for name in ("one", "two", "three")]

    def tell(step: Progress) -> None:
        if step.run != "run":
            cancellation.cancel()

    before = len(bench.runs())
    with pytest.raises(RunCancelledError), cancellation:
        bench.analyze(banks.base.dag, scenarios, as_of="2025-12-31", strategy="full", monitor=tell)
    new = bench.runs().iloc[before:]
    assert list(zip(new["state"], new["variant"], strict=True)) == [("done", ""), ("cancelled", "")]


def test_what_was_cancelled_before_it_begins_does_not_begin(bench: Workbench) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    told: list[Progress] = []
    with pytest.raises(RunCancelledError, match="run it again"), cancellation:
        bench.run(samples.disclosure_dag(), as_of="2025-12-31", monitor=told.append)
    assert told == []


def test_a_run_of_the_history_is_opened_with_its_tables_whatever_became_of_the_inputs(
    dag: Dag, file: Path, spark: SparkSession, tmp_path: Path
) -> None:
    workbench = Workbench(tmp_path / "workspace", session=spark)
    run = workbench.run(dag.at_folder(file.parent), as_of="2025-12-31")
    before = run.table("means")
    rows = pq.read_table(file)
    pq.write_table(rows.slice(0, 100), file)
    again = workbench.reopen(run.run_id)
    assert again.table("means").equals(before)
    assert (again.run_id, again.started_at, again.fingerprints) == (
        run.run_id, run.started_at, run.fingerprints,
    )  # fmt: skip
    assert list(again.metrics["rows"]) == list(run.metrics["rows"])
    changed = workbench.run(dag.at_folder(file.parent), as_of="2025-12-31")
    assert not changed.table("means").equals(before)
    with pytest.raises(UnknownResultError, match="did you mean"):
        workbench.reopen(run.run_id[:-1])
    workbench.close()
