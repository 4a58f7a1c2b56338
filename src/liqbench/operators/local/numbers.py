"""Exact arithmetic on vectors of whole numbers at static scales."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pyspark.sql.types import BooleanType, DataType, DecimalType

from liqbench.errors import OverflowFigureError, UndefinedFigureError
from liqbench.operators.expressions.types import as_decimal, is_numeric, name_of
from liqbench.operators.local.vector import Flags, Vector

Values = npt.NDArray[Any]


def all_valid(args: Sequence[Vector]) -> Flags:
    """Tell in which rows no argument is null."""
    valid: Flags = np.logical_and.reduce([arg.valid for arg in args])
    return valid


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
    limit = 10 ** as_decimal(dtype).precision
    values = np.where(valid, values, 0)
    if len(values) and max(-values.min(), values.max()) >= limit:
        largest = max(abs(values.min()), values.max())
        raise OverflowFigureError(
            f"a figure has more digits than its type holds: {len(str(largest))} digits don't fit "
            f"{name_of(dtype)}",
            hint="declare a wider decimal where the figure is ingested or calculated",
        )
    return Vector(dtype, values, valid)


def rescaled(vector: Vector, dtype: DataType) -> Vector:
    """Return the vector in a numeric type of no smaller scale."""
    return held(at_scale(vector, as_decimal(dtype).scale), vector.valid, dtype)


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


def halves_up(numerator: Values, denominator: Any) -> Values:
    """Return numerator / denominator (both ≥ 0), a half rounded up."""
    result: Values = (2 * numerator + denominator) // (2 * denominator)
    return result


def rounded(vector: Vector, dtype: DataType) -> Vector:
    """Return the figures at the type's smaller scale, a half rounded away from zero."""
    shift = as_decimal(vector.dtype).scale - as_decimal(dtype).scale
    if shift <= 0:
        return rescaled(vector, dtype)
    sign = np.where(vector.values < 0, -1, 1).astype(object)
    return held(sign * halves_up(abs(vector.values), 10**shift), vector.valid, dtype)


def divided(a: Vector, b: Vector, dtype: DataType) -> Vector:
    """Return a / b at the type's scale, a half rounded away from zero.

    Raises ``UndefinedFigureError`` for a division by zero.
    """
    valid = all_valid([a, b])
    n, d = aligned([a, b])
    if (valid & (d == 0)).any():
        raise UndefinedFigureError(
            "a division by zero", hint="write nullif(x, 0) where none is meant"
        )
    n, d = np.where(valid, n, 0), np.where(valid, d, 1)
    sign = np.where((n < 0) != (d < 0), -1, 1).astype(object)
    quotient = halves_up(abs(n) * 10 ** as_decimal(dtype).scale, abs(d))
    return held(sign * quotient, valid, dtype)


def comparable(args: Sequence[Vector]) -> list[Values]:
    """Return values that compare as Spark compares them: figures at one scale."""
    if any(is_numeric(arg.dtype) for arg in args):
        numeric = [arg if is_numeric(arg.dtype) else _null_figure(arg) for arg in args]
        return aligned(numeric)
    return [arg.values for arg in args]


def _null_figure(arg: Vector) -> Vector:
    """Return the constant null beside figures."""
    return Vector(DecimalType(1, 0), np.zeros(len(arg), object), arg.valid)


def flags(values: Any, valid: Flags) -> Vector:
    """Return a vector of conditions."""
    return Vector(BooleanType(), np.asarray(values, bool) & valid, valid)
