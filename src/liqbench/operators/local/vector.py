"""One column of a small table: exact values, and which of them are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql.pandas.types import to_arrow_type
from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    StringType,
    TimestampType,
)

from liqbench.operators.expressions.types import as_decimal, is_numeric

Values = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]
_WIDTH = 16  # bytes of an Arrow decimal
_DIGITS = 80


@dataclass(frozen=True)
class Vector:
    """Values of one type, as many as the table has rows.

    Integers and decimals are whole Python numbers, a decimal in units of 10^-scale. What isn't
    ``valid`` is null; a neutral value stands in its place.
    """

    dtype: DataType
    values: Values
    valid: Flags

    def __len__(self) -> int:
        return len(self.values)

    @classmethod
    def of(cls, dtype: DataType, items: Sequence[Any]) -> Vector:
        """Return a vector of Python values; ``None`` is null, decimals are exact."""
        valid = np.array([item is not None for item in items], bool)
        return cls(dtype, _array(dtype, [_inner(dtype, item) for item in items]), valid)

    @classmethod
    def constant(cls, dtype: DataType, item: Any, rows: int) -> Vector:
        """Return a vector of one value, as often as there are rows."""
        value = _inner(dtype, item)
        values = np.full(rows, value, bool if isinstance(dtype, BooleanType) else object)
        return cls(dtype, values, np.full(rows, item is not None))

    @classmethod
    def zeros(cls, dtype: DataType, rows: int) -> Vector:
        """Return neutral values, all of them there: zeros of a numeric type."""
        return cls(dtype, _array(dtype, [_neutral(dtype)] * rows), np.ones(rows, bool))

    def take(self, places: npt.NDArray[np.int64] | Flags) -> Vector:
        """Return the rows at these places, or where a flag is set."""
        return Vector(self.dtype, self.values[places], self.valid[places])

    def items(self) -> list[Any]:
        """Return the values as Python's: decimals as ``Decimal``, nulls as ``None``."""
        scale = self.dtype.scale if isinstance(self.dtype, DecimalType) else None
        with localcontext(prec=_DIGITS):
            return [
                None if not there else value if scale is None else Decimal(value).scaleb(-scale)
                for value, there in zip(self.values.tolist(), self.valid, strict=True)
            ]

    @classmethod
    def from_arrow(cls, column: pa.ChunkedArray, dtype: DataType) -> Vector:
        """Read an Arrow column of the type that Spark gives ``dtype``."""
        array = column.combine_chunks()
        valid = np.asarray(array.is_valid())
        if pa.types.is_decimal(array.type):
            values = _unscaled(array)
            values[~valid] = 0
            return cls(dtype, values, valid)
        plain = array.to_pylist()
        return cls(dtype, _array(dtype, [_inner(dtype, item) for item in plain]), valid)

    def to_arrow(self) -> pa.Array:
        """Return the column with the Arrow type that Spark writes."""
        kind = to_arrow_type(self.dtype, timezone="UTC")
        if not isinstance(self.dtype, DecimalType):
            return pa.array(self.values.tolist(), kind, mask=~self.valid)
        parts = (int(value).to_bytes(_WIDTH, "little", signed=True) for value in self.values)
        validity = pa.array(self.valid).buffers()[1]
        buffers = [None if self.valid.all() else validity, pa.py_buffer(b"".join(parts))]
        return pa.Array.from_buffers(kind, len(self), buffers)


def _unscaled(array: pa.Array) -> Values:
    """Return a decimal array's whole numbers, without a detour over decimals."""
    words = np.frombuffer(array.buffers()[1], np.int64).reshape(-1, 2)
    low, high = words[array.offset : array.offset + len(array)].T
    if np.array_equal(high, low >> 63):
        small: Values = low.astype(object)
        return small
    both: Values = high.astype(object) * (1 << 64) + low.view(np.uint64).astype(object)
    return both


def _array(dtype: DataType, items: Sequence[Any]) -> Values:
    if isinstance(dtype, BooleanType):
        return np.array(items, bool)
    values = np.empty(len(items), object)
    values[:] = items
    return values


def _inner(dtype: DataType, item: Any) -> Any:
    if item is None:
        return _neutral(dtype)
    if isinstance(item, Decimal):
        with localcontext(prec=_DIGITS):
            return int(item.scaleb(as_decimal(dtype).scale))
    return int(item) if is_numeric(dtype) else item


def _neutral(dtype: DataType) -> Any:
    if isinstance(dtype, StringType):
        return ""
    if isinstance(dtype, BooleanType):
        return False
    if isinstance(dtype, DateType):
        return date(1970, 1, 1)
    if isinstance(dtype, TimestampType):
        return datetime(1970, 1, 1, tzinfo=UTC)
    return 0
