"""Adjustments as expressions, with the type that holds the old value and the new one exactly."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    IntegerType,
    StringType,
)

from liqbench.errors import (
    FieldTypeError,
    LiqbenchError,
    PrecisionError,
    UnknownFieldError,
    ValueCoercionError,
)
from liqbench.model import Adjustment
from liqbench.operators.conditions import adjusted
from liqbench.operators.expressions import Call, Expression, Field, Literal, type_expression

FIELDS: dict[str, DataType] = {
    "amount": DecimalType(18, 2),  # 16.2
    "rate": DecimalType(5, 4),  # 1.4
    "full": DecimalType(38, 10),  # 28.10
    "long": DecimalType(35, 10),  # 25.10
    "n": IntegerType(),  # 10.0
    "code": StringType(),
    "day": DateType(),
    "flag": BooleanType(),
    "price": DoubleType(),
}
AMOUNT = Field("amount")


def change(field: str, operation: Any, value: Any) -> tuple[Expression, DataType]:
    return adjusted(Adjustment(field=field, operation=operation, value=value), FIELDS)


def number(value: str) -> Literal:
    return Literal(Decimal(value))


@pytest.mark.parametrize(
    ("operation", "value", "expected"),
    [
        ("set", 5, number("5")),
        ("add", 5, Call("+", (AMOUNT, number("5")))),
        ("subtract", "0.5", Call("-", (AMOUNT, number("0.5")))),
        ("multiply", 0.95, Call("*", (AMOUNT, number("0.95")))),
        ("percent", 5, Call("*", (AMOUNT, number("1.05")))),
        ("percent", -100, Call("*", (AMOUNT, number("0")))),
        ("percent", 0.125, Call("*", (AMOUNT, number("1.00125")))),
        ("cap", 5, Call("case", (Call(">", (AMOUNT, number("5"))), number("5"), AMOUNT))),
        ("floor", 5, Call("case", (Call("<", (AMOUNT, number("5"))), number("5"), AMOUNT))),
    ],
)
def test_what_an_operation_does(operation: str, value: Any, expected: Expression) -> None:
    assert change("amount", operation, value)[0] == expected


@pytest.mark.parametrize(
    ("field", "operation", "value", "expected"),
    [
        # set, cap, floor: the old value and the new one fit
        ("amount", "set", 5, "decimal(18,2)"),
        ("amount", "set", 0.125, "decimal(19,3)"),  # 16.3
        ("rate", "set", 12, "decimal(6,4)"),  # 2.4
        ("rate", "cap", 0.5, "decimal(5,4)"),
        ("rate", "cap", 0.12345, "decimal(6,5)"),  # 1.5
        ("rate", "floor", 100, "decimal(7,4)"),  # 3.4
        ("n", "set", 5, "decimal(10,0)"),
        ("n", "cap", 0.5, "decimal(11,1)"),  # 10.1
        ("full", "cap", 0, "decimal(38,10)"),
        # add, subtract: one digit more before the point
        ("amount", "add", 5, "decimal(19,2)"),  # 17.2
        ("amount", "subtract", 0.125, "decimal(20,3)"),  # 17.3
        ("rate", "add", 0.05, "decimal(6,4)"),  # 2.4
        ("rate", "add", 1000, "decimal(9,4)"),  # 5.4
        ("n", "add", 1, "decimal(11,0)"),
        # multiply: the digits of both
        ("amount", "multiply", 0.95, "decimal(20,4)"),  # 16.2 and 0.2
        ("amount", "multiply", 2, "decimal(19,2)"),  # 16.2 and 1.0
        ("rate", "multiply", 1.05, "decimal(8,6)"),  # 1.4 and 1.2
        ("n", "multiply", 0.5, "decimal(11,1)"),
        # percent: multiplied by 1 + a hundredth of it
        ("amount", "percent", 5, "decimal(21,4)"),  # by 1.05
        ("amount", "percent", 100, "decimal(19,2)"),  # by 2
        ("amount", "percent", -5, "decimal(20,4)"),  # by 0.95
        ("rate", "percent", 0.5, "decimal(9,7)"),  # by 1.005
        # what is no figure can only be set, and keeps its type
        ("code", "set", "A", "string"),
        ("day", "set", "2025-01-01", "date"),
        ("flag", "set", True, "boolean"),
    ],
)
def test_the_type_has_room_for_the_exact_result(
    field: str, operation: str, value: Any, expected: str
) -> None:
    new, dtype = change(field, operation, value)
    assert dtype.simpleString() == expected
    type_expression(new, FIELDS)  # what is planned can be run


def test_a_percentage_keeps_all_its_digits() -> None:
    new, dtype = change("rate", "percent", Decimal("0.12345678901234567890123456789"))
    factor = number("1.0012345678901234567890123456789")
    assert new == Call("*", (Field("rate"), factor))
    assert dtype == DecimalType(37, 35)  # 1.4 and 1.31


def test_a_date_is_set_as_one() -> None:
    assert change("day", "set", "2025-01-01")[0] == Literal(date(2025, 1, 1))


@pytest.mark.parametrize("operation", ["add", "subtract", "multiply", "percent", "cap", "floor"])
@pytest.mark.parametrize(
    ("field", "kind"), [("code", "string"), ("day", "date"), ("flag", "boolean")]
)
def test_only_numbers_are_calculated_with(field: str, kind: str, operation: str) -> None:
    with pytest.raises(FieldTypeError) as caught:
        change(field, operation, 1)
    assert str(caught.value) == (
        f"'{operation}' takes a number, but {field!r} is {kind} (use 'set')"
    )


@pytest.mark.parametrize(
    ("field", "operation", "value", "kind", "message"),
    [
        (
            "amont",
            "set",
            1,
            UnknownFieldError,
            "there is no field 'amont' (did you mean 'amount'?)",
        ),
        (
            "price",
            "set",
            1,
            FieldTypeError,
            "the field 'price' is double; money is decimal "
            "(declare it as a decimal where it is ingested)",
        ),
        (
            "amount",
            "multiply",
            "twice",
            ValueCoercionError,
            "'twice' is no decimal(18,2), which the field 'amount' is "
            "(write a number such as 0.95)",
        ),
        (
            "amount",
            "set",
            True,
            ValueCoercionError,
            "True is no decimal(18,2), which the field 'amount' is (write a number such as 0.95)",
        ),
        (
            "day",
            "set",
            "later",
            ValueCoercionError,
            "'later' is no date, which the field 'day' is (write it as 2025-12-31)",
        ),
    ],
)
def test_what_does_not_fit_the_field_is_refused(
    field: str, operation: str, value: Any, kind: type[LiqbenchError], message: str
) -> None:
    with pytest.raises(LiqbenchError) as caught:
        change(field, operation, value)
    assert type(caught.value) is kind
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("field", "operation", "value", "what", "before", "behind"),
    [
        ("full", "add", 1, "add 1 to full", 29, 10),
        ("full", "subtract", 1, "subtract 1 from full", 29, 10),
        ("full", "set", 0.12345678901, "set full to 0.12345678901", 28, 11),
        ("full", "floor", 0.12345678901, "raise full to at least 0.12345678901", 28, 11),
        # a product is typed with one digit more than it needs, as Spark types it
        ("full", "multiply", 0.5, "multiply full by 0.5", 29, 11),
        ("long", "multiply", 0.125, "multiply long by 0.125", 26, 13),
        ("long", "percent", 12.5, "change long by 12.5 %", 27, 13),
    ],
)
def test_more_than_thirty_eight_digits_are_refused(
    field: str, operation: str, value: Any, what: str, before: int, behind: int
) -> None:
    with pytest.raises(PrecisionError) as caught:
        change(field, operation, value)
    assert str(caught.value) == (
        f"{what}: the result needs {before + behind} digits ({before} before and {behind} behind "
        "the point), a decimal has 38 (narrow an operand: cast(x as decimal(p,s)), or round(x, s) "
        "where that is meant)"
    )


def test_thirty_eight_digits_are_enough() -> None:
    assert change("long", "multiply", 0.25)[1] == DecimalType(37, 12)
    assert change("long", "add", Decimal("0.000000000001"))[1] == DecimalType(38, 12)
