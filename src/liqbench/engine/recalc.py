"""Incremental recalculation: what each operator of a variant will cost, before anything runs.

The same table can be had of what ran, from the counts that the execution itself has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from liqbench.engine.changes import Change, change_of
from liqbench.engine.counting import Counting
from liqbench.engine.dependency import Dependency, DependencyGraph
from liqbench.engine.executor import OperatorResult
from liqbench.engine.planner import VariantPlan
from liqbench.engine.run import Run
from liqbench.engine.scenarios import Variant
from liqbench.engine.spread import Reach, Spread
from liqbench.engine.taint import taint_of
from liqbench.engine.touched import Touched
from liqbench.operators import Locality
from liqbench.operators.adjust import MATCHED_ROWS

Action = Literal["reused", "rows", "groups", "full"]
_COLUMNS = ["scenario", "injection_point", "operator", "action", "affected", "of", "why"]
_BY: dict[str, str] = {
    "cube": "priced from sums, not one by one",
    "delta": "taken away as they were and added as they become",
}
_SMALL = "a small result, which the driver calculates"


@dataclass(frozen=True)
class RecalcStep:
    """What happens to one operator.

    ``reused``: its fingerprint is the baseline's, or it is stored. ``rows``, ``groups``: only
    the touched ones change. ``full``: it is calculated as it stands. ``affected`` is a number of
    keys: at an adjustment the rows that its own rules match, at other operators the rows or
    groups that follow from touched ones; ``None`` where only the run will tell. ``of`` is how
    many the baseline has.
    """

    operator_id: str
    action: Action
    affected: int | None
    of: int | None
    why: str


@dataclass(frozen=True)
class RecalcPlan:
    """All operators of a variant, in the order in which they can run."""

    name: str
    strategy: str
    steps: tuple[RecalcStep, ...]
    planned: VariantPlan = field(repr=False, compare=False)

    def table(self) -> pd.DataFrame:
        """Return a row per operator: scenario, injection_point, operator, action, …, why."""
        return table_of_steps([self])

    def executed(self, variant: Variant) -> RecalcPlan:
        """Return the same as it was executed. Raises the variant's own error where it failed."""
        return _executed(self.planned, variant)

    def rows(self) -> list[dict[str, object]]:
        """Return the steps as rows of a table."""
        return [
            {
                **_place(self.planned),
                "operator": step.operator_id,
                "action": step.action,
                "affected": step.affected,
                "of": step.of,
                "why": step.why,
            }
            for step in self.steps
        ]


def recalc_plans(base: Run, planned: Sequence[VariantPlan]) -> tuple[RecalcPlan, ...]:
    """Return for every variant what will be recalculated; nothing is recalculated for it.

    The touched rows and groups of the baseline are counted, in a Spark job per place where
    changes begin. A cube may still turn out too large to be taken, and a figure too long for the
    driver; then that variant is run by its next best strategy, and ``executed`` tells so.
    """
    counting = Counting(base)
    return tuple(
        _Steps(base, each, each.strategy, counting.touched(each)).plan()
        for each in counting.take(planned)
    )


def _executed(planned: VariantPlan, variant: Variant) -> RecalcPlan:
    """Return what was recalculated for a variant: from its results and what its strategy touched.

    Raises the variant's own error where it failed.
    """
    run, touched = variant.result(), variant.touched
    if touched is None:
        strategy = "stored" if variant.strategy == "stored" else "full"
        return _Steps(variant.baseline, planned, strategy, Touched(), run.results).plan()
    return _Steps(variant.baseline, planned, variant.strategy, touched, run.results).plan()


def table_of_steps(plans: Iterable[RecalcPlan]) -> pd.DataFrame:
    """Return the steps of several variants as one table."""
    return _table(row for plan in plans for row in plan.rows())


def recalculated(planned: Sequence[VariantPlan], variants: Sequence[Variant]) -> pd.DataFrame:
    """Return the executed steps of variants as one table; of a failed one a row with its error."""
    rows: list[dict[str, object]] = []
    for each, variant in zip(planned, variants, strict=True):
        if variant.run is None:
            failed = {"action": "failed", "why": str(variant.error)}
            rows.append(_place(each) | dict.fromkeys(_COLUMNS[2:]) | failed)
        else:
            rows += _executed(each, variant).rows()
    return _table(rows)


def _place(planned: VariantPlan) -> dict[str, object]:
    injections = planned.injections
    return {"scenario": injections.scenario.name, "injection_point": injections.point}


def _table(rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    table = pd.DataFrame(list(rows), columns=_COLUMNS)
    return table.astype({"affected": "Int64", "of": "Int64"})


class _Steps:
    """The steps of one variant; with ``results`` those that were taken."""

    def __init__(
        self,
        base: Run,
        planned: VariantPlan,
        strategy: str,
        touched: Touched,
        results: Mapping[str, OperatorResult] | None = None,
    ) -> None:
        self._base = base
        self._planned = planned
        self._strategy = strategy
        self._touched = touched
        self._results = results
        self._graph = DependencyGraph(planned.resolved, planned.prints)
        self._changed = set(self._graph.changed(base.fingerprints))

    def plan(self) -> RecalcPlan:
        """Return the plan that the steps make."""
        fast = self._strategy in ("local", "cube", "delta")
        steps = self._incremental() if fast else self._as_it_stands()
        name = self._planned.injections.name
        return RecalcPlan(name, self._strategy, tuple(steps), self._planned)

    def _rows_before(self, name: str) -> int | None:
        """Return how many rows the baseline has there, or where an adjustment is put."""
        while name not in self._base.results:
            name = self._graph.step(name).inputs[0]
        return self._base.results[name].rows

    def _reused(self, step: Dependency) -> RecalcStep:
        name = step.operator_id
        stored = self._base.stages.has(step.fingerprint)
        if name in self._changed:
            why = "stored from before" if stored else "all that follows from it is stored"
        elif stored:
            why = "the same as in the baseline, and stored"
        else:
            why = "the same as in the baseline; read again where its rows are needed"
        return RecalcStep(name, "reused", 0, self._rows_before(name), why)

    def _as_it_stands(self) -> Iterator[RecalcStep]:
        """Yield the steps of a run in which what is missing is calculated in full."""
        needed = set(self._graph.needed(self._base.stages.has))
        kept: dict[str, bool] = {}
        for step in self._graph.steps:
            name = step.operator_id
            kept[name] = name not in self._changed or (
                step.keeps_rows and all(kept[source] for source in step.inputs[:1])
            )
            new = name in needed if self._results is None else not self._results[name].reused
            if name not in self._changed or not new:
                yield self._reused(step)
                continue
            of = self._rows_before(name)
            why = self._planned.reason
            if self._results is not None:
                affected = self._results[name].rows
            elif kept[name]:
                affected = of
            else:
                affected, why = None, f"{why}; how many keys there are is known after the run"
            yield RecalcStep(name, "full", affected, of, why)

    def _incremental(self) -> Iterator[RecalcStep]:
        """Yield the steps of a change that is followed row by row and group by group."""
        change, context = self._change, self._base.context
        moves = self._strategy == "delta" and any(
            taint_of(each, context).moves_rows for each in change.frontiers
        )
        reaches = Spread(self._base, change, self._touched, moves_rows=moves).reaches
        groups = {each.group.operator_id for each in change.frontiers}
        for step in self._graph.steps:
            name = step.operator_id
            if name not in self._changed:
                yield self._reused(step)
            elif name in groups:
                affected = self._touched.groups[name].rows
                why = f"the groups of touched rows; these are {_BY[self._strategy]}"
                yield RecalcStep(name, "groups", affected, self._rows_before(name), why)
            elif name in reaches:
                yield self._on_driver(step, reaches[name])
            else:
                yield self._of_rows(step)

    @property
    def _change(self) -> Change:
        planned = self._planned
        return planned.change or change_of(self._base, planned.resolved, planned.prints)

    def _of_rows(self, step: Dependency) -> RecalcStep:
        """Return the step of an operator on single rows, before the first groups."""
        name = step.operator_id
        affected = self._matched(step, self._touched.rows.get(name))
        which = "its rules match" if self._is_new(step) else "rules before it match"
        why = f"the rows that {which}, {_BY[self._strategy]}"
        if affected is None:
            why = f"{why}; how many there are behind a filter or a join that adds rows is not known"
        return RecalcStep(name, "rows", affected, self._rows_before(name), why)

    def _on_driver(self, step: Dependency, reach: Reach) -> RecalcStep:
        """Return the step of an operator on small results."""
        name = step.operator_id
        grouped = step.locality is Locality.GROUP
        affected = self._matched(step, reach.affected)
        which = "the groups of" if grouped else "what follows from"
        why = f"{which} touched keys, in {_SMALL}"
        if self._is_new(step):
            why = f"the rows that its rules match, in {_SMALL}"
        if affected is None:
            why = f"{why}; {reach.why}"
        action: Action = "groups" if grouped else "rows"
        return RecalcStep(name, action, affected, self._rows_before(name), why)

    def _is_new(self, step: Dependency) -> bool:
        """Tell whether the operator is the variant's own: an adjustment."""
        return step.operator_id not in self._base.results

    def _matched(self, step: Dependency, planned: int | None) -> int | None:
        """Return the number that is known; of an adjustment that ran, what it counted itself."""
        if self._results is None or not self._is_new(step):
            return planned
        return self._results[step.operator_id].metrics.get(MATCHED_ROWS, planned)
