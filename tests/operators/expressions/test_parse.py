from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from liqbench.operators.expressions import (
    Call,
    Expression,
    Field,
    Literal,
    fields_of,
    parse_expression,
)

A, B, C = Field("a"), Field("b"), Field("c")
AS_OF = date(2025, 12, 31)


def call(function: str, *args: Expression) -> Call:
    return Call(function, args)


def number(value: str) -> Literal:
    return Literal(Decimal(value))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a + b * c", call("+", A, call("*", B, C))),
        ("a * b + c", call("+", call("*", A, B), C)),
        ("(a + b) * c", call("*", call("+", A, B), C)),
        ("a - b - c", call("-", call("-", A, B), C)),
        ("a - (b - c)", call("-", A, call("-", B, C))),
        ("-a * b", call("*", call("-", number("0"), A), B)),
        ("a or b and c", call("or", A, call("and", B, C))),
        ("(a or b) and c", call("and", call("or", A, B), C)),
        ("not a and b", call("and", call("not", A), B)),
        ("not a = b", call("not", call("=", A, B))),
        ("a = b or c", call("or", call("=", A, B), C)),
        ("a + b > c", call(">", call("+", A, B), C)),
    ],
)
def test_precedence_is_that_of_sql(text: str, tree: Expression) -> None:
    assert parse_expression(text) == tree


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("a = b", "="),
        ("a == b", "="),
        ("a != b", "!="),
        ("a <> b", "!="),
        ("a < b", "<"),
        ("a <= b", "<="),
        ("a > b", ">"),
        ("a >= b", ">="),
        ("a || b", "concat"),
        ("a / b", "/"),
    ],
)
def test_operators_have_one_name_each(text: str, function: str) -> None:
    assert parse_expression(text) == call(function, A, B)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", Decimal(1)),
        ("0.95", Decimal("0.95")),
        ("1e3", Decimal("1E+3")),
        ("-0.5", Decimal("-0.5")),
        ("- -1", Decimal(1)),
        ("-0", Decimal(0)),
        # more digits than Python's decimals keep by default
        (
            "-1234567890123456789012345678901234567.8",
            Decimal("-1234567890123456789012345678901234567.8"),
        ),
        ("'BOND'", "BOND"),
        (r"'it\'s'", "it's"),
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("date '2025-01-31'", date(2025, 1, 31)),
        ("cast('2025-01-31' as date)", date(2025, 1, 31)),
        (":as_of", AS_OF),
    ],
)
def test_constants(text: str, value: Any) -> None:
    read = parse_expression(text, AS_OF)
    assert read == Literal(value)
    assert isinstance(read, Literal)
    assert type(read.value) is type(value)
    assert str(read.value) == str(value)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("case when a then b else c end", call("case", A, B, C)),
        ("case when a then b end", call("case", A, B, Literal(None))),
        (
            "case when a then b when c then a else b end",
            call("case", A, B, C, A, B),
        ),
        (
            "case a when 1 then b when 2 then c end",
            call(
                "case",
                call("=", A, number("1")), B,
                call("=", A, number("2")), C,
                Literal(None),
            ),
        ),
        ("if(a, b, c)", call("case", A, B, C)),
        ("IF(a, b)", call("case", A, B, Literal(None))),
    ],
)  # fmt: skip
def test_case_and_if_are_one(text: str, tree: Expression) -> None:
    assert parse_expression(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a in (1, 2)", call("in", A, number("1"), number("2"))),
        ("a in (b)", call("in", A, B)),
        ("a not in ('x')", call("not", call("in", A, Literal("x")))),
        ("a between b and c", call("and", call(">=", A, B), call("<=", A, C))),
        ("a not between b and c", call("not", call("and", call(">=", A, B), call("<=", A, C)))),
        (
            "a between b and c and b",
            call("and", call("and", call(">=", A, B), call("<=", A, C)), B),
        ),
        ("a is null", call("is null", A)),
        ("a is not null", call("not", call("is null", A))),
        ("a like 'x%'", call("like", A, Literal("x%"))),
        ("a not like 'x%'", call("not", call("like", A, Literal("x%")))),
        ("not a like 'x%'", call("not", call("like", A, Literal("x%")))),
        ("not a not like 'x%'", call("not", call("not", call("like", A, Literal("x%"))))),
        ("!a", call("not", A)),
    ],
)
def test_tests_and_their_negations(text: str, tree: Expression) -> None:
    assert parse_expression(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("ABS(a)", call("abs", A)),
        ("coalesce(a, b, 0)", call("coalesce", A, B, number("0"))),
        ("ratio(a, b, 4)", call("ratio", A, B, number("4"))),
        ("datediff(a, :as_of)", call("datediff", A, Literal(AS_OF))),
        ("cast(a as decimal(10,2))", call("cast", A, Literal("decimal(10, 2)"))),
        ("cast(a as numeric(10,2))", call("cast", A, Literal("decimal(10, 2)"))),
        ("a::string", call("cast", A, Literal("string"))),
        ("cast(a as date)", call("cast", A, Literal("date"))),
    ],
)
def test_functions_by_name(text: str, tree: Expression) -> None:
    assert parse_expression(text, AS_OF) == tree


def test_fields_keep_their_spelling() -> None:
    assert parse_expression("`Own Funds` + Amount") == call(
        "+", Field("Own Funds"), Field("Amount")
    )


def test_comments_and_white_space_mean_nothing() -> None:
    assert parse_expression("a /* one */\n + b -- two") == call("+", A, B)


def test_the_as_of_date_is_bound_when_an_expression_is_read() -> None:
    assert parse_expression("a > :as_of", date(2024, 1, 1)) == call(
        ">", A, Literal(date(2024, 1, 1))
    )
    assert parse_expression("a > :as_of", date(2025, 1, 1)) == call(
        ">", A, Literal(date(2025, 1, 1))
    )


def test_the_fields_of_an_expression_come_once_in_the_order_of_reading() -> None:
    tree = parse_expression("case when c > 1 then a + b else coalesce(b, c, d, 'e') end")
    assert fields_of(tree) == ("c", "a", "b", "d")
    assert fields_of(parse_expression("1 + 2")) == ()


def test_a_chain_of_two_hundred_conditions_is_read() -> None:
    tree = parse_expression(" or ".join(f"a = {n}" for n in range(200)))
    assert fields_of(tree) == ("a",)
