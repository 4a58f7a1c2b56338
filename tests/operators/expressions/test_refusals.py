"""What an expression may not hold, and exactly what is said of it."""

from __future__ import annotations

from datetime import date

import pytest
from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    StringType,
)

from liqbench.errors import (
    ExpressionError,
    FaultsError,
    FieldTypeError,
    LiqbenchError,
    UnknownFieldError,
    ValueCoercionError,
)
from liqbench.operators.expressions import parse_expression, type_expression
from liqbench.operators.expressions.functions import FUNCTIONS

FIELDS: dict[str, DataType] = {
    "amount": DecimalType(18, 2),
    "rate": DecimalType(5, 4),
    "n": IntegerType(),
    "flag": BooleanType(),
    "day": DateType(),
    "code": StringType(),
    "price": DoubleType(),
    "weight": FloatType(),
}
ALLOWED = (
    "abs, add_months, coalesce, concat, contains, date_add, datediff, day, greatest, last_day, "
    "least, length, lower, month, nullif, ratio, round, startswith, substring, trim, upper, year"
)


def refusal(text: str) -> LiqbenchError:
    with pytest.raises(LiqbenchError) as caught:
        type_expression(parse_expression(text, date(2025, 12, 31)), FIELDS)
    return caught.value


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("(select 1)", "'(SELECT 1)' (subquery)"),
        ("select amount", "'SELECT amount' (select)"),
        ("exists(select 1)", "'EXISTS(SELECT 1)' (exists)"),
        ("sum(amount) over ()", "'SUM(amount) OVER ()' (window)"),
        ("rank() over (order by n)", "'RANK() OVER (ORDER BY n)' (window)"),
        ("abs(amount) filter (where flag)", "'ABS(amount) FILTER(WHERE flag)' (filter)"),
        ("abs(distinct amount)", "'DISTINCT amount' (distinct)"),
        ("*", "'*' (star)"),
        ("amount as x", "'amount AS x' (alias)"),
        ("amount % 2", "'amount % 2' (mod)"),
        ("amount div 2", "'amount DIV 2' (intdiv)"),
        ("current_date", "'CURRENT_DATE' (currentdate)"),
        ("day + interval 1 day", "\"INTERVAL '1' DAY\" (interval)"),
        ("code rlike 'a'", "\"code RLIKE 'a'\" (regexplike)"),
        ("code like 'a' escape 'b'", "\"code LIKE 'a' ESCAPE 'b'\" (escape)"),
        ("amount <=> 2", "'amount IS NOT DISTINCT FROM 2' (nullsafeeq)"),
        ("n[0]", "'n[0]' (bracket)"),
        (":today", "':today' (placeholder)"),
        ("drop table deals", "'DROP TABLE deals' (drop)"),
    ],
)
def test_only_scalars_of_one_row_are_allowed(text: str, shown: str) -> None:
    error = refusal(text)
    assert type(error) is ExpressionError
    assert str(error) == (
        f"expression {text!r}: {shown} is not allowed in an expression "
        "(an expression is calculated from the fields of one row)"
    )


@pytest.mark.parametrize(
    "name",
    ["reflect", "java_method", "input_file_name", "sum", "explode", "from_json", "uuid", "array"],
)
def test_functions_that_are_not_listed_are_refused(name: str) -> None:
    error = refusal(f"{name}(code)")
    assert type(error) is ExpressionError
    assert str(error) == (
        f"expression '{name}(code)': the function {name!r} is not allowed in an expression "
        f"(known are: {ALLOWED})"
    )


def test_a_slip_in_a_functions_name_names_the_closest() -> None:
    assert str(refusal("coalesc(amount, 0)")) == (
        "expression 'coalesc(amount, 0)': the function 'coalesc' is not allowed in an expression "
        "(did you mean 'coalesce'?)"
    )


@pytest.mark.parametrize("name", [name for name, item in FUNCTIONS.items() if not item.typed])
def test_the_grammars_own_names_are_no_functions(name: str) -> None:
    error = refusal(f"`{name}`(amount, 2)")
    assert type(error) is ExpressionError
    assert error.where == f"expression '`{name}`(amount, 2)'"


@pytest.mark.parametrize(
    "text", ["amount; rate", "amount; drop table deals", "", "  ", "-- amount"]
)
def test_exactly_one_expression(text: str) -> None:
    error = refusal(text)
    assert type(error) is ExpressionError
    assert str(error) == f"expression {text!r}: exactly one expression is needed"


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("amount +", "something is missing. Line 1, Col: 8."),
        ("(amount", "Expecting ). Line 1, Col: 7."),
        ("amount\n + (rate", "Expecting ). Line 2, Col: 8."),
    ],
)
def test_what_cannot_be_read_names_the_place(text: str, detail: str) -> None:
    assert str(refusal(text)) == f"expression {text!r}: can't be read: {detail}"


@pytest.mark.parametrize(
    "text",
    ["(" * 2_000 + "n" + ")" * 2_000, " and ".join(["flag"] * 3_000)],
    ids=["nested", "long"],
)
def test_what_is_nested_too_deeply_is_refused(text: str) -> None:
    error = refusal(text)
    assert type(error) is ExpressionError
    assert error.what.startswith("is nested too deeply to be read")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("amount in (select 1)", "IN takes a list of values, no sub-query"),
        ("amount in ()", "IN takes a list of values, no sub-query"),
        ("flag is true", "'flag IS TRUE': IS goes with NULL only"),
        ("deals.amount", "'deals.amount': a field is named without a table"),
        ("date '2025-02-30'", "'2025-02-30' is no date"),
        (
            "n between symmetric 2 and 1",
            "'(n BETWEEN 2 AND 1 OR n BETWEEN 1 AND 2)': SYMMETRIC is not allowed in an expression",
        ),
        (
            "cast(code as int default 0 on conversion error)",
            "'CAST(code AS INT DEFAULT 0 ON CONVERSION ERROR)': "
            "DEFAULT is not allowed in an expression",
        ),
    ],
)
def test_forms_that_would_be_misread_are_refused(text: str, what: str) -> None:
    assert str(refusal(text)) == f"expression {text!r}: {what}"


def test_the_as_of_date_needs_a_value() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression("day > :as_of")
    assert str(caught.value) == "expression 'day > :as_of': :as_of has no value here"


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        (
            "amount / 2",
            ExpressionError,
            "a division rounds, so its scale must be declared (write ratio(a, b, scale))",
        ),
        (
            "amont + 1",
            UnknownFieldError,
            "there is no field 'amont' (did you mean 'amount'?)",
        ),
        (
            "price * 2",
            FieldTypeError,
            "the field 'price' is double; money is decimal "
            "(declare it as a decimal where it is ingested)",
        ),
        (
            "weight is null",
            FieldTypeError,
            "the field 'weight' is float; money is decimal "
            "(declare it as a decimal where it is ingested)",
        ),
        (
            "cast(amount as decimal(18,1))",
            ExpressionError,
            "cast to decimal(18, 1) would round a decimal(18,2) "
            "(write round(x, 1) where rounding is meant)",
        ),
        (
            "cast(rate as int)",
            ExpressionError,
            "cast from decimal(5,4) to int is not allowed",
        ),
        (
            "cast(amount as double)",
            ExpressionError,
            "cast from decimal(18,2) to double is not allowed",
        ),
        (
            "cast(code as decimal(18,2))",
            ExpressionError,
            "cast from string to decimal(18, 2) is not allowed",
        ),
        (
            "day > 'yesterday'",
            ValueCoercionError,
            "'yesterday' is compared with a date but is none (write it as 2025-12-31)",
        ),
        ("day > 5", FieldTypeError, "a comparison mixes date and decimal(1,0)"),
        ("day = code", FieldTypeError, "a comparison mixes date and string"),
        ("day in (code, 5)", FieldTypeError, "a comparison mixes date and string and decimal(1,0)"),
        ("amount = '5'", FieldTypeError, "a comparison mixes decimal(18,2) and string"),
        ("code + 1", FieldTypeError, "'+ and -' takes numbers, not string"),
        ("flag * 1", FieldTypeError, "'*' takes numbers, not boolean"),
        ("amount and flag", FieldTypeError, "'and' takes boolean, not decimal(18,2)"),
        ("not n", FieldTypeError, "'not' takes boolean, not int"),
        ("code || n", FieldTypeError, "'concat' takes string, not int"),
        ("code like n", ExpressionError, "LIKE takes a constant pattern"),
        ("code like null", ExpressionError, "LIKE takes a constant pattern"),
        ("n like '1%'", FieldTypeError, "'like' takes string, not int"),
        ("case when n then 1 end", FieldTypeError, "WHEN takes a condition, not int"),
        ("if(flag, 1, 'a')", FieldTypeError, "CASE mixes decimal(1,0) and string"),
        ("coalesce(day, amount)", FieldTypeError, "coalesce mixes date and decimal(18,2)"),
        ("year(code)", FieldTypeError, "'year' takes date, not string"),
        ("date_add(code, 1)", FieldTypeError, "'date_add' takes a date, not string"),
        ("date_add(day, n)", ExpressionError, "'date_add' takes a whole number as argument 2"),
        ("round(amount, n)", ExpressionError, "'round' takes a whole number as argument 2"),
        ("round(amount, 0.5)", ExpressionError, "'round' takes a whole number as argument 2"),
        ("round(amount, -1)", ExpressionError, "'round' takes a scale from 0 to 18, not -1"),
        ("ratio(amount, n, 19)", ExpressionError, "'ratio' takes a scale from 0 to 18, not 19"),
        ("round(code, 2)", FieldTypeError, "'round' takes numbers, not string"),
        ("substring(n, 1, 2)", FieldTypeError, "'substring' takes string, not int"),
        ("abs(amount, 2)", ExpressionError, "'abs' takes 1 argument, not 2"),
        ("ratio(amount, n)", ExpressionError, "'ratio' takes 3 arguments, not 2"),
        ("coalesce()", ExpressionError, "'coalesce' takes at least 1 argument, not 0"),
        ("greatest(n)", ExpressionError, "'greatest' takes at least 2 arguments, not 1"),
    ],
)
def test_types_that_do_not_fit(text: str, kind: type[LiqbenchError], message: str) -> None:
    error = refusal(text)
    assert type(error) is kind
    assert str(error) == message


def test_all_faults_of_an_expression_come_at_once() -> None:
    error = refusal("amont + price * (1 / rate) > cod")
    assert isinstance(error, FaultsError)
    assert [type(fault) for fault in error.faults] == [
        UnknownFieldError,
        FieldTypeError,
        ExpressionError,
        UnknownFieldError,
    ]
