"""One execution of a DAG on one input snapshot for one as-of date, and its results."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from liqbench.engine.adjustments import AdjustmentRecords
from liqbench.engine.disclosure import disclosure
from liqbench.engine.executor import Execution, OperatorResult
from liqbench.engine.frames import applied, stored_frame
from liqbench.engine.lineage import Lineage
from liqbench.engine.monitor import Monitor, silent
from liqbench.engine.persistence import Policy
from liqbench.engine.resolve import ResolvedDag, fingerprints, resolve
from liqbench.engine.tables import MOST_ROWS, check_rows, few_rows, sorted_by
from liqbench.errors import AmbiguousNameError, InputChangedError, UnknownResultError, did_you_mean
from liqbench.model import Dag
from liqbench.model._values import content_hash
from liqbench.model.presentation import show
from liqbench.operators import Context
from liqbench.operators.expressions import quoted
from liqbench.operators.local import LocalTable
from liqbench.operators.star import ORPHANS
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
        if self.stages.has(fingerprint := self.results[name].fingerprint):
            node = self.resolved.nodes[name]
            return stored_frame(node, self.context, self.stages, fingerprint)
        return self._computed(name).select(*self._columns(name))

    def _columns(self, name: str) -> list[Column]:
        return [F.col(quoted(field)) for field in self.resolved.nodes[name].schema.fieldNames()]

    def _computed(self, name: str) -> DataFrame:
        """Return an output computed again, a group's with its sums as they are stored."""
        self.check_sources(name)
        node = self.resolved.nodes[name]
        inputs = [self.frame(source) for source in node.config.inputs]
        return applied(node, self.context, inputs)

    def local(self, name: str) -> LocalTable:
        """Return a small output for the driver, a group's with its sums."""
        fingerprint = self.results[name].fingerprint
        found = self.stages.get_or_compute(fingerprint, lambda: self._computed(name).toArrow())
        return LocalTable.from_arrow(found)

    def check_sources(self, name: str) -> None:
        """Raise ``InputChangedError`` where what an operator read is no longer there as it was."""
        if not self.resolved.nodes[name].operator.sources():
            return
        now = fingerprints(self.resolved, self.context)
        if now[name] != self.results[name].fingerprint:
            raise InputChangedError(
                "the input is not what it was when the run read it",
                where=f"operator {name!r}",
                hint="run again, or bring the input back",
            )

    @property
    def lineage(self) -> Lineage:
        """Where every row and field of this run comes from, and what it feeds."""
        return Lineage(self)

    def explain(self, key: Any, *, at: str = "classify") -> pd.DataFrame:
        """Return why a deal has its categories; see ``Lineage.explain``."""
        return self.lineage.explain(key, at=at)

    def disclosure(self, template: str, *, of: str | None = None) -> pd.DataFrame:
        """Return ``"LIQ1"`` or ``"LIQ2"`` as banks publish them, the rows of every group in order.

        Columns: the group's fields, ``row``, ``label``, and the figures in the input's currency as
        ``Decimal``: ``unweighted`` and ``weighted``; for LIQ2 ``no_maturity``, ``lt_6m``,
        ``6m_to_lt_1y``, ``ge_1y`` and ``weighted``. ``None`` is what the template leaves blank.
        Figures are of the run's date; a publication averages them over the days of a quarter.
        An incomplete or undefined ratio is shown, with a warning.

        ``of`` names the operator, by default the only one of type ``lcr`` (LIQ1) or ``nsfr``
        (LIQ2). Its ``category`` and ``amount`` are needed, its ``rule`` where rules name rows
        other than their category's, for LIQ2 its ``maturity``. Raises ``DisclosureError``,
        ``OperatorParameterError``, ``UnknownResultError`` and ``AmbiguousNameError``.
        """
        return disclosure(self, template, of)

    def table(self, table: str, *, limit: int = MOST_ROWS) -> pd.DataFrame:
        """Return an operator's output as pandas, figures as ``Decimal``, sorted by its key.

        Raises ``UnknownResultError`` where it has more than ``limit`` rows.
        """
        name = self.name_of(table)
        keys = list(self.resolved.nodes[name].keys)
        what = f"the table {table!r}"
        fingerprint = self.results[name].fingerprint

        def computed() -> pa.Table:
            return few_rows(self._computed(name), limit, what)

        if self.stages.has(fingerprint):
            check_rows(self.stages.dataset(fingerprint).count_rows(), limit, what)
        found = self.stages.get_or_compute(fingerprint, computed)
        check_rows(found.num_rows, limit, what)
        return sorted_by(found.select(self.resolved.nodes[name].schema.fieldNames()), keys)

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
    persistence: Policy = "auto",
    on_driver: bool = False,
    label: str = "run",
    monitor: Monitor = silent,
) -> Run:
    """Validate and run a DAG as it stands, all of it.

    With ``on_driver``, what follows from small stored results is computed on the driver, to the
    same last digit; the strategy ``full`` leaves everything to Spark.

    Raises ``InvalidDagError`` before anything runs; ``DataError`` or ``RunFailedError`` later.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    resolved = resolve(dag, context, persistence)
    prints = fingerprints(resolved, context)
    notices = list(resolved.notices)
    context = replace(context, notices=[])
    execution = Execution(
        resolved, context, prints, stages, label=label, monitor=monitor, on_driver=on_driver
    )
    results = execution.run()
    notices += [*notices_of(results), *_repairs(results, stages, since=started)]
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


def _repairs(
    results: Mapping[str, OperatorResult], stages: StageStore, *, since: datetime
) -> list[str]:
    """Return what was found damaged on the way, and computed again."""
    names = {result.fingerprint: name for name, result in results.items()}
    return [
        f"{names[found.fingerprint]}: its stored result was damaged ({found.what}); it was put "
        "aside and computed again"
        for found in stages.damages()
        if found.fingerprint in names and datetime.fromisoformat(found.found_at) >= since
    ]


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
            if name.startswith("unclassified ") and count:
                notices.append(
                    f"{result.operator_id}: {count:,} rows are UNCLASSIFIED for the "
                    f"{name.removeprefix('unclassified ').upper()}, so its ratio is incomplete"
                )
            if name.startswith("unknown ") and count:
                key = name.removeprefix("unknown ")
                notices.append(
                    f"{result.operator_id}: {count:,} rows refer by {key} to nobody known, so to "
                    "the unknown member"
                )
            if name == ORPHANS and count:
                notices.append(f"{result.operator_id}: {count:,} {ORPHANS} were left out")
            if name.startswith("rule ") and not count:
                rule = name.removeprefix("rule ")
                notices.append(f"{result.operator_id}: rule {rule!r} matched no row")
    return notices
