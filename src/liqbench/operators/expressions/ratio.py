"""The quotient of two decimals, rounded once, half up, at a declared scale.

Spark's own division rounds at a scale that follows from its operands' types, so a second
rounding behind it can be off by one in the last digit. This one divides whole numbers.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DecimalType

from liqbench.operators.expressions.types import MAX_DIGITS, decimal_type, integer_digits

RATIO_INTEGER_DIGITS = 14
_WHOLE = DecimalType(MAX_DIGITS, 0)


def ratio_type(scale: int) -> DecimalType:
    """Return the type of a ratio of this scale."""
    return DecimalType(RATIO_INTEGER_DIGITS + scale, scale)


def check_digits(numerator: DecimalType, denominator: DecimalType, scale: int) -> None:
    """Raise ``PrecisionError`` where the exact quotient can't be had within 38 digits."""
    shared = max(numerator.scale, denominator.scale)
    decimal_type(integer_digits(numerator) + shared + scale + 1, 0, what="the numerator, scaled,")
    decimal_type(integer_digits(denominator) + shared + 1, 0, what="the denominator, scaled,")


def ratio_column(
    numerator: Column,
    numerator_type: DecimalType,
    denominator: Column,
    denominator_type: DecimalType,
    result: DecimalType,
) -> Column:
    """Return numerator / denominator in the result's scale; a zero denominator is an error.

    Rounded half up means floor((2·|n|·10^scale + |d|) / (2·|d|)), with the sign of n/d. Both
    are whole numbers there, so their remainder is exact, and so is what is left to divide.
    """
    shared = max(numerator_type.scale, denominator_type.scale)

    def whole(column: Column, own: DecimalType) -> Column:
        digits = integer_digits(own) + shared
        widened = DecimalType(digits, shared)
        moved, left = absolute(column.cast(widened), widened), shared
        while left:
            # A product keeps its scale, which leaves that much less room for what moves to the
            # left; where a type leaves none, what doesn't fit is an error of Spark's.
            step = min(left, max(1, MAX_DIGITS - digits))
            left -= step
            moved = (moved * _power(step)).cast(DecimalType(digits, left))
        return moved

    n, d = whole(numerator, numerator_type), whole(denominator, denominator_type)
    dividend = (n * _power(result.scale, times=2) + d).cast(_WHOLE)
    divisor = (d * _power(0, times=2)).cast(
        DecimalType(min(MAX_DIGITS, integer_digits(denominator_type) + shared + 1), 0)
    )
    quotient = ((dividend - dividend % divisor).cast(_WHOLE) / divisor).cast(_WHOLE)
    unit = F.lit(format(Decimal(1).scaleb(-result.scale), "f"))
    scaled = quotient * unit.cast(DecimalType(result.scale + 1, result.scale))
    negative = (numerator < 0) != (denominator < 0)
    return F.when(negative, negated(scaled, result)).otherwise(scaled).cast(result)


def absolute(column: Column, dtype: DecimalType) -> Column:
    """Return the figure without its sign."""
    # A zero of another type would take digits from both sides of the comparison.
    negative = column < F.lit("0").cast(dtype)
    return F.when(negative, negated(column, dtype)).otherwise(column).cast(dtype)


def negated(column: Column, dtype: DecimalType) -> Column:
    """Return zero minus the figure: Spark's own minus sign and abs round to 34 digits."""
    return F.lit("0").cast(dtype) - column


def _power(exponent: int, *, times: int = 1) -> Column:
    """Return ``times``·10^exponent as a column of the narrowest decimal."""
    return F.lit(str(times * 10**exponent)).cast(DecimalType(exponent + 1, 0))


def exact_ratio(numerator: Decimal, denominator: Decimal, scale: int) -> Decimal:
    """Return the same quotient in Python. Raises ``ZeroDivisionError`` for a zero denominator."""
    if denominator == 0:
        raise ZeroDivisionError
    with localcontext() as context:
        context.prec = 4 * MAX_DIGITS  # Python's default of 28 would round
        factor = Decimal(10) ** scale
        doubled = (2 * abs(numerator) * factor + abs(denominator)) // (2 * abs(denominator))
        sign = -1 if (numerator < 0) != (denominator < 0) else 1
        rounded = (sign * doubled / factor).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
        return rounded or abs(rounded)  # Spark knows no −0
