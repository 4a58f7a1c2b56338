"""Two scenarios' rules as a difference, in words."""

from __future__ import annotations

from typing import Any

from liqbench.model import Scenario
from liqbench.model.differences import Difference, compare_scenarios

LARGE = {"field": "balance", "operator": ">=", "value": 100}
BONDS = {"field": "product", "operator": "=", "value": "BOND"}
HALF = {"field": "factor", "operation": "multiply", "value": 0.5}
ZERO = {"field": "factor", "operation": "set", "value": 0}


def scenario(name: str, *rules: dict[str, Any]) -> Scenario:
    return Scenario.from_json({"name": name, "rules": list(rules)})


def test_rules_are_told_apart_by_what_they_say() -> None:
    first = scenario(
        "first",
        {"rule_id": "A", "conditions": [LARGE], "adjustments": [HALF], "reason": "tested"},
        {"rule_id": "B", "conditions": [LARGE, BONDS], "adjustments": [HALF]},
        {"rule_id": "C", "adjustments": [HALF]},
    )
    second = scenario(
        "second",
        {"rule_id": "D", "adjustments": [ZERO]},
        {"rule_id": "A", "conditions": [LARGE], "adjustments": [HALF], "reason": "tested"},
        {"rule_id": "B", "stage": "enrich", "conditions": [BONDS], "adjustments": [ZERO],
         "expiry_date": "2026-01-31"},
    )  # fmt: skip
    found = {each.rule_id: each for each in compare_scenarios(first, second)}
    assert {name: each.state for name, each in found.items()} == {
        "A": "the same",
        "B": "changed",
        "C": "only in the first",
        "D": "only in the second",
    }
    assert list(found) == ["A", "B", "C", "D"]
    assert found["A"].differences == ()
    assert found["B"].differences == (
        Difference("applies behind", "the injection point", "enrich"),
        Difference("where", "balance >= 100", ""),
        Difference("adjustments", "multiply factor by 0.5", "set factor to 0"),
        Difference("valid to", "", "2026-01-31"),
    )
    assert found["D"].differences == (
        Difference("applies behind", "", "the injection point"),
        Difference("where", "", "every row"),
        Difference("adjustments", "", "set factor to 0"),
    )


def test_another_order_is_a_difference_too() -> None:
    ones = scenario("a", {"rule_id": "A", "adjustments": [HALF, ZERO]})
    others = scenario("b", {"rule_id": "A", "adjustments": [ZERO, HALF]})
    (only,) = compare_scenarios(ones, others)
    assert [each.part for each in only.differences] == ["adjustments, in this order"]
