"""Which of Power BI's types holds a published figure, and how exactly.

Power BI has two types for fractions. Fixed decimal counts in ten-thousandths and is exact: four
digits behind the point, up to 922,337,203,685,477.5807. Double rounds to about 15 digits, and a
sum of doubles drifts in the last of them. So whatever has at most four digits behind the point,
as money has, is a fixed decimal, even where its published type has room for more than fits: such
a figure stops the refresh with an error, where a double would lose its last digits without a
word. More digits behind the point leave only double. Both cases are marked by an annotation; the
exact figure is in the warehouse.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    StringType,
    TimestampType,
)

from liqbench.operators.expressions.types import is_numeric, parse_type
from liqbench.warehouse.powerbi.model import ModelType

_FIXED_SCALE = 4
_FIXED_INTEGER_DIGITS = 14  # all numbers of so many digits fit; of 15 some


@dataclass(frozen=True)
class ColumnType:
    """A type in the model, the M type that a query gives it, how it is shown, what to know."""

    data_type: ModelType
    m_type: str
    format: str = ""
    annotations: tuple[tuple[str, str], ...] = ()


TEXT = ColumnType("string", "type text")
WHOLE = ColumnType("int64", "Int64.Type", "0")
DATE = ColumnType("dateTime", "type date", "yyyy-mm-dd", (("UnderlyingDateTimeDataType", "Date"),))
TIMESTAMP = ColumnType("dateTime", "type datetime", "yyyy-mm-dd hh:nn:ss")
_PLAIN: dict[type[DataType], ColumnType] = {
    BooleanType: WHOLE,  # the reporting view makes it 1 and 0
    DateType: DATE,
    TimestampType: TIMESTAMP,
    StringType: TEXT,
}


def column_type(published: str) -> ColumnType:
    """Return the type for a published one, such as ``decimal(20,2)``.

    Raises ``FieldTypeError`` for what is no type of liqbench.
    """
    dtype = parse_type(published)
    if isinstance(dtype, DecimalType):
        return _decimal(dtype, published)
    if is_numeric(dtype):
        return ColumnType(WHOLE.data_type, WHOLE.m_type, "#,0", _told(published))
    return _PLAIN[type(dtype)]


def _decimal(dtype: DecimalType, published: str) -> ColumnType:
    zeros = "." + "0" * dtype.scale if dtype.scale else ""
    if dtype.scale > _FIXED_SCALE:
        told = _told(published, "rounded to about 15 digits; the warehouse has all of them")
        return ColumnType("double", "type number", "#,0" + zeros, told)
    if dtype.precision - dtype.scale > _FIXED_INTEGER_DIGITS:
        told = _told(published, "exact; a figure beyond 922,337,203,685,477.5807 stops the refresh")
    else:
        told = _told(published, "exact")
    return ColumnType("decimal", "Currency.Type", "#,0" + zeros, told)


def _told(published: str, exactness: str = "exact") -> tuple[tuple[str, str], ...]:
    return (("liqbench_PublishedType", published), ("liqbench_Exactness", exactness))
