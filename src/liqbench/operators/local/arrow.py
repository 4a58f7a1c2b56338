"""Arrow arrays as whole Python numbers and back, without a detour over decimals or floats."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql.pandas.types import to_arrow_type
from pyspark.sql.types import DataType, DateType, DecimalType, TimestampType

from liqbench.errors import LocalUnsupportedError

_HALF = 64  # bits of one of the two words of an Arrow decimal
_LOW = (1 << _HALF) - 1
_EPOCH_DAY = np.int32(date(1970, 1, 1).toordinal())
_FIRST, _LAST = np.datetime64("0001-01-01"), np.datetime64("9999-12-31")


def values_of(column: pa.ChunkedArray) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """Return a column's values, as vectors hold them, and which of them are not null.

    Raises ``LocalUnsupportedError`` for a type, or a date, that Python can't hold exactly.
    """
    array = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    valid = np.asarray(array.is_valid(), bool)
    kind = array.type
    if pa.types.is_decimal128(kind):
        return _decimals(array, valid), valid
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _texts(array), valid
    if pa.types.is_boolean(kind):
        return np.asarray(array.fill_null(False), bool), valid  # noqa: FBT003
    if pa.types.is_date32(kind):
        return _dates(array), valid
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        array = array.cast(pa.timestamp("us", kind.tz)).cast(pa.int64())
    elif pa.types.is_null(kind):
        return np.zeros(len(array), object), valid
    if pa.types.is_signed_integer(array.type):
        return np.asarray(array.fill_null(0)).astype(object), valid
    raise LocalUnsupportedError(
        f"{kind} is held by Spark only", hint="use a decimal, whole number, text, date or boolean"
    )


def _decimals(array: pa.Array, valid: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
    """Return 128-bit numbers; those whose upper half is only the sign's are read at once."""
    words = np.frombuffer(array.buffers()[1], "<i8").reshape(-1, 2)
    low, high = words[array.offset : array.offset + len(array)].T
    low = np.where(valid, low, 0)  # what stands in the place of a null is anything
    values: npt.NDArray[Any] = low.astype(object)
    long = np.flatnonzero(valid & (high != low >> (_HALF - 1)))
    if len(long):
        upper = high[long].astype(object) * (1 << _HALF)
        values[long] = upper + low[long].view("<u8").astype(object)
    return values


def _texts(array: pa.Array) -> npt.NDArray[Any]:
    """Return texts, equal ones as one object: a column has few different ones."""
    coded = array.fill_null("").dictionary_encode()
    words = np.empty(len(coded.dictionary), object)
    words[:] = coded.dictionary.to_pylist()
    texts: npt.NDArray[Any] = words[np.asarray(coded.indices)]
    return texts


def _dates(array: pa.Array) -> npt.NDArray[Any]:
    days = np.asarray(array.fill_null(0).cast(pa.int32())).astype("datetime64[D]")
    if len(days) and (days.min() < _FIRST or days.max() > _LAST):
        raise LocalUnsupportedError("a date outside the years 1 to 9999 is held by Spark only")
    dates: npt.NDArray[Any] = days.astype(object)
    return dates


def arrow_array(
    dtype: DataType, values: npt.NDArray[Any], valid: npt.NDArray[np.bool_]
) -> pa.Array:
    """Return a vector's values as an array of the type that Spark writes."""
    kind = to_arrow_type(dtype, timezone="UTC")
    if isinstance(dtype, DecimalType):
        words = np.empty((len(values), 2), "<i8")
        words[:, 0], words[:, 1] = _halves(np.where(valid, values, 0))
        marks = None if valid.all() else pa.array(valid).buffers()[1]
        return pa.Array.from_buffers(kind, len(values), [marks, pa.py_buffer(words.tobytes())])
    if isinstance(dtype, TimestampType):
        return pa.array(values.tolist(), pa.int64(), mask=~valid).cast(kind)
    if isinstance(dtype, DateType):
        ordinals = np.fromiter(map(date.toordinal, values.tolist()), np.int32, len(values))
        return pa.array(ordinals - _EPOCH_DAY, pa.int32(), mask=~valid).cast(kind)
    return pa.array(values.tolist(), kind, mask=~valid)


def _halves(values: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the lower and the upper word of whole numbers of up to 128 bits."""
    try:
        low = values.astype(np.int64)
    except OverflowError:
        upper = (values >> _HALF).astype(np.int64)
        return (values & _LOW).astype(np.uint64).view(np.int64), upper
    return low, low >> (_HALF - 1)
