"""The order-independent hash of keys, as Spark observes it and as the driver computes it.

Both are the XOR over all rows of Spark's ``xxhash64`` of the key's fields: xxHash64 of each
field's bytes, seeded by the hash of the fields before it, the first by 42; a null changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import reduce
from operator import xor
from typing import Any

import xxhash
from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    LongType,
    StringType,
    TimestampType,
)

from liqbench.operators.expressions import quoted
from liqbench.operators.local import LocalTable

_SEED = 42
_LONG_DIGITS = 18
_EPOCH = date(1970, 1, 1)


def key_hash_column(keys: Sequence[str]) -> Column:
    """Return the aggregation that gives the hash of these fields over all rows."""
    return F.bit_xor(F.xxhash64(*(F.col(quoted(name)) for name in keys)))


def key_hash(table: LocalTable, keys: Sequence[str]) -> int:
    """Return the same hash of a table on the driver."""
    hashes = [_SEED] * table.rows
    for name in keys:
        vector = table[name]
        encode = _encoder(vector.dtype)
        hashes = [
            xxhash.xxh64_intdigest(encode(value), seed) if valid else seed
            for value, valid, seed in zip(vector.values, vector.valid, hashes, strict=True)
        ]
    found = reduce(xor, hashes, 0)
    return found - (1 << 64) if found >> 63 else found


def _encoder(dtype: DataType) -> Callable[[Any], bytes]:
    if isinstance(dtype, StringType):
        return lambda value: str(value).encode()
    if isinstance(dtype, DateType):
        return lambda value: (value - _EPOCH).days.to_bytes(4, "little", signed=True)
    if isinstance(dtype, BooleanType):
        return lambda value: int(value).to_bytes(4, "little", signed=True)
    if isinstance(dtype, DecimalType) and dtype.precision > _LONG_DIGITS:
        return _big_endian
    width = 8 if isinstance(dtype, LongType | DecimalType | TimestampType) else 4
    return lambda value: int(value).to_bytes(width, "little", signed=True)


def _big_endian(value: int) -> bytes:
    """Return the shortest two's complement, as Java writes a BigInteger."""
    size = ((value if value >= 0 else ~value).bit_length() // 8) + 1
    return int(value).to_bytes(size, "big", signed=True)
