"""A look at the data: the same figures as DuckDB finds in the source, on all rows or a sample."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from liqbench import samples
from liqbench.engine import Run, execute, preview, profile
from liqbench.errors import DataError, InvalidDagError, UnknownOperatorError
from liqbench.model import Dag
from liqbench.operators import Context
from liqbench.store import StageStore

DEALS = 2_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("preview") / "sample"


@pytest.fixture(scope="module")
def dag(folder: Path) -> Dag:
    return samples.lcr_dag(DEALS, folder=folder)


@pytest.fixture
def here(context: Context, folder: Path) -> Context:
    return Context(as_of=context.as_of, session=context.session, folder=folder)


def asked(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(query.format(deals=f"'{folder}/deals/*.parquet'")).fetchall()


def test_of_few_rows_all_are_shown(
    dag: Dag, here: Context, stages: StageStore, folder: Path
) -> None:
    found = preview(dag, "calc_base", here, stages)
    assert (found.rows, found.read, found.available) == (DEALS, None, DEALS)
    assert found.keys == ("id",)
    fields = {field.name: field for field in found.fields}
    assert list(fields) == found.table.column_names
    ((lowest, highest, nulls, currencies),) = asked(
        folder,
        "select min(balance), max(balance), count(*) - count(customer_id), "
        "count(distinct currency_code) from {deals}",
    )
    balance = fields["balance"]
    assert (balance.lowest, balance.highest, balance.nulls) == (lowest, highest, 0)
    assert sum(balance.bins) == DEALS
    assert fields["customer_id"].nulls == nulls
    assert fields["currency_code"].distinct == currencies
    most = asked(folder, "select currency_code, count(*) n from {deals} group by 1 order by n desc")
    assert dict(fields["currency_code"].top) == dict(most[:8])


def test_of_many_rows_a_sample_is_shown(dag: Dag, here: Context, stages: StageStore) -> None:
    found = preview(dag, "agg_entity", here, stages, rows=500)
    assert (found.read, found.available) == (500, DEALS)
    deals = sum(found.table["deals"].to_pylist())
    assert 300 < deals <= 500  # about as many as were asked for
    assert found.rows == found.table.num_rows


def test_a_stored_output_is_shown_as_it_is(dag: Dag, here: Context, stages: StageStore) -> None:
    run: Run = execute(dag.up_to("agg_entity"), here, stages)
    found = preview(dag, "agg_entity", here, stages, rows=10)
    assert (found.rows, found.read) == (run.results["agg_entity"].rows, None)
    assert sum(found.table["deals"].to_pylist()) == DEALS
    assert found.table.column_names == run.resolved.nodes["agg_entity"].schema.fieldNames()


def test_only_what_leads_to_it_must_be_valid(dag: Dag, here: Context, stages: StageStore) -> None:
    broken = dag.replace_parameters("calc_haircut", expressions=[])
    assert preview(broken, "calc_base", here, stages).rows == DEALS
    with pytest.raises(InvalidDagError, match="calc_haircut"):
        preview(broken, "agg_entity", here, stages)
    with pytest.raises(UnknownOperatorError, match="calc_bas"):
        preview(dag, "calc_bas", here, stages)


def test_what_spark_stops_at_is_told_in_words(
    bound: Callable[..., Any], config: Callable[..., Any], context: Context, stages: StageStore
) -> None:
    own = pa.table({"id": ["a", "b"], "amount": [Decimal(1), Decimal(0)]})
    step = {"name": "share", "expression": "ratio(1, amount, 2)"}
    dag = Dag(operators=(bound("deals"), config("calc", "calculate", "deals", expressions=[step])))
    given = Context(as_of=context.as_of, session=context.session, inputs={"deals": own})
    with pytest.raises(DataError, match="denominator zero"):
        preview(dag, "calc", given, stages)


def test_a_profile_counts_what_is_there() -> None:
    table = pa.table(
        {
            "amount": pa.array([Decimal("1.50"), Decimal(9), None, Decimal("1.50")]),
            "due": pa.array([date(2025, 1, 1), None, date(2025, 1, 17), date(2025, 1, 1)]),
            "code": ["b", "a", "b", None],
            "same": [1, 1, 1, 1],
            "dates": pa.array([[date(2025, 1, 1)], None, [], []], pa.list_(pa.date32())),
        }
    )
    amount, due, code, same, dates = profile(table)
    assert (amount.nulls, amount.distinct) == (1, 2)
    assert (amount.lowest, amount.highest) == (Decimal("1.50"), Decimal("9.00"))
    assert amount.top == ((Decimal("1.50"), 2), (Decimal("9.00"), 1))
    assert amount.bins == (2, *[0] * 14, 1)
    assert due.bins == (2, *[0] * 14, 1)
    assert (code.lowest, code.highest, code.bins) == ("a", "b", ())
    assert code.top == (("b", 2), ("a", 1))
    assert (same.distinct, same.bins) == (1, ())
    assert (dates.nulls, dates.top, dates.lowest) == (1, (), None)


def test_a_profile_of_no_rows_has_no_ends() -> None:
    (field,) = profile(pa.table({"amount": pa.array([], pa.int64())}))
    assert (field.nulls, field.distinct, field.lowest, field.bins) == (0, 0, None, ())
