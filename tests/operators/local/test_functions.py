"""Every function on the driver, against values worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql.types import (
    BooleanType,
    DateType,
    DecimalType,
    IntegerType,
    StringType,
    TimestampType,
)

from liqbench.errors import (
    DateRangeError,
    FieldTypeError,
    LiqbenchError,
    LocalUnsupportedError,
    OverflowFigureError,
    UndefinedFigureError,
    UnknownFieldError,
)
from liqbench.operators.expressions import fields_of_schema, parse_expression, type_expression
from liqbench.operators.expressions.functions import FUNCTIONS
from liqbench.operators.local import LocalTable, Vector, evaluate
from liqbench.operators.local.evaluate import NAMES

D = Decimal
T, F, N = True, False, None
TABLE = LocalTable(
    {
        "a": Vector.of(DecimalType(10, 2), [D("1.25"), D("-1.25"), D(0), N]),
        "b": Vector.of(DecimalType(6, 4), [D("0.5"), N, D("-2"), D(3)]),
        "n": Vector.of(IntegerType(), [1, -7, N, 2**31 - 1]),
        "f": Vector.of(BooleanType(), [T, F, N, T]),
        "g": Vector.of(BooleanType(), [F, N, N, T]),
        "s": Vector.of(StringType(), ["Bond", " a%", "", N]),
        "d": Vector.of(DateType(), [date(2024, 2, 29), date(2025, 12, 31), N, date(2025, 1, 31)]),
        "t": Vector.of(
            TimestampType(),
            [
                datetime(2025, 1, 1, 23, 59, 59, 500_000, UTC),
                datetime(1969, 12, 31, 1, tzinfo=UTC),
                N,
                datetime(2025, 6, 1, tzinfo=UTC),
            ],
        ),
        "full": Vector.of(DecimalType(38, 0), [D("9" * 38), D("-" + "9" * 38), D(0), N]),
    }
)


def value_of(text: str, table: LocalTable = TABLE) -> Vector:
    typed = type_expression(
        parse_expression(text, date(2025, 12, 31)), fields_of_schema(table.schema)
    )
    return evaluate(typed, table)


def decimals(*texts: str | None) -> list[Decimal | None]:
    return [text if text is None else D(text) for text in texts]


def test_the_driver_knows_the_functions_that_spark_does() -> None:
    assert set(FUNCTIONS) == NAMES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b", decimals("1.7500", N, "-2.0000", N)),
        ("a - b", decimals("0.7500", N, "2.0000", N)),
        ("a * b", decimals("0.625000", N, "0.000000", N)),
        ("-a", decimals("-1.25", "1.25", "0.00", N)),
        ("n + 0.5", decimals("1.5", "-6.5", N, "2147483647.5")),
        ("abs(a)", decimals("1.25", "1.25", "0.00", N)),
        ("abs(full)", decimals("9" * 38, "9" * 38, "0", N)),
        # a half away from zero, on both sides
        ("round(a, 1)", decimals("1.3", "-1.3", "0.0", N)),
        ("round(a - 0.01, 1)", decimals("1.2", "-1.3", "0.0", N)),
        ("round(a * 2, 0)", decimals("3", "-3", "0", N)),
        ("round(a, 4)", decimals("1.25", "-1.25", "0.00", N)),
        ("ratio(a, 2.5, 0)", decimals("1", "-1", "0", N)),
        ("ratio(a, b, 3)", decimals("2.500", N, "0.000", N)),
        ("ratio(2, 3, 4)", decimals(*["0.6667"] * 4)),
        ("ratio(-2, 3, 4)", decimals(*["-0.6667"] * 4)),
        ("ratio(a, nullif(a, 0), 1)", decimals("1.0", "1.0", N, N)),
        ("cast(a as decimal(5,3))", decimals("1.250", "-1.250", "0.000", N)),
        ("cast(a as string)", ["1.25", "-1.25", "0.00", N]),
        ("cast(b as string)", ["0.5000", N, "-2.0000", "3.0000"]),
        ("cast(0.05 as string)", ["0.05"] * 4),
        ("cast(n as string)", ["1", "-7", N, "2147483647"]),
        ("cast(n as bigint)", [1, -7, N, 2147483647]),
        ("greatest(a, b)", decimals("1.2500", "-1.2500", "0.0000", "3.0000")),
        ("least(a, b, null)", decimals("0.5000", "-1.2500", "-2.0000", "3.0000")),
        ("nullif(a, 0)", decimals("1.25", "-1.25", N, N)),
        ("nullif(n, null)", [1, -7, N, 2147483647]),
        ("coalesce(b, a)", decimals("0.5000", "-1.2500", "-2.0000", "3.0000")),
        ("coalesce(null, n, 0)", decimals("1", "-7", "0", "2147483647")),
    ],
)
def test_figures(text: str, expected: list[Any]) -> None:
    found = value_of(text).items()
    assert found == expected
    assert list(map(str, found)) == list(map(str, expected))  # with all digits of the scale


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f and g", [F, F, N, T]),
        ("f or g", [T, N, N, T]),
        ("not f", [F, T, N, F]),
        ("f and null", [N, F, N, N]),
        ("f or null", [T, N, N, T]),
        ("a is null", [F, F, F, T]),
        ("a is not null", [T, T, T, F]),
        ("a = 1.250", [T, F, F, N]),
        ("a != b", [T, N, T, N]),
        ("a < b", [F, N, F, N]),
        ("n >= 1", [T, F, N, T]),
        ("s < null", [N, N, N, N]),
        ("f < g", [F, N, N, F]),
        ("d > '2025-01-31'", [F, T, N, F]),
        ("a in (0, 1.2500)", [T, F, T, N]),
        ("a in (0, null)", [N, N, T, N]),
        ("a in (0.001, 9)", [F, F, F, N]),
        ("a not in (b, 0)", [T, N, F, N]),
        ("n in (b * 2, -7)", [T, T, N, F]),
        ("s in ('Bond', null)", [T, N, N, N]),
        ("d in ('2024-02-29')", [T, F, N, F]),
        ("s like 'B_n%'", [T, F, F, N]),
        ("s like '%\\\\%'", [F, T, F, N]),
        ("s like ''", [F, F, T, N]),
        ("startswith(s, 'Bo')", [T, F, F, N]),
        ("startswith(s, null)", [N, N, N, N]),
        ("contains(s, '')", [T, T, T, N]),
        ("t >= t", [T, T, N, T]),
    ],
)
def test_conditions(text: str, expected: list[Any]) -> None:
    assert value_of(text).items() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("upper(s)", ["BOND", " A%", "", N]),
        ("lower(s)", ["bond", " a%", "", N]),
        ("trim(s)", ["Bond", "a%", "", N]),
        ("length(s || '🏦')", [5, 4, 1, N]),
        ("concat(s, '-', s)", ["Bond-Bond", " a%- a%", "-", N]),
        ("substring(s, 2, 2)", ["on", "a%", "", N]),
        ("substring(s, 0, 1)", ["B", " ", "", N]),
        ("substring(s, -3, 2)", ["on", " a", "", N]),
        ("substring(s, -6, 3)", ["B", "", "", N]),
        ("substring(s, 1, -1)", ["", "", "", N]),
        ("cast(f as string)", ["true", "false", N, "true"]),
        ("cast(d as string)", ["2024-02-29", "2025-12-31", N, "2025-01-31"]),
        (
            "cast(t as string)",
            ["2025-01-01 23:59:59.5", "1969-12-31 01:00:00", N, "2025-06-01 00:00:00"],
        ),
        ("datediff(d, date '2025-01-01')", [-307, 364, N, 30]),
        ("date_add(d, 1)", [date(2024, 3, 1), date(2026, 1, 1), N, date(2025, 2, 1)]),
        ("add_months(d, 1)", [date(2024, 3, 29), date(2026, 1, 31), N, date(2025, 2, 28)]),
        ("add_months(d, -12)", [date(2023, 2, 28), date(2024, 12, 31), N, date(2024, 1, 31)]),
        ("last_day(d)", [date(2024, 2, 29), date(2025, 12, 31), N, date(2025, 1, 31)]),
        ("year(d) * 10000 + month(d) * 100 + day(d)", [20240229, 20251231, N, 20250131]),
        ("cast(t as date)", [date(2025, 1, 1), date(1969, 12, 31), N, date(2025, 6, 1)]),
        ("cast(cast(d as string) as date) = d", [T, T, N, T]),
    ],
)
def test_texts_and_dates(text: str, expected: list[Any]) -> None:
    assert value_of(text).items() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("case when f then 1 when g then 2 else 3 end", decimals("1", "3", "3", "1")),
        ("case when g then a end", decimals(N, N, N, N)),
        ("if(g, null, s)", ["Bond", " a%", "", N]),
        ("if(f, null, null)", [N, N, N, N]),
        ("if(f, 'x', null) < 'y'", [T, N, N, T]),
        # what isn't reached has no error
        ("case when a = 0 then 0 else ratio(1, a, 2) end", decimals("0.80", "-0.80", "0", N)),
        ("coalesce(f, ratio(1, a, 2) > 0)", [T, F, N, T]),
    ],
)
def test_a_branch_is_evaluated_where_it_is_taken(text: str, expected: list[Any]) -> None:
    rows = TABLE.take(TABLE["f"].valid) if "coalesce" in text else TABLE
    wanted = [v for v in expected if v is not None] if "coalesce" in text else expected
    assert value_of(text, rows).items() == wanted


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        (
            "ratio(1, a, 2)",
            UndefinedFigureError,
            "a division by zero in 1 rows (write nullif(x, 0) where there is then no figure)",
        ),
        (
            "ratio(n, 0.00000000000001, 0)",
            OverflowFigureError,
            "3 figures have more digits than decimal(14,0) holds, up to 24 before the point "
            "(declare a wider type where the figure is ingested or calculated)",
        ),
        (
            "cast(n as decimal(2,1))",
            OverflowFigureError,
            "1 figures have more digits than decimal(2,1) holds, up to 10 before the point "
            "(declare a wider type where the figure is ingested or calculated)",
        ),
        (
            "cast(n * 2 as int)",
            OverflowFigureError,
            "1 figures have more digits than int holds, up to 10 before the point "
            "(declare a wider type where the figure is ingested or calculated)",
        ),
        (
            "cast('2025-02-3' || '0' as date)",
            DateRangeError,
            "'2025-02-30' is no date (write dates as 2025-12-31)",
        ),
    ],
)
def test_where_spark_would_stop_there_is_an_error(
    text: str, kind: type[LiqbenchError], message: str
) -> None:
    with pytest.raises(kind) as caught:
        value_of(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "text",
    [
        "upper(s || 'ß')",
        "s like 'a\\\\b'",
        "cast(trim(s) as date)",
        "date_add(d, 99999999)",
        "add_months(d, -99999999999)",
        # Spark may or may not look at these; it is asked
        "a != 0 and ratio(1, a, 2) > 0",
        "nullif(a, 0) + ratio(1, a, 14) > 0",
        "nullif(a, 0) in (ratio(1, a, 2), 1)",
        "nullif(nullif(a, 0), ratio(1, a, 2))",
    ],
)
def test_where_only_spark_is_sure_it_is_said(text: str) -> None:
    with pytest.raises(LocalUnsupportedError):
        value_of(text)


def test_a_table_of_other_fields_is_refused() -> None:
    typed = type_expression(parse_expression("a"), {"a": DecimalType(10, 3)})
    with pytest.raises(FieldTypeError, match=r"^the field 'a' is decimal\(10,2\), typed was"):
        evaluate(typed, TABLE)
    with pytest.raises(UnknownFieldError, match=r"^there is no field 'a'"):
        evaluate(typed, TABLE.select(["b"]))
