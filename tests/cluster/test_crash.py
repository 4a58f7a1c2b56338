"""A bench killed at any moment, and two benches on one workspace."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from tests.cluster.analysis import AS_OF, answers_of_run
from tests.cluster.children import Child

from liqbench import Workbench, samples
from liqbench.store import StageStore

SEED = 20251231


@pytest.fixture(scope="module")
def expected(connect: str, tmp_path_factory: pytest.TempPathFactory, deals_folder: Path) -> Any:
    """What an undisturbed run says, and how long it takes once Spark is warm."""
    samples.lcr_dag(2_000, folder=deals_folder)
    for _ in range(2):
        child = Child("run", connect, tmp_path_factory.mktemp("calm"), deals_folder, "")
        child.let_go()
        start = time.perf_counter()
        answers = child.answers()
    return answers, time.perf_counter() - start


def whole_stages(workspace: Path) -> dict[str, dict[str, int]]:
    """Return the modification times of every stage's data, by its fingerprint."""
    return {
        stage.parent.name: {
            file.name: file.stat().st_mtime_ns for file in stage.parent.glob("data/*.parquet")
        }
        for stage in workspace.glob("stages/[!.]*/_lineage.json")
    }


def test_after_a_kill_at_any_moment_a_restart_finishes_with_what_was_stored(
    expected: Any,
    connect: str,
    spark: SparkSession,
    tmp_path: Path,
    deals_folder: Path,
    kills: int,
) -> None:
    answers, seconds = expected
    moments = random.Random(SEED)  # noqa: S311 - chosen to be repeated
    killed = 0
    for number in range(kills):
        child = Child("run", connect, tmp_path / str(number), deals_folder, "")
        child.let_go()
        killed += child.killed_after(moments.uniform(0, seconds))
        before = whole_stages(child.workspace)
        bench = Workbench(child.workspace, session=spark, persistence="always")
        run = bench.run(samples.lcr_dag(2_000, folder=deals_folder), as_of=AS_OF)
        assert answers_of_run(run) == answers, f"seed {SEED}, kill {number}"
        own = {name for name, print_ in run.fingerprints.items() if print_ in before}
        assert {name for name, result in run.results.items() if result.reused} == own
        after = whole_stages(child.workspace)
        assert {print_: after[print_] for print_ in before} == before
        assert len(after) == len(run.results)
        bench.clean(unused_for=timedelta(0))
        assert {stage.name for stage in (bench.folder / "stages").iterdir()} == set(after)
        bench.close()
    assert killed


def test_two_benches_on_one_workspace_do_each_other_no_harm(
    expected: Any, connect: str, tmp_path: Path, deals_folder: Path
) -> None:
    answers, _ = expected
    benches = [Child("run", connect, tmp_path, deals_folder, "") for _ in range(2)]
    for bench in benches:
        bench.let_go()
    assert [bench.answers() for bench in benches] == [answers, answers]
    stages = StageStore(tmp_path / "workspace")
    assert len(stages.folders()) == len(answers["counts"])
    for folder in stages.folders():
        stages.verify(folder.name)
    told = Workbench(tmp_path / "workspace")
    assert list(told.runs()["state"]) == ["done", "done"]
    told.close()
