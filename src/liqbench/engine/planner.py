"""Choosing a strategy per variant: the cheapest that is valid, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from liqbench.engine.changes import Change, Frontier, change_of
from liqbench.engine.cube import Layout
from liqbench.engine.delta import DeltaProgram
from liqbench.engine.injections import Injections, resolve_variants
from liqbench.engine.program import Program
from liqbench.engine.resolve import ResolvedDag, fingerprints
from liqbench.engine.run import Run
from liqbench.errors import ModelError, StrategyUnfitError, UnknownResultError, did_you_mean
from liqbench.operators.expressions import fields_of_schema

Strategy = Literal["stored", "local", "cube", "delta", "full"]
STRATEGIES = ("auto", "cube", "delta", "full")
_WHY: dict[str, str] = {
    "stored": "all of it is stored from before",
    "local": "the change begins behind small stored results",
    "cube": "sums of products of the adjusted fields; priced from one table of sums",
    "delta": "sums and counts change by the rows that the rules match",
    "full": "always valid; the adjusted DAG is run as it stands",
}


@dataclass(frozen=True)
class VariantPlan:
    """How a variant will be computed: its strategy, why, and what that needs."""

    injections: Injections
    resolved: ResolvedDag
    prints: dict[str, str]
    strategy: Strategy
    reason: str
    change: Change | None = None
    programs: tuple[Program, ...] = ()
    deltas: tuple[DeltaProgram, ...] = ()

    def row(self, base: Run) -> dict[str, str]:
        """Return the plan as a row of the table that an analyst reads."""
        own = set(base.fingerprints.values())
        stored = self.resolved.results()
        reused = [n for n in stored if self.prints[n] in own or base.stages.has(self.prints[n])]
        return {
            "scenario": self.injections.scenario.name,
            "injection_point": self.injections.point,
            "strategy": self.strategy,
            "reason": self.reason,
            "reused": ", ".join(reused),
            "computed": ", ".join(n for n in stored if n not in reused),
        }


def plan_variants(
    base: Run, injections: Sequence[Injections], strategy: str = "auto", *, reuse: bool = True
) -> tuple[VariantPlan, ...]:
    """Return the plan of every variant; with ``reuse``, what is stored already is taken.

    ``strategy`` other than ``auto`` is what all of them are to be computed by; raises
    ``StrategyUnfitError`` with the variant where it isn't valid, ``InvalidDagError`` with the
    faults of all variants.
    """
    if strategy not in STRATEGIES:
        raise UnknownResultError(
            f"there is no strategy {strategy!r}", hint=did_you_mean(strategy, STRATEGIES)
        )
    resolved = resolve_variants(base.dag, injections, base.context, base.resolved.persistence)
    return tuple(
        _plan(base, variant, own, strategy, reuse=reuse)
        for variant, own in zip(injections, resolved, strict=True)
    )


def _plan(
    base: Run, injections: Injections, resolved: ResolvedDag, wanted: str, *, reuse: bool
) -> VariantPlan:
    prints = fingerprints(resolved, base.context)
    full = VariantPlan(injections, resolved, prints, "full", _WHY["full"])
    if wanted == "full":
        return full
    stored = all(base.stages.has(prints[name]) for name in resolved.results())
    if stored and wanted == "auto" and reuse:
        return replace(full, strategy="stored", reason=_WHY["stored"])
    try:
        change = change_of(base, resolved, prints)
        if not change.frontiers:
            return replace(full, change=change, strategy="local", reason=_WHY["local"])
        return _by_rows(base, replace(full, change=change), _ALLOWED[wanted])
    except StrategyUnfitError as unfit:
        if wanted != "auto":
            raise unfit.at(f"variant {injections.name!r}") from None
        return replace(full, reason=str(unfit))


def _by_rows(base: Run, full: VariantPlan, allowed: tuple[Strategy, ...]) -> VariantPlan:
    """Return the plan for a change of single rows by the first strategy that is valid.

    Raises ``StrategyUnfitError`` with the reasons where none of them is.
    """
    reasons: list[str] = []
    for strategy in allowed:
        try:
            found = _MAKERS[strategy](base, full)
        except (StrategyUnfitError, ModelError) as unfit:
            reasons.append(f"no {strategy}: {unfit}")
        else:
            return replace(found, strategy=strategy, reason="; ".join([_WHY[strategy], *reasons]))
    raise StrategyUnfitError("; ".join(reasons))


def _with_cube(base: Run, full: VariantPlan) -> VariantPlan:
    programs = tuple(Program(f, base.context, frozenset(base.dag.inputs)) for f in _frontiers(full))
    for program in programs:
        source = base.dag.operator(program.frontier.group.operator_id).inputs[0]
        Layout.of([program]).fits(fields_of_schema(base.resolved.nodes[source].schema))
    return replace(full, programs=programs)


def _with_delta(base: Run, full: VariantPlan) -> VariantPlan:
    baseline = frozenset(base.dag.inputs)
    deltas = tuple(DeltaProgram.of(f, base.context, baseline) for f in _frontiers(full))
    return replace(full, deltas=deltas)


def _frontiers(planned: VariantPlan) -> tuple[Frontier, ...]:
    assert planned.change is not None  # noqa: S101 - asked only for plans with a change
    return planned.change.frontiers


_ALLOWED: dict[str, tuple[Strategy, ...]] = {
    "auto": ("cube", "delta"),
    "cube": ("cube",),
    "delta": ("delta",),
}
_MAKERS = {"cube": _with_cube, "delta": _with_delta}


def next_best(base: Run, planned: VariantPlan, reason: str) -> VariantPlan:
    """Return the plan where the chosen strategy turned out not to do, for this reason."""
    failed = f"no {planned.strategy}: {reason}"
    bare = replace(planned, strategy="full", reason=failed, programs=(), deltas=())
    try:
        again = _by_rows(base, bare, ("delta",) if planned.strategy == "cube" else ())
    except StrategyUnfitError as unfit:
        return replace(bare, reason="; ".join(filter(None, [failed, str(unfit)])))
    return replace(again, reason=f"{again.reason}; {failed}")


def table_of(base: Run, planned: Sequence[VariantPlan]) -> pd.DataFrame:
    """Return a plan as a table: one row per variant."""
    return pd.DataFrame([each.row(base) for each in planned])
