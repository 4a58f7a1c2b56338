"""Dates on the driver, within the years that Python knows."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta

from liqbench.errors import DateRangeError, LocalUnsupportedError

_ISO_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_MONTHS = 12


def within_python(function: Callable[[date, int], date]) -> Callable[[date, int], date]:
    """Return a function of a date that says where its result is beyond the year 9999."""

    def shifted(day: date, by: int) -> date:
        try:
            return function(day, by)
        except (ValueError, OverflowError):
            raise LocalUnsupportedError(
                f"{day} shifted by {by} is a date that only Spark holds"
            ) from None

    return shifted


@within_python
def date_add(day: date, days: int) -> date:
    """Return the date so many days later."""
    return day + timedelta(days=days)


@within_python
def add_months(day: date, months: int) -> date:
    """Return the same day of another month, or its last where it is shorter."""
    year, month = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last_day(day: date) -> date:
    """Return the last day of the date's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def read_date(text: str) -> date:
    """Return a date written as 2025-12-31.

    Raises ``DateRangeError`` for a day that the calendar lacks, ``LocalUnsupportedError`` for
    another way of writing, which Spark may read.
    """
    match = _ISO_DATE.fullmatch(text)
    if match is None or match[1] == "0000":
        raise LocalUnsupportedError(f"{text!r} is read as a date by Spark only")
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise DateRangeError(f"{text!r} is no date", hint="write dates as 2025-12-31") from None
