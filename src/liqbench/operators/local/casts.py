"""CAST on the driver, strict as Spark's in ANSI mode."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    NullType,
    StringType,
    TimestampType,
)

from liqbench.errors import LocalUnsupportedError
from liqbench.operators.expressions.types import as_decimal, is_numeric, name_of
from liqbench.operators.local.dates import read_date
from liqbench.operators.local.mapped import mapped
from liqbench.operators.local.numbers import rescaled
from liqbench.operators.local.vector import Vector

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def cast(own: Vector, dtype: DataType) -> Vector:
    """Return a vector in another type.

    Raises ``OverflowFigureError`` or ``DateRangeError`` where a value is none of the type.
    """
    if own.dtype == dtype:
        return own
    if isinstance(own.dtype, NullType):
        return Vector.nulls(dtype, len(own))
    if is_numeric(dtype) and is_numeric(own.dtype):
        return rescaled(own, dtype)
    reader = _writer(own.dtype) if isinstance(dtype, StringType) else _DATES.get(type(own.dtype))
    if reader is None:
        raise LocalUnsupportedError(
            f"a {name_of(own.dtype)} is cast to {name_of(dtype)} by Spark only"
        )
    return mapped(own, dtype, reader)


def _writer(dtype: DataType) -> Callable[[Any], str] | None:
    if is_numeric(dtype):
        scale = as_decimal(dtype).scale
        return lambda value: figure_text(value, scale)
    return _TEXTS.get(type(dtype))


def figure_text(unscaled: int, scale: int) -> str:
    """Return a figure as written without an exponent, all digits of its scale shown."""
    digits = str(abs(unscaled)).rjust(scale + 1, "0")
    point = len(digits) - scale
    text = digits if scale == 0 else f"{digits[:point]}.{digits[point:]}"
    return f"-{text}" if unscaled < 0 else text


def _moment(microseconds: int) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        raise LocalUnsupportedError("a time beyond the year 9999 is read by Spark only") from None


def _moment_text(microseconds: int) -> str:
    """Return the time in UTC; of the fraction of a second no more than needed."""
    moment = _moment(microseconds)
    text = f"{moment.date().isoformat()} {moment:%H:%M:%S}"
    fraction = f"{moment.microsecond:06d}".rstrip("0")
    return f"{text}.{fraction}" if fraction else text


def _moment_date(microseconds: int) -> date:
    return _moment(microseconds).date()


_TEXTS: dict[type[DataType], Callable[[Any], str]] = {
    BooleanType: lambda value: "true" if value else "false",
    DateType: date.isoformat,
    TimestampType: _moment_text,
}
_DATES: dict[type[DataType], Callable[[Any], date]] = {
    StringType: read_date,
    TimestampType: _moment_date,
}
