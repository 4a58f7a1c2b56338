"""Plain Python functions over vectors: called where there is a value, once per different one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from pyspark.sql.types import DataType

from liqbench.operators.local.numbers import all_valid
from liqbench.operators.local.vector import Vector


def mapped(own: Vector, dtype: DataType, function: Callable[[Any], Any]) -> Vector:
    """Return a function's values; null where there is no argument."""
    there = own.values[own.valid].tolist()
    known = {value: function(value) for value in set(there)}
    return _filled(dtype, own.valid, list(map(known.__getitem__, there)))


def mapped_rows(args: Sequence[Vector], dtype: DataType, function: Callable[..., Any]) -> Vector:
    """Return a function of all arguments' values in a row; null where one of them is."""
    valid = all_valid(args)
    rows = zip(*(arg.values[valid].tolist() for arg in args), strict=True)
    return _filled(dtype, valid, [function(*row) for row in rows])


def _filled(dtype: DataType, valid: np.ndarray[Any, np.dtype[np.bool_]], items: Any) -> Vector:
    result = Vector.nulls(dtype, len(valid))
    result.values[valid], result.valid[valid] = items, True
    return result
