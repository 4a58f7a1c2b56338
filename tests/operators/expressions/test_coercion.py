"""Conditions of rules as expressions: every value becomes a constant of its field's type."""

from __future__ import annotations

from datetime import date, datetime
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
    LongType,
    StringType,
    TimestampType,
)

from liqbench.errors import (
    FaultsError,
    FieldTypeError,
    LiqbenchError,
    UnknownFieldError,
    ValueCoercionError,
)
from liqbench.model import AllOf, AnyOf, Condition
from liqbench.operators.conditions import coerce, conditions_expression
from liqbench.operators.expressions import Call, Expression, Field, Literal, type_expression

MONEY = DecimalType(18, 2)
FIELDS: dict[str, DataType] = {
    "amount": MONEY,
    "n": IntegerType(),
    "code": StringType(),
    "day": DateType(),
    "flag": BooleanType(),
    "moment": TimestampType(),
    "price": DoubleType(),
}


@pytest.mark.parametrize(
    ("dtype", "value", "expected"),
    [
        (MONEY, 5, Decimal(5)),
        (MONEY, Decimal("0.95"), Decimal("0.95")),
        (MONEY, "0.95", Decimal("0.95")),
        (MONEY, "-1e3", Decimal(-1000)),
        (IntegerType(), 5, Decimal(5)),
        (IntegerType(), Decimal("0.5"), Decimal("0.5")),  # compared, and set, exactly
        (LongType(), "12", Decimal(12)),
        (StringType(), "BOND", "BOND"),
        (StringType(), "", ""),
        (StringType(), "2025-01-01", "2025-01-01"),
        (BooleanType(), True, True),
        (BooleanType(), "true", True),
        (BooleanType(), "false", False),
        (DateType(), "2025-01-31", date(2025, 1, 31)),
        (DateType(), date(2025, 1, 31), date(2025, 1, 31)),
        (TimestampType(), "2025-01-31T10:30:00", datetime(2025, 1, 31, 10, 30)),  # noqa: DTZ001
        (TimestampType(), "2025-01-31", datetime(2025, 1, 31)),  # noqa: DTZ001
        (TimestampType(), date(2025, 1, 31), datetime(2025, 1, 31)),  # noqa: DTZ001
        (TimestampType(), datetime(2025, 1, 31), datetime(2025, 1, 31)),  # noqa: DTZ001
    ],
)
def test_a_value_is_read_as_its_fields_type(dtype: DataType, value: Any, expected: Any) -> None:
    literal = coerce(value, dtype, field="f")
    assert literal == Literal(expected)
    assert type(literal.value) is type(expected)


NUMBER, DAY, YES, TEXT = (
    "write a number such as 0.95",
    "write it as 2025-12-31",
    "write true or false",
    "write it in quotes",
)


@pytest.mark.parametrize(
    ("dtype", "value", "hint"),
    [
        (MONEY, "five", NUMBER),
        (MONEY, "", NUMBER),
        (MONEY, True, NUMBER),
        (MONEY, "NaN", NUMBER),
        (MONEY, "Infinity", NUMBER),
        (MONEY, date(2025, 1, 1), NUMBER),
        (MONEY, (1, 2), NUMBER),
        (IntegerType(), "5 %", NUMBER),
        (StringType(), 5, TEXT),
        (StringType(), True, TEXT),
        (StringType(), date(2025, 1, 1), TEXT),
        (BooleanType(), "yes", YES),
        (BooleanType(), 1, YES),
        (DateType(), "31.01.2025", DAY),
        (DateType(), "2025-02-30", DAY),
        (DateType(), 20250131, DAY),
        (DateType(), datetime(2025, 1, 1), DAY),  # noqa: DTZ001
        (TimestampType(), "noon", DAY),
        (TimestampType(), 20250131, DAY),
    ],
)
def test_a_value_of_another_type_is_refused(dtype: DataType, value: Any, hint: str) -> None:
    with pytest.raises(ValueCoercionError) as caught:
        coerce(value, dtype, field="f")
    assert str(caught.value) == (
        f"{value!r} is no {dtype.simpleString()}, which the field 'f' is ({hint})"
    )


def condition(field: str, operator: Any, value: Any = None) -> Condition:
    return Condition(field=field, operator=operator, value=value)


def expression(*nodes: Any) -> Expression:
    read = conditions_expression(nodes, FIELDS)
    assert type_expression(read, FIELDS).dtype == BooleanType()
    return read


AMOUNT, CODE, FIVE = Field("amount"), Field("code"), Literal(Decimal(5))


@pytest.mark.parametrize("operator", ["=", "!=", "<", "<=", ">", ">="])
def test_a_comparison(operator: str) -> None:
    assert expression(condition("amount", operator, "5")) == Call(operator, (AMOUNT, FIVE))


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (
            condition("code", "in", ["A", "B"]),
            Call("in", (CODE, Literal("A"), Literal("B"))),
        ),
        (
            condition("code", "not in", ["A"]),
            Call("not", (Call("in", (CODE, Literal("A"))),)),
        ),
        (
            condition("amount", "between", [0, 5]),
            Call(
                "and",
                (Call(">=", (AMOUNT, Literal(Decimal(0)))), Call("<=", (AMOUNT, FIVE))),
            ),
        ),
        (condition("code", "is null"), Call("is null", (CODE,))),
        (condition("code", "is not null"), Call("not", (Call("is null", (CODE,)),))),
        (condition("code", "starts with", "A"), Call("startswith", (CODE, Literal("A")))),
        (condition("code", "contains", "A"), Call("contains", (CODE, Literal("A")))),
        (condition("day", ">", "2025-01-01"), Call(">", (Field("day"), Literal(date(2025, 1, 1))))),
        (condition("flag", "=", "true"), Call("=", (Field("flag"), Literal(True)))),  # noqa: FBT003
    ],
)
def test_the_other_forms(node: Condition, expected: Expression) -> None:
    assert expression(node) == expected


def test_conditions_are_anded_and_groups_nest() -> None:
    one, two, three = (condition("amount", ">", n) for n in (1, 2, 3))
    first, second, third = (expression(node) for node in (one, two, three))
    assert expression() == Literal(True)  # noqa: FBT003
    assert expression(one, two) == Call("and", (first, second))
    assert expression(AnyOf(any=(one, AllOf(all=(two, three))))) == Call(
        "or", (first, Call("and", (second, third)))
    )
    assert expression(AnyOf(any=(one,))) == first


def fault(*nodes: Any) -> LiqbenchError:
    with pytest.raises(LiqbenchError) as caught:
        conditions_expression(nodes, FIELDS)
    return caught.value


@pytest.mark.parametrize(
    ("node", "kind", "message"),
    [
        (
            condition("cod", "=", 1),
            UnknownFieldError,
            "there is no field 'cod' (did you mean 'code'?)",
        ),
        (
            condition("cod", "is null"),
            UnknownFieldError,
            "there is no field 'cod' (did you mean 'code'?)",
        ),
        (
            condition("n", "starts with", "1"),
            FieldTypeError,
            "'starts with' takes text, but 'n' is int",
        ),
        (
            condition("amount", "contains", "1"),
            FieldTypeError,
            "'contains' takes text, but 'amount' is decimal(18,2)",
        ),
        (
            condition("price", ">", 1),
            FieldTypeError,
            "the field 'price' is double; money is decimal "
            "(declare it as a decimal where it is ingested)",
        ),
        (
            condition("day", "between", ["2025-01-01", "later"]),
            ValueCoercionError,
            "'later' is no date, which the field 'day' is (write it as 2025-12-31)",
        ),
        (
            condition("amount", "between", ["2000", 1999.99]),
            ValueCoercionError,
            "amount between 2000 and 1999.99: nothing is between them, the first is the larger "
            "one (write [1999.99, 2000])",
        ),
        (
            condition("day", "between", ["2025-12-31", "2025-01-01"]),
            ValueCoercionError,
            "day between 2025-12-31 and 2025-01-01: nothing is between them, the first is the "
            "larger one (write [2025-01-01, 2025-12-31])",
        ),
        (
            condition("code", "in", ["A", 5]),
            ValueCoercionError,
            "5 is no string, which the field 'code' is (write it in quotes)",
        ),
    ],
)
def test_conditions_that_do_not_fit_the_data(
    node: Condition, kind: type[LiqbenchError], message: str
) -> None:
    error = fault(node)
    assert type(error) is kind
    assert str(error) == message


def test_every_fault_of_every_condition_is_told() -> None:
    error = fault(
        condition("cod", "=", 1),
        AnyOf(any=(condition("day", "=", "x"), AllOf(all=(condition("n", "contains", "1"),)))),
    )
    assert isinstance(error, FaultsError)
    assert [type(item) for item in error.faults] == [
        UnknownFieldError,
        ValueCoercionError,
        FieldTypeError,
    ]
