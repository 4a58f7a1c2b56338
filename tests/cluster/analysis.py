"""One analysis or run in a process of its own; its answers are written as JSON.

    python analysis.py analyze|run ADDRESS WORKSPACE DEALS STRATEGY ANSWERS

It prints ``running`` when it begins, waits for a line, and prints ``stored`` whenever a stage is.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from liqbench import ImpactAnalysis, Run, SessionSettings, Workbench, samples
from liqbench.model.presentation import use_reporter

AS_OF = "2025-12-31"
POINTS = ("enrich", "calc_base", "agg_entity")


def answers_of(analysis: ImpactAnalysis) -> dict[str, Any]:
    """Return every figure, count and key hash of an analysis as text."""
    runs = {variant.name: variant.result() for variant in analysis}
    return {name: answers_of_run(run) for name, run in {"": analysis.base, **runs}.items()}


def answers_of_run(run: Run) -> dict[str, Any]:
    """Return what a run says, as text."""
    counted = {name: [str(r.rows), str(r.key_hash)] for name, r in run.results.items()}
    tables = {
        name: run.table(name).astype(str).to_dict("list") for name in ("agg_entity", "agg_final")
    }
    return {"counts": counted, "tables": tables}


@contextmanager
def telling(_title: str) -> Iterator[Callable[[Any], None]]:
    def tell(progress: Any) -> None:
        if progress.state == "done":
            print("stored", flush=True)  # noqa: T201 - the parent reads it

    yield tell


def main(what: str, address: str, workspace: str, deals: str, strategy: str, answers: str) -> None:
    workers = {"spark.executor.memory": "512m", "spark.executor.cores": "1"}
    options = workers if address.startswith("spark://") else {}
    settings = SessionSettings(
        address=address, driver_memory="1g", shuffle_partitions=2, options=options
    )
    bench = Workbench(
        workspace, session=settings, persistence="always" if what == "run" else "auto"
    )
    dag = samples.lcr_dag(2_000, folder=deals)
    assert bench.spark.range(1).count() == 1
    use_reporter(telling)
    print("running", flush=True)  # noqa: T201 - the parent reads it
    sys.stdin.readline()
    if what == "run":
        found = answers_of_run(bench.run(dag, as_of=AS_OF))
    else:
        found = answers_of(
            bench.analyze(
                dag, samples.lcr_scenarios(), as_of=AS_OF, strategy=strategy,
                injection_points=POINTS if strategy == "auto" else POINTS[:1],
            )
        )  # fmt: skip
    Path(answers).write_text(json.dumps(found), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
