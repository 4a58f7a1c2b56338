r"""Surrogate keys: 60 bits of an MD5, the same in Python, Spark and every warehouse.

This is their only definition, in three languages. A key is made of a text, the text of values.
Each value is written as follows, then they are joined by ``|``:

* a string as it is, with ``\`` written ``\\`` and ``|`` written ``\|``;
* a boolean as ``true`` or ``false``, a whole number by its digits, a date as ``2025-12-31``;
* a decimal with all the digits of its scale: 1.50 of a ``decimal(10,2)``;
* a null as ``\0``, which no value gives.

So different values of the same types never have the same text. The key of a member's version is
that of ``member|valid_from|attribute hash``. Of attributes the MD5 is taken of the same text with
an empty value in front: ``|a|b``, or nothing at all.

The SQL is in Redshift's dialect, in which a backslash in a literal may or may not escape what
follows, so it is written ``CHR(92)``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import BooleanType, DataType, DateType, StringType

from liqbench.operators.expressions.types import is_numeric

KeyValue = str | bool | int | Decimal | date | None

UNKNOWN_KEY = -1  # a reference to a member that the dimension doesn't have
NONE_KEY = -2  # no reference at all
SPECIAL_MEMBERS = {UNKNOWN_KEY: "(unknown)", NONE_KEY: "(none)"}

_DIGITS = 15
_NULL = "\\0"
_BACKSLASH = "CHR(92)"


def has_text(dtype: DataType) -> bool:
    """Tell whether values of the type have a text here: neither floats nor times have one."""
    return is_numeric(dtype) or isinstance(dtype, StringType | BooleanType | DateType)


def encode(values: Sequence[KeyValue]) -> str:
    """Return the text of values. Raises ``ValueError`` for one that has none."""
    return "|".join(_text(value) for value in values)


def attribute_hash(values: Sequence[KeyValue]) -> str:
    """Return the MD5 of a member's attributes, 32 hex digits."""
    return _md5(encode(("", *values)))


def hash_key(values: Sequence[KeyValue]) -> int:
    """Return the surrogate key of values: the first 15 hex digits of the MD5 of their text."""
    return int(_md5(encode(values))[:_DIGITS], 16)


def version_key(natural: Sequence[KeyValue], valid_from: date, attributes: str) -> int:
    """Return the key of a member's version that begins then, with this hash of attributes."""
    return hash_key((*natural, valid_from, attributes))


def encode_column(columns: Sequence[Column]) -> Column:
    """Return the text of columns. A decimal's needs an ANSI session: 0.0000001, not 1E-7."""
    return F.concat_ws("|", *(_text_column(column) for column in columns))


def attribute_hash_column(columns: Sequence[Column]) -> Column:
    """Return the MD5 of a member's attributes."""
    return F.md5(encode_column((F.lit(""), *columns)))


def hash_key_column(columns: Sequence[Column]) -> Column:
    """Return the surrogate key of columns, a bigint from 0 to 2^60 − 1."""
    digits = F.substring(F.md5(encode_column(columns)), 1, _DIGITS)
    return F.conv(digits, 16, 10).cast("bigint")


def version_key_column(natural: Sequence[Column], valid_from: Column, attributes: Column) -> Column:
    """Return the key of a version: of its natural key, first day and hash of attributes."""
    return hash_key_column((*natural, valid_from, attributes))


def encode_sql(texts: Sequence[str]) -> str:
    """Return the SQL of the text of values, whose own texts these SQL expressions are."""
    return " || '|' || ".join(map(_text_sql, texts))


def attribute_hash_sql(texts: Sequence[str]) -> str:
    """Return the SQL of the MD5 of a member's attributes, whose texts these expressions are."""
    return f"MD5('|' || {encode_sql(texts)})" if texts else "MD5('')"


def hash_key_sql(encoded: str) -> str:
    """Return the SQL of the surrogate key of a text, a BIGINT."""
    return f"STRTOL(LEFT(MD5({encoded}), {_DIGITS}), 16)"


def version_key_sql(natural: Sequence[str], valid_from: str, attributes: str) -> str:
    """Return the SQL of a version's key: natural key in texts, first day, hash of attributes."""
    day = f"CAST({valid_from} AS VARCHAR)"
    return hash_key_sql(f"{encode_sql(natural)} || '|' || {day} || '|' || {attributes}")


def _text_sql(text: str) -> str:
    escaped = f"REPLACE({text}, {_BACKSLASH}, {_BACKSLASH} || {_BACKSLASH})"
    escaped = f"REPLACE({escaped}, '|', {_BACKSLASH} || '|')"
    return f"COALESCE({escaped}, {_BACKSLASH} || '0')"


def _text(value: KeyValue) -> str:
    if value is None:
        return _NULL
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value.replace("\\", "\\\\").replace("|", "\\|")
    if isinstance(value, Decimal) and value.is_finite():
        return format(value or abs(value), "f")  # Spark knows no −0
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, int):
        return str(value)
    raise ValueError(f"{value!r} has no text that is the same everywhere")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _text_column(column: Column) -> Column:
    escaped = column.cast("string")
    for sign in ("\\", "|"):
        escaped = F.replace(escaped, F.lit(sign), F.lit("\\" + sign))
    return F.coalesce(escaped, F.lit(_NULL))
