"""What a bench tells of itself, and what it removes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from liqbench import Dag, Workbench, samples
from liqbench.errors import InvalidDagError, SettingError

Make = Callable[..., Any]
NOW = timedelta(0)


@pytest.fixture
def bench(spark: SparkSession, tmp_path: Path) -> Iterator[Workbench]:
    bench = Workbench(tmp_path / "workspace", session=spark)
    yield bench
    bench.close()


@pytest.fixture
def dag(config: Make, table: Make, tmp_path: Path) -> Dag:
    pq.write_table(table("id string, n int", [("a", 1), ("b", 2)]), tmp_path / "deals.parquet")
    return counting("n > 0", config).at_folder(tmp_path)


def counting(expression: str, config: Make) -> Dag:
    source = {"format": "parquet", "path": "deals.parquet"}
    measures = [{"name": "n", "function": "count"}]
    return Dag(
        operators=(
            config("deals", "ingest", key=["id"], source=source),
            config("some", "filter", "deals", expression=expression),
            config("sums", "aggregate", "some", group_by=["id"], measures=measures),
        )
    )


def stages_of(bench: Workbench) -> set[str]:
    return {folder.name for folder in (bench.folder / "stages").iterdir()}


def test_a_new_bench_tells_its_parts(tmp_path: Path) -> None:
    bench = Workbench(tmp_path / "workspace")
    told = bench.status()
    assert dict(told["state"]) == {
        "session": "not started",
        "workspace": str(tmp_path / "workspace"),
        "records": "SQLite",
        "memory": "on",
        "redis": "off",
        "shared stages": "off",
        "damaged stages": "0",
        "runs": "0",
        "persistence": "auto",
        "trust": "local",
    }
    assert told.loc["workspace", "details"] == "0 stages, 0.0 MB"
    bench.close()


def test_runs_damages_and_the_session_are_told(bench: Workbench, dag: Dag, config: Make) -> None:
    run = bench.run(dag, as_of="2025-12-31")
    Path(run.stages.files(run.fingerprints["sums"])[0]).write_bytes(b"")
    again = bench.run(dag, as_of="2025-12-31")
    assert len(again.notices) == 1
    with pytest.raises(InvalidDagError):
        bench.run(counting("m > 0", config).at_folder(dag.folder), as_of="2025-12-31")
    told = bench.status()
    assert str(told.loc["session", "details"]).startswith("Spark ")
    assert tuple(told.loc["damaged stages"]) == ("1", "sums")
    assert tuple(told.loc["runs"]) == ("3", "2 done, 1 failed, 0 cancelled, 0 cleaned")


def test_what_a_run_refers_to_stays_and_the_rest_goes(bench: Workbench, dag: Dag) -> None:
    run = bench.run(dag, as_of="2025-12-31")
    kept = stages_of(bench)
    (bench.folder / "stages" / ".unfinished" / "data").mkdir(parents=True)
    orphan = bench.folder / "stages" / "0123456789abcdef"
    (orphan / "data").mkdir(parents=True)
    (orphan / "_lineage.json").write_text("{}")
    dropped = bench.clean(dry_run=True, unused_for=NOW)
    assert sorted(dropped["what"]) == ["stage", "unfinished stage"]
    assert not dropped["removed"].any()
    assert len(stages_of(bench)) == len(kept) + 2
    assert bench.clean().empty  # they were used within the last day
    done = bench.clean(unused_for=NOW)
    assert list(done["what"]) == list(dropped["what"])
    assert done["removed"].all()
    assert stages_of(bench) == kept
    assert len(run.table("sums")) == 2


def test_results_of_old_runs_go_on_request_unless_they_were_submitted(
    bench: Workbench, dag: Dag
) -> None:
    imp = bench.analyze(
        samples.disclosure_dag(), samples.disclosure_scenarios()[:1], as_of="2025-12-31"
    )
    variant = next(iter(imp))
    submission = bench.submit(variant, by="ann", comment="stress")
    submitted = stages_of(bench)
    bench.run(dag, as_of="2025-12-31")
    tomorrow = pd.Timestamp.now("UTC").date() + timedelta(days=1)
    found = bench.clean(unused_for=NOW, runs_before=tomorrow)
    assert set(found["what"]) == {"mark of checked input", "stage"}
    assert stages_of(bench) == submitted
    states = dict(bench.runs().groupby("state").size())
    assert states == {"cleaned": 1, "done": 2}
    approval = bench.approve(submission.id, by="ben", comment="agreed")
    assert bench.publish(approval.id).new
    again = bench.run(dag, as_of="2025-12-31")
    assert len(again.table("sums")) == 2


def test_a_persistence_policy_is_checked_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="did you mean 'never'"):
        Workbench(tmp_path / "workspace", persistence="newer")
    assert not (tmp_path / "workspace").exists()


def test_always_stores_every_operator(spark: SparkSession, dag: Dag, tmp_path: Path) -> None:
    bench = Workbench(tmp_path / "all", session=spark, persistence="always")
    assert bench.run(dag, as_of="2025-12-31").metrics["stored"].all()
    assert bench.status().loc["persistence", "state"] == "always"
    bench.close()
