"""What the driver evaluates is what Spark does, null for null and digit for digit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from liqbench.errors import LocalUnsupportedError, OverflowFigureError, UndefinedFigureError
from liqbench.operators.expressions import fields_of_schema, parse_expression, type_expression
from liqbench.operators.expressions.functions import FUNCTIONS
from liqbench.operators.local import LocalTable, evaluate
from liqbench.operators.local.evaluate import NAMES

Make = Callable[..., Any]
FIELDS = (
    "id string, amount decimal(12,2), rate decimal(5,4), wide decimal(30,6), days int, big bigint, "
    "code string, name string, day date, since date, flag boolean"
)
EXPRESSIONS = (
    "amount + rate",
    "amount - rate - 1.5",
    "amount * rate * (1 - rate)",
    "-amount",
    "wide * rate",
    "days * 2 + big",
    "amount = 0 or rate > 0.5",
    "flag and amount > 0 and rate < 1",
    "not (flag or amount < rate)",
    "amount <> days",
    "amount <= 10 and amount >= -10",
    "code < name",
    "code = 'BOND'",
    "code in ('BOND', 'LOAN')",
    "code not in ('BOND', null)",
    "days in (1, 30, 400)",
    "day in ('2024-02-29', '2025-12-31')",
    "amount between -5 and 5",
    "amount is null",
    "code is not null and flag is not null",
    "case when flag then amount when rate > 0 then rate else -1 end",
    "case code when 'BOND' then 1 when 'LOAN' then 2.50 end",
    "case when rate = 0 then 0 else ratio(amount, rate, 6) end",
    "coalesce(amount, rate, 0)",
    "coalesce(code, name, '-')",
    "nullif(rate, 0.25)",
    "nullif(code, name)",
    "ratio(amount, nullif(rate, 0), 8)",
    "ratio(amount, 7, 2)",
    "round(amount * rate, 2)",
    "round(wide, 0)",
    "round(amount, 5)",
    "abs(amount) + abs(days)",
    "greatest(amount, rate, days)",
    "least(amount, null, rate)",
    "greatest(code, name)",
    "cast(amount as decimal(20,4))",
    "cast(days as string)",
    "cast(flag as string)",
    "cast(day as string)",
    "cast(big as decimal(25,0))",
    "cast(days as bigint)",
    "datediff(day, since)",
    "date_add(day, 45)",
    "add_months(day, -14)",
    "add_months(since, 1)",
    "last_day(day)",
    "year(day) * 10000 + month(day) * 100 + day(day)",
    "upper(code)",
    "lower(concat(code, 'X'))",
    "trim(name)",
    "length(name)",
    "concat(code, '-', name)",
    "substring(name, 2, 3)",
    "substring(name, -3, 2)",
    "substring(name, 0, 2)",
    "startswith(code, 'BO') or contains(name, 'a')",
    "code like 'B%D'",
    "name like '_a%'",
    "name not like '%.%'",
)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(values, values, values, st.none())


ROWS = st.lists(
    st.tuples(
        maybe(st.decimals("-99999999.99", "99999999.99", places=2)),
        maybe(st.sampled_from([Decimal(x) for x in ("0", "0.25", "0.00005", "-0.5", "1")])),
        maybe(st.decimals("-999999999999999999999999", "9" * 24, places=6)),
        maybe(st.sampled_from([0, 1, 30, 400, -7, 2**31 - 1, -(2**31)])),
        maybe(st.integers(-(2**63), 2**63 - 1)),
        maybe(st.sampled_from(["BOND", "LOAN", "", "bond"])),
        maybe(st.sampled_from(["Anna", " a b ", "ABBA", "", "a.b", "Łódź", "日本"])),
        maybe(st.dates(date(1970, 1, 1), date(2100, 12, 31))),
        maybe(st.sampled_from([date(2024, 2, 29), date(2025, 12, 31), date(2023, 1, 31)])),
        maybe(st.booleans()),
    ),
    min_size=30,
    max_size=60,
)


@settings(
    deadline=None,
    max_examples=5,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=ROWS)
def test_every_function_is_spark_s(spark: SparkSession, table: Make, rows: list[Any]) -> None:
    given_rows: pa.Table = table(
        FIELDS, [(f"D{n:03}", *_halves(row)) for n, row in enumerate(rows)]
    )
    frame, local = spark.createDataFrame(given_rows), LocalTable.from_arrow(given_rows)
    types = fields_of_schema(frame.schema)
    typed = [type_expression(parse_expression(text), types) for text in EXPRESSIONS]
    columns = [each.column().cast(each.dtype) for each in typed]
    asked = frame.select("id", *(column.alias(f"x{n}") for n, column in enumerate(columns)))
    spoken = asked.sort("id").toArrow()
    for n, (text, each) in enumerate(zip(EXPRESSIONS, typed, strict=True)):
        found = evaluate(each, local)
        assert found.to_arrow().to_pylist() == spoken.column(f"x{n}").to_pylist(), text
        assert found.to_arrow().type == spoken.schema.field(f"x{n}").type, text


def _halves(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Give the rate its four decimals: 0.00005 is one too many."""
    amount, rate, *rest = row
    return (amount, None if rate is None else rate.quantize(Decimal("0.0001")), *rest)


def test_every_function_that_spark_calculates_is_there() -> None:
    assert {name for name in FUNCTIONS if name != "/"} == NAMES


def test_every_function_that_an_analyst_can_call_is_compared() -> None:
    called = " ".join(EXPRESSIONS)
    assert [name for name, f in FUNCTIONS.items() if f.typed and f"{name}(" not in called] == []


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("0.5", "1"), ("1.5", "2"), ("-0.5", "-1"), ("-1.49", "-1"), ("2.49", "2")],
)
def test_a_half_is_rounded_away_from_zero(table: Make, amount: str, shown: str) -> None:
    local = LocalTable.from_arrow(table("amount decimal(5,2)", [(Decimal(amount),)]))
    typed = type_expression(parse_expression("round(amount, 0)"), fields_of_schema(local.schema))
    assert evaluate(typed, local).items() == [Decimal(shown)]


@pytest.mark.parametrize(
    ("expression", "kind", "message"),
    [
        ("ratio(amount, amount - amount, 2)", UndefinedFigureError, "a division by zero"),
        ("cast(amount as decimal(3,2))", OverflowFigureError, "4 digits don't fit decimal(3,2)"),
        ("upper(name)", LocalUnsupportedError, "are changed by Spark only"),
        ("name like 'a\\\\_%'", LocalUnsupportedError, "matched by Spark only"),
        ("cast(amount as string)", LocalUnsupportedError, "is written as text by Spark only"),
        ("cast(name as date)", LocalUnsupportedError, "is read as a date by Spark only"),
    ],
)
def test_what_can_not_be_answered_is_refused(
    table: Make, expression: str, kind: type[Exception], message: str
) -> None:
    rows = [(Decimal("12.34"), "Łódź")]
    local = LocalTable.from_arrow(table("amount decimal(5,2), name string", rows))
    typed = type_expression(parse_expression(expression), fields_of_schema(local.schema))
    with pytest.raises(kind) as caught:
        evaluate(typed, local)
    assert message in str(caught.value)


def test_a_branch_that_is_not_taken_can_not_fail(table: Make) -> None:
    local = LocalTable.from_arrow(
        table(
            "a decimal(5,2), b decimal(5,2)", [(Decimal(4), Decimal(0)), (Decimal(4), Decimal(2))]
        )
    )
    fields = fields_of_schema(local.schema)
    for text in (
        "case when b = 0 then 0 else ratio(a, b, 0) end",
        "coalesce(nullif(b - b, b), ratio(a, nullif(b, 0), 0))",
    ):
        assert evaluate(type_expression(parse_expression(text), fields), local).valid[1]
    guarded = type_expression(parse_expression("b <> 0 and ratio(a, b, 0) = 2"), fields)
    assert evaluate(guarded, local).items() == [False, True]
