"""Variants before they run: which scenario goes where, and the DAGs that come of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from liqbench.engine.persistence import Policy
from liqbench.engine.resolve import ResolvedDag, resolve
from liqbench.errors import AmbiguousNameError, DocumentError, FaultCollector, InvalidDagError
from liqbench.model import AdjustmentRule, Dag, Scenario
from liqbench.operators import Context


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


def resolve_variants(
    dag: Dag, injections: Sequence[Injections], context: Context, persistence: Policy = "auto"
) -> tuple[ResolvedDag, ...]:
    """Check all variants. Raises ``InvalidDagError`` with the faults of every one of them."""
    faults = FaultCollector()
    found: list[ResolvedDag] = []
    for variant in injections:
        try:
            found.append(resolve(variant.apply(dag), context, persistence))
        except InvalidDagError as invalid:
            for fault in invalid.faults:
                faults.add(fault.at(f"variant {variant.name!r}"))
    if faults.faults:
        raise InvalidDagError(dag.name, faults.faults)
    return tuple(found)
