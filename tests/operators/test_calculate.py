from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import DataFrame

from liqbench.engine import Run
from liqbench.errors import (
    FaultsError,
    FieldTypeError,
    KeyFieldError,
    OverflowFigureError,
    UndefinedFigureError,
)
from liqbench.model import Dag
from liqbench.operators import Context

Make = Callable[..., Any]


@pytest.fixture(scope="module")
def deals(frame: Make) -> DataFrame:
    made: DataFrame = frame(
        "id string, amount decimal(12,2), rate decimal(5,4), days int, day date",
        [
            ("a", Decimal("100.05"), Decimal("0.1250"), 30, date(2026, 1, 30)),
            ("b", Decimal("-0.01"), Decimal("0.9999"), -1, date(2025, 12, 31)),
            ("c", None, Decimal("1.0000"), None, None),
        ],
    )
    return made


def expression(name: str, text: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "expression": text, **more}


def test_products_and_sums_keep_every_digit(
    deals: DataFrame, operator: Make, applied: Make, rows: Make
) -> None:
    found = applied(
        operator(
            "calculate",
            expressions=[
                expression("product", "amount * rate", on_null="keep"),
                expression("total", "product + amount + days", on_null="keep"),
                expression("quotient", "ratio(amount, rate, 3)", on_null="keep"),
                expression("left_to_as_of", "datediff(day, :as_of)", on_null="keep"),
            ],
        ),
        deals,
    )
    wanted = {
        "product": "decimal(18,6)",
        "total": "decimal(20,6)",
        "quotient": "decimal(17,3)",
        "left_to_as_of": "int",
    }
    assert {f.name: f.dataType.simpleString() for f in found.schema.fields[5:]} == wanted
    assert [row[5:] for row in rows(found)] == [
        (Decimal("12.506250"), Decimal("142.556250"), Decimal("800.400"), 30),
        (Decimal("-0.009999"), Decimal("-1.019999"), Decimal("-0.010"), 0),
        (None, None, None, None),
    ]


def test_a_declared_type_narrows_and_a_replaced_field_keeps_its_place(
    deals: DataFrame, operator: Make, applied: Make, rows: Make
) -> None:
    found = applied(
        operator(
            "calculate",
            expressions=[
                expression("amount", "coalesce(amount, 0) * 2", replace=True, type="decimal(9,2)"),
                expression("size", "CASE WHEN amount > 100 THEN 'big' ELSE 'small' END"),
            ],
        ),
        deals,
    )
    assert found.columns == ["id", "amount", "rate", "days", "day", "size"]
    assert found.schema["amount"].dataType.simpleString() == "decimal(9,2)"
    assert [(row[1], row[5]) for row in rows(found)] == [
        (Decimal("200.10"), "big"),
        (Decimal("-0.02"), "small"),
        (Decimal("0.00"), "small"),
    ]


def test_rounding_is_half_up_and_only_where_it_is_written(
    deals: DataFrame, operator: Make, applied: Make, rows: Make
) -> None:
    kept = {"on_null": "keep"}
    found = applied(
        operator(
            "calculate",
            expressions=[
                expression("cents", "round(amount * 0.5, 2)", **kept),
                expression("tenths", "round(amount, 1)", **kept),
            ],
        ),
        deals,
    )
    assert [row[5:] for row in rows(found)] == [
        (Decimal("50.03"), Decimal("100.1")),  # 50.025 and 100.05
        (Decimal("-0.01"), Decimal("0.0")),  # -0.005 and -0.01
        (None, None),
    ]


def test_a_null_figure_is_refused_with_count_and_examples(
    table: Make, config: Make, bound: Make, run_dag: Callable[..., Run]
) -> None:
    deals = table(
        "id string, amount decimal(10,2), rate decimal(5,4)",
        [("a", Decimal(1), Decimal(1)), ("b", None, Decimal(1)), ("c", Decimal(2), None)],
    )
    double = config(
        "weigh", "calculate", "deals", expressions=[expression("weighted", "amount * rate")]
    )
    with pytest.raises(UndefinedFigureError) as caught:
        run_dag(Dag(operators=(bound("deals"), double)), deals=deals)
    assert str(caught.value) == (
        "operator 'weigh', field 'weighted': 2 rows have no value, such as from "
        "(amount None, rate 1.0000); (amount 2.00, rate None) "
        "(use coalesce(…, 0) where null means none, or say on_null: keep)"
    )


def test_a_figure_too_large_for_its_declared_type_names_the_operator(
    table: Make, config: Make, bound: Make, run_dag: Callable[..., Run]
) -> None:
    deals = table("id string, amount decimal(10,2)", [("a", Decimal("99999999.99"))])
    narrow = config(
        "narrow",
        "calculate",
        "deals",
        expressions=[expression("twice", "amount * 2", type="decimal(10,2)")],
    )
    with pytest.raises(OverflowFigureError) as caught:
        run_dag(Dag(operators=(bound("deals"), narrow)), deals=deals)
    assert str(caught.value) == (
        "operator 'narrow': a figure has more digits than its type holds: 199999999.98 doesn't "
        "fit decimal(10,2) (declare a wider decimal where the figure is ingested or calculated)"
    )


def test_a_key_is_not_calculated(operator: Make) -> None:
    replaced = operator("calculate", expressions=[expression("id", "'x'", replace=True)])
    with pytest.raises(KeyFieldError) as caught:
        replaced.keys(("id",))
    assert str(caught.value) == "'id' is a key; keys are not calculated"


def test_every_fault_of_every_expression_is_told(
    deals: DataFrame, operator: Make, context: Context
) -> None:
    wrong = operator(
        "calculate",
        expressions=[
            expression("rate", "amount * 2"),
            expression("half", "amount / 2"),
            expression("typo", "amont + 1"),
            expression("short", "amount * rate", type="decimal(10,2)"),
            expression("far", "reflect('java.lang.System', 'exit')"),
            expression("word", "amount + day"),
        ],
    )
    with pytest.raises(FaultsError) as caught:
        wrong.outputs(context, deals.schema)
    assert [(type(fault).__name__, str(fault)) for fault in caught.value.faults] == [
        (
            "OperatorParameterError",
            "field 'rate': is there already (choose another name, or say replace: true)",
        ),
        (
            "ExpressionError",
            "field 'half': a division rounds, so its scale must be declared "
            "(write ratio(a, b, scale))",
        ),
        ("UnknownFieldError", "field 'typo': there is no field 'amont' (did you mean 'amount'?)"),
        (
            "FieldTypeError",
            "field 'short': decimal(10,2) would round decimal(18,6) "
            "(write round(…, 2) where rounding is meant)",
        ),
        (
            "ExpressionError",
            "field 'far', expression \"reflect('java.lang.System', 'exit')\": "
            "the function 'reflect' is not allowed in an expression (known are: abs, add_months, "
            "coalesce, concat, contains, date_add, datediff, day, greatest, last_day, least, "
            "length, lower, month, nullif, ratio, round, startswith, substring, trim, upper, year)",
        ),
        ("FieldTypeError", "field 'word': '+ and -' takes numbers, not date"),
    ]


def test_a_binary_float_is_no_money(frame: Make, operator: Make, context: Context) -> None:
    floats = frame("id string, amount double", [("a", 1.5)])
    with pytest.raises(FieldTypeError) as caught:
        operator("calculate", expressions=[expression("twice", "amount * 2")]).outputs(
            context, floats.schema
        )
    assert str(caught.value) == (
        "field 'twice': the field 'amount' is double; money is decimal "
        "(declare it as a decimal where it is ingested)"
    )
