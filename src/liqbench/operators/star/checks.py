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
from liqbench.operators.star.classify import BridgedPair
from liqbench.operators.star.history import members_as_of
from liqbench.operators.star.layout import DimensionLayout, Layout


@dataclass(frozen=True)
class _Check:
    """A kind of fault: the rows that have it, each with a text that shows it."""

    error: type[DataError]
    where: str
    says: str
    hint: str
    bad: DataFrame


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
    checks = [*_member_checks(layout, tables), *_previous_checks(layout, previous, as_of)]
    for pair in layout.bridges:
        checks += _pair_checks(pair, tables[pair.bridge.table])
    frames = [_counted(str(n), check.bad) for n, check in enumerate(checks)]
    for pair in layout.bridges:
        left = layout.dimensions[pair.left]
        known = tables[pair.left].select(*map(quoted, pair.left_columns))
        if pair.left in previous:
            before = _before(left, previous[pair.left], as_of)
            known = known.unionByName(before.select(*map(quoted, pair.left_columns)))
        frames.append(_counted(pair.name, _orphans(pair, tables[pair.bridge.table], known)))
    if not frames:
        return {}
    found = {row["id"]: row for row in reduce(DataFrame.union, frames).collect()}
    faults = FaultCollector()
    for n, check in enumerate(checks):
        row = found[str(n)]
        if row["n"]:
            shown = " and ".join(dict.fromkeys((row["first"], row["last"])))
            faults.add(
                check.error(
                    f"{row['n']:,} {check.says}, such as {shown}",
                    where=check.where,
                    hint=check.hint,
                )
            )
    faults.raise_all()
    return {pair.name: int(found[pair.name]["n"]) for pair in layout.bridges}


def _counted(name: str, bad: DataFrame) -> DataFrame:
    return bad.agg(
        F.lit(name).alias("id"),
        F.count(F.lit(1)).alias("n"),
        F.min("shown").alias("first"),
        F.max("shown").alias("last"),
    )


def _member_checks(layout: Layout, tables: Mapping[str, DataFrame]) -> Iterator[_Check]:
    for name, dimension in layout.dimensions.items():
        where = f"dimension {name!r}"
        yield _Check(
            DuplicateKeysError,
            where,
            f"members have several rows of one {_listed(dimension.key)}",
            "keep one row of each; facts that refer to them would be doubled",
            _doubled(tables[name], dimension.key),
        )
        yield _Check(
            NullKeysError,
            where,
            f"rows have no {_listed(dimension.key)}",
            "fill it, or leave the rows out",
            _empty(tables[name], dimension.key),
        )


def _previous_checks(
    layout: Layout, previous: Mapping[str, DataFrame], as_of: date
) -> Iterator[_Check]:
    for name, frame in previous.items():
        dimension = layout.dimensions[name]
        yield _Check(
            DuplicateKeysError,
            f"previous state of {name!r}",
            f"members have several versions valid on {as_of}",
            "load the dimension as it was returned last",
            _doubled(_before(dimension, frame, as_of), dimension.key),
        )


def _pair_checks(pair: BridgedPair, pairs: DataFrame) -> Iterator[_Check]:
    bridge = pair.bridge
    where = f"bridge {bridge.table!r}"
    columns = (*bridge.left_columns, *bridge.right_columns)
    yield _Check(
        DuplicateKeysError,
        where,
        f"pairs have several rows of one {_listed(columns)}",
        "keep one row of each; a share would be counted twice",
        _doubled(pairs, columns),
    )
    yield _Check(
        NullKeysError,
        where,
        f"rows lack a part of {_listed(columns)}",
        "a pair has two sides: fill them, or leave the rows out",
        _empty(pairs, columns),
    )
    if bridge.weight is not None:
        weight = F.col(quoted(bridge.weight))
        bad = F.coalesce(weight <= 0, F.lit(True))  # noqa: FBT003
        yield _Check(
            InvalidFigureError,
            where,
            f"rows have no positive {bridge.weight}",
            "a weight says how much of the left member a pair has",
            pairs.filter(bad).select(_shown((*columns, bridge.weight))),
        )


def _before(dimension: DimensionLayout, previous: DataFrame, as_of: date) -> DataFrame:
    members = members_as_of(dimension, previous, as_of)
    return members.filter(F.col(quoted(dimension.surrogate)) >= 0)


def _orphans(pair: BridgedPair, pairs: DataFrame, known: DataFrame) -> DataFrame:
    names = [f"__{n}" for n in range(len(pair.left_columns))]
    known = known.toDF(*names)
    on = [
        F.col(quoted(c)) == F.col(n) for c, n in zip(pair.bridge.left_columns, names, strict=True)
    ]
    shown = _shown(pair.bridge.left_columns)
    return pairs.join(known, on, "left_anti").select(shown)


def _doubled(frame: DataFrame, columns: Sequence[str]) -> DataFrame:
    keys = [F.col(quoted(name)) for name in columns]
    several = frame.filter(~_any_null(columns)).groupBy(*keys).count().filter(F.col("count") > 1)
    return several.select(_shown(columns))


def _empty(frame: DataFrame, columns: Sequence[str]) -> DataFrame:
    return frame.filter(_any_null(columns)).select(_shown(columns))


def _any_null(columns: Sequence[str]) -> Column:
    return reduce(or_, (F.col(quoted(name)).isNull() for name in columns))


def _shown(columns: Sequence[str]) -> Column:
    parts = (F.coalesce(F.col(quoted(n)).cast("string"), F.lit("null")) for n in columns)
    return F.concat_ws(", ", *parts).alias("shown")


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(columns)
