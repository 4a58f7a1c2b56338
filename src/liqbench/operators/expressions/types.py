"""Types of fields: decimals and their digits, and how several types become one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from pyspark.sql.types import (
    BooleanType,
    ByteType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    NullType,
    ShortType,
    StringType,
    TimestampType,
)

from liqbench.errors import FieldTypeError, PrecisionError, did_you_mean

MAX_DIGITS = 38
# A total of a bank is below a quintillion in any currency, minor units included.
SUM_INTEGER_DIGITS = 18

_INTEGER_DIGITS: dict[type[DataType], int] = {
    ByteType: 3,
    ShortType: 5,
    IntegerType: 10,
    LongType: 20,
}


def is_numeric(dtype: DataType) -> bool:
    """Tell whether the type holds exact numbers (integers and decimals)."""
    return isinstance(dtype, DecimalType) or type(dtype) in _INTEGER_DIGITS


def is_float(dtype: DataType) -> bool:
    """Tell whether the type holds binary floating-point numbers, which liqbench doesn't use."""
    return isinstance(dtype, FloatType | DoubleType)


def as_decimal(dtype: DataType) -> DecimalType:
    """Return the decimal type that holds every number of a numeric type."""
    if isinstance(dtype, DecimalType):
        return dtype
    if type(dtype) in _INTEGER_DIGITS:
        return DecimalType(_INTEGER_DIGITS[type(dtype)], 0)
    raise FieldTypeError(f"a number is needed, not {name_of(dtype)}")


def decimal_type(integer_digits: int, scale: int, *, what: str) -> DecimalType:
    """Return the decimal with these digits. Raises ``PrecisionError`` where 38 don't do."""
    precision = max(integer_digits, 0) + scale
    if precision > MAX_DIGITS:
        raise PrecisionError(
            f"{what} needs {precision} digits ({integer_digits} before and {scale} behind the "
            f"point), a decimal has {MAX_DIGITS}",
            hint="narrow an operand: cast(x as decimal(p,s)), or round(x, s) where that is meant",
        )
    return DecimalType(max(precision, 1), scale)


def integer_digits(dtype: DecimalType) -> int:
    """Return the digits before the point."""
    return dtype.precision - dtype.scale


def sum_type(dtype: DataType) -> DecimalType:
    """Return the type of a sum: the scale of its input, and room for a bank's total.

    Raises ``PrecisionError`` where the scale leaves no such room.
    """
    own = as_decimal(dtype)
    return decimal_type(
        max(integer_digits(own), SUM_INTEGER_DIGITS),
        own.scale,
        what=f"the sum of a {name_of(dtype)}",
    )


def literal_type(value: object) -> DataType:
    """Return the narrowest type of a constant."""
    if value is None:
        return NullType()
    if isinstance(value, bool):
        return BooleanType()
    if isinstance(value, Decimal):
        exponent = int(value.as_tuple().exponent)
        scale = max(-exponent, 0)
        digits = len(value.as_tuple().digits) + max(exponent, 0)
        return decimal_type(max(digits - scale, 0), scale, what=f"the number {value}")
    if isinstance(value, datetime):
        return TimestampType()
    if isinstance(value, date):
        return DateType()
    return StringType()


def common_type(types: Iterable[DataType], *, what: str) -> DataType:
    """Return the type that holds all values of the given types. Raises ``FieldTypeError``."""
    wanted: Sequence[DataType] = [dtype for dtype in types if not isinstance(dtype, NullType)]
    if not wanted:
        return NullType()
    if all(dtype == wanted[0] for dtype in wanted):
        return wanted[0]
    if all(is_numeric(dtype) for dtype in wanted):
        decimals = [as_decimal(dtype) for dtype in wanted]
        return decimal_type(
            max(integer_digits(dtype) for dtype in decimals),
            max(dtype.scale for dtype in decimals),
            what=what,
        )
    shown = " and ".join(dict.fromkeys(name_of(dtype) for dtype in wanted))
    raise FieldTypeError(f"{what} mixes {shown}")


_NAMED: dict[str, DataType] = {
    "string": StringType(),
    "boolean": BooleanType(),
    "date": DateType(),
    "timestamp": TimestampType(),
    "smallint": ShortType(),
    "int": IntegerType(),
    "bigint": LongType(),
}
_DECIMAL = re.compile(r"decimal\(\s*(\d{1,2})\s*,\s*(\d{1,2})\s*\)")


def parse_type(text: str) -> DataType:
    """Read the name of a type: string, boolean, date, timestamp, integers, decimal(p,s).

    Raises ``FieldTypeError``; for ``float`` and ``double`` it says to use a decimal.
    """
    name = text.strip().lower()
    if name in _NAMED:
        return _NAMED[name]
    if match := _DECIMAL.fullmatch(name):
        precision, scale = int(match[1]), int(match[2])
        if 1 <= precision <= MAX_DIGITS and scale <= precision:
            return DecimalType(precision, scale)
        raise FieldTypeError(f"{text!r}: a decimal has 1 to {MAX_DIGITS} digits, scale included")
    if name in ("float", "double", "real"):
        raise FieldTypeError(
            f"{text!r} is binary floating point, in which money changes its last digits",
            hint="use decimal(p,s)",
        )
    raise FieldTypeError(
        f"{text!r} is no type that liqbench calculates with",
        hint=did_you_mean(name, [*_NAMED, "decimal(18,2)"]),
    )


def name_of(dtype: DataType) -> str:
    """Return the type's name as one writes it in a schema."""
    return dtype.simpleString()
