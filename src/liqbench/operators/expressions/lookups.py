"""Look-ups in constant texts, of which the decisions of a classification are made.

What follows from a constant is one itself, so each is a look-up, not a chain of tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DataType, IntegerType, StringType

from liqbench.errors import ExpressionError, FieldTypeError
from liqbench.operators.expressions.signatures import (
    Arguments,
    Types,
    cast_column,
    number_type,
    whole_number,
)
from liqbench.operators.expressions.tree import Expression, Literal
from liqbench.operators.expressions.types import name_of

CHOOSE, PLACE, ENTRY = "choose", "place", "entry"


def choose_type(types: Types, args: Arguments) -> DataType:
    """Return the type of a text chosen by its number."""
    number_type(types[0], CHOOSE)
    lines_of(args[1])
    return StringType()


def place_type(types: Types, args: Arguments) -> DataType:
    """Return the type of the number of a text."""
    if not isinstance(types[0], StringType):
        raise FieldTypeError(f"{PLACE!r} takes string, not {name_of(types[0])}")
    lines_of(args[1])
    return IntegerType()


def entry_type(types: Types, args: Arguments) -> DataType:
    """Return the type of an entry of a table."""
    lines_of(args[0])
    for dtype in types[1:]:
        number_type(dtype, ENTRY)
    for place in range(2, len(args), 2):
        _bits(args, place)
    return IntegerType()


def _bits(args: Arguments, place: int) -> int:
    """Return the exponent of a power of two."""
    number = whole_number(args, place, ENTRY)
    if number < 1 or number & (number - 1):
        raise ExpressionError(f"{ENTRY!r} takes a power of two as argument {place + 1}")
    return number.bit_length() - 1


def lines_of(constant: Expression) -> list[str]:
    """Return the lines of a constant text. Raises ``ExpressionError`` for what is none."""
    if not isinstance(constant, Literal) or not isinstance(constant.value, str):
        raise ExpressionError("a look-up takes a constant text")
    return constant.value.split("\n") if constant.value else []


def choose_column(columns: Sequence[Column], types: Types, *_: object) -> Column:
    """Return the line at a place, from 0."""
    number = cast_column(columns[0], types[0], IntegerType())
    return F.get(F.split(columns[1], "\n"), number)


def place_column(columns: Sequence[Column], _t: Types, _r: DataType, args: Arguments) -> Column:
    """Return which line a text is, from 2; 1 for any other text, 0 for null."""
    other = F.when(columns[0].isNull(), F.lit(0)).otherwise(F.lit(1))
    pairs = [f"{text}\t{place}" for place, text in enumerate(lines_of(args[1]), 2)]
    if not pairs:
        return other
    places = F.str_to_map(F.lit("\n".join(pairs)), F.lit("\n"), F.lit("\t"))
    return F.coalesce(F.element_at(places.cast("map<string,int>"), columns[0]), other)


def entry_column(columns: Sequence[Column], types: Types, _r: DataType, args: Arguments) -> Column:
    """Return the number in the line that state and cells lead to."""

    def shifted(place: int, bits: int) -> Column:
        own = cast_column(columns[place], types[place], IntegerType())
        return F.shiftleft(own, bits) if bits else own

    parts, bits = [], 0
    for place in range(len(args) - 2, 0, -2):  # the last cells are the lowest bits
        parts.append(shifted(place + 1, bits))
        bits += _bits(args, place)
    parts.append(shifted(1, bits))
    numbers = F.split(columns[0], "\n").cast("array<int>")
    # Bits are put together without the test for an overflow that a sum has.
    return F.get(numbers, reduce(Column.bitwiseOR, parts))
