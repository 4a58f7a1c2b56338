"""``kill -9`` at every step of writing a stage, and processes that open one new workspace."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession
from tests.engine.crash_child import AS_OF, STORED, crash_dag, open_workspaces, outcome

from liqbench import Workbench
from liqbench.store import StageStore, Workspace

POINTS = (
    # stage, point, how many stages are whole after it
    ("large", "in Spark's write", 0),
    ("sums", "data written", 1),
    ("means", "before it is put in place", 2),
    ("means", "stage whole", 3),
)
ROOT = Path(__file__).parents[2]
PATIENCE = 240


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    amounts = [Decimal(n * n - 300 * n).scaleb(-2) for n in range(2_000)]
    deals = pa.table(
        {
            "id": [f"D{n}" for n in range(2_000)],
            "entity": [f"E{n % 7}" for n in range(2_000)],
            "half": ["low" if n < 900 else "high" for n in range(2_000)],
            "amount": pa.array(amounts, pa.decimal128(14, 2)),
        }
    )
    pq.write_table(deals, folder / "deals.parquet")
    return folder


@contextmanager
def child(workspace: Path, inputs: Path, stage: str, point: str) -> Iterator[subprocess.Popen[str]]:
    """Start a run in a process group of its own; it waits, with Spark started, for its line."""
    log = inputs / f"{workspace.name}-{os.urandom(4).hex()}.log"
    # Where the tests' session is on a Connect server, Spark has said so in the environment.
    remote = ("SPARK_CONNECT_MODE_ENABLED", "SPARK_REMOTE")
    environment = {name: value for name, value in os.environ.items() if name not in remote}
    with log.open("w") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "tests.engine.crash_child", workspace, inputs, stage, point],
            cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=errors, text=True, start_new_session=True,
        )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", log.read_text()
        yield process
    finally:
        kill_group(process)
        process.communicate()


def kill_group(process: subprocess.Popen[str]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


@dataclass(frozen=True)
class Undisturbed:
    """What a run gives that nobody disturbs."""

    told: dict[str, Any]

    @property
    def prints(self) -> list[str]:
        return [self.told["fingerprints"][name] for name in STORED]


@pytest.fixture(scope="module")
def undisturbed(
    inputs: Path, tmp_path_factory: pytest.TempPathFactory, spark: SparkSession
) -> Undisturbed:
    bench = Workbench(tmp_path_factory.mktemp("undisturbed") / "workspace", session=spark)
    told = outcome(bench.run(crash_dag(inputs), as_of=AS_OF))
    bench.close()
    return Undisturbed(told)


def test_an_undisturbed_run_gives_what_duckdb_gives(
    undisturbed: Undisturbed, inputs: Path, duck: Any
) -> None:
    wanted = duck(
        pq.read_table(inputs / "deals.parquet"),
        """select half, sum(amount * 0.85::decimal(3,2))::varchar from t
           where abs(amount) > 10 group by half order by half""",
    )
    assert [tuple(row) for row in undisturbed.told["tables"]["total"]] == wanted


def whole_stages(workspace: Path, undisturbed: Undisturbed) -> list[str]:
    """Return the stages that are there, each of which must be what was written."""
    stages = StageStore(workspace)
    found = [name for name, p in zip(STORED, undisturbed.prints, strict=True) if stages.has(p)]
    for name in found:
        stages.verify(undisturbed.told["fingerprints"][name])
    return found


def files_of(workspace: Path, undisturbed: Undisturbed, names: Sequence[str]) -> dict[str, int]:
    stages = StageStore(workspace)
    return {
        file: Path(file).stat().st_mtime_ns
        for name in names
        for file in stages.files(undisturbed.told["fingerprints"][name])
    }


def restart(
    workspace: Path, inputs: Path, undisturbed: Undisturbed, spark: SparkSession
) -> list[str]:
    """Run again what was killed, hold it to the undisturbed run; return what had been whole."""
    whole = whole_stages(workspace, undisturbed)
    assert tuple(whole) == STORED[: len(whole)]
    before = files_of(workspace, undisturbed, whole)
    bench = Workbench(workspace, session=spark)
    run = bench.run(crash_dag(inputs), as_of=AS_OF)
    assert [name for name in STORED if run.results[name].reused] == whole
    assert outcome(run) == undisturbed.told
    assert files_of(workspace, undisturbed, whole) == before
    assert whole_stages(workspace, undisturbed) == list(STORED)
    assert run.run_id in set(bench.runs().query("state == 'done'")["run"])
    bench.close()
    return whole


@pytest.mark.parametrize(
    ("stage", "point", "stages"), POINTS, ids=[f"{s} {p}" for s, p, _ in POINTS]
)
def test_a_run_killed_at_a_point_is_finished_by_the_next_one(
    stage: str, point: str, stages: int,
    inputs: Path, tmp_path: Path, undisturbed: Undisturbed, spark: SparkSession,
) -> None:  # fmt: skip
    with child(tmp_path / "workspace", inputs, stage, point) as process:
        go(process)
        text, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == -signal.SIGKILL, f"never came to {point!r}: {text}"
    whole = restart(tmp_path / "workspace", inputs, undisturbed, spark)
    assert whole == list(STORED[:stages])


def test_many_processes_open_one_new_workspace_at_once(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    folders = [tmp_path / f"workspace{n}" for n in range(40)]
    barrier = spawn.Barrier(4)
    processes = [spawn.Process(target=open_workspaces, args=(folders, barrier)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(PATIENCE)
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    for folder in folders:
        assert len(Workspace(folder).records.list("run")) == 4
