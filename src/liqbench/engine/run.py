"""One execution of a DAG on one input snapshot for one as-of date, and its results."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame

from liqbench.engine.adjustments import AdjustmentRecords
from liqbench.engine.executor import Execution, OperatorResult, stored_frame
from liqbench.engine.lineage import Lineage
from liqbench.engine.monitor import Monitor, silent
from liqbench.engine.resolve import ResolvedDag, fingerprints, resolve
from liqbench.engine.tables import MOST_ROWS, check_rows, sorted_by, to_pandas
from liqbench.errors import AmbiguousNameError, InputChangedError, UnknownResultError, did_you_mean
from liqbench.model import Dag
from liqbench.model._values import content_hash
from liqbench.model.presentation import show
from liqbench.operators import Context
from liqbench.store import StageStore


@dataclass(frozen=True)
class Run:
    """A finished run. Its stored tables stay as they are, whatever happens to the inputs."""

    run_id: str
    dag: Dag
    as_of: date
    started_at: datetime
    seconds: float
    results: Mapping[str, OperatorResult]
    notices: tuple[str, ...]
    resolved: ResolvedDag
    context: Context
    stages: StageStore

    @property
    def fingerprints(self) -> dict[str, str]:
        """The fingerprint of every operator."""
        return {name: result.fingerprint for name, result in self.results.items()}

    @property
    def metrics(self) -> pd.DataFrame:
        """A row per operator: type, rows, seconds, whether it was stored or reused."""
        rows = [
            {
                "operator": result.operator_id,
                "type": result.operator_type,
                "rows": result.rows,
                "seconds": round(result.seconds, 3),
                "stored": result.stored,
                "reused": result.reused,
            }
            for result in self.results.values()
        ]
        return pd.DataFrame(rows).set_index("operator")

    def name_of(self, table: str) -> str:
        """Return the operator meant: by id, or by type where only one is of it.

        Raises ``UnknownResultError`` or ``AmbiguousNameError``.
        """
        if table in self.resolved.nodes:
            return table
        types = {name: node.config.operator_type for name, node in self.resolved.nodes.items()}
        of_type = [name for name, kind in types.items() if kind == table]
        if len(of_type) == 1:
            return of_type[0]
        if of_type:
            raise AmbiguousNameError(
                f"{len(of_type)} operators are of type {table!r}",
                hint=f"name one: {', '.join(of_type)}",
            )
        raise UnknownResultError(
            f"the run has no table {table!r}", hint=did_you_mean(table, [*types, *types.values()])
        )

    def frame(self, table: str) -> DataFrame:
        """Return an operator's output as a Spark frame.

        What isn't stored is computed again from the same inputs; raises ``InputChangedError``
        where these are no longer there as they were.
        """
        name = self.name_of(table)
        node = self.resolved.nodes[name]
        result = self.results.get(name)
        if result is not None and self.stages.has(result.fingerprint):
            return stored_frame(node, self.context, self.stages, result.fingerprint)
        self.check_sources(name)
        inputs = [self.frame(source) for source in node.config.inputs]
        return node.operator.apply(self.context.within(name), *inputs)

    def check_sources(self, name: str) -> None:
        """Raise ``InputChangedError`` where what an operator read is no longer there as it was."""
        if not self.resolved.nodes[name].operator.sources():
            return
        result = self.results.get(name)
        if result is None or fingerprints(self.resolved, self.context)[name] != result.fingerprint:
            raise InputChangedError(
                "the input is not what it was when the run read it",
                where=f"operator {name!r}",
                hint="run again, or bring the input back",
            )

    @property
    def lineage(self) -> Lineage:
        """Where every row and field of this run comes from, and what it feeds."""
        return Lineage(self)

    def table(self, table: str, *, limit: int = MOST_ROWS) -> pd.DataFrame:
        """Return an operator's output as pandas, figures as ``Decimal``, sorted by its key.

        Raises ``UnknownResultError`` where it has more than ``limit`` rows.
        """
        name = self.name_of(table)
        keys = list(self.resolved.nodes[name].keys)
        what = f"the table {table!r}"
        result = self.results.get(name)
        if result is not None and self.stages.has(result.fingerprint):
            stored = self.stages.dataset(result.fingerprint)
            check_rows(stored.count_rows(), limit, what)
            fields = self.resolved.nodes[name].schema.fieldNames()
            return sorted_by(stored.to_table(columns=fields), keys)
        return to_pandas(self.frame(name), keys, limit=limit, what=what)

    def adjustments(self, place: str | None = None, *, limit: int = MOST_ROWS) -> pd.DataFrame:
        """Return every value that a rule wrote, as pandas: see ``AdjustmentRecords``.

        ``place`` is the operator behind which the rules stand; by default all are meant. The
        records are stored on first use. Raises ``UnknownResultError`` where nothing is adjusted,
        or where there are more than ``limit`` records.
        """
        return AdjustmentRecords.of(self).table(place, limit=limit)

    def adjustments_frame(self, place: str | None = None) -> DataFrame:
        """Return the same as a Spark frame; nothing is collected."""
        return AdjustmentRecords.of(self).frame(place)

    def result_hash(self) -> str:
        """Return the SHA-256 over all stored results as they are on disk now.

        Raises ``DamagedStageError`` where a file isn't what was written.
        """
        stored = {
            name: self.stages.verify(result.fingerprint)
            for name, result in self.results.items()
            if result.stored
        }
        return content_hash(stored)

    def sibling(
        self,
        resolved: ResolvedDag,
        results: Mapping[str, OperatorResult],
        started: datetime,
        seconds: float,
        notices: tuple[str, ...],
    ) -> Run:
        """Return the run of another DAG on the same inputs, whose results are there already."""
        return replace(
            self,
            run_id=new_run_id(started),
            dag=resolved.dag,
            started_at=started,
            seconds=seconds,
            results=results,
            notices=notices,
            resolved=resolved,
        )

    def show(self) -> Any:
        """Show the run: its graph with rows and seconds per operator."""
        return show(self)


def new_run_id(started: datetime) -> str:
    """Return the id of a run that began at this time."""
    return f"run-{started:%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:6]}"


def execute(
    dag: Dag,
    context: Context,
    stages: StageStore,
    *,
    label: str = "run",
    monitor: Monitor = silent,
) -> Run:
    """Validate and run a DAG with the strategy ``full``: as it stands, all of it.

    Raises ``InvalidDagError`` before anything runs; ``DataError`` or ``RunFailedError`` later.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    resolved = resolve(dag, context)
    prints = fingerprints(resolved, context)
    notices = list(resolved.notices)
    context = replace(context, notices=[])
    results = Execution(resolved, context, prints, stages, label=label, monitor=monitor).run()
    notices += notices_of(results)
    return Run(
        run_id=new_run_id(started),
        dag=dag,
        as_of=context.as_of,
        started_at=started,
        seconds=time.perf_counter() - clock,
        results=results,
        notices=tuple(dict.fromkeys(notices)),
        resolved=resolved,
        context=context,
        stages=stages,
    )


def notices_of(results: Mapping[str, OperatorResult]) -> list[str]:
    """Return what the counts of a run say that the analyst should know."""
    notices: list[str] = []
    for result in results.values():
        for name, count in result.metrics.items():
            if name.startswith("missing ") and count:
                reference = name.removeprefix("missing ")
                notices.append(
                    f"{result.operator_id}: {count:,} rows had no row in reference "
                    f"{reference!r} and got its defaults"
                )
            if name.startswith("rule ") and not count:
                rule = name.removeprefix("rule ")
                notices.append(f"{result.operator_id}: rule {rule!r} matched no row")
    return notices
