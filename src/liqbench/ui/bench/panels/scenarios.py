"""Scenarios: their rules in forms, what each touches, where they go, and what a run will do."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from liqbench.engine import (
    RunCancelledError,
    check_cancelled,
    injections_of,
    plan_variants,
    recalc_plans,
)
from liqbench.errors import DocumentError
from liqbench.model._values import thaw
from liqbench.operators.expressions.types import name_of
from liqbench.ui.bench import scenario_edits as edits
from liqbench.ui.bench.bench import Bench
from liqbench.ui.bench.code import dag_code
from liqbench.ui.bench.commands import command
from liqbench.ui.bench.draft import Draft
from liqbench.ui.bench.latest import Latest
from liqbench.ui.bench.panel import Panel
from liqbench.ui.bench.panels.compose import ComposePanel
from liqbench.ui.bench.plan_words import plan_to_wire
from liqbench.ui.bench.rule_match import Looked, look, match_to_wire, values_to_wire
from liqbench.ui.bench.rule_values import typed_rule
from liqbench.ui.bench.scenario_code import points_code, scenarios_code
from liqbench.ui.bench.scenario_names import BETWEEN, ScenarioNames
from liqbench.ui.bench.wire import error_to_wire, to_wire


@dataclass(frozen=True)
class _Plan:
    draft: Draft
    told: dict[str, Any]


class ScenariosPanel(Panel):
    """The scenarios of the draft. What the selected rule touches is looked up in the background.

    A newer question cancels the one before it, its Spark jobs too.
    """

    name = "scenarios"

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._fields: dict[str, str | None] = {}  # chosen by her: amount, group
        self._asking: Looked | None = None
        self._looked: Looked | None = None
        self._match: dict[str, Any] | None = None
        self._given_up: Looked | None = None
        self._names = ScenarioNames(lambda: self.bench.draft)
        self.matches = Latest(self._look, "liqbench match", cancels=True)
        self._plan: _Plan | None = None
        self._planning: Draft | None = None
        self.plans = Latest(self._work_out, "liqbench plan", cancels=True)
        self._values: dict[tuple[Any, ...], dict[str, Any]] = {}

    # --- state ---------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return the scenarios, the selected rule with what it touches, and the plan."""
        draft = self.bench.draft
        wanted = self._wanted()
        return {
            "scenarios": [self._scenario(name) for name in edits.names_of(draft)],
            "points": list(draft.points),
            "operators": list(draft.dag.inputs),
            "place": None if wanted is None else wanted.at,
            "fields": [] if wanted is None else self._fields_at(wanted.at),
            "match": self._match if self._looked == wanted else None,
            "matching": wanted is not None and wanted not in (self._looked, self._given_up),
            "plan": None if self._plan is None else self._plan.told,
            "plan_current": self._plan is not None and _same(self._plan.draft, draft),
            "planning": self._planning is not None,
        }

    def _scenario(self, name: str) -> dict[str, Any]:
        draft = self.bench.draft
        scenario = edits.scenario_of(draft, name)
        return {
            "name": name,
            "description": "" if scenario is None else scenario.description,
            "rules": [self._rule(rule) for rule in edits.rules_of(draft, name)],
        }

    def _rule(self, rule: edits.RuleState) -> dict[str, Any]:
        draft = self.bench.draft
        last = rule.finished
        return {
            "id": rule.rule_id,
            "rule": rule.written,
            "words": "" if last is None else last.describe(),
            "skipped": None if last is None else last.skipped_because(draft.as_of),
            "approved": None if last is None or last.approval is None else last.approval.user,
            "new": last is None,
            "unfinished": None if rule.fault is None else error_to_wire(rule.fault),
        }

    def _fields_at(self, place: str) -> list[dict[str, Any]]:
        """Return the fields behind an operator, keys marked."""
        schema, keys = self._schema(place)
        return [{"name": name, "type": kind, "key": name in keys} for name, kind in schema.items()]

    def _schema(self, place: str) -> tuple[dict[str, str], tuple[str, ...]]:
        """Return the fields behind an operator with their types, and its keys."""
        compose = self.bench.panels["compose"]
        assert isinstance(compose, ComposePanel)  # noqa: S101 - it stands before this one
        node = compose.node(place)
        if node is None:
            return {}, ()
        return {each.name: name_of(each.dataType) for each in node.schema.fields}, node.keys

    def code(self) -> str:
        """Return the scenarios as calls, and the plan of what they would recalculate."""
        draft = self.bench.draft
        if not draft.scenarios:
            return ""
        return (
            dag_code(draft.dag)
            + scenarios_code(draft.scenarios)
            + f"wb.recalc_plan(dag, scenarios, {points_code(draft)}"
            + f'as_of="{draft.as_of.isoformat()}")\n'
        )

    def understood(self, selection: Mapping[str, Any]) -> dict[str, Any]:
        """Return a selection by the scenarios' and rules' names of now."""
        return self._names.understood(selection)

    # --- what a rule touches -------------------------------------------------------------------

    def moved(self) -> None:
        """Look up what the selected rule touches, where that may be something else now."""
        wanted = self._wanted()
        if wanted == self._asking:
            return
        self._asking, self._given_up = wanted, None
        if wanted is None:
            self.matches.cancel()
        elif self._looked != wanted:
            self.matches.ask(wanted)

    def _wanted(self) -> Looked | None:
        """Return the question of what the selected rule touches, where one is selected."""
        selection, draft = self.bench.selection, self.bench.draft
        name, _, rule_id = str(selection.get("id", "")).partition(BETWEEN)
        if selection.get("kind") != "rule" or name not in edits.names_of(draft):
            return None
        rules = {rule.rule_id: rule for rule in edits.rules_of(draft, name)}
        if rule_id not in rules:
            return None
        written = rules[rule_id].written
        place = written.get("stage") or next(iter(draft.points), None)
        if place is None or place not in draft.dag.inputs:
            return None
        return Looked(
            dag=draft.dag,
            as_of=draft.as_of,
            scenario=edits.scenario_of(draft, name),
            written=json.dumps(to_wire(thaw(written)), sort_keys=True),
            at=place,
            amount=self._fields.get("amount"),
            group=self._fields.get("group"),
        )

    def _look(self, wanted: Looked) -> None:
        try:
            found = match_to_wire(*look(self.bench.workbench, wanted, self.bench.inputs))
        except RunCancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - told beside the rule, as nobody waits for it
            check_cancelled()
            found = {"fault": error_to_wire(error)}
        with self.bench.changing():
            self._match, self._looked = found, wanted

    @command()
    def look_at(self, amount: str | None, group: str | None) -> None:
        """Choose the field that is summed and the one that tells groups apart."""
        self._fields = {"amount": amount, "group": group}
        self.moved()

    @command()
    def stop_looking(self) -> None:
        """Give up what is being looked up; it is asked again when the question changes."""
        self._given_up = self._asking
        self.matches.cancel()

    @command()
    def look_again(self) -> None:
        """Look up what was given up."""
        self._asking = None
        self.moved()

    @command(question=True)
    def values(self, at: str, field: str) -> dict[str, Any]:
        """Return the values of a field behind an operator, the most frequent first."""
        draft = self.bench.draft
        key = (draft.dag.up_to(at), draft.as_of, field)
        if key not in self._values:
            found = self.bench.workbench.field_values(
                draft.dag, at, field, as_of=draft.as_of, inputs=self.bench.inputs
            )
            self._values = {**self._values, key: values_to_wire(found)}
        return self._values[key]

    # --- the plan ------------------------------------------------------------------------------

    @command()
    def plan(self) -> None:
        """Work out what a run would recalculate; the base is run first where it isn't stored.

        Raises ``DocumentError`` where there is nothing to plan.
        """
        draft = self.bench.draft
        if refused := edits.refusal(draft):
            raise DocumentError(refused)
        injections_of(draft.dag, draft.scenarios, draft.points or None)
        self._planning = draft
        self.plans.ask(draft)

    @command()
    def cancel_plan(self) -> None:
        """Give the plan up."""
        self.plans.cancel()
        self._planning = None

    def _work_out(self, draft: Draft) -> None:
        try:
            told = self._planned(draft)
        except RunCancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - told in the plan's place
            check_cancelled()
            told = {"fault": error_to_wire(error)}
        with self.bench.changing():
            self._plan = _Plan(draft, told)
            if self._planning == draft:
                self._planning = None

    def _planned(self, draft: Draft) -> dict[str, Any]:
        workbench = self.bench.workbench
        base = workbench.run(
            draft.dag, as_of=draft.as_of, inputs=self.bench.inputs, monitor=lambda _step: None
        )
        injections = injections_of(draft.dag, draft.scenarios, draft.points or None)
        planned = plan_variants(base, injections)
        began = time.perf_counter()
        plans = recalc_plans(base, planned)
        counted_in = time.perf_counter() - began
        runs = workbench.runs()
        own = runs[(runs["dag"] == draft.dag.name) & (runs["variant"] == "")]
        took = max([base.seconds, *own["seconds"].dropna()])
        return plan_to_wire(plans, counted_in=counted_in, base_took=took)

    # --- scenarios -----------------------------------------------------------------------------

    def _change(self, words: str, changed: Mapping[str, Any]) -> None:
        self.bench.change(words, **changed)

    def _select(self, scenario: str, rule: str = "") -> None:
        kind = {"kind": "rule", "id": f"{scenario}{BETWEEN}{rule}"}
        self.bench.selection = kind if rule else {"kind": "scenario", "id": scenario}
        self.bench.moved()

    @command()
    def add(self, name: str) -> None:
        """Add a scenario with a rule to write."""
        self._change(f"add scenario {name}", edits.with_scenario(self.bench.draft, name))
        self._select(name, edits.rules_of(self.bench.draft, name)[0].rule_id)

    @command()
    def duplicate(self, name: str) -> str:
        """Add a copy of a scenario; return its name."""
        name = self._names.now(name)
        changed, copy = edits.duplicated(self.bench.draft, name)
        self._change(f"duplicate {name}", changed)
        self._select(copy)
        return copy

    @command()
    def rename(self, old: str, new: str) -> None:
        """Call a scenario otherwise."""
        old = self._names.now(old)
        self._change(f"rename {old} to {new}", edits.renamed(self.bench.draft, old, new))
        self._names.add(old, new)
        self._select(new)

    @command()
    def describe(self, name: str, description: str) -> None:
        """Set what a scenario is about."""
        name = self._names.now(name)
        changed = edits.described(self.bench.draft, name, description)
        self._change(f"describe {name}", changed)

    @command()
    def remove(self, name: str) -> None:
        """Take a scenario out of the draft."""
        name = self._names.now(name)
        self._change(f"remove {name}", edits.without_scenario(self.bench.draft, name))

    @command()
    def set_points(self, points: list[str]) -> None:
        """Choose the operators behind which all scenarios are injected; none: each rule's own."""
        dag = self.bench.draft.dag
        known = tuple(dag.operator(point).operator_id for point in dict.fromkeys(points))
        self._change("injection points", {"points": known})

    @command()
    def compare(self, first: str, second: str) -> list[dict[str, Any]]:
        """Return the difference between two scenarios' rules, in words."""
        first, second = self._names.now(first), self._names.now(second)
        return edits.compared(self.bench.draft, first, second)

    # --- rules ---------------------------------------------------------------------------------

    @command()
    def add_rule(self, scenario: str, like: str | None = None) -> str:
        """Add a rule to write, or a copy of one; return its id."""
        scenario = self._names.now(scenario)
        if like is not None:
            scenario, like = self._names.rule_now(scenario, like)
        changed, rule_id = edits.with_rule(self.bench.draft, scenario, like)
        self._change(f"add rule {rule_id}", changed)
        self._select(scenario, rule_id)
        return rule_id

    @command()
    def write(self, scenario: str, rule_id: str, rule: dict[str, Any]) -> str:
        """Write a rule as its form has it; return the id that it goes by now.

        Texts become values of their fields' types.
        """
        scenario, rule_id = self._names.rule_now(scenario, rule_id)
        place = rule.get("stage") or next(iter(self.bench.draft.points), "")
        schema = self._schema(place)[0] if place in self.bench.draft.dag.inputs else {}
        typed = typed_rule(rule, schema)
        changed = edits.written_rule(self.bench.draft, scenario, rule_id, typed)
        self._change(f"change rule {rule_id}", changed)
        kept = {each.rule_id for each in edits.rules_of(self.bench.draft, scenario)}
        now = str(typed["rule_id"]) if typed.get("rule_id") in kept else rule_id
        if now != rule_id:
            self._names.add_rule(scenario, rule_id, now)
        if self.bench.selection.get("id") == f"{scenario}{BETWEEN}{rule_id}":
            self._select(scenario, now)
        return now

    @command()
    def note_approval(self, scenario: str, rule_id: str, by: str) -> None:
        """Note who approved a rule, as of now."""
        scenario, rule_id = self._names.rule_now(scenario, rule_id)
        changed = edits.approved(self.bench.draft, scenario, rule_id, by)
        self._change(f"approval of {rule_id}", changed)

    @command()
    def discard(self, scenario: str, rule_id: str) -> None:
        """Give up what was written of a rule since it was finished last."""
        scenario, rule_id = self._names.rule_now(scenario, rule_id)
        changed = edits.discarded(self.bench.draft, scenario, rule_id)
        self._change(f"discard {rule_id}", changed)

    @command()
    def remove_rule(self, scenario: str, rule_id: str) -> None:
        """Take a rule out; with the last one goes its scenario."""
        scenario, rule_id = self._names.rule_now(scenario, rule_id)
        changed = edits.without_rule(self.bench.draft, scenario, rule_id)
        self._change(f"remove rule {rule_id}", changed)
        self._select(scenario)

    @command()
    def move_rule(self, scenario: str, rule_id: str, steps: int) -> None:
        """Put a rule earlier (-1) or later (1)."""
        scenario, rule_id = self._names.rule_now(scenario, rule_id)
        changed = edits.moved_rule(self.bench.draft, scenario, rule_id, steps)
        self._change(f"move rule {rule_id}", changed)


def _same(one: Draft, other: Draft) -> bool:
    """Tell whether two drafts have the same plan."""
    return (one.dag, one.as_of, one.scenarios, one.points) == (
        other.dag,
        other.as_of,
        other.scenarios,
        other.points,
    )
