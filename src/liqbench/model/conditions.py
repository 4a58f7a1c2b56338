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

    field: str = Field(min_length=1)
    operator: ComparisonOperator
    value: Value = None

    @field_validator("operator", mode="before")
    @classmethod
    def _fold(cls, operator: Any) -> Any:
        folded = " ".join(str(operator).lower().replace("_", " ").split())
        return {"==": "=", "<>": "!=", "startswith": "starts with"}.get(folded, folded)

    @model_validator(mode="after")
    def _check_value(self) -> Condition:
        if self.operator in _WITHOUT_VALUE:
            if self.value is not None:
                raise ValueError(f"'{self.operator}' takes no value, but got {self.value!r}")
        elif self.operator in _WITH_LIST:
            if not isinstance(self.value, tuple) or not self.value:
                raise ValueError(f"'{self.operator}' takes a list of at least one value")
            if None in self.value:
                raise ValueError(f"null is in the list of '{self.operator}'; use 'is null'")
        elif self.operator == "between":
            if not isinstance(self.value, tuple) or len(self.value) != 2:  # noqa: PLR2004
                raise ValueError("'between' takes a list of two values, both included")
            if None in self.value:
                raise ValueError("'between' takes no null")
        elif self.value is None:
            raise ValueError(
                f"'{self.operator}' with null never matches; use 'is null' or 'is not null'"
            )
        elif isinstance(self.value, tuple):
            raise ValueError(f"'{self.operator}' takes one value, not a list")
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
    names = node if isinstance(node, Mapping) else type(node).model_fields
    return "<any>" if "any" in names else "<all>" if "all" in names else "<comparison>"


ConditionNode = Annotated[
    Annotated[Condition, Tag("<comparison>")]
    | Annotated[AnyOf, Tag("<any>")]
    | Annotated[AllOf, Tag("<all>")],
    Discriminator(_form),
]
AnyOf.model_rebuild()
AllOf.model_rebuild()

__all__ = ["AllOf", "AnyOf", "ComparisonOperator", "Condition", "ConditionNode", "Value"]
