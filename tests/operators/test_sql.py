from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from liqbench.engine import Run
from liqbench.errors import (
    ExpressionError,
    FieldTypeError,
    InputCountError,
    InvalidDagError,
    LiqbenchError,
    LostKeysError,
)
from liqbench.model import Dag
from liqbench.operators import Context

Make = Callable[..., Any]

RANKED = """
with totals as (select entity, sum(amount) as total from {deals} group by entity)
select d.id, d.amount, t.total, rank() over (partition by d.entity order by d.amount) as place
from {deals} d join totals t on d.entity = t.entity
"""


@pytest.fixture(scope="module")
def deals(table: Make) -> pa.Table:
    return table(
        "id string, entity string, amount decimal(10,2)",
        [
            ("a", "E1", Decimal("1.10")),
            ("b", "E1", Decimal("-2.20")),
            ("c", "E2", Decimal("3.30")),
            ("d", None, Decimal("4.40")),
        ],
    )


def test_a_query_gives_what_duckdb_gives(
    deals: pa.Table, spark: Any, operator: Make, applied: Make, rows: Make, duck: Make
) -> None:
    query = operator("sql", query=RANKED, names=["deals"], key=["id"])
    found = applied(query, spark.createDataFrame(deals))
    by_duckdb = duck(deals, RANKED.replace("{deals}", "t"))
    assert rows(found) == sorted(by_duckdb, key=str)
    assert found.schema["total"].dataType.simpleString() == "decimal(20,2)"


@pytest.mark.parametrize(
    ("query", "left", "right", "result"),
    [
        ("select id, amount from {deals}", 4, 2, 4),  # reads one of its two inputs
        ("select id, amount from {deals} order by id limit 1", 4, 2, 1),
        ("select d.id, d.amount from {deals} d join {few} f on d.id = f.id where false", 4, 2, 0),
        ("select d.id, f.amount from {deals} d join {few} f on d.id = f.id", 4, 2, 2),
    ],
)
def test_inputs_are_counted_whole_whatever_the_query_reads_of_them(
    query: str, left: int, right: int, result: int,
    deals: pa.Table, config: Make, bound: Make, run_dag: Callable[..., Run],
) -> None:  # fmt: skip
    few = config("few", "filter", "deals", expression="amount > 3")
    sql = config("sql", "sql", "deals", "few", query=query, names=["deals", "few"], key=["id"])
    run = run_dag(Dag(operators=(bound("deals"), few, sql)), deals=deals)
    assert {name: found.rows for name, found in run.results.items()} == {
        "deals": left, "few": right, "sql": result,
    }  # fmt: skip
    assert len(run.table("sql")) == result


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        (
            {"query": "select entity, amount from {deals}"},
            LostKeysError,
            "key: the query's result has no field 'id', by which its rows are traced "
            "(known are: amount, entity)",
        ),
        (
            {"query": "select id from {deal}"},
            ExpressionError,
            "{deal} is no input (did you mean 'deals'?)",
        ),
        (
            {"query": "select id from other"},
            ExpressionError,
            "the query reads 'other', which is no input "
            "(ingest it and connect it, then write its name in braces)",
        ),
        (
            {"query": "select id, rand() as x from {deals}"},
            ExpressionError,
            "'rand' answers otherwise at every run (results must repeat)",
        ),
        ({"query": "drop table {deals}"}, ExpressionError, "the query must be one SELECT"),
        (
            {"query": "select id from {deals}; select 1"},
            ExpressionError,
            "the query must be one SELECT",
        ),
        ({"names": ["a", "b"]}, InputCountError, "2 names are given for 1 inputs"),
    ],
)
def test_a_query_at_fault_is_refused_before_it_runs(
    parameters: dict[str, Any],
    error: type[LiqbenchError],
    message: str,
    deals: pa.Table,
    spark: Any,
    operator: Make,
    context: Context,
) -> None:
    given = {"query": "select id from {deals}", "names": ["deals"], "key": ["id"], **parameters}
    with pytest.raises(error) as caught:
        operator("sql", **given).outputs(context, spark.createDataFrame(deals).schema)
    assert type(caught.value) is error
    assert str(caught.value) == message


def test_what_spark_refuses_is_told_without_its_stack(
    deals: pa.Table, spark: Any, operator: Make, context: Context
) -> None:
    query = operator("sql", query="select id, amuont from {deals}", names=["deals"], key=["id"])
    with pytest.raises(ExpressionError) as caught:
        query.outputs(context, spark.createDataFrame(deals).schema)
    assert str(caught.value) == (
        "Spark refuses the query: [UNRESOLVED_COLUMN.WITH_SUGGESTION] A column, variable, or "
        "function parameter with name `amuont` cannot be resolved. Did you mean one of the "
        "following? [`amount`, `id`, `entity`]."
    )


def test_a_binary_float_is_refused_as_a_result(
    deals: pa.Table, config: Make, bound: Make, run_dag: Callable[..., Run]
) -> None:
    half = config(
        "half", "sql", "deals", query="select id, amount / 2e0 as x from {input}", key=["id"]
    )
    with pytest.raises(InvalidDagError) as caught:
        run_dag(Dag(operators=(bound("deals"), half)), deals=deals)
    (fault,) = caught.value.faults
    assert type(fault) is FieldTypeError
    assert str(fault) == (
        "operator 'half': the field 'x' comes out as double; money is decimal "
        "(cast it to decimal(p,s))"
    )
