"""A run in a process of its own, which kills itself, and its JVM with it, at an exact point.

``python -m tests.engine.crash_child WORKSPACE INPUTS STAGE POINT``: says ``ready`` once Spark is
there, and starts at a line on its input.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from liqbench import Run, SessionSettings, Workbench
from liqbench.engine import open_session
from liqbench.model import Dag, OperatorConfig
from liqbench.store import StageStore, Workspace

AS_OF = "2025-12-31"
STORED = ("large", "sums", "means", "total")
WriteData = Callable[[Path], None]
Describe = Callable[[], Mapping[str, Any]]


def crash_dag(inputs: Path) -> Dag:
    """Return a DAG of four stages, one behind the other."""

    def config(name: str, kind: str, *sources: str, **parameters: Any) -> OperatorConfig:
        return OperatorConfig(
            operator_id=name, operator_type=kind, inputs=sources, parameters=parameters,
            checkpoint=name in STORED,
        )  # fmt: skip

    total = {"name": "total", "function": "sum", "field": "weighted"}
    return Dag(
        operators=(
            config("deals", "ingest", key=["id"],
                   source={"format": "parquet", "path": "deals.parquet"}),
            config("large", "filter", "deals", expression="abs(amount) > 10"),
            config("weighed", "calculate", "large",
                   expressions=[{"name": "weighted", "expression": "amount * 0.85"}]),
            config("sums", "aggregate", "weighed", group_by=["entity", "half"],
                   measures=[total, {"name": "deals", "function": "count"}]),
            config("means", "calculate", "sums",
                   expressions=[{"name": "mean", "expression": "ratio(total, deals, 2)"}]),
            config("total", "aggregate", "means", group_by=["half"],
                   measures=[{"name": "total", "function": "sum", "field": "total"}]),
        )
    ).at_folder(inputs)  # fmt: skip


def outcome(run: Run) -> dict[str, Any]:
    """Return what is the same in every run of a DAG, as text."""
    return {
        "tables": {
            name: [[str(value) for value in row] for row in run.table(name).itertuples(index=False)]
            for name in STORED
        },
        "rows": {name: found.rows for name, found in run.results.items()},
        "hashes": {name: found.key_hash for name, found in run.results.items()},
        "fingerprints": run.fingerprints,
    }


def die() -> None:
    os.killpg(os.getpgid(0), signal.SIGKILL)


def die_if(here: bool) -> None:
    if here:
        die()


def die_once_there(folder: Path) -> None:
    """Kill at Spark's first sign of writing; without one the parent finds this run finished."""
    waiting = threading.Event()
    while not any(folder.glob("*")):
        waiting.wait(0.0002)
    die()


def kill_at(stage: str, point: str) -> None:
    """Kill this process while it writes a stage, by what ``StageStore.write`` is given and does."""
    original = StageStore.write
    written = iter(STORED)
    armed: list[str] = []

    def write(
        store: StageStore, fingerprint: str, write_data: WriteData, describe: Describe
    ) -> dict[str, Any]:
        def writing(folder: Path) -> None:
            if point == "in Spark's write":
                threading.Thread(target=die_once_there, args=(folder,), daemon=True).start()
            write_data(folder)
            die_if(point == "data written")

        def describing() -> Mapping[str, Any]:
            described = describe()
            armed.append(fingerprint)
            return described

        if next(written) != stage:
            return original(store, fingerprint, write_data, describe)
        done = original(store, fingerprint, writing, describing)
        die_if(point == "stage whole")
        return done

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "os.rename" and armed:
            into_place = Path(os.fsdecode(arguments[1])).name == armed[0]
            die_if(into_place and point == "before it is put in place")

    StageStore.write = write  # type: ignore[method-assign,assignment]
    sys.addaudithook(audit)


def open_workspaces(folders: list[Path], barrier: Barrier) -> None:
    """Open new workspaces at the same moment as other processes do, and write a record."""
    for folder in folders:
        barrier.wait(60)
        records = Workspace(folder).records
        records.add("run", f"run-{os.getpid()}", "done", {})
        records.close()


def main(workspace: Path, inputs: Path, stage: str, point: str) -> None:
    settings = SessionSettings(
        address="local[2]",
        driver_memory="512m",
        shuffle_partitions=2,
        options={"spark.sql.warehouse.dir": str(inputs / f"warehouse-{os.getpid()}")},
    )
    session = open_session(settings, inputs / "cache")
    kill_at(stage, point)
    print("ready", flush=True)  # noqa: T201 - what the parent waits for
    sys.stdin.readline()
    Workbench(workspace, session=session).run(crash_dag(inputs), as_of=AS_OF)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
