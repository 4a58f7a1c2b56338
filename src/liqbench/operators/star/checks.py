"""What makes tables unfit for a star: found in one Spark job, before anything is joined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from liqbench.errors import (
    DataError,
    DuplicateKeysError,
    FaultCollector,
    InvalidFigureError,
    NullKeysError,
)
from liqbench.operators.expressions import quoted
from liqbench.operators.star.history import members_as_of
from liqbench.operators.star.keys import encode_column
from liqbench.operators.star.layout import DimensionLayout, Layout
from liqbench.operators.star.model import Bridge
from liqbench.operators.star.structure import BridgedPair


@dataclass(frozen=True)
class _Fault:
    """A kind of fault, in words."""

    error: type[DataError]
    where: str
    says: str
    hint: str


@dataclass(frozen=True)
class _Keys:
    """Rows with a key, and what it means that a key is there twice, or that it is empty."""

    rows: DataFrame
    columns: tuple[str, ...]
    doubled: _Fault
    empty: _Fault


def check_data(
    layout: Layout,
    tables: Mapping[str, DataFrame],
    previous: Mapping[str, DataFrame],
    as_of: date,
) -> dict[str, int]:
    """Raise for doubled or empty keys and impossible weights.

    Return for every bridge how many of its pairs have a left member that the dimension doesn't
    have: they can't concern any fact and are left out. Raises ``DuplicateKeysError``,
    ``NullKeysError``, ``InvalidFigureError``; several together as ``FaultsError``.
    """
    before = {
        name: _members(layout.dimensions[name], frame, as_of) for name, frame in previous.items()
    }
    faults: dict[str, _Fault] = {}
    looked_at: list[DataFrame] = []
    for keys in (*_members_keys(layout, tables, before, as_of), *_pairs_keys(layout, tables)):
        doubled, empty = f"doubled {len(faults)}", f"empty {len(faults)}"
        faults |= {doubled: keys.doubled, empty: keys.empty}
        looked_at.append(_sorted_out(keys, doubled, empty))
    for pair in layout.bridges:
        bridge, pairs = pair.bridge, tables[pair.bridge.table]
        if bridge.weight is not None:
            name = f"weight {pair.name}"
            faults[name] = _weight_fault(bridge)
            positive = F.coalesce(F.col(quoted(bridge.weight)) > 0, F.lit(False))  # noqa: FBT003
            shown = (*bridge.left_columns, *bridge.right_columns, bridge.weight)
            looked_at.append(_looked_at(F.lit(name), F.lit("bad"), pairs.filter(~positive), shown))
        orphans = F.lit(_orphans(pair))
        looked_at.append(_looked_at(orphans, F.lit("orphan"), pairs, bridge.left_columns))
        known = [tables[pair.left], *([before[pair.left]] if pair.left in before else [])]
        looked_at += [_looked_at(orphans, F.lit("known"), f, pair.left_columns) for f in known]
    found = _found(looked_at)
    _raise_found(faults, found)
    return {pair.name: found.get(_orphans(pair), (0, ()))[0] for pair in layout.bridges}


def _raise_found(
    faults: Mapping[str, _Fault], found: Mapping[str, tuple[int, tuple[str, str]]]
) -> None:
    collector = FaultCollector()
    for name, fault in faults.items():
        if name in found:
            count, examples = found[name]
            shown = " and ".join(dict.fromkeys(examples))
            says = f"{count:,} {fault.says}, such as {shown}"
            collector.add(fault.error(says, where=fault.where, hint=fault.hint))
    collector.raise_all()


def _sorted_out(keys: _Keys, doubled: str, empty: str) -> DataFrame:
    is_empty = any_null(keys.columns)
    return _looked_at(
        F.when(is_empty, F.lit(empty)).otherwise(F.lit(doubled)),
        F.when(is_empty, F.lit("bad")).otherwise(F.lit("doubled")),
        keys.rows,
        keys.columns,
    )


def _orphans(pair: BridgedPair) -> str:
    return f"orphans of {pair.name}"


def _looked_at(check: Column, fault: Column, rows: DataFrame, columns: Sequence[str]) -> DataFrame:
    """Return the rows in the one shape that all checks have: which, what kind, key, in words."""
    values = [F.col(quoted(column)) for column in columns]
    words = (F.coalesce(value.cast("string"), F.lit("null")) for value in values)
    return rows.select(
        check.alias("check"),
        fault.alias("fault"),
        encode_column(values).alias("key"),
        F.concat_ws(", ", *words).alias("shown"),
    )


def _found(looked_at: Sequence[DataFrame]) -> dict[str, tuple[int, tuple[str, str]]]:
    """Return for each check how many are at fault, and the first and last of them in words."""
    if not looked_at:
        return {}
    fault = F.col("fault")
    keys = (
        reduce(DataFrame.union, looked_at)
        .groupBy("check", "key")
        .agg(
            F.count_if(fault != "known").alias("rows"),
            F.count_if(fault == "known").alias("known"),
            F.max(fault == "doubled").alias("doubled"),
            F.min("shown").alias("shown"),
        )
    )
    doubled = F.col("doubled")
    at_fault = F.when(doubled, F.col("rows") > 1).otherwise(F.col("known") == 0)
    counted = F.when(doubled, F.lit(1)).otherwise(F.col("rows"))
    rows = (
        keys.filter(at_fault)
        .groupBy("check")
        .agg(
            F.sum(counted).alias("count"),
            F.min("shown").alias("first"),
            F.max("shown").alias("last"),
        )
        .collect()
    )
    return {row["check"]: (row["count"], (row["first"], row["last"])) for row in rows}


def _members_keys(
    layout: Layout, tables: Mapping[str, DataFrame], before: Mapping[str, DataFrame], as_of: date
) -> Iterator[_Keys]:
    for name, dimension in layout.dimensions.items():
        key = ", ".join(dimension.key)
        sources = [(f"dimension {name!r}", tables[name], f"several rows of one {key}")]
        if name in before:
            where = f"previous state of {name!r}"
            sources.append((where, before[name], f"several versions valid on {as_of}"))
        for where, rows, several in sources:
            yield _Keys(
                rows,
                dimension.key,
                _Fault(
                    DuplicateKeysError,
                    where,
                    f"members have {several}",
                    "keep one of each; facts that refer to them would be doubled",
                ),
                _Fault(
                    NullKeysError,
                    where,
                    f"rows have no {key}",
                    "fill it, or leave the rows out",
                ),
            )


def _pairs_keys(layout: Layout, tables: Mapping[str, DataFrame]) -> Iterator[_Keys]:
    for pair in layout.bridges:
        bridge = pair.bridge
        where, columns = f"bridge {bridge.table!r}", (*bridge.left_columns, *bridge.right_columns)
        yield _Keys(
            tables[bridge.table],
            columns,
            _Fault(
                DuplicateKeysError,
                where,
                f"pairs have several rows of one {', '.join(columns)}",
                "keep one row of each; a share would be counted twice",
            ),
            _Fault(
                NullKeysError,
                where,
                f"rows lack a part of {', '.join(columns)}",
                "a pair has two sides: fill them, or leave the rows out",
            ),
        )


def _weight_fault(bridge: Bridge) -> _Fault:
    return _Fault(
        InvalidFigureError,
        f"bridge {bridge.table!r}",
        f"rows have no positive {bridge.weight}",
        "a weight says how much of the left member a pair has",
    )


def _members(dimension: DimensionLayout, previous: DataFrame, as_of: date) -> DataFrame:
    members = members_as_of(dimension, previous, as_of)
    return members.filter(F.col(quoted(dimension.surrogate)) >= 0)


def any_null(columns: Sequence[str]) -> Column:
    """Return whether one of these columns is null."""
    return reduce(or_, (F.col(quoted(name)).isNull() for name in columns))
