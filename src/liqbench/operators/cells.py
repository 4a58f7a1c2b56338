"""In which cell of a decision diagram the value of a field is, as an expression."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from pyspark.sql.types import BooleanType, DataType, StringType

from liqbench.operators.conditions import conditions_expression
from liqbench.operators.expressions import Call, Expression, Field, Literal
from liqbench.operators.expressions.types import is_numeric
from liqbench.regulation.classification import Cells, Kind


def kind_of(dtype: DataType) -> Kind:
    """Return of which kind the cells of a field are."""
    if isinstance(dtype, StringType):
        return "text"
    if isinstance(dtype, BooleanType):
        return "flag"
    return "number" if is_numeric(dtype) else "other"


def cell_expression(
    cells: Cells, fields: Mapping[str, DataType], *, absent: bool = False
) -> Expression:
    """Return the number of the cell; a field that rows lack is null, so in cell 0."""
    nothing = _whole(0)
    if absent:
        return nothing
    field = Field(cells.field)
    if cells.condition is not None:
        test = conditions_expression((cells.condition,), dict(fields))
        return Call("case", (test, _whole(1), nothing))
    if cells.kind == "text":
        return Call("place", (field, Literal("\n".join(cells.values))))
    branches: list[Expression] = [Call("is null", (field,)), nothing]
    if cells.kind == "flag":
        branches += [field, _whole(2)]
    for place, value in enumerate(cells.values if cells.kind == "number" else ()):
        for offset, comparison in enumerate(("<", "=")):
            test = Call(comparison, (field, Literal(value)))
            branches += [test, _whole(2 * place + 1 + offset)]
    return Call("case", (*branches, _whole(_last(cells))))


def _last(cells: Cells) -> int:
    """Return the cell of a value that no test before tells: false, or above every number."""
    return cells.count - 1 if cells.kind == "number" else 1


def _whole(number: int) -> Expression:
    """Return a constant as an integer, for which Spark has cheaper arithmetic."""
    return Call("cast", (Literal(Decimal(number)), Literal("int")))
