"""Changing the sums of groups: what rows take away and add, exactly, in whole numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyspark.sql.types import DataType, StructType

from liqbench.errors import OverflowFigureError
from liqbench.operators.expressions import fields_of_schema
from liqbench.operators.expressions.types import as_decimal, name_of
from liqbench.operators.grouping import GroupOperator, GroupSum
from liqbench.operators.local import LocalTable, Vector

Ints = npt.NDArray[np.object_]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Amounts:
    """Changes of one sum: the group's row, and by how much, in units of 10^-scale."""

    places: Places
    values: Ints
    scale: int


def changed_sums(
    groups: LocalTable, operator: GroupOperator, rows: StructType, changes: Mapping[str, Amounts]
) -> LocalTable:
    """Return groups with their sums changed, in the types that ``rows`` give them.

    Raises ``OverflowFigureError`` where a sum doesn't fit its type.
    """
    types = fields_of_schema(operator.sum_schema(rows))
    columns = {name: groups[name] for name in operator.group_by}
    sums = operator.sums(rows)
    for each in sums:
        if each.additive:
            columns[each.name] = _added(groups[each.name], types[each.name], changes.get(each.name))
        else:
            columns[each.name] = groups[each.name]
    for each in sums:
        if each.function == "sum" and (counted := _count_of(each, sums)) is not None:
            total = columns[each.name]
            present = np.asarray(columns[counted].values > 0, bool)
            columns[each.name] = Vector(total.dtype, total.values, present)
    return LocalTable(columns)


def grown(groups: LocalTable, others: LocalTable, keys: tuple[str, ...]) -> LocalTable:
    """Return the groups and, with all sums zero, those of ``others`` that are not among them."""
    known = set(groups.keys(keys))
    places = [n for n, key in enumerate(others.keys(keys)) if key not in known]
    if not places:
        return groups
    new = others.take(np.array(places, np.int64))
    columns = {
        name: new[name] if name in keys else Vector.zeros(groups[name].dtype, len(places))
        for name in groups.names
    }
    return LocalTable.concat([groups, LocalTable(columns)])


def _count_of(total: GroupSum, sums: tuple[GroupSum, ...]) -> str | None:
    """Return the sum that counts the values of a total; without any it is null, not zero."""
    return next((s.name for s in sums if s.function == "count" and s.value == total.value), None)


def _added(own: Vector, dtype: DataType, change: Amounts | None) -> Vector:
    if change is None and own.dtype == dtype:
        return Vector(dtype, np.where(own.valid, own.values, 0), np.ones(len(own), bool))
    before = as_decimal(own.dtype).scale
    scale = max(before, as_decimal(dtype).scale, 0 if change is None else change.scale)
    values = np.where(own.valid, own.values, 0) * 10 ** (scale - before)
    if change is not None:
        np.add.at(values, change.places, change.values * 10 ** (scale - change.scale))
    return Vector(dtype, _held(values, scale, dtype), np.ones(len(values), bool))


def _held(values: Ints, scale: int, dtype: DataType) -> Ints:
    """Return whole numbers at the type's own scale; digits that it has no place for are none."""
    wanted = as_decimal(dtype)
    held = values
    if scale > wanted.scale:
        unit = 10 ** (scale - wanted.scale)
        held = values // unit
        if (held * unit != values).any():
            raise OverflowFigureError(f"a sum has more decimals than {name_of(dtype)}")
    if len(held) and max(abs(held.max()), abs(held.min())) >= 10**wanted.precision:
        raise OverflowFigureError(
            f"a sum has more digits than {name_of(dtype)} holds",
            hint="declare a wider decimal where the figure is ingested or calculated",
        )
    return held
