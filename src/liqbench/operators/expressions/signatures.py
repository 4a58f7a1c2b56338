"""What an allowed function is made of, and how its arguments are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pyspark.sql import Column
from pyspark.sql.types import DataType, DecimalType

from liqbench.errors import ExpressionError, FieldTypeError
from liqbench.operators.expressions.tree import Expression, Literal
from liqbench.operators.expressions.types import as_decimal, is_numeric, name_of

Types = Sequence[DataType]
Arguments = Sequence[Expression]
TypeRule = Callable[[Types, Arguments], DataType]
Builder = Callable[[Sequence[Column], Types, DataType, Arguments], Column]


@dataclass(frozen=True)
class Function:
    """One allowed function: argument counts, rule of types, Spark column.

    ``typed`` tells whether an analyst writes it by this name (``abs(x)``), or the grammar does;
    ``decimals`` whether its Spark column takes integers as decimals, not as they are.
    """

    fewest: int
    most: int | None
    type_rule: TypeRule
    build: Builder
    typed: bool = True
    decimals: bool = True


def cast_column(column: Column, dtype: DataType, wanted: DataType) -> Column:
    """Return a column of one type in another."""
    return column if dtype == wanted else column.cast(wanted)


def number_type(dtype: DataType, function: str) -> DecimalType:
    """Return the decimal type of a number. Raises ``FieldTypeError`` for anything else."""
    if not is_numeric(dtype):
        raise FieldTypeError(f"{function!r} takes numbers, not {name_of(dtype)}")
    return as_decimal(dtype)


def whole_number(args: Arguments, place: int, function: str) -> int:
    """Return a constant argument. Raises ``ExpressionError`` for what is no whole number."""
    literal = args[place]
    value = literal.value if isinstance(literal, Literal) else None
    if not isinstance(value, Decimal) or value != int(value):
        raise ExpressionError(f"{function!r} takes a whole number as argument {place + 1}")
    return int(value)
