"""Column lineage: which fields of its inputs a field of an operator's output follows from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from liqbench.operators.expressions import Call, Expression, Field

How = Literal[
    "same", "calculated", "reference", "aggregated", "adjusted", "condition", "source", "unknown"
]


@dataclass(frozen=True, order=True)
class Origin:
    """A field that another one follows from, and how.

    ``input`` is the place of an input, or the name of a source that the operator reads itself.
    ``same``: the very value of the same row. ``condition``: it decides whether or which value
    there is (filters, tests of a CASE, a rule's conditions, join fields, group fields).
    ``unknown``: the operator doesn't say, so it may be any of these.
    """

    input: int | str
    field: str
    how: How


Origins = Mapping[str, tuple[Origin, ...]]


def unchanged(names: Iterable[str]) -> dict[str, tuple[Origin, ...]]:
    """Return the origins of fields that come from the first input as they are."""
    return {name: (Origin(0, name, "same"),) for name in names}


def following(known: Origins, field: str, how: How) -> tuple[Origin, ...]:
    """Return what a field follows from that is made from one whose origins are known."""
    return tuple(replace(origin, how=_combined(how, origin.how)) for origin in known[field])


def of_expression(
    expression: Expression, known: Origins, how: How = "calculated"
) -> tuple[Origin, ...]:
    """Return what the value of an expression follows from, its tests as conditions."""
    parts = (following(known, field, own) for field, own in _reads(expression, how))
    return distinct(*parts)


def distinct(*parts: tuple[Origin, ...]) -> tuple[Origin, ...]:
    """Return the origins of all parts, each once, in their order."""
    return tuple(dict.fromkeys(origin for part in parts for origin in part))


def _combined(outer: How, inner: How) -> How:
    if "condition" in (outer, inner):
        return "condition"
    return inner if outer == "same" else outer


def _reads(expression: Expression, how: How) -> Iterator[tuple[str, How]]:
    if isinstance(expression, Field):
        yield expression.name, how
    elif isinstance(expression, Call):
        last = len(expression.args) - 1
        for place, arg in enumerate(expression.args):
            test = expression.function == "case" and place % 2 == 0 and place != last
            yield from _reads(arg, "condition" if test else how)
