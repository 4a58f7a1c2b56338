"""Where the cause of a fault is mended on the screen: in an operator, or in a scenario's rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liqbench.ui.bench.draft import Draft


def with_places(told: Mapping[str, Any], draft: Draft) -> dict[str, Any]:
    """Return an error as it is told, with ``operator``, ``scenario`` and ``rule``; so its faults.

    They are empty where the draft has none that the error names: the operators that a variant's
    rules are put into belong to no form.
    """
    where = told.get("where") or ""
    operators = (name for name in draft.dag.inputs if f"operator {name!r}" in where)
    rules = (
        (scenario.name, rule.rule_id)
        for scenario in draft.scenarios
        if any(f"variant {f'{scenario.name}@{point}'!r}" in where for point in draft.dag.inputs)
        for rule in scenario.rules
        if f"rule {rule.rule_id!r}" in where
    )
    scenario, rule = next(rules, ("", ""))
    placed = {**told, "operator": next(operators, ""), "scenario": scenario, "rule": rule}
    if "faults" in told:
        placed["faults"] = [with_places(fault, draft) for fault in told["faults"]]
    return placed
