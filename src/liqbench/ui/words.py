"""An operator's parameters in words, one line each, for the picture of a graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    match value:
        case bool():
            return "yes" if value else "no"
        case None:
            return "none"
        case {"format": form, **rest}:
            return " ".join(str(part) for part in [*rest.values(), f"({form})"])
        case {"name": name, "expression": expression, **rest}:
            return f"{name} = {expression}" + (f" as {rest['type']}" if "type" in rest else "")
        case {"name": name, "function": function, **rest}:
            return f"{name} = {function}({rest.get('field', '*')})"
        case {"name": name, "on": {} as on, **rest}:
            where = f" from {_words(rest['source'])}" if "source" in rest else ""
            takes = f", takes {_words(list(rest['fields']))}" if rest.get("fields") else ""
            return f"{name}{where} by {_words(list(on))}{takes}"
        case {"name": name, "type": kind}:
            return f"{name} {kind}"
        case {"field": name, "type": kind}:
            return f"{name} {kind}"
        case Mapping():
            return "; ".join(f"{name.replace('_', ' ')}: {_words(v)}" for name, v in value.items())
        case Sequence() if not isinstance(value, str):
            return ", ".join(_words(item) for item in value)
    return str(value)
