"""The condition language: comparisons of a field, ANDed, nested by ``any`` and ``all``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)

from liqbench.model._values import FrozenModel, freeze
from liqbench.model.forms import FieldName

ComparisonOperator = Literal[
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "in",
    "not in",
    "between",
    "is null",
    "is not null",
    "starts with",
    "contains",
]
Value = Annotated[Any, BeforeValidator(freeze)]

_WITHOUT_VALUE = ("is null", "is not null")
_WITH_LIST = ("in", "not in")


class Condition(FrozenModel):
    """One comparison: ``field operator value``. A comparison with null does not match.

    ``in`` and ``not in`` take a list, ``between`` two values (both included), ``is null`` and
    ``is not null`` none.
    """

    field: FieldName = Field(min_length=1)
    operator: ComparisonOperator
    value: Value = None

    @field_validator("operator", mode="before")
    @classmethod
    def _fold(cls, operator: Any) -> Any:
        folded = " ".join(str(operator).lower().replace("_", " ").split())
        return {"==": "=", "<>": "!=", "startswith": "starts with"}.get(folded, folded)

    @model_validator(mode="after")
    def _check_value(self) -> Condition:
        if fault := _value_fault(self.operator, self.value):
            raise ValueError(fault)
        return self

    def describe(self) -> str:
        """Return the comparison in words."""
        if self.operator in _WITHOUT_VALUE:
            return f"{self.field} {self.operator}"
        if self.operator == "between":
            return f"{self.field} between {self.value[0]} and {self.value[1]}"
        if self.operator in _WITH_LIST:
            return f"{self.field} {self.operator} ({', '.join(map(str, self.value))})"
        return f"{self.field} {self.operator} {self.value}"


def _value_fault(operator: ComparisonOperator, value: Any) -> str | None:
    """Return what is wrong with a value for an operator, if anything."""
    if operator in _WITHOUT_VALUE:
        return None if value is None else f"'{operator}' takes no value, but got {value!r}"
    if operator in _WITH_LIST or operator == "between":
        return _list_fault(operator, value)
    if value is None:
        return f"'{operator}' with null never matches; use 'is null' or 'is not null'"
    if isinstance(value, tuple | Mapping):
        return f"'{operator}' takes one value, not {several(value)}"
    return None


def _list_fault(operator: ComparisonOperator, value: Any) -> str | None:
    pair = operator == "between"
    if not isinstance(value, tuple) or not value or (pair and len(value) != 2):  # noqa: PLR2004
        wanted = "two values, both included" if pair else "at least one value"
        return f"'{operator}' takes a list of {wanted}"
    for item in value:
        if isinstance(item, tuple | Mapping):
            return f"{several(item)} is in the list of '{operator}', which takes single values"
    if None not in value:
        return None
    return (
        "'between' takes no null" if pair else f"null is in the list of '{operator}'; use 'is null'"
    )


def several(value: Any) -> str:
    """Name a value that is not a single one."""
    return "an object" if isinstance(value, Mapping) else "a list"


class AnyOf(FrozenModel):
    """Matches where at least one of the nested conditions does."""

    any: tuple[ConditionNode, ...] = Field(min_length=1)

    def describe(self) -> str:
        """Return the alternatives in words."""
        return "(" + " or ".join(node.describe() for node in self.any) + ")"


class AllOf(FrozenModel):
    """Matches where all of the nested conditions do."""

    all: tuple[ConditionNode, ...] = Field(min_length=1)

    def describe(self) -> str:
        """Return the conditions in words."""
        return "(" + " and ".join(node.describe() for node in self.all) + ")"


def _form(node: Any) -> str:
    """Tell which of the three forms a node has, so that its faults are told in that form only."""
    names = node if isinstance(node, Mapping) else getattr(type(node), "model_fields", ())
    return "<any>" if "any" in names else "<all>" if "all" in names else "<comparison>"


ConditionNode = Annotated[
    Annotated[Condition, Tag("<comparison>")]
    | Annotated[AnyOf, Tag("<any>")]
    | Annotated[AllOf, Tag("<all>")],
    Discriminator(_form),
]
AnyOf.model_rebuild()
AllOf.model_rebuild()

__all__ = ["AllOf", "AnyOf", "ComparisonOperator", "Condition", "ConditionNode", "Value", "several"]
