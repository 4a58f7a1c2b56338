"""The names of a draft's scenarios and rules, also those that they had before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from liqbench.ui.bench import scenario_edits as edits
from liqbench.ui.bench.draft import Draft
from liqbench.ui.bench.renames import Renames

BETWEEN = " / "  # scenario and rule in the id of a selection


class ScenarioNames:
    """What the scenarios and rules that a screen asks for go by in the draft of now."""

    def __init__(self, draft: Callable[[], Draft]) -> None:
        self._draft = draft
        self._scenarios = Renames()
        self._rules: dict[str, Renames] = {}  # by what their scenario goes by

    def add(self, old: str, new: str) -> None:
        """Remember that a scenario was called otherwise."""
        self._scenarios.add(old, new)
        self._rules[new] = self._rules.pop(old, Renames())

    def add_rule(self, scenario: str, old: str, new: str) -> None:
        """Remember that a scenario's rule was called otherwise."""
        self._rules.setdefault(scenario, Renames()).add(old, new)

    def now(self, scenario: str) -> str:
        """Return what a scenario goes by; the name itself where there is none."""
        return self._scenarios.now(scenario, edits.names_of(self._draft()))

    def rule_now(self, scenario: str, rule_id: str) -> tuple[str, str]:
        """Return what a scenario and its rule go by; the names themselves where there is none."""
        name = self.now(scenario)
        if name not in self._rules or name not in edits.names_of(self._draft()):
            return name, rule_id
        there = {rule.rule_id for rule in edits.rules_of(self._draft(), name)}
        return name, self._rules[name].now(rule_id, there)

    def understood(self, selection: Mapping[str, Any]) -> dict[str, Any]:
        """Return a selection by the names of now."""
        name, _, rule_id = str(selection.get("id", "")).partition(BETWEEN)
        match selection.get("kind"):
            case "scenario":
                return {**selection, "id": self.now(name)}
            case "rule":
                return {**selection, "id": BETWEEN.join(self.rule_now(name, rule_id))}
        return dict(selection)
