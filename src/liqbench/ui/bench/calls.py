"""Calls of the public API as an analyst would write them: "show as code" is made of these."""

from __future__ import annotations

import pprint
from collections.abc import Sequence
from typing import Any

from liqbench.engine import Injections
from liqbench.impact import ImpactAnalysis
from liqbench.ui.bench.code import dag_code
from liqbench.ui.bench.scenario_code import scenarios_code

_WIDTH = 96


def call_of(function: str, *given: Any, **named: Any) -> str:
    """Return a call; arguments that are nothing, no and the empty text are left out."""
    parts = [written(value) for value in given]
    parts += [
        f"{name}={written(value)}"
        for name, value in named.items()
        if value not in (None, "", False)
    ]
    return f"{function}({', '.join(parts)})"


def written(value: Any) -> str:
    """Return a value as Python has it, over several lines where it is long."""
    return pprint.pformat(value, width=_WIDTH, compact=True, sort_dicts=False)


def analysis_code(analysis: ImpactAnalysis, *, with_inputs: bool) -> str:
    """Return the calls that make the same analysis, as ``imp``.

    With inputs that were given to ``show``, the cell expects these in ``inputs``.
    """
    dag, measure = analysis.base.dag, analysis.measure
    found = [variant.injections for variant in analysis]
    scenarios = {each.scenario.name: each.scenario for each in found}
    points = points_of(found)
    call = call_of(
        "wb.analyze",
        as_of=analysis.base.as_of.isoformat(),
        injection_points=None if points is None else list(points),
        limit="" if measure.limit == 1 else str(measure.limit),
        ratio=measure.ratio.operator_id,
    )
    given = ", inputs=inputs" if with_inputs else ""
    return "\n".join(
        [
            dag_code(dag).rstrip(),
            scenarios_code(list(scenarios.values())).rstrip(),
            f"imp = wb.analyze(dag, scenarios, {call.removeprefix('wb.analyze(')[:-1]}{given})",
        ]
    )


def points_of(variants: Sequence[Injections]) -> tuple[str, ...] | None:
    """Return the injection points that make these variants; none where each rule names its own."""
    if all(tuple(each.rules) == each.scenario.stages() for each in variants):
        names = [each.scenario.name for each in variants]
        if len(names) == len(set(names)):
            return None
    return tuple(dict.fromkeys(point for each in variants for point in each.rules))
