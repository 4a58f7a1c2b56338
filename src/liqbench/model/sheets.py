"""Scenarios as a sheet: a CSV with a row per condition or adjustment, for a spreadsheet.

``part`` is ``condition`` or ``adjustment``; ``group`` is where a condition is nested, such as
``any 1`` or ``any 1 / all 2``, and empty where it is one of those that all must match. A value is
written as it is; where that would read as something else, as JSON (``"2025"`` for the text).
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from liqbench.errors import DocumentError, LiqbenchError, did_you_mean
from liqbench.model._documents import read_text, write_text
from liqbench.model._values import read_json, thaw
from liqbench.model.conditions import AnyOf, Condition, ConditionNode
from liqbench.model.rules import AdjustmentRule, Scenario
from liqbench.model.scenarios import check_names

_OF_RULE = ("stage", "effective_date", "expiry_date", "reason", "evidence")
_APPROVAL = ("approved_by", "approved_at")
_OF_PART = ("part", "group", "field", "operator", "value")
COLUMNS = ("scenario", "description", "rule_id", *_OF_RULE, *_APPROVAL, *_OF_PART)
_STEP = re.compile(r"(any|all) (\d+)")
_CONDITION, _ADJUSTMENT = "condition", "adjustment"


def save_scenario_sheet(scenarios: Iterable[Scenario], path: str | os.PathLike[str]) -> Path:
    """Write scenarios as a CSV, whole or not at all. Raises ``DocumentError`` for equal names."""
    return write_text(path, scenario_sheet(scenarios))


def scenario_sheet(scenarios: Iterable[Scenario]) -> str:
    """Return scenarios as the text of a CSV. Raises ``DocumentError`` for equal names."""
    scenarios = tuple(scenarios)
    check_names(scenarios)
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for scenario in scenarios:
        for rule in scenario.rules:
            own = {"scenario": scenario.name, "description": scenario.description}
            own |= _rule_fields(rule)
            writer.writerows(own | part for part in _parts(rule))
    return stream.getvalue()


def _rule_fields(rule: AdjustmentRule) -> dict[str, str]:
    plain = rule.to_json()
    found = {"rule_id": rule.rule_id} | {name: str(plain.get(name) or "") for name in _OF_RULE}
    approval = plain.get("approval")
    if approval:
        found |= {"approved_by": approval["user"], "approved_at": approval["timestamp"]}
    return found


def _parts(rule: AdjustmentRule) -> Iterator[dict[str, str]]:
    for group, condition in _flat(rule.conditions, ()):
        value = "" if condition.value is None else _written(condition.value)
        yield {
            "part": _CONDITION, "group": " / ".join(group), "field": condition.field,
            "operator": condition.operator, "value": value,
        }  # fmt: skip
    for change in rule.adjustments:
        yield {
            "part": _ADJUSTMENT, "field": change.field, "operator": change.operation,
            "value": _written(change.value),
        }  # fmt: skip


def _flat(
    nodes: Iterable[ConditionNode], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Condition]]:
    number = 0
    for node in nodes:
        if isinstance(node, Condition):
            yield path, node
            continue
        number += 1
        word, inner = ("any", node.any) if isinstance(node, AnyOf) else ("all", node.all)
        yield from _flat(inner, (*path, f"{word} {number}"))


def _written(value: Any) -> str:
    plain = thaw(value)
    if isinstance(plain, str) and plain.isprintable() and plain.strip() and plain == plain.strip():
        return plain if _read(plain) == plain else json.dumps(plain, ensure_ascii=False)
    return json.dumps(plain, ensure_ascii=False)


def _read(text: str) -> Any:
    """Return what a cell holds: JSON where it is any, else the text."""
    try:
        return read_json(text, where="")
    except DocumentError:
        return text


def load_scenario_sheet(path: str | os.PathLike[str]) -> tuple[Scenario, ...]:
    """Read the scenarios of a CSV. Raises ``DocumentError`` naming the file and the line."""
    return read_scenario_sheet(read_text(Path(path)), where=str(path))


def read_scenario_sheet(text: str, *, where: str) -> tuple[Scenario, ...]:
    """Read the scenarios of a CSV's text; comma, semicolon and tabulator may part the columns.

    Raises ``DocumentError`` naming the line.
    """
    head = text.removeprefix("\ufeff").split("\n", 1)[0]
    comma = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=comma)
    names = [str(name).strip() for name in reader.fieldnames or ()]
    reader.fieldnames = names
    for needed in ("scenario", "rule_id", *_OF_PART):
        if needed not in names:
            raise DocumentError(
                f"has no column {needed!r}", where=where, hint=did_you_mean(needed, names)
            )
    rules: dict[tuple[str, str], dict[str, Any]] = {}
    descriptions: dict[str, str] = {}
    for row in reader:
        place = f"{where}, line {reader.line_num}"
        cells = {name: (cell or "").strip() for name, cell in row.items() if name in COLUMNS}
        if not any(cells.values()):
            continue
        name = cells["scenario"]
        descriptions[name] = descriptions.get(name) or cells.get("description", "")
        rule = rules.setdefault((name, cells["rule_id"]), _begun(cells))
        _add(rule, cells, place)
    if not rules:
        raise DocumentError("holds no scenario", where=where)
    try:
        return tuple(_scenarios(rules, descriptions))
    except LiqbenchError as fault:
        raise fault.at(where) from None


def _begun(cells: Mapping[str, str]) -> dict[str, Any]:
    rule: dict[str, Any] = {"rule_id": cells["rule_id"], "conditions": [], "adjustments": []}
    rule |= {name: cells[name] for name in _OF_RULE if cells.get(name)}
    if cells.get("approved_by"):
        rule["approval"] = {"user": cells["approved_by"], "timestamp": cells.get("approved_at")}
    return rule


def _add(rule: dict[str, Any], cells: Mapping[str, str], place: str) -> None:
    part = cells["part"].lower()
    value = {"value": _read(cells["value"])} if cells["value"] else {}
    if part == _ADJUSTMENT:
        own = {"field": cells["field"], "operation": cells["operator"], **value}
        rule["adjustments"].append(own)
    elif part == _CONDITION:
        own = {"field": cells["field"], "operator": cells["operator"], **value}
        _within(rule["conditions"], cells["group"], place).append(own)
    else:
        raise DocumentError(
            f"part is {cells['part']!r}", where=place, hint=f"{_CONDITION} or {_ADJUSTMENT}"
        )


def _within(nodes: list[Any], group: str, place: str) -> list[Any]:
    """Return the list of conditions that a group names, made where it is new."""
    for step in filter(None, (step.strip() for step in group.split("/"))):
        match = _STEP.fullmatch(step)
        if match is None:
            raise DocumentError(
                f"the group {group!r} is none", where=place, hint="write it as any 1, or all 1"
            )
        word, number = match[1], int(match[2])
        groups = [node for node in nodes if "any" in node or "all" in node]
        if number == len(groups) + 1:
            nodes.append({word: []})
            groups.append(nodes[-1])
        if not 0 < number <= len(groups) or word not in groups[number - 1]:
            raise DocumentError(
                f"the group {group!r} does not follow from those before it", where=place
            )
        nodes = groups[number - 1][word]
    return nodes


def _scenarios(
    rules: Mapping[tuple[str, str], dict[str, Any]], descriptions: Mapping[str, str]
) -> Iterator[Scenario]:
    for name, description in descriptions.items():
        own = [rule for (scenario, _), rule in rules.items() if scenario == name]
        more = {"description": description} if description else {}
        yield Scenario.from_json({"name": name, "rules": own, **more})


__all__ = [
    "COLUMNS",
    "load_scenario_sheet",
    "read_scenario_sheet",
    "save_scenario_sheet",
    "scenario_sheet",
]
