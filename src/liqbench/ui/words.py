"""An operator's parameters in words, one line each, for the picture of a graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liqbench.errors import LiqbenchError
from liqbench.model import AdjustmentRule, OperatorConfig
from liqbench.model._values import thaw

LONGEST = 600
Lines = list[tuple[str, str]]


def parameters_in_words(config: OperatorConfig) -> Lines:
    """Return (what, value) for all that an operator is told to do, its rules in sentences."""
    parameters: dict[str, Any] = thaw(config.parameters)
    rules = parameters.pop("rules", [])
    lines: Lines = [_rule(rule) for rule in (rules if isinstance(rules, list) else [rules])]
    for name, value in parameters.items():
        several = isinstance(value, list) and any(_is_long(item) for item in value)
        for n, item in enumerate(value if several else [value]):
            lines.append(("" if n else name.replace("_", " "), shortened(_words(item))))
    return lines


def shortened(words: str, longest: int = LONGEST) -> str:
    """Return the words, cut where they are longer than anybody reads in a picture."""
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"


def _rule(plain: Any) -> tuple[str, str]:
    try:
        rule = AdjustmentRule.from_json(plain)
    except LiqbenchError as fault:
        return ("rule", shortened(f"{fault}"))
    reason = f" ({rule.reason})" if rule.reason else ""
    return (f"rule {rule.rule_id}", shortened(rule.describe() + reason))


def _is_long(item: Any) -> bool:
    return isinstance(item, Mapping) and not _is_field(item)


def _is_field(item: Mapping[str, Any]) -> bool:
    return "type" in item and "expression" not in item


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return _object(value)
    if isinstance(value, list | tuple):
        return ", ".join(_words(item) for item in value)
    return "none" if value is None else str(value)


def _object(value: Mapping[str, Any]) -> str:
    """Return an expression, a measure, a reference, a source or a field as one would write it."""
    name = value.get("name", value.get("field", ""))
    kind = value.get("type", "")
    if "expression" in value:
        return f"{name} = {value['expression']}" + (f" as {kind}" if kind else "")
    if "function" in value:
        return f"{value.get('name')} = {value['function']}({value.get('field', '*')})"
    if isinstance(value.get("on"), Mapping):
        where = f" from {_words(value['source'])}" if "source" in value else ""
        takes = f", takes {_words(list(value['fields']))}" if value.get("fields") else ""
        return f"{name}{where} by {_words(list(value['on']))}{takes}"
    if "format" in value:
        rest = [str(part) for key, part in value.items() if key != "format"]
        return " ".join([*rest, f"({value['format']})"])
    if _is_field(value):
        return f"{name} {kind}"
    return "; ".join(f"{key.replace('_', ' ')}: {_words(part)}" for key, part in value.items())
