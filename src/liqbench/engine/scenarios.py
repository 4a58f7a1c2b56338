"""Many scenarios at once (the seed's ``ParallelAdjustmentAnalyzer``): plan, then run.

Strategy ``full``: each variant's adjusted DAG runs as it stands, side by side with the others on
Spark's fair scheduler. Stages of one fingerprint are shared, so what lies before the injection
point and is stored is not computed again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pandas as pd

from liqbench.engine.monitor import Monitor, silent
from liqbench.engine.resolve import ResolvedDag, fingerprints, resolve
from liqbench.engine.run import Run, execute
from liqbench.engine.session import fair_pool
from liqbench.errors import (
    AmbiguousNameError,
    DocumentError,
    FaultCollector,
    InvalidDagError,
    LiqbenchError,
    RunFailedError,
)
from liqbench.model import AdjustmentRule, Dag, Scenario
from liqbench.operators import Context
from liqbench.operators.adjust import MATCHED_ROWS
from liqbench.store import StageStore

SIDE_BY_SIDE = 4


@dataclass(frozen=True)
class Injections:
    """What makes a variant: a scenario and, by operator, the rules applied behind it."""

    scenario: Scenario
    rules: Mapping[str, tuple[AdjustmentRule, ...]]

    @property
    def point(self) -> str:
        """The injection points in words."""
        return " + ".join(self.rules)

    @property
    def name(self) -> str:
        """The variant's name: scenario@point."""
        return f"{self.scenario.name}@{self.point}"

    def apply(self, dag: Dag) -> Dag:
        """Return the DAG with the rules in it; where no rule belongs, it is the DAG itself."""
        for point, rules in self.rules.items():
            if rules:
                dag = dag.inject_adjustment(point, rules)
        return dag


@dataclass(frozen=True)
class Variant:
    """One scenario at its injection points against its baseline: its run, or why there is none."""

    injections: Injections
    baseline: Run
    dag: Dag
    run: Run | None = None
    error: LiqbenchError | None = None

    @property
    def name(self) -> str:
        """The variant's name: scenario@point."""
        return self.injections.name

    @property
    def records_affected(self) -> int:
        """How many rows at least one rule matched, over all injection points."""
        if self.run is None:
            return 0
        return sum(r.metrics.get(MATCHED_ROWS, 0) for r in self.run.results.values())

    @property
    def notices(self) -> tuple[str, ...]:
        """What the analyst should know of this variant though it ran."""
        own = () if self.run is None else self.run.notices
        idle = [point for point, rules in self.injections.rules.items() if not rules]
        name = self.injections.scenario.name
        return (
            *own,
            *(f"scenario {name!r} has no rule for injection point {point!r}" for point in idle),
        )

    def result(self) -> Run:
        """Return the run. Raises the variant's own error where it failed."""
        if self.run is None:
            assert self.error is not None  # noqa: S101 - one of the two is always there
            raise self.error
        return self.run


def injections_of(
    dag: Dag, scenarios: Sequence[Scenario], injection_points: Sequence[str] | None
) -> tuple[Injections, ...]:
    """Return the variants: each scenario at each point, or each rule at its own stage.

    Raises ``UnknownOperatorError`` for a point, ``DocumentError`` for a rule without a place.
    """
    names = [scenario.name for scenario in scenarios]
    if not names:
        raise DocumentError("there is no scenario to analyze")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise AmbiguousNameError(f"several scenarios are called {', '.join(twice)}")
    found: list[Injections] = []
    for scenario in scenarios:
        points = scenario.stages() if injection_points is None else tuple(injection_points)
        rules = {dag.operator(point).operator_id: scenario.rules_for(point) for point in points}
        if injection_points is None:
            found.append(Injections(scenario, rules))
        else:
            found += [Injections(scenario, {point: own}) for point, own in rules.items()]
    return tuple(found)


def plan(
    dag: Dag, injections: Sequence[Injections], context: Context, stages: StageStore
) -> pd.DataFrame:
    """Return what an analysis would do, before it does: per variant its strategy and why.

    ``reused`` are stored stages, shared with the baseline or from before; ``computed`` is what
    has to be stored anew.
    """
    rows = []
    base = resolve(dag, context)
    own = set(fingerprints(base, context).values())
    resolved_variants = resolve_variants(dag, injections, context)
    for variant, resolved in zip(injections, resolved_variants, strict=True):
        prints = fingerprints(resolved, context)
        stored = resolved.stored()
        reused = [n for n in stored if prints[n] in own or stages.has(prints[n])]
        rows.append(
            {
                "scenario": variant.scenario.name,
                "injection_point": variant.point,
                "strategy": "full",
                "reason": "always valid; the adjusted DAG is run as it stands",
                "reused": ", ".join(reused),
                "computed": ", ".join(n for n in stored if n not in reused),
            }
        )
    return pd.DataFrame(rows)


def resolve_variants(
    dag: Dag, injections: Sequence[Injections], context: Context
) -> tuple[ResolvedDag, ...]:
    """Check all variants. Raises ``InvalidDagError`` with the faults of every one of them."""
    faults = FaultCollector()
    found: list[ResolvedDag] = []
    for variant in injections:
        try:
            found.append(resolve(variant.apply(dag), context))
        except InvalidDagError as invalid:
            for fault in invalid.faults:
                faults.add(fault.at(f"variant {variant.name!r}"))
    if faults.faults:
        raise InvalidDagError(dag.name, faults.faults)
    return tuple(found)


def run_variants(
    base: Run, injections: Sequence[Injections], *, monitor: Monitor = silent
) -> tuple[Variant, ...]:
    """Run all variants of a run side by side; one that fails keeps its error and stops no other.

    Raises ``InvalidDagError`` with the faults of all variants before anything runs.
    """
    context, stages = base.context, base.stages
    variants = [Variant(item, base, item.apply(base.dag)) for item in injections]
    resolve_variants(base.dag, injections, context)

    def run(variant: Variant) -> Variant:
        with fair_pool(context.spark, variant.name):
            try:
                done = execute(variant.dag, context, stages, label=variant.name, monitor=monitor)
            except LiqbenchError as error:
                return replace(variant, error=error.at(f"variant {variant.name!r}"))
            except Exception as error:  # noqa: BLE001 - told as this variant's own, not dropped
                failed = RunFailedError(f"{type(error).__name__}: {error}", where=variant.name)
                failed.__cause__ = error
                return replace(variant, error=failed)
            return replace(variant, run=done)

    with ThreadPoolExecutor(max_workers=SIDE_BY_SIDE) as pool:
        return tuple(pool.map(run, variants))
