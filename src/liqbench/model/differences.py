"""Two scenarios side by side: which rules only one has, and what is different in the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from liqbench.model.rules import AdjustmentRule, Scenario

State = Literal["only in the first", "only in the second", "changed", "the same"]


@dataclass(frozen=True)
class Difference:
    """One part of a rule as the first scenario has it and as the second does; empty where not."""

    part: str
    first: str
    second: str


@dataclass(frozen=True)
class RuleDifference:
    """A rule of either scenario; ``differences`` are in words, part by part."""

    rule_id: str
    state: State
    differences: tuple[Difference, ...]


def compare_scenarios(first: Scenario, second: Scenario) -> tuple[RuleDifference, ...]:
    """Return every rule of both, by its id, in the first one's order and then the second's."""
    ones = {rule.rule_id: rule for rule in first.rules}
    others = {rule.rule_id: rule for rule in second.rules}
    found: list[RuleDifference] = []
    for name in dict.fromkeys((*ones, *others)):
        one, other = ones.get(name), others.get(name)
        parts = tuple(_differences(one, other))
        if one is None:
            state: State = "only in the second"
        elif other is None:
            state = "only in the first"
        else:
            state = "changed" if parts else "the same"
        found.append(RuleDifference(name, state, parts))
    return tuple(found)


def _differences(one: AdjustmentRule | None, other: AdjustmentRule | None) -> Iterator[Difference]:
    first, second = _parts(one), _parts(other)
    for part in dict.fromkeys((*first, *second)):
        before, after = first.get(part, []), second.get(part, [])
        shared = [words for words in before if words in after]
        gone = [words for words in before if words not in shared]
        new = [words for words in after if words not in shared]
        for n in range(max(len(gone), len(new))):
            yield Difference(part, gone[n] if n < len(gone) else "", new[n] if n < len(new) else "")
        if not gone and not new and before != after:
            yield Difference(f"{part}, in this order", "; ".join(before), "; ".join(after))


def _parts(rule: AdjustmentRule | None) -> dict[str, list[str]]:
    if rule is None:
        return {}
    approval = rule.approval
    found = {
        "applies behind": [rule.stage or "the injection point"],
        "where": [node.describe() for node in rule.conditions] or ["every row"],
        "adjustments": [change.describe() for change in rule.adjustments],
        "valid from": [str(rule.effective_date)] if rule.effective_date else [],
        "valid to": [str(rule.expiry_date)] if rule.expiry_date else [],
        "reason": [rule.reason] if rule.reason else [],
        "evidence": [rule.evidence] if rule.evidence else [],
        "approved": [f"by {approval.user} at {approval.timestamp}"] if approval else [],
    }
    return {part: words for part, words in found.items() if words}


__all__ = ["Difference", "RuleDifference", "compare_scenarios"]
