"""What makes tables unfit for a star: found in one Spark job, before anything is joined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Literal

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
from liqbench.operators.star.classify import BridgedPair
from liqbench.operators.star.history import members_as_of
from liqbench.operators.star.keys import encode_column
from liqbench.operators.star.layout import DimensionLayout, Layout


@dataclass(frozen=True)
class _Check:
    """A kind of fault and the rows to look at: keys at fault where ``doubled``, or all rows."""

    error: type[DataError]
    where: str
    says: str
    hint: str
    fault: Literal["doubled", "bad"]
    rows: DataFrame
    shown: tuple[str, ...]


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
    checks = [*_member_checks(layout, tables, before, as_of)]
    for pair in layout.bridges:
        checks += _pair_checks(pair, tables[pair.bridge.table])
    looked_at = [_looked_at(f"{n}", c.fault, c.rows, c.shown) for n, c in enumerate(checks)]
    for pair in layout.bridges:
        bridge = pair.bridge
        looked_at.append(
            _looked_at(_orphans(pair), "orphan", tables[bridge.table], bridge.left_columns)
        )
        known = [tables[pair.left], *([before[pair.left]] if pair.left in before else [])]
        looked_at += [_looked_at(_orphans(pair), "known", f, pair.left_columns) for f in known]
    found = _found(looked_at)
    faults = FaultCollector()
    for n, check in enumerate(checks):
        count, examples = found.get(str(n), (0, ()))
        if count:
            shown = " and ".join(dict.fromkeys(examples))
            faults.add(
                check.error(
                    f"{count:,} {check.says}, such as {shown}", where=check.where, hint=check.hint
                )
            )
    faults.raise_all()
    return {pair.name: found.get(_orphans(pair), (0, ()))[0] for pair in layout.bridges}


def _orphans(pair: BridgedPair) -> str:
    return f"orphans of {pair.name}"


def _looked_at(name: str, fault: str, rows: DataFrame, columns: Sequence[str]) -> DataFrame:
    """Return the rows in the one shape that all checks have: which, what kind, key, in words."""
    values = [F.col(quoted(column)) for column in columns]
    words = (F.coalesce(value.cast("string"), F.lit("null")) for value in values)
    return rows.select(
        F.lit(name).alias("check"),
        F.lit(fault).alias("fault"),
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


def _member_checks(
    layout: Layout, tables: Mapping[str, DataFrame], before: Mapping[str, DataFrame], as_of: date
) -> Iterator[_Check]:
    for name, dimension in layout.dimensions.items():
        where, key = f"dimension {name!r}", dimension.key
        rows, empty = tables[name], _any_null(dimension.key)
        yield _Check(
            DuplicateKeysError,
            where,
            f"members have several rows of one {', '.join(key)}",
            "keep one row of each; facts that refer to them would be doubled",
            "doubled",
            rows.filter(~empty),
            key,
        )
        yield _Check(
            NullKeysError,
            where,
            f"rows have no {', '.join(key)}",
            "fill it, or leave the rows out",
            "bad",
            rows.filter(empty),
            key,
        )
        if name in before:
            yield _Check(
                DuplicateKeysError,
                f"previous state of {name!r}",
                f"members have several versions valid on {as_of}",
                "load the dimension as it was returned last",
                "doubled",
                before[name],
                key,
            )


def _pair_checks(pair: BridgedPair, pairs: DataFrame) -> Iterator[_Check]:
    bridge = pair.bridge
    where, columns = f"bridge {bridge.table!r}", (*bridge.left_columns, *bridge.right_columns)
    empty = _any_null(columns)
    yield _Check(
        DuplicateKeysError,
        where,
        f"pairs have several rows of one {', '.join(columns)}",
        "keep one row of each; a share would be counted twice",
        "doubled",
        pairs.filter(~empty),
        columns,
    )
    yield _Check(
        NullKeysError,
        where,
        f"rows lack a part of {', '.join(columns)}",
        "a pair has two sides: fill them, or leave the rows out",
        "bad",
        pairs.filter(empty),
        columns,
    )
    if bridge.weight is not None:
        positive = F.coalesce(F.col(quoted(bridge.weight)) > 0, F.lit(False))  # noqa: FBT003
        yield _Check(
            InvalidFigureError,
            where,
            f"rows have no positive {bridge.weight}",
            "a weight says how much of the left member a pair has",
            "bad",
            pairs.filter(~positive),
            (*columns, bridge.weight),
        )


def _members(dimension: DimensionLayout, previous: DataFrame, as_of: date) -> DataFrame:
    members = members_as_of(dimension, previous, as_of)
    return members.filter(F.col(quoted(dimension.surrogate)) >= 0)


def _any_null(columns: Sequence[str]) -> Column:
    return reduce(or_, (F.col(quoted(name)).isNull() for name in columns))
