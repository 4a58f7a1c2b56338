"""Expressions as data: what typing, Spark columns and every analysis of an expression share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property


@dataclass(frozen=True)
class Field:
    """A field of the row."""

    name: str


@dataclass(frozen=True)
class Literal:
    """A constant. Numbers are decimals, whatever way they were written."""

    value: Decimal | str | bool | date | datetime | None


@dataclass(frozen=True)
class Call:
    """A function or operator applied to arguments; its name is one of the allow-list's."""

    function: str
    args: tuple[Expression, ...]

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields that it reads, each once, in the order of reading."""
        found: dict[str, None] = {}
        waiting = list(reversed(self.args))  # no recursion: chains of conditions are deep
        while waiting:
            node = waiting.pop()
            if isinstance(node, Call):
                waiting.extend(reversed(node.args))
            elif isinstance(node, Field):
                found[node.name] = None
        return tuple(found)


Expression = Field | Literal | Call


def fields_of(expression: Expression) -> tuple[str, ...]:
    """Return the fields that the expression reads, each once, in the order of reading."""
    if isinstance(expression, Call):
        return expression.fields
    return (expression.name,) if isinstance(expression, Field) else ()


def conjunction(parts: tuple[Expression, ...]) -> Expression:
    """Return the AND of the parts; true where there is none."""
    if not parts:
        return Literal(True)  # noqa: FBT003
    return parts[0] if len(parts) == 1 else Call("and", parts)
