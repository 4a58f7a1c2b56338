"""The groups of a small table, and figures over each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pyspark.sql.types import DataType, DecimalType

from liqbench.errors import OverflowFigureError
from liqbench.operators.local.numbering import numbered
from liqbench.operators.local.table import LocalTable
from liqbench.operators.local.vector import Vector


@dataclass(frozen=True)
class Groups:
    """Rows put together by some fields; nulls are one value, as in SQL's GROUP BY."""

    keys: dict[str, Vector]
    places: npt.NDArray[np.int64]

    @classmethod
    def of(cls, table: LocalTable, names: Sequence[str]) -> Groups:
        """Return the groups of a table, in the order in which they appear."""
        places = numbered((table[name] for name in names), table.rows)
        _, first = np.unique(places, return_index=True)
        return cls({name: table[name].take(first) for name in names}, places)

    @property
    def count(self) -> int:
        """How many groups there are."""
        return len(next(iter(self.keys.values())))

    def figure(self, function: str, values: Vector | None, dtype: DataType) -> Vector:
        """Return ``sum``, ``count``, ``min``, ``max`` or ``count_distinct`` of every group.

        Without values, rows are counted. Raises ``OverflowFigureError``.
        """
        if values is None:
            return self._counted(self.places, dtype)
        places, there = self.places[values.valid], values.values[values.valid]
        if function == "count":
            return self._counted(places, dtype)
        if function == "sum":
            return self._summed(places, there, dtype)
        folded: dict[int, Any] = {}
        if function == "count_distinct":
            for place, value in dict.fromkeys(zip(places.tolist(), there.tolist(), strict=True)):
                del value
                folded[place] = folded.get(place, 0) + 1
            return self._vector(folded, dtype, missing=0)
        pick: Callable[[Any, Any], Any] = min if function == "min" else max
        for place, value in zip(places.tolist(), there.tolist(), strict=True):
            folded[place] = pick(folded[place], value) if place in folded else value
        return self._vector(folded, dtype)

    def _counted(self, places: npt.NDArray[np.int64], dtype: DataType) -> Vector:
        counts = np.bincount(places, minlength=self.count).astype(object)
        return Vector(dtype, counts, np.ones(self.count, bool))

    def _summed(
        self, places: npt.NDArray[np.int64], there: npt.NDArray[Any], dtype: DataType
    ) -> Vector:
        totals = np.zeros(self.count, object)
        np.add.at(totals, places, there)
        assert isinstance(dtype, DecimalType)  # noqa: S101 - a sum's type always is
        if len(totals) and max(abs(total) for total in totals) >= 10**dtype.precision:
            raise OverflowFigureError(
                f"a sum has more digits than {dtype.simpleString()} holds",
                hint="declare a wider decimal where the figure is ingested or calculated",
            )
        return Vector(dtype, totals, np.bincount(places, minlength=self.count) > 0)

    def _vector(self, folded: dict[int, Any], dtype: DataType, missing: Any = None) -> Vector:
        items = [folded.get(n, missing) for n in range(self.count)]
        there = np.array([item is not None for item in items], bool)
        values = Vector.zeros(dtype, len(items)).values
        values[there] = [item for item in items if item is not None]
        return Vector(dtype, values, there)
