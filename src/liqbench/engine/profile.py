"""What the values of a table's fields are like: how many, how large, which most often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

BINS = 16
MOST_VALUES = 8


@dataclass(frozen=True)
class FieldProfile:
    """One field's values. ``top`` are the most frequent ones, each with its number of rows.

    ``bins`` counts figures and dates in ``BINS`` equal steps from ``lowest`` to ``highest``; it is
    empty for texts, and where all values are the same.
    """

    name: str
    nulls: int
    distinct: int
    lowest: Any
    highest: Any
    top: tuple[tuple[Any, int], ...]
    bins: tuple[int, ...]


def profile(table: pa.Table) -> tuple[FieldProfile, ...]:
    """Return what the fields of a table hold, in their order."""
    return tuple(
        _profile(name, column.combine_chunks())
        for name, column in zip(table.column_names, table.columns, strict=True)
    )


def _profile(name: str, values: Any) -> FieldProfile:
    present = values.drop_null()
    if pa.types.is_nested(values.type):
        return FieldProfile(name, values.null_count, 0, None, None, (), ())
    counted = present.value_counts()
    counts, found = counted.field("counts"), counted.field("values")
    order = pc.array_sort_indices(counts, order="descending")[:MOST_VALUES]
    top = zip(found.take(order).to_pylist(), counts.take(order).to_pylist(), strict=True)
    ends = {"min": None, "max": None}
    if len(present):
        ends = pc.min_max(present).as_py()
    return FieldProfile(
        name=name,
        nulls=values.null_count,
        distinct=len(counted),
        lowest=ends["min"],
        highest=ends["max"],
        top=tuple(top),
        bins=_bins(present) if len(counted) > 1 else (),
    )


def _bins(present: Any) -> tuple[int, ...]:
    """Return the counts of a histogram; where a figure stands in one needs no exact digits."""
    kind = present.type
    if pa.types.is_date32(kind):
        present = present.cast(pa.int32())
    elif pa.types.is_timestamp(kind):
        present = present.cast(pa.int64())
    elif not (pa.types.is_integer(kind) or pa.types.is_decimal(kind)):
        return ()
    counts, _ = np.histogram(present.cast(pa.float64()).to_numpy(zero_copy_only=False), BINS)
    return tuple(int(count) for count in counts)
