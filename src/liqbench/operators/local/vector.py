"""One column of a small table: exact values, and which of them are there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    StringType,
    TimestampType,
)

from liqbench.errors import ValueCoercionError
from liqbench.operators.expressions.types import as_decimal, is_numeric, name_of
from liqbench.operators.local.arrow import arrow_array, values_of

Values = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, eq=False)
class Vector:
    """Values of one type, as many as the table has rows.

    Integers and decimals are whole Python numbers, a decimal in units of 10^-scale; a timestamp
    counts the microseconds since 1970 in UTC. What isn't ``valid`` is null; some value of the
    type stands in its place.
    """

    dtype: DataType
    values: Values
    valid: Flags

    def __len__(self) -> int:
        return len(self.values)

    @classmethod
    def of(cls, dtype: DataType, items: Sequence[Any]) -> Vector:
        """Return a vector of Python values; ``None`` is null, decimals are exact.

        Raises ``ValueCoercionError`` for a number with more decimal places than the type.
        """
        valid = np.array([item is not None for item in items], bool)
        values: Values = np.empty(len(items), _storage(dtype))
        values[:] = [inner(dtype, item) for item in items]
        return cls(dtype, values, valid)

    @classmethod
    def constant(cls, dtype: DataType, item: Any, rows: int) -> Vector:
        """Return a vector of one value, as often as there are rows; it is not to be written to."""
        value: Values = np.array(inner(dtype, item), _storage(dtype))
        there: Flags = np.array(item is not None)
        return cls(dtype, np.broadcast_to(value, rows), np.broadcast_to(there, rows))

    @classmethod
    def zeros(cls, dtype: DataType, rows: int) -> Vector:
        """Return neutral values, all of them there: zeros of a numeric type."""
        values: Values = np.full(rows, inner(dtype, None), _storage(dtype))
        return cls(dtype, values, np.ones(rows, bool))

    @classmethod
    def nulls(cls, dtype: DataType, rows: int) -> Vector:
        """Return as many nulls."""
        return replace(cls.zeros(dtype, rows), valid=np.zeros(rows, bool))

    def take(self, places: npt.NDArray[np.int64] | Flags) -> Vector:
        """Return the rows at these places, or where a flag is set."""
        return Vector(self.dtype, self.values[places], self.valid[places])

    def items(self) -> list[Any]:
        """Return the values as Python's: decimals as ``Decimal``, nulls as ``None``."""
        outer = _outer(self.dtype)
        pairs = zip(self.values.tolist(), self.valid.tolist(), strict=True)
        return [outer(value) if there else None for value, there in pairs]

    @classmethod
    def from_arrow(cls, column: pa.ChunkedArray, dtype: DataType) -> Vector:
        """Read an Arrow column of the type that Spark gives ``dtype``."""
        return cls(dtype, *values_of(column))

    def to_arrow(self) -> pa.Array:
        """Return the column with the Arrow type that Spark writes."""
        return arrow_array(self.dtype, self.values, self.valid)


def inner(dtype: DataType, item: Any) -> Any:
    """Return a Python value as a vector of the type holds it.

    Raises ``ValueCoercionError`` for a number with more decimal places than the type.
    """
    if item is None:
        return _neutral(dtype)
    if isinstance(item, Decimal):
        return _unscaled(item, as_decimal(dtype))
    if is_numeric(dtype):
        return int(item) * 10 ** as_decimal(dtype).scale
    if isinstance(item, datetime):
        # Spark's own reading: a time without a zone is the computer's.
        return TimestampType().toInternal(item)
    return item


def _unscaled(number: Decimal, dtype: DecimalType) -> int:
    """Return the number in units of 10^-scale; arithmetic of decimals might round it."""
    sign, digits, exponent = number.as_tuple()
    whole = int("".join(map(str, digits)))
    shift = int(exponent) + dtype.scale
    above: int = 10 ** max(shift, 0)
    below: int = 10 ** max(-shift, 0)
    value, rest = divmod(whole * above, below)
    if rest:
        raise ValueCoercionError(f"{number} has more decimal places than {name_of(dtype)}")
    return -value if sign else value


def _outer(dtype: DataType) -> Callable[[Any], Any]:
    if isinstance(dtype, DecimalType):
        scale = dtype.scale
        return lambda value: Decimal(f"{value}E-{scale}")  # reading text never rounds
    if isinstance(dtype, TimestampType):
        return lambda value: _EPOCH + timedelta(microseconds=value)
    return lambda value: value


def _storage(dtype: DataType) -> type:
    return bool if isinstance(dtype, BooleanType) else object


def _neutral(dtype: DataType) -> Any:
    if isinstance(dtype, StringType):
        return ""
    if isinstance(dtype, BooleanType):
        return False
    return date(1970, 1, 1) if isinstance(dtype, DateType) else 0
