"""Bridges: the real pairs of two dimensions, with the share that each pair has of its left one.

A figure of a left member, times the shares of its pairs, adds up to the figure itself to the last
digit: the shares add up to exactly 1. They have twelve places; what rounding down leaves goes
to the pair with the greatest weight. Every left member has a pair: one without a right member is
paired with the special member "(none)", so that joining by the bridge loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DecimalType

from liqbench.operators.expressions import fields_of_schema, quoted
from liqbench.operators.expressions.types import MAX_DIGITS, as_decimal, decimal_type
from liqbench.operators.star.declared import Fields
from liqbench.operators.star.keys import NONE_KEY, UNKNOWN_KEY
from liqbench.operators.star.structure import BridgedPair

ALLOCATION = "allocation"
ORPHANS = "pairs without a left member"
_PLACES = 12
SHARE = DecimalType(_PLACES + 1, _PLACES)
_UNITS = DecimalType(_PLACES + 1, 0)
_WHOLE = DecimalType(MAX_DIGITS, 0)


def _as_it_is(paired: DataFrame, _orphan: Column) -> DataFrame:
    return paired


def bridge_frame(
    pair: BridgedPair,
    pairs: DataFrame,
    left: DataFrame,
    right: DataFrame,
    seen: Callable[[DataFrame, Column], DataFrame] = _as_it_is,
) -> DataFrame:
    """Return a row per pair of surrogate keys, with the share that it has of the left member.

    ``left`` and ``right``: a row per member, with its special ones. A right member that the
    dimension doesn't have is the unknown one. ``seen`` may observe all pairs on their way, told
    by a column which of them are left out, as the dimension doesn't have their left member.
    Raises ``PrecisionError`` for weights of more digits than shares can be calculated from.
    """
    dtype = check_weight(pair, fields_of_schema(pairs.schema))
    name = pair.bridge.weight
    weight = _power(0, dtype) if name is None else F.col(quoted(name)).cast(dtype)
    on_left = [f"__l{n}" for n in range(len(pair.left_columns))]
    on_right = [f"__r{n}" for n in range(len(pair.right_columns))]
    given = pairs.select(
        *_renamed(pair.bridge.left_columns, on_left),
        *_renamed(pair.bridge.right_columns, on_right),
        weight.alias("__weight"),
    )
    names = (f"{pair.left}_key", f"{pair.right}_key")
    key_left, key_right = (F.col(quoted(name)) for name in names)
    left_members = left.select(
        key_left,
        *_renamed(pair.left_columns, [f"{n}m" for n in on_left]),
    )
    right_members = right.select(
        key_right.alias("__right"),
        *_renamed(pair.right_columns, [f"{n}m" for n in on_right]),
    )
    same_left = [F.col(name) == F.col(f"{name}m") for name in on_left]
    same_right = [F.col(name) == F.col(f"{name}m") for name in on_right]
    missing = F.when(F.col(on_right[0]).isNull(), F.lit(NONE_KEY)).otherwise(F.lit(UNKNOWN_KEY))
    paired = seen(left_members.join(given, [key_left >= 0, *same_left], "full"), key_left.isNull())
    weighed = (
        paired.filter(key_left.isNotNull())
        .join(right_members, [F.col("__right") >= 0, *same_right], "left")
        .groupBy(key_left, F.coalesce("__right", missing.cast("bigint")).alias(names[1]))
        .agg(F.sum(F.coalesce("__weight", _power(-dtype.scale, dtype))).alias("__weight"))
    )
    return _shared_out(weighed, dtype, key_left, key_right)


def check_weight(pair: BridgedPair, fields: Fields) -> DecimalType:
    """Return the type of the pairs' weights. Raises ``PrecisionError`` for too many digits."""
    name = pair.bridge.weight
    if name is None:
        return DecimalType(1, 0)
    dtype = as_decimal(fields[name])
    decimal_type(dtype.precision + 10 + _PLACES + 1, 0, what=f"a share by {name}")
    return dtype


def _shared_out(
    weighed: DataFrame, dtype: DecimalType, key_left: Column, key_right: Column
) -> DataFrame:
    """Divide whole numbers, so that rounding down is exact."""
    one = _power(_PLACES, _UNITS)
    member = Window.partitionBy(key_left)
    scale = _power(dtype.scale, DecimalType(dtype.scale + 1, 0))
    whole = (F.col("__weight") * scale).cast(DecimalType(dtype.precision + 10, 0))
    total = F.sum(whole).over(member).cast(_WHOLE)
    dividend = (whole * one).cast(_WHOLE)
    units = ((dividend - dividend % total).cast(_WHOLE) / total).cast(_UNITS)
    first = F.row_number().over(member.orderBy(F.desc("__weight"), key_right)) == 1
    counted = weighed.select(key_left, key_right, units.alias("__units"), first.alias("__first"))
    rest = (one - F.sum("__units").over(member)).cast(_UNITS)
    share = F.when(F.col("__first"), F.col("__units") + rest).otherwise(F.col("__units"))
    unit = _power(-_PLACES, SHARE)
    return counted.select(
        key_left, key_right, (share.cast(_UNITS) * unit).cast(SHARE).alias(ALLOCATION)
    )


def _power(exponent: int, dtype: DecimalType) -> Column:
    return F.lit(format(Decimal(1).scaleb(exponent), "f")).cast(dtype)


def _renamed(names: tuple[str, ...], new: list[str]) -> list[Column]:
    return [F.col(quoted(a)).alias(b) for a, b in zip(names, new, strict=True)]
