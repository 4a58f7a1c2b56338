"""Which fields a change reaches on the way of single rows to a group, and whether rows move."""

from __future__ import annotations

from dataclasses import dataclass, field

from liqbench.engine.changes import Frontier, Passage
from liqbench.errors import StrategyUnfitError
from liqbench.operators import Context
from liqbench.operators.adjust import AdjustmentOperator
from liqbench.operators.calculate import CalculateOperator
from liqbench.operators.enrich import EnrichOperator
from liqbench.operators.expressions import (
    Call,
    Expression,
    Literal,
    fields_of,
    fields_of_schema,
    parse_expression,
)
from liqbench.operators.expressions.types import is_numeric
from liqbench.operators.filter import FilterOperator


@dataclass
class Taint:
    """The fields that a scenario may change, and whether it may change which rows there are."""

    fields: set[str] = field(default_factory=set)
    moves_rows: bool = False

    def reads(self, expression: Expression) -> bool:
        """Tell whether an expression reads a changed field."""
        return any(name in self.fields for name in fields_of(expression))


def taint_of(frontier: Frontier, context: Context) -> Taint:
    """Follow the changed fields to the group.

    Raises ``StrategyUnfitError`` for steps whose result depends on how many decimals a figure is
    written with, and for ones whose reading is unknown.
    """
    taint = Taint()
    for passage in frontier.path:
        try:
            _follow(passage, taint, context)
        except StrategyUnfitError as error:
            raise error.at(f"operator {passage.node.operator_id!r}") from None
    _check_groups(frontier, taint)
    return taint


def _follow(passage: Passage, taint: Taint, context: Context) -> None:
    operator = passage.node.operator
    if isinstance(operator, AdjustmentOperator):
        taint.fields |= {c.field for rule in operator.rules for c in rule.adjustments}
    elif isinstance(operator, CalculateOperator):
        _calculate(operator, taint, context)
    elif isinstance(operator, FilterOperator):
        condition = operator.condition(context, passage.rows).expression
        taint.moves_rows |= taint.reads(condition)
    elif isinstance(operator, EnrichOperator):
        _enrich(operator, taint)
    else:
        raise StrategyUnfitError(f"what a {operator.kind} reads is not known")


def _calculate(operator: CalculateOperator, taint: Taint, context: Context) -> None:
    for item in operator.expressions:
        expression = parse_expression(item.expression, context.as_of)
        if taint.reads(expression):
            if _writes_figures(expression):
                raise StrategyUnfitError(f"{item.name!r} writes a changed figure as text")
            taint.fields.add(item.name)
        else:
            taint.fields.discard(item.name)


def _writes_figures(expression: Expression) -> bool:
    if not isinstance(expression, Call):
        return False
    if expression.function == "cast" and expression.args[1] == Literal("string"):
        return True
    return any(_writes_figures(arg) for arg in expression.args)


def _enrich(operator: EnrichOperator, taint: Taint) -> None:
    for reference in operator.references:
        if any(name in taint.fields for name in reference.on):
            taint.fields.update(reference.fields.values())
            taint.moves_rows |= reference.cardinality == "one_to_many"
        else:
            taint.fields.difference_update(reference.fields.values())


def _check_groups(frontier: Frontier, taint: Taint) -> None:
    operator, types = frontier.operator, fields_of_schema(frontier.rows)
    for name in operator.group_by:
        if name in taint.fields:
            if is_numeric(types[name]):
                raise StrategyUnfitError(f"rows are grouped by the changed figure {name!r}")
            taint.moves_rows = True
    for each in operator.sums(frontier.rows):
        if not each.additive and (
            taint.moves_rows or (each.value is not None and taint.reads(each.value))
        ):
            raise StrategyUnfitError(
                f"'{each.function}' can't be changed by what is added and taken away",
                where=f"operator {frontier.group.operator_id!r}",
            )
