from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from liqbench.errors import (
    FaultsError,
    FieldTypeError,
    LiqbenchError,
    OperatorParameterError,
    UnknownFieldError,
    ValueCoercionError,
)
from liqbench.operators import Context

Make = Callable[..., Any]


@pytest.fixture(scope="module")
def deals(table: Make) -> pa.Table:
    return table(
        "id string, product string, amount decimal(10,2), open boolean, day date",
        [
            ("a", "BOND", Decimal("10.00"), True, date(2025, 1, 1)),
            ("b", "BOND", Decimal("-3.50"), False, date(2025, 6, 30)),
            ("c", "LOAN", None, True, None),
            ("d", None, Decimal("10.01"), None, date(2025, 12, 31)),
            ("e", "loan", Decimal(0), False, date(2026, 1, 1)),
        ],
    )


@pytest.mark.parametrize(
    "expression",
    [
        "amount > 0",
        "amount = 10",
        "NOT amount > 0",
        "amount IS NULL OR product = 'BOND'",
        "product IN ('BOND', 'loan')",
        "product NOT IN ('BOND')",
        "product LIKE '%O%N%'",
        "open",
        "NOT open AND day >= '2025-06-30'",
        "day BETWEEN '2025-01-01' AND '2025-12-31'",
        "CASE WHEN amount < 0 THEN true ELSE false END",
    ],
)
def test_an_expression_keeps_the_rows_that_sql_keeps(
    expression: str,
    deals: pa.Table,
    spark: Any,
    operator: Make,
    applied: Make,
    rows: Make,
    duck: Make,
) -> None:
    kept = applied(operator("filter", expression=expression), spark.createDataFrame(deals))
    assert [row[:1] for row in rows(kept)] == duck(
        deals, f"select id from t where {expression} order by id"
    )


def test_conditions_are_all_needed_and_null_does_not_match(
    deals: pa.Table, spark: Any, operator: Make, applied: Make, rows: Make
) -> None:
    conditions = [
        {"field": "amount", "operator": "!=", "value": 0},
        {"any": [{"field": "open", "operator": "=", "value": True},
                 {"field": "product", "operator": "is null"}]},
    ]  # fmt: skip
    kept = applied(operator("filter", conditions=conditions), spark.createDataFrame(deals))
    assert [row[0] for row in rows(kept)] == ["a", "d"]


def test_the_as_of_date_is_a_constant(
    deals: pa.Table, spark: Any, operator: Make, applied: Make, rows: Make
) -> None:
    kept = applied(operator("filter", expression="day > :as_of"), spark.createDataFrame(deals))
    assert [row[0] for row in rows(kept)] == ["e"]


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        (
            {"expression": "amount + 1"},
            FieldTypeError,
            "'amount + 1' is decimal(11,2), a filter needs a condition",
        ),
        (
            {"expression": "amuont > 1"},
            UnknownFieldError,
            "there is no field 'amuont' (did you mean 'amount'?)",
        ),
        (
            {"conditions": [{"field": "day", "operator": ">", "value": "soon"}]},
            ValueCoercionError,
            "'soon' is no date, which the field 'day' is (write it as 2025-12-31)",
        ),
        (
            {"expression": "amount > 1 AND day < 'soon' AND prodct = 'x'"},
            FaultsError,
            "'soon' is compared with a date but is none (write it as 2025-12-31); "
            "there is no field 'prodct' (did you mean 'product'?)",
        ),
    ],
)
def test_a_condition_at_fault_is_refused_before_it_runs(
    parameters: dict[str, Any],
    error: type[LiqbenchError],
    message: str,
    deals: pa.Table,
    spark: Any,
    operator: Make,
    context: Context,
) -> None:
    with pytest.raises(error) as caught:
        operator("filter", **parameters).outputs(context, spark.createDataFrame(deals).schema)
    assert type(caught.value) is error
    assert str(caught.value) == message


@pytest.mark.parametrize("parameters", [{}, {"expression": "true", "conditions": [
    {"field": "id", "operator": "is null"}]}])  # fmt: skip
def test_a_filter_has_either_an_expression_or_conditions(
    parameters: dict[str, Any], operator: Make
) -> None:
    with pytest.raises(OperatorParameterError) as caught:
        operator("filter", **parameters)
    assert str(caught.value) == "parameters: give either an expression or conditions"
