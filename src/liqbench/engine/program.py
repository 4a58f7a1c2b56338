"""A scenario on the way of single rows to a group, as polynomials of the fields it changes.

Which rules match a row is a pattern of bits. For every pattern, the sums that the group needs
are polynomials in the values before the change; so they follow from sums taken once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property

from pyspark.sql.types import DataType

from liqbench.engine.changes import Frontier, Passage
from liqbench.engine.resolve import Node
from liqbench.errors import NotPolynomialError, StrategyUnfitError
from liqbench.model import AdjustmentRule
from liqbench.operators import Context
from liqbench.operators.adjust import AdjustmentOperator, RulePlan, Step
from liqbench.operators.enrich import EnrichOperator
from liqbench.operators.expressions import (
    Call,
    Expression,
    Field,
    Literal,
    fields_of,
    fields_of_schema,
    narrowed,
)
from liqbench.operators.expressions.polynomial import Polynomial, Term, polynomial
from liqbench.operators.expressions.types import as_decimal, integer_digits, is_numeric
from liqbench.operators.expressions.typing import Typed
from liqbench.operators.fields import FieldsOperator, FieldStep

# A step, its expression with types, and the types of all fields behind it.
Calculated = tuple[FieldStep, Typed, Mapping[str, DataType]]
# Whether a rule matches: yes, no, or (asked for all that could be needed) either.
Bits = Callable[[Expression], bool | None]
_ONE, _ZERO = Decimal(1), Decimal(0)
_ALL_ROWS = Polynomial.of(_ONE)


@dataclass
class _State:
    """The fields that a scenario changed so far: their values, and where they have one.

    A value of ``None`` is one that no polynomial gives; nothing behind may read it.
    """

    values: dict[str, Polynomial | None] = field(default_factory=dict)
    presence: dict[str, Polynomial] = field(default_factory=dict)

    def reads(self, expression: Expression) -> list[str]:
        """Return the changed fields that an expression reads."""
        return [name for name in fields_of(expression) if name in self.values]

    def polynomials(self, expression: Expression) -> Mapping[str, Polynomial]:
        """Return the changed fields' values for an expression that reads some of them."""
        found: dict[str, Polynomial] = {}
        for name in self.reads(expression):
            value = self.values[name]
            if value is None:
                raise NotPolynomialError(f"{name!r} is no figure and changes")
            found[name] = value
        return found


@dataclass(frozen=True)
class Program:
    """One variant's way to one group. ``polynomials`` is asked per pattern of bits."""

    frontier: Frontier
    context: Context
    baseline: frozenset[str]
    like: Program | None = field(default=None, repr=False, compare=False)

    def with_rules(self, rules: Mapping[str, tuple[AdjustmentRule, ...]]) -> Program:
        """Return the program with rules left out or with other numbers, by the operator before.

        The types stay, so the numbers must have no more digits than those that were there. What
        follows from neither is worked out once, by the program that the new one is ``like``.
        """
        path = [
            replace(each, node=_with_rules(each.node, rules[each.node.config.inputs[0]]))
            if isinstance(each.node.operator, AdjustmentOperator)
            else each
            for each in self.frontier.path
        ]
        return replace(self, frontier=replace(self.frontier, path=tuple(path)), like=self)

    @cached_property
    def rules(self) -> Mapping[str, tuple[RulePlan, ...]]:
        """The rules in force of every adjustment on the way, by its operator's id."""
        return {
            each.node.operator_id: each.node.operator.plan(
                self.context.within(each.node.operator_id), each.rows
            )
            for each in self.frontier.path
            if isinstance(each.node.operator, AdjustmentOperator)
        }

    @cached_property
    def bits(self) -> tuple[Expression, ...]:
        """The conditions of all rules and of their caps and floors, each once."""
        rules = [rule for own in self.rules.values() for rule in own]
        beyond = [_beyond(rule, step) for rule in rules for step in rule.steps if _limits(step)]
        return tuple(dict.fromkeys([*(rule.match for rule in rules), *beyond]))

    @cached_property
    def _same_but_numbers(self) -> Program | None:
        """The program that this one is like, where it leaves out none of its rules."""
        if self.like is None:
            return None
        own, all_rules = self.rules.values(), self.like.rules.values()
        return self.like if [*map(len, own)] == [*map(len, all_rules)] else None

    @cached_property
    def _steps(self) -> dict[str, tuple[Calculated, ...]]:
        return {}

    @cached_property
    def shape(self) -> frozenset[Term]:
        """Every term that some pattern may need. Raises ``StrategyUnfitError``."""
        if self._same_but_numbers is not None:
            return self._same_but_numbers.shape
        found = self.polynomials(lambda _: None)
        return frozenset(term for each in found.values() for term in each.terms)

    @cached_property
    def unchanged(self) -> Mapping[str, Polynomial]:
        """The sums over rows that no rule matches."""
        if self._same_but_numbers is not None:
            return self._same_but_numbers.unchanged
        return self.polynomials(lambda _: False)

    def polynomials(self, bits: Bits) -> dict[str, Polynomial]:
        """Return the sums that the scenario may change, over the rows of one pattern, by name.

        Raises ``StrategyUnfitError`` naming the operator and what stands against it.
        """
        state, at = _State(), self.frontier.group.operator_id
        try:
            for passage in self.frontier.path:
                at = passage.node.operator_id
                self._pass(passage, state, bits)
            at = self.frontier.group.operator_id
            return dict(self._sums(state))
        except NotPolynomialError as error:
            raise StrategyUnfitError(error.what, where=f"operator {at!r}") from error

    def _pass(self, passage: Passage, state: _State, bits: Bits) -> None:
        operator, name = passage.node.operator, passage.node.operator_id
        if isinstance(operator, AdjustmentOperator):
            if name in self.baseline:
                raise NotPolynomialError("an adjustment of the baseline follows the change")
            for rule in self.rules[name]:
                _adjust(rule, state, bits)
        elif isinstance(operator, FieldsOperator):
            self._calculate(passage, operator, state)
        elif isinstance(operator, EnrichOperator):
            _check_joins(operator, state)
        else:
            raise NotPolynomialError(f"a {operator.kind} follows the change")

    def _calculate(self, passage: Passage, operator: FieldsOperator, state: _State) -> None:
        for step, typed, types in self._calculated(passage, operator):
            if step.replaces:
                raise NotPolynomialError(f"{step.name!r} is calculated anew")
            if not state.reads(step.expression):
                continue
            if not is_numeric(typed.dtype):
                state.values[step.name] = None
                continue
            if step.keeps_null:
                raise NotPolynomialError(f"{step.name!r} may have no value")
            own, wanted = as_decimal(typed.dtype), as_decimal(types[step.name])
            if integer_digits(wanted) < integer_digits(own):
                raise NotPolynomialError(f"{step.name!r} may not fit {wanted.simpleString()}")
            state.values[step.name] = polynomial(
                step.expression, state.polynomials(step.expression), types
            )

    def _calculated(self, passage: Passage, operator: FieldsOperator) -> tuple[Calculated, ...]:
        """Return an operator's steps with their types; they are asked for again and again."""
        if self.like is not None:
            return self.like._calculated(passage, operator)  # noqa: SLF001 - a program too
        name = passage.node.operator_id
        if name not in self._steps:
            types = dict(fields_of_schema(passage.rows))
            found: list[Calculated] = []
            for step in operator.steps(self.context, passage.rows):
                typed = step.typed(types)
                types = {**types, step.name: narrowed(typed, step.wanted)}
                found.append((step, typed, types))
            self._steps[name] = tuple(found)
        return self._steps[name]

    def _sums(self, state: _State) -> Iterator[tuple[str, Polynomial]]:
        operator, types = self.frontier.operator, fields_of_schema(self.frontier.rows)
        for name in operator.group_by:
            if name in state.values:
                raise NotPolynomialError(f"rows move between groups, as {name!r} changes")
        for each in operator.sums(self.frontier.rows):
            value = each.value
            if value is None or not (changed := state.reads(value)):
                continue
            if not each.additive:
                raise NotPolynomialError(f"'{each.function}' of {', '.join(changed)} changes")
            if each.function == "sum":
                yield each.name, polynomial(value, state.polynomials(value), types)
            elif isinstance(value, Field) and value.name in state.presence:
                yield each.name, state.presence[value.name]


def _with_rules(node: Node, rules: tuple[AdjustmentRule, ...]) -> Node:
    return replace(node, operator=node.operator.model_copy(update={"rules": rules}))


def _adjust(rule: RulePlan, state: _State, bits: Bits) -> None:
    if changed := state.reads(rule.match):
        raise NotPolynomialError(
            f"rule {rule.rule.rule_id!r} asks for {', '.join(changed)}, which an earlier rule "
            "changes"
        )
    for step in rule.steps:
        name = step.field
        if _limits(step) and name in state.values:
            raise NotPolynomialError(f"a cap or floor of {name!r}, which changes before")
        matched = bits(_beyond(rule, step) if _limits(step) else rule.match)
        if name not in state.values:
            numeric = is_numeric(step.dtype)
            state.values[name] = Polynomial.of(_ONE, Term(None, (name,))) if numeric else None
            state.presence[name] = Polynomial.of(_ONE, Term(_present(name)))
        state.presence.setdefault(name, _ALL_ROWS)  # calculated, so it has a value
        value = state.values[name]
        if matched is False or value is None:
            continue
        new, present = _changed(step, value, state.presence[name])
        if matched is None:  # keep what either of both would need
            new, present = value + new, state.presence[name] + present
        state.values[name], state.presence[name] = new, present


def _changed(step: Step, value: Polynomial, present: Polynomial) -> tuple[Polynomial, Polynomial]:
    """Return a field's value and presence behind one change of it."""
    expression = step.value
    if isinstance(expression, Literal):
        return Polynomial.of(_number(expression)), _ALL_ROWS
    assert isinstance(expression, Call)  # noqa: S101 - a change is a constant or a call
    number = _number(expression.args[1])
    if _limits(step):
        return Polynomial.of(number), present
    if expression.function == "*":
        return value * Polynomial.of(number), present
    shift = Polynomial.of(number) * present  # what has no value doesn't get one by adding to it
    return value + (shift if expression.function == "+" else -shift), present


def _number(constant: Expression) -> Decimal:
    assert isinstance(constant, Literal)  # noqa: S101 - so are all changes made
    assert isinstance(constant.value, Decimal)  # noqa: S101 - of a figure
    return constant.value


def _limits(step: Step) -> bool:
    """Tell whether a change is a cap or floor: it sets the values beyond its limit to that."""
    return isinstance(step.value, Call) and step.value.function == "case"


def _beyond(rule: RulePlan, step: Step) -> Expression:
    """Return where a cap or floor of a rule changes a value."""
    assert isinstance(step.value, Call)  # noqa: S101 - asked for limits only
    return Call("and", (rule.match, step.value.args[0]))


def _present(name: str) -> Expression:
    return Call("case", (Call("is null", (Field(name),)), Literal(_ZERO), Literal(_ONE)))


def _check_joins(operator: EnrichOperator, state: _State) -> None:
    for reference in operator.references:
        if changed := [name for name in reference.on if name in state.values]:
            raise NotPolynomialError(
                f"reference {reference.name!r} is joined by {', '.join(changed)}, which changes"
            )
        if reference.cardinality == "one_to_many":
            raise NotPolynomialError(f"reference {reference.name!r} multiplies rows")
