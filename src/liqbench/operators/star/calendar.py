"""The date dimension: whole years, a row per day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from liqbench.operators.expressions import quoted
from liqbench.operators.star.dimensions import special_members
from liqbench.operators.star.keys import NONE_KEY, UNKNOWN_KEY
from liqbench.operators.star.model import StarChoices

_MONTHS = 12
_QUARTER = 3
_FRIDAY = 5


def date_key(column: Column) -> Column:
    """Return 20251231 for 2025-12-31."""
    parts = F.year(column) * 10_000 + F.month(column) * 100 + F.day(column)
    return parts.cast("int")


def date_reference(column: Column, choices: StarChoices) -> Column:
    """Return a date's key in the calendar; one outside the bounds is unknown."""
    inside = column.between(choices.first_date, choices.last_date)
    return (
        F.when(column.isNull(), F.lit(NONE_KEY))
        .when(inside, date_key(column))
        .otherwise(F.lit(UNKNOWN_KEY))
        .cast("int")
    )


def calendar(
    session: SparkSession,
    dated: Sequence[tuple[DataFrame, Sequence[str]]],
    choices: StarChoices,
    day: date,
) -> DataFrame:
    """Return the calendar for these columns of these frames; they are read when it is.

    The year of ``day`` is in it as well.
    """
    first, last = F.lit(choices.first_date), F.lit(choices.last_date)
    if choices.dates == "bounds":
        bounds = session.range(1).select(first.alias("first"), last.alias("last"))
    else:
        as_of = F.lit(day)
        ranges = [session.range(1).select(as_of.alias("first"), as_of.alias("last"))]
        for frame, names in dated:
            dates = F.filter(
                F.array(*(F.col(quoted(name)) for name in names)),
                lambda day: day.between(first, last),
            )
            ranges.append(
                frame.agg(
                    F.min(F.array_min(dates)).alias("first"),
                    F.max(F.array_max(dates)).alias("last"),
                )
            )
        bounds = reduce(DataFrame.unionByName, ranges).agg(
            F.min("first").alias("first"), F.max("last").alias("last")
        )
    new_year = F.make_date(F.year("first"), F.lit(1), F.lit(1))
    year_end = F.make_date(F.year("last"), F.lit(_MONTHS), F.lit(31))
    days = bounds.select(F.explode(F.sequence(new_year, year_end)).alias("date"))
    frame = days.select(date_key(F.col("date")).alias("date_key"), "date", *_parts(choices))
    return frame.unionByName(special_members(frame, "date_key"))


def _parts(choices: StarChoices) -> list[Column]:
    day = F.col("date")
    month, weekday = F.month(day), F.weekday(day) + 1
    start = choices.fiscal_year_start
    in_fiscal = F.pmod(month - start, F.lit(_MONTHS))
    later = F.lit(start > 1) & (month >= start)
    parts = {
        "year": F.year(day),
        "quarter": F.quarter(day),
        "month": month,
        "month_name": F.date_format(day, "MMMM"),
        "day": F.day(day),
        "day_of_week": weekday,
        "day_name": F.date_format(day, "EEEE"),
        "iso_year": F.extract(F.lit("YEAROFWEEK"), day),
        "iso_week": F.weekofyear(day),
        "is_month_end": day == F.last_day(day),
        "is_quarter_end": (day == F.last_day(day)) & (month % _QUARTER == 0),
        "is_year_end": (day == F.last_day(day)) & (month == _MONTHS),
        "is_weekend": weekday > _FRIDAY,
        "fiscal_year": F.year(day) + later.cast("int"),
        "fiscal_quarter": F.floor(in_fiscal / _QUARTER).cast("int") + 1,
    }
    return [column.alias(name) for name, column in parts.items()]
