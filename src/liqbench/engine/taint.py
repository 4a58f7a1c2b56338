"""Which fields a change reaches on the way of single rows to a group, and whether rows move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from liqbench.engine.changes import Frontier, Passage
from liqbench.errors import StrategyUnfitError
from liqbench.operators import Context
from liqbench.operators.adjust import AdjustmentOperator
from liqbench.operators.enrich import EnrichOperator
from liqbench.operators.expressions import (
    Call,
    Expression,
    Literal,
    fields_of,
    fields_of_schema,
)
from liqbench.operators.expressions.types import is_numeric
from liqbench.operators.fields import FieldsOperator, FieldStep
from liqbench.operators.filter import FilterOperator
from liqbench.operators.split import SplitOperator


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
    elif isinstance(operator, FieldsOperator):
        _calculate(operator.steps(context, passage.rows), taint)
    elif isinstance(operator, SplitOperator):
        _split(operator, passage, taint, context)
    elif isinstance(operator, FilterOperator):
        condition = operator.condition(context, passage.rows).expression
        taint.moves_rows |= taint.reads(condition)
    elif isinstance(operator, EnrichOperator):
        _enrich(operator, taint)
    else:
        raise StrategyUnfitError(f"what a {operator.kind} reads is not known")


def _calculate(steps: Sequence[FieldStep], taint: Taint) -> None:
    for step in steps:
        if taint.reads(step.expression):
            if _writes_figures(step.expression):
                raise StrategyUnfitError(f"{step.name!r} writes a changed figure as text")
            taint.fields.add(step.name)
        else:
            taint.fields.discard(step.name)


def _split(operator: SplitOperator, passage: Passage, taint: Taint, context: Context) -> None:
    """Follow a change into the parts: which there are may change, and so may their amounts."""
    written = {operator.part, operator.amount}
    if any(map(taint.reads, operator.expressions(context, passage.rows))):
        taint.fields |= written
        taint.moves_rows = True
    else:
        taint.fields -= written


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
