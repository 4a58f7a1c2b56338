"""Operators on the driver: the same rows, types and digits as on Spark, and the same refusals."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from liqbench.errors import (
    LiqbenchError,
    LocalUnsupportedError,
    OverflowFigureError,
    UndefinedFigureError,
)
from liqbench.operators import Context, Operator
from liqbench.operators.local import LocalTable

Make = Callable[..., Any]
FIELDS = (
    "id bigint, product string, amount decimal(18,2), rate decimal(5,4), days int, "
    "open boolean, day date, full decimal(37,3)"
)


@pytest.fixture(scope="module")
def deals(table: Make) -> pa.Table:
    chance = random.Random(7)  # noqa: S311

    def row(number: int) -> tuple[Any, ...]:
        top = 10**37 - 1
        values = (
            chance.choice(("BOND", "LOAN", "", "Bö")),
            Decimal(chance.choice((5, -5, 15, chance.randint(-(10**17), 10**17)))).scaleb(-2),
            Decimal(chance.randint(-99999, 99999)).scaleb(-4),
            chance.randint(-400, 400),
            chance.random() < 0.5,
            date(2025, 1, 1) + timedelta(days=chance.randrange(700)),
            Decimal((chance.randrange(2), tuple(map(int, str(chance.randint(0, top)))), -3)),
        )
        return number, *(None if chance.random() < 0.2 else value for value in values)

    made: pa.Table = table(FIELDS, [row(number) for number in range(300)])
    return made


def rule(rule_id: str, conditions: list[Any], *changes: tuple[Any, ...], **more: Any) -> Any:
    keys = ("field", "operation", "value")
    adjustments = [dict(zip(keys, change, strict=True)) for change in changes]
    return {"rule_id": rule_id, "conditions": conditions, "adjustments": adjustments, **more}


BOND = {"field": "product", "operator": "=", "value": "BOND"}
LONG = {"field": "days", "operator": ">", "value": 30}
RULES = [
    rule("scale", [BOND], ("rate", "multiply", "0.95"), ("amount", "percent", "12.5")),
    rule("sees", [{"field": "rate", "operator": ">", "value": "0.5"}], ("rate", "cap", "0.55555")),
    rule("later", [], ("amount", "set", 0), effective_date="2026-01-01"),
    rule("earlier", [], ("amount", "set", 0), expiry_date="2025-12-30"),
    rule("any", [{"any": [LONG, {"field": "day", "operator": "is null"}]}],
         ("days", "set", 31), ("amount", "subtract", "0.005"), ("open", "set", True)),
    rule("text", [{"field": "product", "operator": "starts with", "value": "L"}],
         ("product", "set", "LOAN2"), ("day", "set", "2025-06-30"), ("rate", "floor", -1)),
]  # fmt: skip

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "calculate": (
        "calculate",
        {
            "expressions": [
                {"name": "flow", "expression": "coalesce(amount * rate * (1 - rate), 0)"},
                {"name": "kind", "expression": "case when days > 30 then 'long' end"},
                {"name": "half", "expression": "flow * 0.5 + days", "on_null": "keep"},
                {"name": "days", "expression": "nullif(days, 7)", "replace": True},
                {"name": "age", "expression": "datediff(:as_of, day)"},
                {"name": "wide", "expression": "coalesce(rate, 0)", "type": "decimal(20,10)"},
                {"name": "size", "expression": "coalesce(abs(full), 0)"},
            ]
        },
    ),
    "filter by expression": ("filter", {"expression": "amount > 0 or product like 'B%'"}),
    "filter by conditions": ("filter", {"conditions": [BOND, LONG]}),
    "adjust": ("adjust", {"rules": RULES}),
    "star schema": (
        "star_schema",
        {
            "fact": "deals",
            "date": "day",
            "dimensions": [{"name": "deal", "key": "id", "attributes": ["product"]}],
            "measures": [
                {"field": "amount", "type": "decimal(18,1)"},
                {"field": "rate", "type": "int"},
                {"field": "days", "type": "decimal(12,2)"},
                {"field": "full", "type": "decimal(38,0)"},
                {"field": "open", "type": "boolean"},
            ],
        },
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_driver_gives_what_spark_gives(
    case: str, deals: pa.Table, spark: SparkSession, operator: Make, applied: Make, context: Context
) -> None:
    kind, parameters = CASES[case]
    made: Operator = operator(kind, **parameters)
    expected = applied(made, spark.createDataFrame(deals)).toArrow()
    found = made.local(context, LocalTable.from_arrow(deals)).to_arrow()
    assert {f.name: f.type for f in found.schema} == {f.name: f.type for f in expected.schema}
    assert found.to_pylist() == expected.to_pylist()
    assert len(found) > 20


def test_an_adjustment_counts_the_rows_that_its_rules_match(
    deals: pa.Table, operator: Make, context: Context
) -> None:
    counts: dict[str, int] = {}
    counting = Context(as_of=context.as_of, counter=lambda _, own: counts.update(own))
    operator("adjust", rules=[RULES[0], RULES[4]]).local(counting, LocalTable.from_arrow(deals))
    rows = deals.to_pylist()
    bonds = [row["product"] == "BOND" for row in rows]
    others = [(row["days"] or 0) > 30 or row["day"] is None for row in rows]
    assert counts == {
        "rule scale": sum(bonds),
        "rule any": sum(others),
        "matched rows": sum(a or b for a, b in zip(bonds, others, strict=True)),
    }


@pytest.mark.parametrize(
    ("kind", "parameters", "error", "message"),
    [
        (
            "calculate",
            {"expressions": [{"name": "x", "expression": "amount", "type": "decimal(5,2)"}]},
            OverflowFigureError,
            "field 'x': 1 figures have more digits than decimal(5,2) holds, up to 4 before the "
            "point (declare a wider type where the figure is ingested or calculated)",
        ),
        (
            "calculate",
            {"expressions": [{"name": "x", "expression": "amount * rate"}]},
            UndefinedFigureError,
            "field 'x': 2 rows have no value, such as from (amount 1.00, rate None); "
            "(amount None, rate 0.5000) (use coalesce(…, 0) where null means none, or say "
            "on_null: keep)",
        ),
        (
            "calculate",
            {"expressions": [{"name": "x", "expression": "ratio(1, amount, 2)"}]},
            UndefinedFigureError,
            "field 'x': a division by zero in 1 rows (write nullif(x, 0) where there is then no "
            "figure)",
        ),
        (
            "star_schema",
            {
                "fact": "f",
                "date": "day",
                "dimensions": [{"name": "p", "key": "product"}],
                "measures": [{"field": "long", "type": "int"}],
            },
            OverflowFigureError,
            "measure 'long': 1 figures have more digits than int holds, up to 10 before the "
            "point (declare a wider type where the figure is ingested or calculated)",
        ),
    ],
)
def test_what_spark_stops_at_is_refused_with_its_place(
    kind: str, parameters: Any, error: type[LiqbenchError], message: str,
    table: Make, spark: SparkSession, operator: Make, context: Context,
) -> None:  # fmt: skip
    rows = table(
        "day date, product string, amount decimal(18,2), rate decimal(5,4), long decimal(12,1)",
        [
            (None, "a", Decimal("1000.00"), Decimal("0.5"), Decimal("2147483647.4")),
            (None, "a", Decimal("1.00"), None, Decimal("2147483647.5")),
            (None, "a", None, Decimal("0.5"), None),
            (None, "a", Decimal(0), Decimal("0.5"), None),
        ],
    )
    made: Operator = operator(kind, **parameters)
    with pytest.raises(error) as caught:
        made.local(context, LocalTable.from_arrow(rows))
    assert str(caught.value) == message
    with pytest.raises(PySparkException):
        made.apply(context, spark.createDataFrame(rows)).collect()


def test_other_operators_are_sparks(operator: Make, context: Context) -> None:
    made = operator("sql", query="select * from deals", key=["id"])
    with pytest.raises(LocalUnsupportedError) as caught:
        made.local(context)
    assert str(caught.value) == "a sql is calculated by Spark only"


def test_a_long_negative_figure_keeps_its_last_digits(
    spark: SparkSession, table: Make, operator: Make, context: Context
) -> None:
    # Spark's own abs rounds to 34 digits, which makes the half of the quotient full.
    below_half = Decimal("-4999994" + "9" * 29)
    deals = table(
        "n decimal(36,0), d decimal(31,0), tiny decimal(38,38)",
        [(below_half, Decimal(10) ** 30, Decimal("-1E-38"))],
    )
    expressions = [
        {"name": "half", "expression": "ratio(n, d, 0)"},
        {"name": "long", "expression": "abs(n)"},
        {"name": "short", "expression": "abs(tiny)"},
    ]
    made: Operator = operator("calculate", expressions=expressions)
    expected = [Decimal(-499_999), below_half.copy_abs(), Decimal("1E-38")]
    on_spark = made.apply(context, spark.createDataFrame(deals)).toArrow().to_pylist()
    on_driver = made.local(context, LocalTable.from_arrow(deals)).to_arrow().to_pylist()
    for found in (on_spark, on_driver):
        assert [found[0][name] for name in ("half", "long", "short")] == expected
