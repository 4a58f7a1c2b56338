"""Dimensions as frames: outer ones folded in, keys given, the special members added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import BooleanType, DataType, DateType, LongType, StringType, StructType

from liqbench.errors import SchemaDriftError
from liqbench.operators.expressions import fields_of_schema, quoted
from liqbench.operators.expressions.types import name_of
from liqbench.operators.star.declared import Fields, Tables
from liqbench.operators.star.history import FOREVER, next_versions
from liqbench.operators.star.keys import SPECIAL_MEMBERS, hash_key_column
from liqbench.operators.star.layout import DimensionLayout

_EVER = date(1900, 1, 1)
_HISTORY: dict[str, DataType] = {
    "attribute_hash": StringType(),
    "valid_from": DateType(),
    "valid_to": DateType(),
    "is_current": BooleanType(),
    "confirmed_to": DateType(),
}
_SPECIAL: Mapping[str, Any] = {
    "attribute_hash": "",
    "valid_from": _EVER,
    "valid_to": FOREVER,
    "is_current": True,
    "confirmed_to": FOREVER,
}


def members_of(
    dimensions: Mapping[str, DimensionLayout], tables: Mapping[str, DataFrame]
) -> dict[str, DataFrame]:
    """Return natural key and attributes of every dimension, outer dimensions' columns folded in.

    A member whose outer member is missing keeps its row; those columns are null.
    """
    found: dict[str, DataFrame] = {}
    for name, dimension in dimensions.items():
        own = [*dimension.key, *dimension.own]
        frame = tables[name].select(*_columns(own))
        for fold in dimension.folds:
            ref = fold.reference
            keys = {c: f"__{n}" for n, c in enumerate(ref.dimension_columns)}
            renamed = [*keys.items(), *fold.columns.items()]
            outer = found[ref.dimension].select(
                *(F.col(quoted(c)).alias(new) for c, new in renamed)
            )
            on = [
                F.col(quoted(mine)) == F.col(keys[theirs])
                for mine, theirs in zip(ref.columns, ref.dimension_columns, strict=True)
            ]
            frame = frame.join(outer, on, "left").drop(*keys.values())
        found[name] = frame
    return found


def dimension_frame(
    dimension: DimensionLayout, members: DataFrame, previous: DataFrame | None, as_of: date
) -> DataFrame:
    """Return the dimension: its members or their versions, and a row per special member."""
    if dimension.versioned:
        frame = next_versions(dimension, members, previous, as_of)
    else:
        key = hash_key_column(_columns(dimension.key)).alias(dimension.surrogate)
        frame = members.select(key, *_columns([*dimension.key, *dimension.attributes]))
    return frame.unionByName(special_members(frame, dimension.surrogate))


def special_members(frame: DataFrame, surrogate: str) -> DataFrame:
    """Return the rows of the special members: their name in every text, null elsewhere."""
    types = fields_of_schema(frame.schema)

    def value(name: str, dtype: DataType, key: int) -> Any:
        if name == surrogate:
            return key
        if name in _SPECIAL:
            return _SPECIAL[name]
        return SPECIAL_MEMBERS[key] if isinstance(dtype, StringType) else None

    rows = [
        tuple(value(name, dtype, key) for name, dtype in types.items()) for key in SPECIAL_MEMBERS
    ]
    schema = StructType()
    for name, dtype in types.items():
        schema = schema.add(name, dtype)
    return frame.sparkSession.createDataFrame(rows, schema)


def member_fields(
    dimensions: Mapping[str, DimensionLayout], tables: Tables
) -> dict[str, dict[str, DataType]]:
    """Return the fields that ``members_of`` gives each dimension."""
    found: dict[str, dict[str, DataType]] = {}
    for name, dimension in dimensions.items():
        found[name] = {n: tables[name][n] for n in (*dimension.key, *dimension.own)}
        for fold in dimension.folds:
            outer = found[fold.reference.dimension]
            found[name] |= {new: outer[old] for old, new in fold.columns.items()}
    return found


def dimension_fields(dimension: DimensionLayout, members: Fields) -> dict[str, DataType]:
    """Return the fields of a dimension whose members have these."""
    found: dict[str, DataType] = {dimension.surrogate: LongType(), **members}
    return found | _HISTORY if dimension.versioned else found


def check_previous(dimension: DimensionLayout, members: Fields, previous: Fields) -> None:
    """Raise ``SchemaDriftError`` where a previous state has other columns or types."""
    wanted = {n: name_of(t) for n, t in dimension_fields(dimension, members).items()}
    found = {n: name_of(t) for n, t in previous.items()}
    if found != wanted:
        off = sorted({*wanted.items()} ^ {*found.items()})
        shown = ", ".join(dict.fromkeys(name for name, _ in off))
        raise SchemaDriftError(
            f"the previous state differs in {shown}",
            where=f"dimension {dimension.name!r}",
            hint="carry its rows over to the new columns before, or begin a new history",
        )


def _columns(names: Sequence[str]) -> list[Column]:
    return [F.col(quoted(name)) for name in names]
