"""Adjustment rules: which rows they match, what they change there, when and on whose word."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field, field_serializer, field_validator, model_validator

from liqbench.errors import DocumentError
from liqbench.model._documents import parse
from liqbench.model._values import FrozenModel, as_date, content_hash, thaw
from liqbench.model.conditions import ConditionNode, Value, several
from liqbench.model.forms import FieldName, OperatorId

Operation = Literal["set", "add", "subtract", "multiply", "percent", "cap", "floor"]

_WORDS = {
    "set": "set {field} to {value}",
    "add": "add {value} to {field}",
    "subtract": "subtract {value} from {field}",
    "multiply": "multiply {field} by {value}",
    "percent": "change {field} by {value} %",
    "cap": "cap {field} at {value}",
    "floor": "raise {field} to at least {value}",
}


class Adjustment(FrozenModel):
    """One change of one field. ``percent`` with +5 means ×1.05; ``cap`` is a maximum."""

    field: FieldName = Field(min_length=1)
    operation: Operation
    value: Value

    @model_validator(mode="after")
    def _check_value(self) -> Adjustment:
        if isinstance(self.value, tuple | Mapping):
            raise ValueError(f"'{self.operation}' takes one value, not {several(self.value)}")
        if self.value is None and self.operation != "set":
            raise ValueError(f"'{self.operation}' needs a value")
        if self.value is None:
            raise ValueError("a field can't be set to null; filter the rows out instead")
        return self

    def describe(self) -> str:
        """Return the change in words."""
        return _WORDS[self.operation].format(field=self.field, value=self.value)


class Approval(FrozenModel):
    """Who approved a rule, and when."""

    user: str = Field(min_length=1)
    timestamp: datetime


class AdjustmentRule(FrozenModel):
    """Conditions (ANDed), adjustments (in order), dates (inclusive), reason and approval.

    ``stage`` names the operator behind which the rule belongs; without it the rule goes wherever
    its scenario is injected.
    """

    rule_id: str = Field(min_length=1)
    stage: OperatorId | None = Field(
        default=None, description="the operator behind which it belongs; else where it is injected"
    )
    conditions: tuple[ConditionNode, ...] = ()
    adjustments: tuple[Adjustment, ...] = Field(min_length=1)
    effective_date: date | None = None
    expiry_date: date | None = None
    approval: Approval | None = None
    reason: str = ""
    evidence: str = ""

    @field_validator("effective_date", "expiry_date", mode="before")
    @classmethod
    def _calendar_date(cls, value: Any) -> Any:
        """Read dates only, not the numbers that pydantic takes for seconds since 1970."""
        try:
            return None if value is None else as_date(value)
        except DocumentError:
            raise ValueError(f"{value!r} is no date; write it as 2025-12-31") from None

    @model_validator(mode="after")
    def _check_dates(self) -> AdjustmentRule:
        if self.effective_date and self.expiry_date and self.expiry_date < self.effective_date:
            raise ValueError(
                f"expires on {self.expiry_date}, before it takes effect on {self.effective_date}"
            )
        return self

    @field_serializer("conditions", "adjustments")
    def _plain(self, nodes: tuple[Any, ...]) -> list[Any]:
        return [thaw(node.model_dump(exclude_defaults=True)) for node in nodes]

    @classmethod
    def from_json(cls, value: Any) -> AdjustmentRule:
        """Read the rule's JSON form. Raises ``DocumentError`` with all that is wrong in it."""
        name = value.get("rule_id") if isinstance(value, dict) else None
        return parse(cls, value, where=f"rule {name!r}" if name else "rule")

    def to_json(self) -> dict[str, Any]:
        """Return the rule's JSON form."""
        plain: dict[str, Any] = thaw(self.model_dump(exclude_defaults=True))
        return plain

    def skipped_because(self, as_of: date) -> str | None:
        """Return why the rule doesn't apply on the date, or ``None`` where it does."""
        if self.effective_date and as_of < self.effective_date:
            return f"takes effect on {self.effective_date}, after the as-of date {as_of}"
        if self.expiry_date and as_of > self.expiry_date:
            return f"expired on {self.expiry_date}, before the as-of date {as_of}"
        return None

    def describe(self) -> str:
        """Return the rule in words."""
        changes = ", ".join(change.describe() for change in self.adjustments)
        if not self.conditions:
            return f"on every row: {changes}"
        return f"where {' and '.join(node.describe() for node in self.conditions)}: {changes}"


class Scenario(FrozenModel):
    """A named, ordered list of rules; a later rule sees what an earlier one changed.

    (The seed's ``AdjustmentScenario``.)
    """

    name: str = Field(min_length=1, pattern=r"^[^@]+$")
    rules: tuple[AdjustmentRule, ...] = Field(min_length=1)
    description: str = ""

    @model_validator(mode="after")
    def _check_ids(self) -> Scenario:
        ids = [rule.rule_id for rule in self.rules]
        for rule_id in ids:
            if ids.count(rule_id) > 1:
                raise ValueError(f"two rules are called {rule_id!r}")
        return self

    @classmethod
    def from_json(cls, value: Any) -> Scenario:
        """Read a scenario's JSON form. Raises ``DocumentError`` with all that is wrong in it."""
        name = value.get("name") if isinstance(value, dict) else None
        return parse(cls, value, where=f"scenario {name!r}" if name else "scenario")

    def to_json(self) -> dict[str, Any]:
        """Return the scenario's JSON form."""
        plain = {"name": self.name, "rules": [rule.to_json() for rule in self.rules]}
        return plain | ({"description": self.description} if self.description else {})

    @property
    def content_hash(self) -> str:
        """SHA-256 of the rules and the name."""
        return content_hash({"name": self.name, "rules": [rule.to_json() for rule in self.rules]})

    def rules_for(self, injection_point: str) -> tuple[AdjustmentRule, ...]:
        """Return the rules that apply behind this operator: those without a stage, or with it."""
        return tuple(rule for rule in self.rules if rule.stage in (None, injection_point))

    def stages(self) -> tuple[str, ...]:
        """Return the operators that the rules name, each once, in the rules' order.

        Raises ``DocumentError`` where a rule names none.
        """
        for rule in self.rules:
            if rule.stage is None:
                raise DocumentError(
                    "has no stage, so the place to apply it is open",
                    where=f"scenario {self.name!r}, rule {rule.rule_id!r}",
                    hint="give injection_points, or a stage to every rule",
                )
        return tuple(dict.fromkeys(rule.stage for rule in self.rules if rule.stage))
