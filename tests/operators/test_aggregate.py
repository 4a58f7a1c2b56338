from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from liqbench.errors import FaultsError, OperatorParameterError
from liqbench.operators import Context

Make = Callable[..., Any]


def measure(name: str, function: str, field: str | None = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "function": function, "field": field, **more}


@pytest.fixture(scope="module")
def deals(table: Make) -> pa.Table:
    return table(
        "id string, entity string, side string, amount decimal(20,4), n int, note string",
        [
            ("a", "E1", "A", Decimal("0.1000"), 1, "x"),
            ("b", "E1", "A", Decimal("0.2000"), 2, "x"),
            ("c", "E1", "A", Decimal("9999999999999999.9999"), None, "y"),
            ("d", "E1", "L", Decimal("-0.0001"), -5, None),
            ("e", None, "L", None, 2147483647, "z"),
            ("f", None, "L", Decimal("1.0000"), 2147483647, "z"),
            ("g", "E2", "A", None, None, None),
        ],
    )


def test_every_function_gives_what_sql_gives(
    deals: pa.Table, spark: Any, operator: Make, applied: Make, rows: Make, duck: Make
) -> None:
    found = applied(
        operator(
            "aggregate",
            group_by=["entity", "side"],
            measures=[
                measure("total", "sum", "amount"),
                measure("whole", "sum", "n"),
                measure("rows", "count"),
                measure("filled", "count", "amount"),
                measure("kinds", "count_distinct", "note"),
                measure("least", "min", "amount"),
                measure("last", "max", "note"),
            ],
        ),
        spark.createDataFrame(deals),
    )
    by_sql = duck(
        deals,
        """select entity, side, sum(amount), cast(sum(n) as decimal(18,0)), count(*),
                  count(amount), count(distinct note), min(amount), max(note)
           from t group by all""",
    )
    assert rows(found) == sorted(by_sql, key=str)
    types = {field.name: field.dataType.simpleString() for field in found.schema.fields}
    assert (types["total"], types["whole"]) == ("decimal(22,4)", "decimal(18,0)")


@pytest.mark.parametrize(
    ("figures", "scale", "average"),
    [
        (["1", "2"], 0, "2"),  # 1.5: half up
        (["-1", "-2"], 0, "-2"),
        (["0.01", "0.02", "0.02"], 4, "0.0167"),
        (["0.01", None], 2, "0.01"),
        (["99999999.99", "99999999.99"], 0, "100000000"),
        (["0.01", "0.00"], 2, "0.01"),  # 0.005
        (["-0.01", "0.00"], 2, "-0.01"),
    ],
)
def test_an_average_rounds_once_half_up_at_its_scale(
    figures: list[str | None],
    scale: int,
    average: str,
    frame: Make,
    operator: Make,
    applied: Make,
    rows: Make,
) -> None:
    deals = frame("g string, x decimal(10,2)", [("g", x and Decimal(x)) for x in figures])
    mean = operator(
        "aggregate", group_by=["g"], measures=[measure("mean", "avg", "x", scale=scale)]
    )
    found = applied(mean, deals)
    assert [str(row[1]) for row in rows(found)] == [average]
    assert found.schema["mean"].dataType.simpleString() == f"decimal({9 + scale},{scale})"


def test_the_average_of_nulls_only_is_null(
    frame: Make, operator: Make, applied: Make, rows: Make
) -> None:
    mean = operator("aggregate", group_by=["g"], measures=[measure("m", "avg", "x", scale=2)])
    deals = frame("g string, x int", [("g", None), ("h", 3)])
    assert rows(applied(mean, deals)) == [("g", None), ("h", Decimal("3.00"))]


def test_every_fault_is_told(deals: pa.Table, spark: Any, operator: Make, context: Context) -> None:
    wrong = operator(
        "aggregate",
        group_by=["entty"],
        measures=[
            measure("a", "sum", "amuont"),
            measure("b", "sum", "note"),
            measure("c", "count", "sied"),
        ],
    )
    with pytest.raises(FaultsError) as caught:
        wrong.outputs(context, spark.createDataFrame(deals).schema)
    assert [(type(fault).__name__, str(fault)) for fault in caught.value.faults] == [
        ("UnknownFieldError", "group_by: there is no field 'entty' (did you mean 'entity'?)"),
        ("UnknownFieldError", "measure 'a': there is no field 'amuont' (did you mean 'amount'?)"),
        ("FieldTypeError", "measure 'b': 'sum' takes numbers, 'note' is string"),
        (
            "UnknownFieldError",
            "measure 'c': there is no field 'sied' (did you mean 'side' or 'id'?)",
        ),
    ]


@pytest.mark.parametrize(
    ("measures", "message"),
    [
        ([measure("x", "sum")], "parameters: measures.0: 'sum' needs a field"),
        (
            [measure("x", "avg", "amount")],
            "parameters: measures.0: an average rounds, so 'avg' needs a scale, "
            "and only 'avg' has one",
        ),
        (
            [measure("side", "count")],
            "parameters: there would be several fields side",
        ),
    ],
)
def test_measures_that_make_no_sense_are_refused(
    measures: list[dict[str, Any]], message: str, operator: Make
) -> None:
    with pytest.raises(OperatorParameterError) as caught:
        operator("aggregate", group_by=["side"], measures=measures)
    assert str(caught.value) == message
