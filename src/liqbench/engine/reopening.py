"""A run of the history, opened again: its stored tables, and nothing computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from liqbench.engine.executor import Execution
from liqbench.engine.persistence import Policy
from liqbench.engine.resolve import resolve
from liqbench.engine.run import Run
from liqbench.errors import UnknownResultError
from liqbench.model import Dag
from liqbench.operators import Context
from liqbench.store import StageStore


def reopen(
    dag: Dag,
    context: Context,
    stages: StageStore,
    prints: Mapping[str, str],
    *,
    run_id: str,
    started: datetime,
    seconds: float,
    notices: Sequence[str] = (),
    persistence: Policy = "auto",
) -> Run:
    """Return a run from its DAG and its operators' fingerprints, whatever became of the inputs.

    Raises ``InvalidDagError`` where the DAG's sources can no longer be read, and
    ``UnknownResultError`` where a result is no longer stored.
    """
    resolved = resolve(dag, context, persistence)
    gone = [name for name in resolved.results() if not stages.has(prints[name])]
    if gone:
        raise UnknownResultError(
            f"results are no longer stored: {', '.join(gone)}",
            where=run_id,
            hint="they were cleaned away, or another version stored others; run the DAG again",
        )
    context = replace(context, notices=[])
    return Run(
        run_id=run_id,
        dag=dag,
        as_of=context.as_of,
        started_at=started,
        seconds=seconds,
        results=Execution(resolved, context, prints, stages).known(),
        notices=tuple(notices),
        resolved=resolved,
        context=context,
        stages=stages,
    )
