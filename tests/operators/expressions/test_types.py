"""Every type here is worked out by hand: digits before the point, then digits behind it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql.types import (
    BooleanType,
    ByteType,
    DataType,
    DateType,
    DecimalType,
    IntegerType,
    LongType,
    NullType,
    ShortType,
    StringType,
    TimestampType,
)

from liqbench.errors import FieldTypeError, PrecisionError
from liqbench.operators.expressions import narrowed, parse_expression, type_expression
from liqbench.operators.expressions.types import literal_type, parse_type, sum_type

FIELDS: dict[str, DataType] = {
    "amount": DecimalType(18, 2),  # 16.2
    "rate": DecimalType(5, 4),  # 1.4
    "factor": DecimalType(4, 4),  # 0.4
    "full": DecimalType(38, 10),  # 28.10
    "n": IntegerType(),  # 10.0
    "long": LongType(),  # 20.0
    "flag": BooleanType(),
    "day": DateType(),
    "moment": TimestampType(),
    "code": StringType(),
}


def type_of(text: str) -> str:
    return type_expression(parse_expression(text, date(2025, 12, 31)), FIELDS).dtype.simpleString()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # a sum: one digit more than the longer one before the point, the longer scale
        ("amount + rate", "decimal(21,4)"),  # 17.4
        ("amount - n", "decimal(19,2)"),  # 17.2
        ("amount - long", "decimal(23,2)"),  # 21.2
        ("amount + amount + amount", "decimal(20,2)"),  # 18.2
        ("rate + 1", "decimal(6,4)"),  # 2.4
        ("amount + 0.125", "decimal(20,3)"),  # 17.3
        ("1 + 1", "decimal(2,0)"),
        ("-amount", "decimal(19,2)"),  # zero minus it
        # a product: Spark's rule, the digits of both and one more
        ("amount * rate", "decimal(24,6)"),  # 18.6
        ("amount * 2", "decimal(20,2)"),  # 18.2
        ("amount * factor", "decimal(23,6)"),  # 17.6
        ("n * long", "decimal(31,0)"),
        ("amount * amount", "decimal(37,4)"),
        ("amount * rate + amount", "decimal(25,6)"),  # 19.6
    ],
)
def test_sums_and_products_have_room_for_every_digit(text: str, expected: str) -> None:
    assert type_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("round(amount * rate, 2)", "decimal(21,2)"),  # 18.6: a carry may need 19.2
        ("round(rate, 0)", "decimal(2,0)"),  # 9.9999 becomes 10
        ("round(factor, 0)", "decimal(1,0)"),  # 0.9999 becomes 1
        ("round(amount, 2)", "decimal(18,2)"),
        ("round(amount, 6)", "decimal(18,2)"),
        ("round(n, 2)", "decimal(10,0)"),
        ("ratio(amount, rate, 4)", "decimal(18,4)"),  # 14.4
        ("ratio(n, n, 0)", "decimal(14,0)"),
        ("ratio(rate, rate, 18)", "decimal(32,18)"),
        ("cast(amount as decimal(10,2))", "decimal(10,2)"),
        ("cast(rate as decimal(10,6))", "decimal(10,6)"),
        ("cast(n as decimal(5,0))", "decimal(5,0)"),
        ("cast(n as bigint)", "bigint"),
        ("cast(long as int)", "int"),
        ("cast(amount as string)", "string"),
        ("cast(code as date)", "date"),
        ("cast(moment as date)", "date"),
    ],
)
def test_rounding_and_casting(text: str, expected: str) -> None:
    assert type_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("case when flag then amount else rate end", "decimal(20,4)"),  # 16.4
        ("case when flag then amount end", "decimal(18,2)"),
        ("case when flag then 1 when amount > 1 then 0.125 end", "decimal(4,3)"),  # 1.3
        ("case code when 'A' then n else 0 end", "decimal(10,0)"),
        ("if(flag, n, n)", "int"),
        ("if(flag, 'a', code)", "string"),
        ("if(flag, null, null)", "void"),
        ("coalesce(n, amount)", "decimal(18,2)"),
        ("coalesce(rate, 0)", "decimal(5,4)"),
        ("coalesce(null, rate)", "decimal(5,4)"),
        ("coalesce(amount, rate, long)", "decimal(24,4)"),  # 20.4
        ("greatest(amount, rate)", "decimal(20,4)"),
        ("least(day, :as_of)", "date"),
        ("nullif(amount, 0)", "decimal(18,2)"),
        ("abs(rate)", "decimal(5,4)"),
        ("abs(n)", "decimal(10,0)"),
    ],
)
def test_a_choice_has_room_for_every_branch(text: str, expected: str) -> None:
    assert type_of(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "amount > rate",
        "amount = n",
        "amount in (1, 2.5)",
        "amount between 0 and long",
        "code = 'A'",
        "code in ('A', 'B')",
        "code not like 'A%'",
        "day > '2025-01-01'",
        "'2025-01-01' <= day",
        "day in ('2025-01-01', date '2025-02-01')",
        "day between '2025-01-01' and :as_of",
        "day = null",
        "amount is null",
        "not flag",
        "flag and amount > 1 or code = 'A'",
        "startswith(code, 'A')",
        "contains(code, 'A')",
        "true",
    ],
)
def test_a_test_is_true_or_false(text: str) -> None:
    assert type_of(text) == "boolean"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("datediff(day, :as_of)", "int"),
        ("year(day) * 100 + month(day)", "decimal(15,0)"),  # 10 + 3 + 1, and one for the sum
        ("date_add(day, -5)", "date"),
        ("add_months(day, 3)", "date"),
        ("last_day(:as_of)", "date"),
        ("upper(trim(code))", "string"),
        ("length(code)", "int"),
        ("code || '-' || lower(code)", "string"),
        ("substring(code, 1, 2)", "string"),
    ],
)
def test_dates_and_texts(text: str, expected: str) -> None:
    assert type_of(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("0.05"), "decimal(2,2)"),
        (Decimal("0.95"), "decimal(2,2)"),
        (Decimal("12.50"), "decimal(4,2)"),
        (Decimal(0), "decimal(1,0)"),
        (Decimal("0.0"), "decimal(1,1)"),
        (Decimal(100), "decimal(3,0)"),
        (Decimal("1E+3"), "decimal(4,0)"),
        (Decimal("-0.00001"), "decimal(5,5)"),
        (Decimal("9" * 38), "decimal(38,0)"),
        ("text", "string"),
        (True, "boolean"),
        (date(2025, 1, 1), "date"),
        (datetime(2025, 1, 1), "timestamp"),  # noqa: DTZ001
        (None, "void"),
    ],
)
def test_a_constant_has_the_narrowest_type(value: Any, expected: str) -> None:
    assert literal_type(value).simpleString() == expected


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        (DecimalType(18, 2), "decimal(20,2)"),  # 18 before the point for a bank's total
        (DecimalType(24, 6), "decimal(24,6)"),  # has 18
        (DecimalType(30, 4), "decimal(30,4)"),  # has more
        (DecimalType(38, 10), "decimal(38,10)"),
        (ByteType(), "decimal(18,0)"),
        (ShortType(), "decimal(18,0)"),
        (IntegerType(), "decimal(18,0)"),
        (LongType(), "decimal(20,0)"),
    ],
)
def test_a_total_keeps_the_scale_and_has_room_for_a_bank(dtype: DataType, expected: str) -> None:
    assert sum_type(dtype).simpleString() == expected


def test_a_total_without_room_for_a_bank_is_refused() -> None:
    with pytest.raises(PrecisionError) as caught:
        sum_type(DecimalType(38, 21))
    assert str(caught.value).startswith(
        "the sum of a decimal(38,21) needs 39 digits (18 before and 21 behind the point), a "
        "decimal has 38"
    )


@pytest.mark.parametrize("dtype", [StringType(), DateType(), BooleanType(), NullType()])
def test_what_is_no_number_has_no_total(dtype: DataType) -> None:
    with pytest.raises(FieldTypeError) as caught:
        sum_type(dtype)
    assert str(caught.value) == f"a number is needed, not {dtype.simpleString()}"


@pytest.mark.parametrize(
    "name",
    ["string", "boolean", "date", "timestamp", "smallint", "int", "bigint", "decimal(38,18)"],
)
def test_types_are_read_by_the_names_they_are_written_with(name: str) -> None:
    assert parse_type(f" {name.upper()} ").simpleString() == name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "double",
            "'double' is binary floating point, in which money changes its last digits "
            "(use decimal(p,s))",
        ),
        ("decimal(39,2)", "'decimal(39,2)': a decimal has 1 to 38 digits, scale included"),
        ("decimal(2,3)", "'decimal(2,3)': a decimal has 1 to 38 digits, scale included"),
        (
            "decmal(18,2)",
            "'decmal(18,2)' is no type that liqbench calculates with "
            "(did you mean 'decimal(18,2)'?)",
        ),
    ],
)
def test_other_types_are_refused(name: str, message: str) -> None:
    with pytest.raises(FieldTypeError) as caught:
        parse_type(name)
    assert str(caught.value) == message


class TestDeclaredType:
    def declared(self, text: str, wanted: str | None) -> str:
        typed = type_expression(parse_expression(text), FIELDS)
        return narrowed(typed, parse_type(wanted) if wanted else None).simpleString()

    def test_without_one_the_own_type_stays(self) -> None:
        assert self.declared("amount * rate", None) == "decimal(24,6)"

    def test_fewer_digits_before_the_point_are_the_analysts_promise(self) -> None:
        assert self.declared("amount * rate", "decimal(20,6)") == "decimal(20,6)"
        assert self.declared("n", "decimal(5,2)") == "decimal(5,2)"

    def test_fewer_digits_behind_the_point_would_round(self) -> None:
        with pytest.raises(FieldTypeError) as caught:
            self.declared("amount * rate", "decimal(38,2)")
        assert str(caught.value) == (
            "decimal(38,2) would round decimal(24,6) (write round(…, 2) where rounding is meant)"
        )

    def test_another_kind_of_type_is_refused(self) -> None:
        with pytest.raises(FieldTypeError) as caught:
            self.declared("code", "decimal(18,2)")
        assert str(caught.value) == "the expression is string, declared is decimal(18,2)"


class TestThirtyEightDigits:
    def test_thirty_eight_are_enough(self) -> None:
        eighteen, nineteen = DecimalType(18, 2), DecimalType(19, 4)
        fields: dict[str, DataType] = {"a": eighteen, "b": nineteen}
        typed = type_expression(parse_expression("a * b"), fields)
        assert typed.dtype == DecimalType(38, 6)

    @pytest.mark.parametrize(
        ("text", "what", "before", "behind"),
        [
            ("full + 0.5", "the sum", 29, 10),
            ("full - n", "the sum", 29, 10),
            ("full * 2", "the product", 30, 10),
            ("full * rate", "the product", 30, 14),
            ("coalesce(full, 0.12345678901)", "coalesce", 28, 11),
            ("full = 0.12345678901", "a comparison", 28, 11),
            ("case when flag then full else 0.12345678901 end", "CASE", 28, 11),
            # |n|·10^(shared scale + scale), doubled, and |d| added to it
            ("ratio(full, amount, 8)", "the numerator, scaled,", 28 + 10 + 8 + 1, 0),
            ("ratio(rate, full, 2)", "the denominator, scaled,", 28 + 10 + 1, 0),
        ],
    )
    def test_thirty_nine_are_refused(self, text: str, what: str, before: int, behind: int) -> None:
        with pytest.raises(PrecisionError) as caught:
            type_of(text)
        assert str(caught.value) == (
            f"{what} needs {before + behind} digits ({before} before and {behind} behind the "
            "point), a decimal has 38 (narrow an operand: cast(x as decimal(p,s)), or round(x, s) "
            "where that is meant)"
        )

    def test_a_constant_of_thirty_nine_digits_is_refused(self) -> None:
        with pytest.raises(PrecisionError, match=r"^the number 1{39} needs 39 digits \(39 before"):
            type_of("1" * 39)
