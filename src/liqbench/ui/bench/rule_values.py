"""What she types in a rule's form as the values of a rule, by the type of their field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from liqbench.model._values import exact_number

_TRUTHS = {"true": True, "false": False}


def typed_rule(written: Mapping[str, Any], types: Mapping[str, str]) -> dict[str, Any]:
    """Return a rule's JSON with its texts as values; ``types`` are those of the fields there.

    Empty texts are left out, so that the rule says what is missing.
    """
    rule = {name: value for name, value in written.items() if value not in ("", None)}
    rule["conditions"] = [_node(node, types) for node in written.get("conditions", ())]
    rule["adjustments"] = [_part(change, types) for change in written.get("adjustments", ())]
    return rule


def _node(node: Mapping[str, Any], types: Mapping[str, str]) -> dict[str, Any]:
    for word in ("any", "all"):
        if word in node:
            return {word: [_node(each, types) for each in node[word]]}
    return _part(node, types)


def _part(part: Mapping[str, Any], types: Mapping[str, str]) -> dict[str, Any]:
    found = {name: value for name, value in part.items() if value not in ("", None)}
    if "value" in found:
        found["value"] = _value(found["value"], types.get(str(part.get("field")), ""))
    return found


def _value(value: Any, kind: str) -> Any:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_value(each, kind) for each in value if each not in ("", None)]
    if not isinstance(value, str):
        return value
    text = value.strip()
    if kind == "boolean":
        return _TRUTHS.get(text.lower(), value)
    if kind.startswith("decimal") or kind in ("tinyint", "smallint", "int", "bigint", "integer"):
        try:
            return exact_number(Decimal(text))
        except (InvalidOperation, ValueError):
            return value  # the rule's own check says that it is no number
    return text if kind in ("date", "timestamp") else value
