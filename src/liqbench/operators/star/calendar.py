"""The date dimension: whole years, a row per day."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import reduce
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import BooleanType, DataType, DateType, IntegerType, StringType

from liqbench.operators.expressions import quoted
from liqbench.operators.star.dimensions import special_members
from liqbench.operators.star.keys import NONE_KEY, SPECIAL_MEMBERS, UNKNOWN_KEY
from liqbench.operators.star.model import StarChoices

FIELDS: Mapping[str, DataType] = {
    "date_key": IntegerType(),
    "date": DateType(),
    "year": IntegerType(),
    "quarter": IntegerType(),
    "month": IntegerType(),
    "month_name": StringType(),
    "day": IntegerType(),
    "day_of_week": IntegerType(),
    "day_name": StringType(),
    "iso_year": IntegerType(),
    "iso_week": IntegerType(),
    "is_month_end": BooleanType(),
    "is_quarter_end": BooleanType(),
    "is_year_end": BooleanType(),
    "is_weekend": BooleanType(),
    "fiscal_year": IntegerType(),
    "fiscal_quarter": IntegerType(),
}
_MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = 12
_QUARTER = 3
_FRIDAY = 5


def date_key(column: Column) -> Column:
    """Return 20251231 for 2025-12-31."""
    parts = F.year(column) * 10_000 + F.month(column) * 100 + F.day(column)
    return parts.cast("int")


def date_key_of(day: date | None, choices: StarChoices) -> int:
    """Return the same as ``date_reference``, on the driver."""
    if day is None:
        return NONE_KEY
    if not choices.first_date <= day <= choices.last_date:
        return UNKNOWN_KEY
    return day.year * 10_000 + day.month * 100 + day.day


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


def bounds_of(days: Iterable[date | None], choices: StarChoices, day: date) -> tuple[date, date]:
    """Return the first and the last day of the calendar of these days, on the driver."""
    first, last = choices.first_date, choices.last_date
    if choices.dates == "facts":
        inside = [day, *(each for each in days if each and first <= each <= last)]
        first, last = min(inside), max(inside)
    return date(first.year, 1, 1), date(last.year, _MONTHS, 31)


def rows_of(first: date, last: date, choices: StarChoices) -> list[tuple[Any, ...]]:
    """Return the same days as ``calendar``, on the driver."""
    count = (last - first).days + 1
    rows = [_row(first + timedelta(days=n), choices) for n in range(count)]
    texts = [isinstance(dtype, StringType) for dtype in FIELDS.values()]
    for key, name in SPECIAL_MEMBERS.items():
        rows.append((key, *(name if text else None for text in texts[1:])))
    return rows


def _row(day: date, choices: StarChoices) -> tuple[Any, ...]:
    month_end = day.day == monthrange(day.year, day.month)[1]
    iso, start = day.isocalendar(), choices.fiscal_year_start
    return (
        date_key_of(day, choices),
        day,
        day.year,
        (day.month - 1) // _QUARTER + 1,
        day.month,
        _MONTH_NAMES[day.month - 1],
        day.day,
        iso.weekday,
        _DAY_NAMES[iso.weekday - 1],
        iso.year,
        iso.week,
        month_end,
        month_end and day.month % _QUARTER == 0,
        month_end and day.month == _MONTHS,
        iso.weekday > _FRIDAY,
        day.year + (start > 1 and day.month >= start),
        (day.month - start) % _MONTHS // _QUARTER + 1,
    )
