"""What makes a row unfit to calculate with: one column of truth per kind of fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import ArrayType, DataType, DateType, DecimalType, StringType

from liqbench.errors import (
    DataError,
    DateRangeError,
    InvalidFigureError,
    NullKeysError,
    SchemaDriftError,
    UndefinedFigureError,
)
from liqbench.operators.expressions import fields_of_schema, quoted
from liqbench.operators.expressions.types import as_decimal, is_float, is_numeric, name_of
from liqbench.operators.sources import BROKEN

_EXACT_TEXT = DecimalType(38, 18)
_NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"


@dataclass(frozen=True)
class RowCheck:
    """One way in which a row can be at fault: where it is, and the fields that show it."""

    error: type[DataError]
    says: str
    hint: str
    bad: Column
    shown: tuple[str, ...]


def text_checks(raw: DataFrame) -> Iterator[RowCheck]:
    """Yield what is wrong with lines of text, where the source is one: csv and json."""
    if BROKEN not in raw.columns:
        return
    broken = F.col(quoted(BROKEN))
    yield RowCheck(
        SchemaDriftError,
        "not a value for every field",
        "have it written again; a value with the delimiter or a quote in it stands in quotes",
        broken.isNotNull(),
        (BROKEN,),
    )
    types = fields_of_schema(raw.schema)
    texts = [n for n, kind in types.items() if isinstance(kind, StringType) and n != BROKEN]
    for says, hint, sign in (
        (
            "a value of several lines",
            "a quote is left open, or a text has a line break",
            "\n",
        ),
        ("a character that is no UTF-8", "have the text written as UTF-8", "\ufffd"),
    ):
        bad = F.lit(False)  # noqa: FBT003
        for name in texts:
            bad = bad | F.contains(F.coalesce(F.col(quoted(name)), F.lit("")), F.lit(sign))
        yield RowCheck(SchemaDriftError, says, hint, bad, ())


def key_check(name: str) -> RowCheck:
    """Return the check of a key field that it is there."""
    return RowCheck(
        NullKeysError,
        f"the key field {name!r} is null",
        "a row without a key can't be traced; have it delivered with one",
        F.col(quoted(name)).isNull(),
        (name,),
    )


def presence_check(name: str) -> RowCheck:
    """Return the check of a field that is declared never to be null."""
    return RowCheck(
        UndefinedFigureError,
        f"{name!r} is null, declared is that it never is",
        "have the source completed, or declare the field nullable",
        F.col(quoted(name)).isNull(),
        (name,),
    )


def value_checks(
    name: str, source: DataType, wanted: DataType, dates: tuple[date, date]
) -> Iterator[RowCheck]:
    """Yield what makes a stored value no value of the declared type."""
    column = F.col(quoted(name))
    if is_numeric(wanted):
        yield from _figure_checks(name, column, source, wanted)
    elif isinstance(wanted, DateType):
        yield from _date_checks(name, column, source, dates)
    elif source != wanted:
        yield RowCheck(
            InvalidFigureError,
            f"{name!r} is no {name_of(wanted)}",
            "have the source corrected, or declare the field as string",
            column.isNotNull() & column.try_cast(wanted).isNull(),
            (name,),
        )


def _date_checks(
    name: str, column: Column, source: DataType, dates: tuple[date, date]
) -> Iterator[RowCheck]:
    """Yield what makes a date unfit, or any date of a list."""
    hint = "write dates as 2025-12-31; widen 'dates' where older or later ones are meant"
    each = source.elementType if isinstance(source, ArrayType) else source
    listed = each is not source
    if isinstance(each, StringType):
        unreadable = F.exists(column, _is_no_date) if listed else _is_no_date(column)
        yield RowCheck(DateRangeError, f"{name!r} is no date", hint, unreadable, (name,))
    first, last = dates
    days = column.try_cast("array<date>" if listed else "date")
    least, most = (F.array_min(days), F.array_max(days)) if listed else (days, days)
    outside = (least < F.lit(first)) | (most > F.lit(last))
    yield RowCheck(DateRangeError, f"{name!r} is outside {first} to {last}", hint, outside, (name,))


def _is_no_date(text: Column) -> Column:
    return text.isNotNull() & text.try_cast("date").isNull()


def _figure_checks(
    name: str, column: Column, source: DataType, wanted: DataType
) -> Iterator[RowCheck]:
    """Yield what makes a figure unfit: not finite, unreadable, too long, too many decimals."""
    says = f"{name!r} has more digits than {name_of(wanted)} holds"
    hint = "declare a wider decimal: figures are never rounded on the way in"
    held = column.try_cast(wanted)
    if is_float(source):
        number = column.cast("double")
        endless = F.isnan(number) | (F.abs(number) == F.lit(float("inf")))
        yield RowCheck(
            InvalidFigureError,
            f"{name!r} is NaN or infinite",
            "have the source corrected; a figure is a number or null",
            endless,
            (name,),
        )
        longer = held.isNull() | (held.cast("double") != number)
    elif isinstance(source, StringType):
        readable = column.rlike(_NUMBER)
        yield RowCheck(
            InvalidFigureError,
            f"{name!r} is no number",
            "have the source corrected; a figure is a number with a decimal point, or empty",
            ~readable,
            (name,),
        )
        exact = column.try_cast(_EXACT_TEXT)
        beyond = column.rlike(rf"\.\d{{{as_decimal(wanted).scale}}}\d*[1-9]")
        rounded = F.when(column.rlike("[eE]"), exact.isNull() | (held != exact)).otherwise(beyond)
        longer = held.isNull() | rounded
    else:
        longer = held.isNull() | (held != column)
    if source != wanted:
        yield RowCheck(InvalidFigureError, says, hint, column.isNotNull() & longer, (name,))
