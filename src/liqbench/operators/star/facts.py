"""Facts as frames: every row once, its references as surrogate keys; and their aggregates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from liqbench.operators.expressions import fields_of_schema, quoted
from liqbench.operators.expressions.ratio import ratio_column
from liqbench.operators.expressions.types import as_decimal, sum_type
from liqbench.operators.star.calendar import date_reference
from liqbench.operators.star.keys import NONE_KEY, UNKNOWN_KEY
from liqbench.operators.star.layout import DimensionLayout, FactLayout, MeasureLayout
from liqbench.operators.star.model import AggregationLevel, StarChoices, StarSettings
from liqbench.operators.star_schema import Quotient


def fact_frame(
    fact: FactLayout,
    rows: DataFrame,
    dimensions: Mapping[str, DimensionLayout],
    members: Mapping[str, DataFrame],
    choices: StarChoices,
) -> DataFrame:
    """Return the fact; ``members`` has a row per member of each dimension.

    A reference to nobody known gets the unknown member, one with a null in it "(none)".
    """
    keys: list[Column] = []
    frame = rows
    for n, ref in enumerate(fact.references):
        surrogate = F.col(quoted(dimensions[ref.dimension].surrogate))
        known = members[ref.dimension].filter(surrogate >= 0)
        joined = [f"__{n}_{place}" for place in range(len(ref.columns))]
        other = known.select(
            surrogate.alias(f"__{n}"),
            *(
                F.col(quoted(c)).alias(new)
                for c, new in zip(ref.dimension_columns, joined, strict=True)
            ),
        )
        own = [F.col(quoted(column)) for column in ref.columns]
        on = [mine == F.col(theirs) for mine, theirs in zip(own, joined, strict=True)]
        frame = frame.join(other, on, "left")
        empty = reduce(or_, (column.isNull() for column in own))
        missing = F.when(empty, F.lit(NONE_KEY)).otherwise(F.lit(UNKNOWN_KEY)).cast("bigint")
        keys.append(F.coalesce(F.col(f"__{n}"), missing).alias(f"{ref.role}_key"))
    dates = [
        date_reference(F.col(quoted(name)), choices).alias(f"{name}_key") for name in fact.dates
    ]
    plain = [F.col(quoted(n)) for n in (*fact.degenerate, *(m.column for m in fact.measures))]
    return frame.select(*keys, *dates, *plain)


def loaded(settings: StarSettings) -> list[Column]:
    """Return what is known of the load; the publication's id is filled in by the publisher."""
    return [
        F.lit(settings.run_id).alias("run_id"),
        F.lit(settings.as_of).alias("as_of"),
        F.lit(None).cast("string").alias("publish_id"),
    ]


def reference_counts(keys: Sequence[str]) -> dict[str, Column]:
    """Return what to observe of a fact or bridge: its references to nobody."""
    counts: dict[str, Column] = {}
    for key in keys:
        counts[f"unknown {key}"] = F.count_if(F.col(quoted(key)) == UNKNOWN_KEY)
        counts[f"none {key}"] = F.count_if(F.col(quoted(key)) == NONE_KEY)
    return counts


def aggregate_frame(
    level: AggregationLevel, fact: FactLayout, rows: DataFrame, settings: StarSettings
) -> DataFrame:
    """Return the fact's figures per group, each aggregated as its own metadata says.

    An average is there as sum and count, so that it can be aggregated further; a quotient is the
    one of the sums, rounded half up to its type, and null where the denominator is 0. A measure
    without an aggregation is left out.
    """
    figures = [column for measure in fact.measures for column in _figures(measure)]
    by = [F.col(quoted(name)) for name in level.by]
    frame = rows.groupBy(*by).agg(*figures, F.count(F.lit(1)).alias("row_count"))
    types = fields_of_schema(frame.schema)
    named = {measure.column: measure for measure in fact.measures}
    result: list[Column] = []
    for measure in fact.measures:
        if isinstance(measure.aggregation, Quotient):
            result.append(_quotient(measure, measure.aggregation, named))
        elif measure.aggregation == "avg":
            result += [F.col(quoted(f"{measure.column}_{part}")) for part in ("sum", "count")]
        elif measure.column in types:
            result.append(F.col(quoted(measure.column)))
    return frame.select(*by, *result, "row_count", *loaded(settings))


def _figures(measure: MeasureLayout) -> list[Column]:
    column, name = F.col(quoted(measure.column)), measure.column
    match measure.aggregation:
        case "sum":
            return [F.sum(column).cast(sum_type(measure.dtype)).alias(name)]
        case "min":
            return [F.min(column).alias(name)]
        case "max":
            return [F.max(column).alias(name)]
        case "avg":
            total = F.sum(column).cast(sum_type(measure.dtype))
            return [total.alias(f"{name}_sum"), F.count(column).alias(f"{name}_count")]
        case _:
            return []


def _quotient(
    measure: MeasureLayout, parts: Quotient, named: Mapping[str, MeasureLayout]
) -> Column:
    top, bottom = (sum_type(named[name].dtype) for name in (parts.numerator, parts.denominator))
    zero = F.lit("0").cast(bottom)
    denominator = F.nullif(F.col(quoted(parts.denominator)), zero)
    numerator = F.col(quoted(parts.numerator))
    ratio = ratio_column(numerator, top, denominator, bottom, as_decimal(measure.dtype))
    return ratio.alias(measure.column)
