"""Vectors and tables: what goes in comes out, to the last of 38 digits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    IntegerType,
    LongType,
    NullType,
    StringType,
    TimestampType,
)

from liqbench.errors import FieldTypeError, LocalUnsupportedError, ValueCoercionError
from liqbench.operators.local import LocalTable, Vector

NINES = Decimal("9" * 38)
EAST = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("dtype", "items", "kind"),
    [
        (DecimalType(38, 0), [NINES, NINES.copy_negate(), None, Decimal(0)], pa.decimal128(38, 0)),
        (DecimalType(38, 38), [Decimal("0." + "9" * 38), None], pa.decimal128(38, 38)),
        (DecimalType(5, 2), [Decimal("-0.01"), Decimal("999.99")], pa.decimal128(5, 2)),
        # the last that one word holds, and the first that needs two
        (
            DecimalType(20, 0),
            [Decimal(n) for n in (2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64, -(2**64))],
            pa.decimal128(20, 0),
        ),
        (IntegerType(), [1, None, -(2**31)], pa.int32()),
        (LongType(), [2**63 - 1, None, -(2**63)], pa.int64()),
        (BooleanType(), [True, None, False], pa.bool_()),
        (StringType(), ["a", None, "", "ß\0"], pa.string()),
        (DateType(), [date(1, 1, 1), None, date(9999, 12, 31)], pa.date32()),
        (TimestampType(), [datetime(2025, 1, 1, 0, 0, 0, 1, UTC), None], pa.timestamp("us", "UTC")),
        (NullType(), [None, None], pa.null()),
        (DecimalType(38, 2), [], pa.decimal128(38, 2)),
    ],
)
def test_values_go_through_arrow_unchanged(
    dtype: DataType, items: list[Any], kind: pa.DataType
) -> None:
    array = Vector.of(dtype, items).to_arrow()
    assert array.type == kind
    assert array.equals(pa.array(items, kind))
    # in pieces, and from the middle of a longer one
    chunked = pa.chunked_array([array[:1], pa.concat_arrays([array, array])[1 : len(items)]], kind)
    assert Vector.from_arrow(chunked, dtype).items() == items


def test_figures_are_whole_numbers_of_their_smallest_unit() -> None:
    vector = Vector.of(DecimalType(38, 2), [Decimal("1E+3"), Decimal("-0.5"), None, 7])
    assert vector.values.tolist() == [100_000, -50, 0, 700]
    assert vector.valid.tolist() == [True, True, False, True]
    assert list(map(str, vector.items())) == ["1000.00", "-0.50", "None", "7.00"]


def test_a_time_is_counted_in_utc() -> None:
    moment = datetime(1970, 1, 1, 2, 0, 1, tzinfo=EAST)
    assert Vector.constant(TimestampType(), moment, 2).values.tolist() == [1_000_000] * 2


def test_a_figure_is_not_rounded_on_the_way_in() -> None:
    with pytest.raises(ValueCoercionError, match=r"^0\.125 has more decimal places than"):
        Vector.of(DecimalType(5, 2), [Decimal("0.125")])


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (pa.array([1.5]), "field 'x': double is held by Spark only"),
        (pa.array([datetime(2025, 1, 1)]), "field 'x': timestamp[us] is held by Spark only"),  # noqa: DTZ001
        (pa.array([[1]]), "field 'x': list<item: int64> is held by Spark only"),
        (
            pa.array([3_000_000], pa.int32()).cast(pa.date32()),
            "field 'x': a date outside the years 1 to 9999 is held by Spark only",
        ),
    ],
)
def test_what_is_not_calculated_with_is_refused(array: pa.Array, message: str) -> None:
    with pytest.raises(LocalUnsupportedError) as caught:
        LocalTable.from_arrow(pa.table({"x": array}))
    assert str(caught.value).startswith(message)


class TestTable:
    table = LocalTable(
        {
            "id": Vector.of(StringType(), ["a", "b", None]),
            "x": Vector.of(DecimalType(4, 1), [Decimal("0.5"), None, Decimal(2)]),
        }
    )

    def ids(self, table: LocalTable) -> list[Any]:
        return table["id"].items()

    def test_rows_are_taken_by_place_or_by_flag(self) -> None:
        assert self.ids(self.table.take(np.array([2, 0, 0]))) == [None, "a", "a"]
        assert self.ids(self.table.take(self.table["x"].valid)) == ["a", None]

    def test_a_replaced_field_keeps_its_place(self) -> None:
        changed = self.table.with_column("id", self.table["x"])
        assert changed.names == ("id", "x")
        assert self.table["id"].dtype == StringType()

    def test_rows_are_put_together(self) -> None:
        assert self.ids(LocalTable.concat([self.table, self.table])) == ["a", "b", None] * 2

    def test_unlike_tables_are_not(self) -> None:
        other = self.table.with_column("x", Vector.zeros(DecimalType(4, 2), 3))
        with pytest.raises(FieldTypeError, match=r"are not put together"):
            LocalTable.concat([self.table, other])

    def test_its_schema_is_sparks(self) -> None:
        assert self.table.schema.simpleString() == "struct<id:string,x:decimal(4,1)>"
