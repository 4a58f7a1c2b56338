"""Scenarios as the calls that make them, for a cell."""

from __future__ import annotations

from collections.abc import Sequence
from pprint import pformat

from liqbench.model import Scenario
from liqbench.ui.bench.draft import Draft

_WIDTH = 92


def scenarios_code(scenarios: Sequence[Scenario]) -> str:
    """Return the calls that make scenarios."""
    lines = ["scenarios = ["]
    for scenario in scenarios:
        python = pformat(scenario.to_json(), width=_WIDTH, sort_dicts=False)
        inside = python.replace("\n", "\n" + " " * 8)
        lines.append(f"    lq.Scenario.from_json({inside}),")
    return "\n".join([*lines, "]", ""])


def points_code(draft: Draft) -> str:
    """Return the argument for the injection points, where there are any."""
    return f"injection_points={list(draft.points)!r}, " if draft.points else ""
