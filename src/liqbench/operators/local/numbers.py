"""Exact arithmetic on vectors of whole numbers at static scales."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pyspark.sql.types import (
    BooleanType,
    ByteType,
    DataType,
    IntegerType,
    LongType,
    NullType,
    ShortType,
)

from liqbench.errors import OverflowFigureError, UndefinedFigureError
from liqbench.operators.expressions.types import as_decimal, is_numeric, name_of
from liqbench.operators.local.vector import Flags, Vector

Values = npt.NDArray[Any]
_BITS: dict[type[DataType], int] = {ByteType: 7, ShortType: 15, IntegerType: 31, LongType: 63}


def all_valid(args: Sequence[Vector]) -> Flags:
    """Tell in which rows no argument is null."""
    valid: Flags = np.logical_and.reduce([arg.valid for arg in args])
    return valid


def bounds(dtype: DataType) -> tuple[int, int]:
    """Return the smallest and the largest whole number of a numeric type, at its scale."""
    if type(dtype) in _BITS:
        limit = 1 << _BITS[type(dtype)]
        return -limit, limit - 1
    largest = 10 ** as_decimal(dtype).precision - 1
    return -largest, largest


def at_scale(vector: Vector, scale: int) -> Values:
    """Return the whole numbers at a scale that is not smaller than the vector's own."""
    shift = scale - as_decimal(vector.dtype).scale
    return vector.values * 10**shift if shift else vector.values


def aligned(args: Sequence[Vector]) -> list[Values]:
    """Return the whole numbers of all arguments at their largest scale."""
    scale = max(as_decimal(arg.dtype).scale for arg in args)
    return [at_scale(arg, scale) for arg in args]


def held(values: Values, valid: Flags, dtype: DataType) -> Vector:
    """Return a numeric vector. Raises ``OverflowFigureError`` where a value doesn't fit."""
    least, most = bounds(dtype)
    values = np.where(valid, values, 0)
    beyond = (values < least) | (values > most)
    if count := int(np.count_nonzero(beyond)):
        scale = as_decimal(dtype).scale
        digits = max(len(str(abs(value))) - scale for value in values[beyond])
        raise OverflowFigureError(
            f"{count:,} figures have more digits than {name_of(dtype)} holds, up to {digits} "
            "before the point",
            hint="declare a wider type where the figure is ingested or calculated",
        )
    return Vector(dtype, values, valid)


def rescaled(vector: Vector, dtype: DataType) -> Vector:
    """Return the vector in a numeric type of no smaller scale.

    Raises ``OverflowFigureError`` where a value doesn't fit.
    """
    shift = as_decimal(dtype).scale - as_decimal(vector.dtype).scale
    values = at_scale(vector, as_decimal(dtype).scale)
    (least, most), (low, high) = bounds(dtype), bounds(vector.dtype)
    if least <= low * 10**shift and high * 10**shift <= most:
        return Vector(dtype, values, vector.valid)
    return held(values, vector.valid, dtype)


def widened(vector: Vector, dtype: DataType) -> Vector:
    """Return the vector in the type that several have in common; other than figures stay."""
    if isinstance(vector.dtype, NullType):
        return Vector.nulls(dtype, len(vector))
    return rescaled(vector, dtype) if is_numeric(dtype) else vector


def added(args: Sequence[Vector], dtype: DataType) -> Vector:
    """Return a + b."""
    a, b = aligned(args)
    return Vector(dtype, a + b, all_valid(args))


def subtracted(args: Sequence[Vector], dtype: DataType) -> Vector:
    """Return a − b."""
    a, b = aligned(args)
    return Vector(dtype, a - b, all_valid(args))


def multiplied(args: Sequence[Vector], dtype: DataType) -> Vector:
    """Return a · b, whose scale is the sum of theirs."""
    return Vector(dtype, args[0].values * args[1].values, all_valid(args))


def rounded(vector: Vector, dtype: DataType) -> Vector:
    """Return the figures in a numeric type, a half rounded away from zero where its scale is less.

    Raises ``OverflowFigureError`` where a value doesn't fit.
    """
    shift = as_decimal(vector.dtype).scale - as_decimal(dtype).scale
    if shift <= 0:
        return rescaled(vector, dtype)
    unit = 10**shift
    # Halves go up by floor((v + unit/2) / unit), and down where one is taken off before.
    halves = vector.values + unit // 2 - (vector.values < 0)
    return held(halves // unit, vector.valid, dtype)


def divided(a: Vector, b: Vector, dtype: DataType) -> Vector:
    """Return a / b at the type's scale, a half rounded away from zero.

    Raises ``UndefinedFigureError`` for a division by zero, ``OverflowFigureError`` for a quotient
    that doesn't fit.
    """
    valid = all_valid([a, b])
    n, d = aligned([a, b])
    if count := int(np.count_nonzero(valid & (d == 0))):
        raise UndefinedFigureError(
            f"a division by zero in {count:,} rows",
            hint="write nullif(x, 0) where there is then no figure",
        )
    n, d = np.where(valid, n, 0), np.where(valid, d, 1)
    numerator, denominator = abs(n) * (2 * 10 ** as_decimal(dtype).scale), abs(d)
    quotient = (numerator + denominator) // (2 * denominator)
    return held(np.where((n < 0) != (d < 0), -quotient, quotient), valid, dtype)


def comparable(args: Sequence[Vector]) -> list[Values]:
    """Return values that compare as Spark compares them: figures at one scale."""
    return aligned(args) if is_numeric(args[0].dtype) else [arg.values for arg in args]


def flags(values: Any, valid: Flags) -> Vector:
    """Return a vector of conditions."""
    return Vector(BooleanType(), np.asarray(values, bool), valid)
