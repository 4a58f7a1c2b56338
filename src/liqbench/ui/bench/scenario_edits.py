"""Changes of a draft's scenarios by hand; a rule that is none yet is kept beside them, unfinished.

Each function takes a draft and returns what changes in it: ``scenarios`` and ``unfinished``.
``unfinished`` holds, by scenario and rule id, the JSON of rules as they are being written: a
scenario of which no rule is finished is there only.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from liqbench.errors import (
    AmbiguousNameError,
    DocumentError,
    LiqbenchError,
    UnknownResultError,
    did_you_mean,
)
from liqbench.model import AdjustmentRule, Approval, Scenario, compare_scenarios
from liqbench.model._documents import parse
from liqbench.ui.bench.draft import Draft

Unfinished = dict[str, dict[str, Any]]
Changed = dict[str, Any]


@dataclass(frozen=True)
class RuleState:
    """A rule as it stands: its JSON as written, its last finished form, and why it is none yet."""

    rule_id: str
    written: Mapping[str, Any]
    finished: AdjustmentRule | None
    fault: LiqbenchError | None = None


def names_of(draft: Draft) -> list[str]:
    """Return the names of all scenarios, those without a finished rule at the end."""
    return list(dict.fromkeys((*(s.name for s in draft.scenarios), *draft.unfinished)))


def scenario_of(draft: Draft, name: str) -> Scenario | None:
    """Return a scenario, or nothing where none of its rules is finished.

    Raises ``UnknownResultError`` where there is none of the name.
    """
    for scenario in draft.scenarios:
        if scenario.name == name:
            return scenario
    if name in draft.unfinished:
        return None
    raise UnknownResultError(
        f"there is no scenario {name!r}", hint=did_you_mean(name, names_of(draft))
    )


def rules_of(draft: Draft, name: str) -> list[RuleState]:
    """Return a scenario's rules in their order, unfinished new ones at the end."""
    scenario = scenario_of(draft, name)
    begun = dict(draft.unfinished.get(name, {}))
    found: list[RuleState] = []
    for rule in () if scenario is None else scenario.rules:
        written = begun.pop(rule.rule_id, None)
        found.append(_state(rule.rule_id, written or rule.to_json(), rule))
    return found + [_state(rule_id, written, None) for rule_id, written in begun.items()]


def _state(rule_id: str, written: Mapping[str, Any], finished: AdjustmentRule | None) -> RuleState:
    try:
        AdjustmentRule.from_json(dict(written))
    except LiqbenchError as fault:
        return RuleState(rule_id, written, finished, fault)
    return RuleState(rule_id, written, finished)


def unfinished_rules(draft: Draft) -> list[str]:
    """Return what is not finished, as ``scenario / rule``."""
    return [f"{name} / {rule_id}" for name, rules in draft.unfinished.items() for rule_id in rules]


def finished(draft: Draft, name: str) -> Scenario:
    """Return a scenario. Raises ``DocumentError`` while none of its rules is finished."""
    scenario = scenario_of(draft, name)
    if scenario is None:
        raise DocumentError("none of its rules is finished", where=f"scenario {name!r}")
    return scenario


def refusal(draft: Draft) -> str:
    """Return why the draft's scenarios can't be run now; empty where they can."""
    if open_rules := unfinished_rules(draft):
        told = ", ".join(open_rules)
        return f"Not finished: {told}. Finish or discard it in Scenarios"
    if not draft.scenarios:
        return "There is no scenario: add one, or take one from the library"
    return ""


# --- scenarios ---------------------------------------------------------------------------------


def with_scenario(draft: Draft, name: str) -> Changed:
    """Add a scenario with one rule to write. Raises for a name that is taken or can't be."""
    check_name(name, names_of(draft))
    first = _blank("RULE-1")
    return {"unfinished": {**draft.unfinished, name: {first["rule_id"]: first}}}


def check_name(name: str, taken: Collection[str]) -> None:
    """Raise ``AmbiguousNameError`` for a taken name, ``DocumentError`` for what can't be one."""
    if name in taken:
        raise AmbiguousNameError(f"there is a scenario {name!r} already", hint="take another name")
    rule = {"rule_id": "R", "adjustments": [{"field": "f", "operation": "set", "value": 0}]}
    parse(Scenario, {"name": name, "rules": [rule]}, where="a scenario's name")


def with_scenarios(draft: Draft, new: Sequence[Scenario]) -> tuple[Changed, list[str]]:
    """Add scenarios, a taken name with a number behind it; return their names too."""
    taken = names_of(draft)
    added: list[Scenario] = []
    for scenario in new:
        name = free_name(scenario.name, taken)
        taken.append(name)
        added.append(scenario.model_copy(update={"name": name}))
    return {"scenarios": (*draft.scenarios, *added)}, [scenario.name for scenario in added]


def duplicated(draft: Draft, name: str) -> tuple[Changed, str]:
    """Add a copy of a scenario, its unfinished rules too; return its name."""
    copy = free_name(name, names_of(draft))
    scenario = scenario_of(draft, name)
    changed: Changed = {}
    if scenario is not None:
        place = draft.scenarios.index(scenario) + 1
        own = scenario.model_copy(update={"name": copy})
        changed["scenarios"] = (*draft.scenarios[:place], own, *draft.scenarios[place:])
    if name in draft.unfinished:
        changed["unfinished"] = {**draft.unfinished, copy: draft.unfinished[name]}
    return changed, copy


def renamed(draft: Draft, old: str, new: str) -> Changed:
    """Call a scenario otherwise."""
    check_name(new, [name for name in names_of(draft) if name != old])
    return _replaced(draft, old, lambda own: own.model_copy(update={"name": new})) | {
        "unfinished": {new if name == old else name: r for name, r in draft.unfinished.items()}
    }


def described(draft: Draft, name: str, description: str) -> Changed:
    """Set what a scenario is about. Raises ``DocumentError`` while no rule of it is finished."""
    if scenario_of(draft, name) is None:
        raise DocumentError("finish a rule first", where=f"scenario {name!r}")
    return _replaced(draft, name, lambda own: own.model_copy(update={"description": description}))


def without_scenario(draft: Draft, name: str) -> Changed:
    """Take a scenario out."""
    scenario_of(draft, name)
    return {
        "scenarios": tuple(s for s in draft.scenarios if s.name != name),
        "unfinished": {n: rules for n, rules in draft.unfinished.items() if n != name},
    }


def compared(draft: Draft, first: str, second: str) -> list[dict[str, Any]]:
    """Return the differences between two scenarios' rules, in words."""
    return [
        {
            "rule": each.rule_id,
            "state": each.state,
            "differences": [
                {"part": part.part, "first": part.first, "second": part.second}
                for part in each.differences
            ],
        }
        for each in compare_scenarios(finished(draft, first), finished(draft, second))
    ]


# --- rules -------------------------------------------------------------------------------------


def with_rule(draft: Draft, name: str, like: str | None = None) -> tuple[Changed, str]:
    """Add a rule to write, or a copy of one; return its id."""
    rules = {rule.rule_id: rule for rule in rules_of(draft, name)}
    if like is None:
        new = _blank(free_name("RULE-1", rules, between="-"))
        return _begun(draft, name, new["rule_id"], new), new["rule_id"]
    rule_id = free_name(like, rules, between="-")
    written = {**_rule(rules, like).written, "rule_id": rule_id}
    written.pop("approval", None)  # it was given to another rule
    finished = rules[like].finished
    if finished is None or rules[like].fault is not None:
        return _begun(draft, name, rule_id, written), rule_id
    copy = AdjustmentRule.from_json(written)
    place = [rule.rule_id for rule in rules.values()].index(like) + 1
    return _with_rules(draft, name, lambda own: (*own[:place], copy, *own[place:])), rule_id


def written_rule(draft: Draft, name: str, old_id: str, written: Mapping[str, Any]) -> Changed:
    """Write a rule: into its scenario where it is one now, else beside it.

    What was approved is approved no longer where it says something else.
    """
    rules = {rule.rule_id: rule for rule in rules_of(draft, name)}
    before = _rule(rules, old_id)
    new_id = str(written.get("rule_id", ""))
    if new_id != old_id and new_id in rules:
        raise AmbiguousNameError(f"there is a rule {new_id!r} already", hint="take another id")
    plain = dict(written)
    approval = plain.pop("approval", None)
    try:
        rule = AdjustmentRule.from_json(plain)
    except LiqbenchError:
        return _begun(draft, name, old_id, plain)
    if before.finished is not None and approval is not None:
        same = before.finished.model_copy(update={"approval": None})
        if rule == same:
            rule = before.finished
    left = _settled(draft, name, old_id)
    if before.finished is not None:
        changed = _replaced_rule(draft, name, old_id, rule)
    else:
        changed = _with_rules(draft, name, lambda own: (*own, rule))
    return changed | left


def approved(draft: Draft, name: str, rule_id: str, by: str) -> Changed:
    """Note who approved a finished rule, now. Raises ``DocumentError`` for an unfinished one."""
    rule = _rule({rule.rule_id: rule for rule in rules_of(draft, name)}, rule_id)
    where = f"scenario {name!r}, rule {rule_id!r}"
    if rule.finished is None or rule.fault is not None:
        raise DocumentError("it is not finished", where=where, hint="finish it first")
    if not by.strip():
        raise DocumentError("nobody is named", where=where, hint="say who approved it")
    approval = Approval(user=by.strip(), timestamp=datetime.now(UTC).replace(microsecond=0))
    noted = rule.finished.model_copy(update={"approval": approval})
    return _replaced_rule(draft, name, rule_id, noted)


def _replaced_rule(draft: Draft, name: str, rule_id: str, rule: AdjustmentRule) -> Changed:
    """Put a rule in the place of a finished one."""
    return _with_rules(
        draft, name, lambda own: tuple(rule if r.rule_id == rule_id else r for r in own)
    )


def discarded(draft: Draft, name: str, rule_id: str) -> Changed:
    """Give up what was written of a rule since it was finished last; a new one goes."""
    _rule({rule.rule_id: rule for rule in rules_of(draft, name)}, rule_id)
    return _settled(draft, name, rule_id)


def without_rule(draft: Draft, name: str, rule_id: str) -> Changed:
    """Take a rule out; with the last one goes its scenario."""
    _rule({rule.rule_id: rule for rule in rules_of(draft, name)}, rule_id)
    left = _settled(draft, name, rule_id)
    changed = _with_rules(
        draft, name, lambda own: tuple(rule for rule in own if rule.rule_id != rule_id)
    )
    return changed | left


def moved_rule(draft: Draft, name: str, rule_id: str, steps: int) -> Changed:
    """Put a rule earlier or later among the finished ones of its scenario."""

    def move(own: tuple[AdjustmentRule, ...]) -> tuple[AdjustmentRule, ...]:
        ids = [rule.rule_id for rule in own]
        if rule_id not in ids:
            raise UnknownResultError(
                f"there is no finished rule {rule_id!r}", hint=did_you_mean(rule_id, ids)
            )
        place = ids.index(rule_id)
        rest = [*own[:place], *own[place + 1 :]]
        rest.insert(max(0, place + steps), own[place])
        return tuple(rest)

    return _with_rules(draft, name, move)


def free_name(wanted: str, taken: Collection[str], between: str = " ") -> str:
    """Return a name that is free: the wanted one, or with another number behind it."""
    stem, _, number = wanted.rpartition(between)
    stem, n = (stem, int(number)) if stem and number.isdigit() else (wanted, 1)
    name = wanted
    while name in taken:
        n += 1
        name = f"{stem}{between}{n}"
    return name


def _blank(rule_id: str) -> dict[str, Any]:
    return {"rule_id": rule_id, "conditions": [], "adjustments": []}


def _rule(rules: Mapping[str, RuleState], rule_id: str) -> RuleState:
    if rule_id not in rules:
        raise UnknownResultError(f"there is no rule {rule_id!r}", hint=did_you_mean(rule_id, rules))
    return rules[rule_id]


def _begun(draft: Draft, name: str, rule_id: str, written: Mapping[str, Any]) -> Changed:
    own = {**draft.unfinished.get(name, {}), rule_id: dict(written)}
    return {"unfinished": {**draft.unfinished, name: own}}


def _settled(draft: Draft, name: str, rule_id: str) -> Changed:
    """Return what is unfinished without one rule."""
    own = {n: rule for n, rule in draft.unfinished.get(name, {}).items() if n != rule_id}
    rest = {n: rules for n, rules in draft.unfinished.items() if n != name}
    return {"unfinished": rest | ({name: own} if own else {})}


def _with_rules(
    draft: Draft,
    name: str,
    change: Callable[[tuple[AdjustmentRule, ...]], tuple[AdjustmentRule, ...]],
) -> Changed:
    scenario = scenario_of(draft, name)
    rules = change(() if scenario is None else scenario.rules)
    if scenario is None:
        return {"scenarios": (*draft.scenarios, Scenario(name=name, rules=rules))} if rules else {}
    if not rules:
        return {"scenarios": tuple(s for s in draft.scenarios if s.name != name)}
    return _replaced(draft, name, lambda own: own.model_copy(update={"rules": rules}))


def _replaced(draft: Draft, name: str, change: Callable[[Scenario], Scenario]) -> Changed:
    scenario_of(draft, name)
    return {"scenarios": tuple(change(s) if s.name == name else s for s in draft.scenarios)}
