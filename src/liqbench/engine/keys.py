"""Keys as an analyst gives them: read, looked up, and corrected where no row has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import BooleanType, DataType, DateType, StringType, StructType

from liqbench.errors import FaultCollector, LostKeysError, UnknownFieldError, UnknownKeyError
from liqbench.operators import Keys
from liqbench.operators.conditions import coerce
from liqbench.operators.expressions import fields_of_schema, quoted
from liqbench.operators.expressions.types import is_numeric, literal_type
from liqbench.operators.expressions.typing import literal_column
from liqbench.operators.rows import examples

_LONG = 1 << 63
_NEAREST = 3


@dataclass(frozen=True)
class Equal:
    """A field has a value; ``None`` is null. ``implied`` where others of its key say it too."""

    field: str
    value: Any
    implied: bool = False

    def column(self, dtype: DataType) -> Column:
        """Return the condition over a field of this type, such that it can reach a file's scan.

        Raises ``ValueCoercionError``.
        """
        own = F.col(quoted(self.field))
        if self.value is None:
            return own.isNull()
        literal = coerce(self.value, dtype, field=self.field)
        value = literal.value
        if isinstance(value, Decimal):
            if value == int(value) and abs(value) < _LONG:
                return own == F.lit(int(value))
            return own == literal_column(literal, literal_type(value))  # wider, never rounded
        return own == literal_column(literal, dtype)

    def check(self, dtype: DataType) -> None:
        """Raise ``ValueCoercionError`` for what is no value of the type; needs no Spark yet."""
        if self.value is not None:
            coerce(self.value, dtype, field=self.field)

    def __str__(self) -> str:
        return f"{self.field} {'null' if self.value is None else self.value}"


def in_words(key: Sequence[Equal]) -> str:
    """Return a key as (field value, …)."""
    return "(" + ", ".join(map(str, key)) + ")"


def read_key(key: Any, names: Keys, schema: StructType, *, where: str) -> tuple[Equal, ...]:
    """Read a mapping of some key fields, a tuple of all in their order, or one field's value.

    Raises ``UnknownFieldError``, ``ValueCoercionError``, ``UnknownKeyError`` for a wrong number.
    """
    if not isinstance(key, Mapping):
        values = list(key) if isinstance(key, tuple | list) else [key]
        if len(values) != len(names):
            raise UnknownKeyError(
                f"a key has {len(names)} fields ({', '.join(names)}), {len(values)} are given",
                where=where,
                hint=f'name them: {{"{names[0]}": …}}',
            )
        key = dict(zip(names, values, strict=True))
    if not key:
        raise UnknownKeyError("the key is empty", where=where, hint=f"name {' or '.join(names)}")
    types = fields_of_schema(schema)
    faults = FaultCollector()
    found: list[Equal] = []
    for field, value in key.items():
        with faults.collect(where):
            if field not in names:
                raise UnknownFieldError.of(field, names, where="key")
            found.append(Equal(field, _plain(value)))
            found[-1].check(types[field])
    faults.raise_all()
    return tuple(found)


def _plain(value: Any) -> Any:
    """Return a value out of a pandas table as Python's own; what is missing there is null."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    value = value.item() if hasattr(value, "item") else value
    return int(value) if isinstance(value, float) and value.is_integer() else value


def matching(frame: DataFrame, conditions: Sequence[Equal]) -> DataFrame:
    """Return the rows that all conditions hold for."""
    types = fields_of_schema(frame.schema)
    for condition in conditions:
        frame = frame.filter(condition.column(types[condition.field]))
    return frame


def completed(
    frame: DataFrame, key: tuple[Equal, ...], names: Keys, *, whole: DataFrame, where: str
) -> tuple[Equal, ...]:
    """Return the key, and what its one row has in the key's other fields, as implied.

    ``frame`` holds the rows of the key among those of ``whole``. Raises ``UnknownKeyError``.
    """
    rows = frame.select(*(F.col(quoted(name)) for name in names)).limit(2).toArrow().to_pylist()
    if not rows:
        raise _unknown(whole, key, where)
    if len(rows) > 1:
        return key
    given = {equal.field for equal in key}
    types = fields_of_schema(frame.schema)
    others = [name for name in names if name not in given and _writable(types[name])]
    return (*key, *(Equal(name, rows[0][name], implied=True) for name in others))


def _writable(dtype: DataType) -> bool:
    return is_numeric(dtype) or isinstance(dtype, StringType | DateType | BooleanType)


def _unknown(whole: DataFrame, key: tuple[Equal, ...], where: str) -> UnknownKeyError:
    """Say at which field of the key the trail ends, and which values there are nearest."""
    last, before = key[0], whole
    for place, last in enumerate(key):
        before = matching(whole, key[:place])
        if matching(before, [last]).isEmpty():
            break
    text = F.col(quoted(last.field)).cast("string")
    near = before.select(text.alias("near")).filter("near is not null").distinct()
    distance = F.levenshtein(F.lower("near"), F.lower(F.lit(str(last.value))))
    shown = [row["near"] for row in near.sort(distance, "near").take(_NEAREST)]
    return UnknownKeyError(
        f"no row has the key {in_words(key)}",
        where=where,
        hint=f"nearest in {last.field!r}: {', '.join(shown) or 'none'}",
    )


def check_declared(frame: DataFrame, names: Keys, *, where: str) -> None:
    """Raise ``LostKeysError`` where the rows' declared key is not theirs alone, or null.

    One pass over the key's fields.
    """
    columns = [F.col(quoted(name)) for name in names]
    empty = F.lit(False)  # noqa: FBT003
    for column in columns:
        empty = empty | column.isNull()
    counted = frame.groupBy(*columns).agg(F.count(F.lit(1)).alias("rows"))
    lost = counted.filter(empty | (F.col("rows") > 1))
    if not lost.isEmpty():
        raise LostKeysError(
            f"the declared key ({', '.join(names)}) doesn't identify the rows, such as "
            f"{examples(lost, [*names, 'rows'])}, so nothing behind them could be traced",
            where=where,
            hint="declare the full key, and keep rows without one out",
        )
