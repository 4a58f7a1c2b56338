from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from liqbench.engine import Run
from liqbench.errors import (
    FanOutError,
    FaultsError,
    InputCountError,
    MissingReferenceError,
    OperatorParameterError,
)
from liqbench.model import Dag
from liqbench.operators import Context

Make = Callable[..., Any]


@pytest.fixture(scope="module")
def deals(table: Make) -> pa.Table:
    return table(
        "id string, currency string, entity int",
        [("a", "EUR", 1), ("b", "USD", 2), ("c", "USD", 1), ("d", None, 2)],
    )


@pytest.fixture(scope="module")
def rates(table: Make) -> pa.Table:
    return table(
        "currency string, rate decimal(9,5), name string",
        [("EUR", Decimal(1), "euro"), ("USD", Decimal("1.08235"), "dollar"), ("GBP", None, "x")],
    )


def reference(name: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "source": {"format": "frame", "name": name},
        "on": {"currency": "currency"},
        "fields": {"rate": "fx"},
        **more,
    }


DEFAULT = {"on_missing": "default", "defaults": {"fx": "0.5"}}


def test_a_row_gets_the_fields_of_its_reference(
    deals: pa.Table, rates: pa.Table, spark: Any, operator: Make, applied: Make, rows: Make
) -> None:
    known = spark.createDataFrame(deals).filter("currency is not null")
    rate = reference("rates", fields={"rate": "fx", "name": "label"})
    found = applied(operator("enrich", references=[rate]), known, rates=rates)
    assert found.columns == ["id", "currency", "entity", "fx", "label"]
    assert rows(found) == [
        ("a", "EUR", 1, Decimal("1.00000"), "euro"),
        ("b", "USD", 2, Decimal("1.08235"), "dollar"),
        ("c", "USD", 1, Decimal("1.08235"), "dollar"),
    ]


def test_a_row_without_a_reference_gets_the_default_and_is_counted(
    deals: pa.Table, rates: pa.Table, config: Make, bound: Make, run_dag: Callable[..., Run]
) -> None:
    few = rates.slice(0, 1)
    enrich = config("enrich", "enrich", "deals", references=[reference("rates", **DEFAULT)])
    run = run_dag(Dag(operators=(bound("deals"), enrich)), deals=deals, rates=few)
    assert run.table("enrich")["fx"].tolist() == [
        Decimal("1.00000"), Decimal("0.50000"), Decimal("0.50000"), Decimal("0.50000"),
    ]  # fmt: skip
    assert run.results["enrich"].metrics == {"missing rates": 3}
    assert run.notices == ("enrich: 3 rows had no row in reference 'rates' and got its defaults",)


def test_a_null_in_the_reference_is_not_a_missing_reference(
    frame: Make, rates: pa.Table, operator: Make, applied: Make, rows: Make
) -> None:
    pounds = frame("id string, currency string", [("a", "GBP")])
    found = applied(
        operator("enrich", references=[reference("rates", **DEFAULT)]), pounds, rates=rates
    )
    assert rows(found) == [("a", "GBP", None)]


def test_several_references_are_joined_one_after_the_other(
    deals: pa.Table, rates: pa.Table, table: Make, spark: Any,
    operator: Make, applied: Make, rows: Make,
) -> None:  # fmt: skip
    entities = table("no int, home string", [(1, "GBP"), (2, "EUR")])
    homes = table("code string, country string", [("GBP", "UK"), ("EUR", "DE")])
    found = applied(
        operator(
            "enrich",
            references=[
                reference("entities", on={"entity": "no"}, fields={"home": "home"}),
                # joined by a field that the reference before it brought
                reference("homes", on={"home": "code"}, fields={"country": "country"}),
                reference("rates", **DEFAULT),
            ],
        ),
        spark.createDataFrame(deals),
        entities=entities, homes=homes, rates=rates,
    )  # fmt: skip
    assert rows(found) == [
        ("a", "EUR", 1, "GBP", "UK", Decimal("1.00000")),
        ("b", "USD", 2, "EUR", "DE", Decimal("1.08235")),
        ("c", "USD", 1, "GBP", "UK", Decimal("1.08235")),
        ("d", None, 2, "EUR", "DE", Decimal("0.50000")),
    ]


BUCKETS = {
    "on": {"currency": "currency"},
    "fields": {"bucket": "bucket", "share": "share"},
    "cardinality": "one_to_many",
    "extra_key": ["bucket"],
}


@pytest.fixture(scope="module")
def buckets(table: Make) -> pa.Table:
    return table(
        "currency string, bucket int, share decimal(3,2)",
        [
            ("EUR", 1, Decimal("0.40")),
            ("EUR", 2, Decimal("0.60")),
            ("USD", 1, Decimal(1)),
        ],
    )


def test_one_to_many_extends_the_key(
    deals: pa.Table, buckets: pa.Table, config: Make, bound: Make, run_dag: Callable[..., Run]
) -> None:
    known = deals.slice(0, 2)
    split = config("split", "enrich", "deals", references=[reference("buckets", **BUCKETS)])
    run = run_dag(Dag(operators=(bound("deals"), split)), deals=known, buckets=buckets)
    assert run.resolved.nodes["split"].keys == ("id", "bucket")
    found = run.table("split")[["id", "bucket", "share"]]
    assert [tuple(row) for row in found.itertuples(index=False)] == [
        ("a", 1, Decimal("0.40")), ("a", 2, Decimal("0.60")), ("b", 1, Decimal("1.00")),
    ]  # fmt: skip
    assert run.results["split"].rows == 3


def test_a_reference_may_be_a_second_input_of_the_same_origin(
    deals: pa.Table, config: Make, bound: Make, run_dag: Callable[..., Run]
) -> None:
    size = config(
        "size", "aggregate", "deals", group_by=["entity"],
        measures=[{"name": "deals", "function": "count"}],
    )  # fmt: skip
    back = config(
        "back", "enrich", "deals", "size",
        references=[{"name": "size", "on": {"entity": "entity"}, "fields": {"deals": "peers"}}],
    )  # fmt: skip
    run = run_dag(Dag(operators=(bound("deals"), size, back)), deals=deals)
    assert run.table("back")["peers"].tolist() == [2, 2, 2, 2]


def test_a_parameter_set_is_a_reference(
    frame: Make, operator: Make, applied: Make, rows: Make
) -> None:
    rate = reference(
        "basel",
        source={"format": "parameters", "name": "basel"},
        on={"code": "code"},
        fields={"section": "section", "liquidity_factor": "rate", "haircut": "haircut"},
    )
    coded = frame("id string, code string", [("a", "L2A.CORP"), ("b", "O.RET.STABLE5")])
    assert rows(applied(operator("enrich", references=[rate]), coded)) == [
        ("a", "L2A.CORP", "L2A", Decimal("1.0000"), Decimal("0.1500")),
        ("b", "O.RET.STABLE5", "OUTFLOW", Decimal("0.0500"), Decimal("0.0000")),
    ]


def test_a_missing_reference_is_refused_with_count_and_examples(
    deals: pa.Table, rates: pa.Table, config: Make, bound: Make, run_dag: Callable[..., Run]
) -> None:
    enrich = config("enrich", "enrich", "deals", references=[reference("rates")])
    with pytest.raises(MissingReferenceError) as caught:
        run_dag(Dag(operators=(bound("deals"), enrich)), deals=deals, rates=rates.slice(0, 1))
    assert str(caught.value) == (
        "operator 'enrich', reference 'rates': 3 rows have no row in it, such as "
        "(currency None); (currency USD) "
        "(complete the reference, or choose on_missing 'default' with defaults)"
    )


def test_a_reference_that_would_double_rows_is_refused(
    deals: pa.Table, buckets: pa.Table, config: Make, bound: Make, run_dag: Callable[..., Run]
) -> None:
    shares = reference("buckets", fields={"share": "share"})
    enrich = config("enrich", "enrich", "deals", references=[shares])
    with pytest.raises(FanOutError) as caught:
        run_dag(Dag(operators=(bound("deals"), enrich)), deals=deals, buckets=buckets)
    assert str(caught.value) == (
        "operator 'enrich', reference 'buckets': has several rows for one key, such as "
        "(currency EUR, rows 2) (declare one_to_many with an extra_key, or remove the doubles)"
    )


@pytest.mark.parametrize("more", [{}, {"on_missing": "default", "defaults": {"share": 0}}])
def test_an_input_that_would_double_rows_is_refused(
    more: dict[str, Any], deals: pa.Table, buckets: pa.Table,
    config: Make, bound: Make, run_dag: Callable[..., Run],
) -> None:  # fmt: skip
    shares = {"name": "shares", "on": {"currency": "currency"}, "fields": {"share": "share"}}
    enrich = config("enrich", "enrich", "deals", "buckets", references=[{**shares, **more}])
    dag = Dag(operators=(bound("deals"), bound("buckets", "currency", "bucket"), enrich))
    with pytest.raises(FanOutError) as caught:
        run_dag(dag, deals=deals, buckets=buckets)
    assert str(caught.value) == (
        "operator 'enrich', reference 'shares': has several rows for one key, such as "
        "(currency EUR, rows 2) (declare one_to_many with an extra_key, or remove the doubles)"
    )


def test_a_reference_file_is_found_beside_the_dag(
    deals: pa.Table, rates: pa.Table, spark: Any,
    tmp_path: Path, operator: Make, applied: Make, rows: Make,
) -> None:  # fmt: skip
    pq.write_table(rates, tmp_path / "rates.parquet")
    rate = reference("rates", source={"format": "parquet", "path": "rates.parquet"})
    known = spark.createDataFrame(deals.slice(0, 1))
    found = applied(operator("enrich", references=[rate]), known)
    assert rows(found) == [("a", "EUR", 1, Decimal("1.00000"))]


def test_every_fault_of_every_reference_is_told(
    deals: pa.Table, table: Make, spark: Any, operator: Make, context: Context, tmp_path: Path
) -> None:
    (tmp_path / "rates.csv").write_text("currency,rate\nEUR,1\n")
    pq.write_table(table("currency string, rate double, no string", []), tmp_path / "rates.parquet")
    file = {"format": "parquet", "path": "rates.parquet"}
    wrong = operator(
        "enrich",
        references=[
            reference("text", source={"format": "csv", "path": "rates.csv"}),
            reference("gone", source={"format": "parquet", "path": "rate.parquet"}),
            reference("kinds", source=file, on={"entity": "no"}),
            reference("names", source=file, on={"curency": "currency"}, fields={"raet": "fx"}),
            reference("taken", source=file, fields={"no": "entity"}),
        ],
    )
    with pytest.raises(FaultsError) as caught:
        wrong.outputs(context, spark.createDataFrame(deals).schema)
    assert [(type(fault).__name__, str(fault)) for fault in caught.value.faults] == [
        (
            "FieldTypeError",
            "reference 'text': csv 'rates.csv' has no types "
            "(ingest it with declared fields and connect it as an input)",
        ),
        (
            "SourceNotFoundError",
            f"reference 'gone': there is no 'rate.parquet' in {tmp_path} "
            "(did you mean 'rates.parquet'?)",
        ),
        ("FieldTypeError", "reference 'kinds': 'entity' is int, 'no' is string"),
        ("FieldTypeError", "reference 'kinds': 'rate' is double; money is decimal"),
        (
            "UnknownFieldError",
            "reference 'names', on: there is no field 'curency' (did you mean 'currency'?)",
        ),
        (
            "UnknownFieldError",
            "reference 'names', fields: there is no field 'raet' (did you mean 'rate'?)",
        ),
        (
            "OperatorParameterError",
            "reference 'taken': the field 'entity' is there already (rename it)",
        ),
    ]


def test_a_default_that_does_not_fit_is_refused(
    deals: pa.Table, rates: pa.Table, spark: Any, operator: Make, applied: Make
) -> None:
    too_fine = reference("rates", on_missing="default", defaults={"fx": "0.123456"})
    with pytest.raises(Exception, match="default of 'fx'") as caught:
        applied(
            operator("enrich", references=[too_fine]), spark.createDataFrame(deals), rates=rates
        )
    assert str(caught.value) == (
        "reference 'rates', default of 'fx': 0.123456 doesn't fit decimal(9,5)"
    )


def test_references_without_a_source_need_as_many_inputs(
    deals: pa.Table, spark: Any, operator: Make, context: Context
) -> None:
    lonely = operator("enrich", references=[reference("rates", source=None)])
    with pytest.raises(InputCountError) as caught:
        lonely.outputs(context, spark.createDataFrame(deals).schema)
    assert str(caught.value) == (
        "1 references without a source need as many further inputs, there are 0 "
        "(the first input is the rows, the next ones are references in order)"
    )


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"cardinality": "one_to_many"}, "extra_key goes with one_to_many, and that needs one"),
        ({"extra_key": ["fx"]}, "extra_key goes with one_to_many, and that needs one"),
        (
            {"cardinality": "one_to_many", "extra_key": ["rate"]},
            "extra_key names added fields, by their new names",
        ),
        ({"on_missing": "default"}, "on_missing 'default' needs a default for every added field"),
        ({"defaults": {"fx": 1}}, "defaults go with on_missing 'default'"),
    ],
)
def test_choices_that_contradict_each_other_are_refused(
    more: dict[str, Any], message: str, operator: Make
) -> None:
    with pytest.raises(OperatorParameterError) as caught:
        operator("enrich", references=[reference("rates", **more)])
    assert str(caught.value) == f"parameters: references.0: {message}"
