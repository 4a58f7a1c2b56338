"""Ordered rule tables that say which category a deal, or a part of one, belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

from liqbench.model._values import FrozenModel, content_hash
from liqbench.model.conditions import ComparisonOperator, ConditionNode
from liqbench.regulation.categories import ParagraphStatus

_OPERATORS = "|".join(
    re.escape(one).replace("\\ ", " ")
    for one in sorted(get_args(ComparisonOperator), key=len, reverse=True)
)
_LINE = re.compile(rf"\s*(\w+)\s+({_OPERATORS})(?:\s+(.*\S))?\s*")


def condition_of(text: str) -> dict[str, Any]:
    """Read a comparison written in one line: ``type in (current, savings)``, ``part is null``.

    Raises ``ValueError`` for a line that is none.
    """
    found = _LINE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no comparison; write it as 'type in (current, savings)'")
    field, operator, value = found.groups()
    read: dict[str, Any] = {"field": field, "operator": operator}
    if operator in ("in", "not in"):
        inner = re.fullmatch(r"\((.*)\)", value or "")
        if inner is None:
            raise ValueError(f"{text!r}: write the values as (one, other)")
        read["value"] = [part.strip() for part in inner.group(1).split(",")]
    elif operator == "between":
        read["value"] = [part.strip() for part in (value or "").split(" and ")]
    elif value is not None:
        read["value"] = value
    return read


def _lines(value: Any) -> Any:
    """Return conditions, those written in one line read, at every depth."""
    if isinstance(value, str):
        return condition_of(value)
    if isinstance(value, list | tuple):
        return [_lines(one) for one in value]
    if isinstance(value, Mapping) and len(value) == 1:
        return {name: _lines(one) if name in ("any", "all") else one for name, one in value.items()}
    return value


Conditions = Annotated[tuple[ConditionNode, ...], BeforeValidator(_lines)]


class InputField(FrozenModel):
    """A field that the rules read: what it means, and its type.

    An ``optional`` one may be missing from the deals; it is null then.
    """

    name: str
    type: str
    optional: bool = False
    description: str = Field(min_length=1)


class Part(FrozenModel):
    """A part of a deal that becomes a row of its own, and the expression of its amount."""

    part: str = Field(min_length=1)
    amount: str = Field(min_length=1)


class SplitRule(FrozenModel):
    """Into which parts the deals go that match, the first rule that matches deciding."""

    id: str = Field(min_length=1)
    when: Conditions = ()
    into: tuple[Part, ...] = Field(min_length=1)
    reason: str = ""


class Rule(FrozenModel):
    """Rows that match, and are decided by no rule before, belong to the category.

    The paragraph is that of the category where the rule gives none of its own, and so is the
    ``line``: the row of LIQ1 or LIQ2 that shows them.
    """

    id: str = Field(min_length=1)
    category: str = Field(min_length=1)
    line: str = ""
    when: Conditions = ()
    paragraph: str = ""
    paragraph_status: ParagraphStatus | None = None
    reason: str = ""


class RuleGroup(FrozenModel):
    """Rules for the rows that match the group; what enters it is decided in it or by nothing."""

    name: str = Field(min_length=1)
    when: Conditions = Field(min_length=1)
    rules: tuple[Rule | RuleGroup, ...] = Field(min_length=1)


class RuleTable(FrozenModel):
    """The ordered groups of rules that assign one code, to ``assigns``, deciding rule beside."""

    assigns: str = Field(min_length=1)
    rule_field: str = Field(min_length=1)
    groups: tuple[RuleGroup, ...] = Field(min_length=1)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules in order."""
        return tuple(rule for rule, _ in self.entries() if rule is not None)

    def entries(self) -> Iterator[tuple[Rule | None, tuple[ConditionNode, ...]]]:
        """Yield every rule with all conditions that lead to it, its groups' and its own.

        Behind the rules of a group comes its end, ``None``: what enters it leaves it decided.
        """
        for group in self.groups:
            yield from _entries(group, ())

    def rule(self, rule_id: str) -> Rule | None:
        """Return a rule by its id."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)


def _entries(
    group: RuleGroup, above: tuple[ConditionNode, ...]
) -> Iterator[tuple[Rule | None, tuple[ConditionNode, ...]]]:
    conditions = (*above, *group.when)
    for each in group.rules:
        if isinstance(each, RuleGroup):
            yield from _entries(each, conditions)
        else:
            yield each, (*conditions, *each.when)
    yield None, conditions


TableName = Literal["lcr", "nsfr", "unwind"]


class Classification(FrozenModel):
    """What deals have, how they are split into parts, and the tables that classify them.

    ``unwind`` gives the HQLA category of a leg that unwinding would bring back or take away.
    """

    name: str
    version: str
    title: str
    source: str
    parameter_set: str
    fields: tuple[InputField, ...]
    split: tuple[SplitRule, ...]
    tables: dict[TableName, RuleTable]

    @model_validator(mode="after")
    def _check_rules(self) -> Classification:
        if not self.split or self.split[-1].when or any(not rule.when for rule in self.split[:-1]):
            raise ValueError("split: the last rule, and no other, is without conditions")
        ids = [rule.id for table in self.tables.values() for rule in table.rules]
        ids += [rule.id for rule in self.split]
        for name in ids:
            if ids.count(name) > 1:
                raise ValueError(f"the rule id {name!r} stands twice")
        return self

    @property
    def content_hash(self) -> str:
        """SHA-256 of all rules."""
        return content_hash(self.model_dump(exclude={"title", "source"}))

    @property
    def optional(self) -> tuple[InputField, ...]:
        """The fields that deals may lack."""
        return tuple(each for each in self.fields if each.optional)
