from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from liqbench.errors import FaultsError, FieldTypeError, LiqbenchError, SchemaDriftError
from liqbench.operators import Context

Make = Callable[..., Any]

STORED = "deal string, amount decimal(18,2), n int, day date, open boolean, note string"
DECLARED = [
    {"name": "id", "type": "string", "source_name": "deal", "nullable": False},
    {"name": "amount", "type": "decimal(20,4)"},
    {"name": "n", "type": "bigint"},
    {"name": "day", "type": "date"},
    {"name": "open", "type": "boolean"},
]
ROWS = [
    ("a", Decimal("1234567890123456.78"), 7, date(2025, 12, 31), True, "x"),
    ("b", Decimal("-0.01"), None, None, None, None),
    ("ü,\"'", Decimal("0.00"), -1, date(1900, 1, 1), False, "y"),
]
TYPED = [
    ("a", Decimal("1234567890123456.7800"), 7, date(2025, 12, 31), True),
    ("b", Decimal("-0.0100"), None, None, None),
    ("ü,\"'", Decimal("0.0000"), -1, date(1900, 1, 1), False),
]
CSV = """deal,amount,n,day,open,note
a,1234567890123456.78,7,2025-12-31,true,x
b,-.01,,,,
"ü,""'",0.000000,-1,1900-01-01,false,y
"""


def as_parquet(stored: pa.Table, folder: Path, _spark: SparkSession) -> tuple[Any, Any]:
    pq.write_table(stored, folder / "deals.parquet")
    return {"format": "parquet", "path": "deals.parquet"}, None


def as_folder(stored: pa.Table, folder: Path, _spark: SparkSession) -> tuple[Any, Any]:
    parts = folder / "deals"
    (parts / "_temporary").mkdir(parents=True)
    (parts / "_temporary" / "half.parquet").write_bytes(b"not finished")
    (parts / "_SUCCESS").touch()
    pq.write_table(stored.slice(0, 1), parts / "1.parquet")
    pq.write_table(stored.slice(1), parts / "2.parquet")
    return {"format": "parquet", "path": "deals"}, None


def as_csv(_stored: pa.Table, folder: Path, _spark: SparkSession) -> tuple[Any, Any]:
    (folder / "deals.csv").write_text(CSV, encoding="utf-8-sig")
    return {"format": "csv", "path": "deals.csv"}, None


def as_semicolons(_stored: pa.Table, folder: Path, _spark: SparkSession) -> tuple[Any, Any]:
    text = CSV.replace('"ü,""\'"', "@").replace(",", ";").replace("@", '"ü,""\'"')
    (folder / "deals.csv").write_text(text, encoding="utf-8")
    return {"format": "csv", "path": "deals.csv", "delimiter": ";"}, None


def as_json(stored: pa.Table, folder: Path, _spark: SparkSession) -> tuple[Any, Any]:
    def plain(value: Any) -> Any:
        return str(value) if isinstance(value, date) else value

    lines = []
    for row in stored.to_pylist():
        amount = row.pop("amount")
        text = json.dumps({name: plain(value) for name, value in row.items()})
        lines.append(text[:-1] + f', "amount": {amount}}}')  # the number as it is, all its digits
    (folder / "deals.json").write_text("\n".join(lines), encoding="utf-8")
    return {"format": "json", "path": "deals.json"}, None


def as_spark_table(stored: pa.Table, _folder: Path, spark: SparkSession) -> tuple[Any, Any]:
    spark.createDataFrame(stored).createOrReplaceTempView("stored_deals")
    return {"format": "table", "name": "stored_deals"}, None


def as_pandas(stored: pa.Table, _folder: Path, _spark: SparkSession) -> tuple[Any, Any]:
    frame = stored.to_pandas(date_as_object=True, integer_object_nulls=True)
    return {"format": "frame", "name": "deals"}, frame


def as_arrow(stored: pa.Table, _folder: Path, _spark: SparkSession) -> tuple[Any, Any]:
    return {"format": "frame", "name": "deals"}, stored


def as_spark_frame(stored: pa.Table, _folder: Path, spark: SparkSession) -> tuple[Any, Any]:
    return {"format": "frame", "name": "deals"}, spark.createDataFrame(stored)


@pytest.mark.parametrize(
    "deliver",
    [
        as_parquet,
        as_folder,
        as_csv,
        as_semicolons,
        as_json,
        as_spark_table,
        as_pandas,
        as_arrow,
        as_spark_frame,
    ],
)
def test_the_same_rows_come_from_every_kind_of_source(
    deliver: Callable[..., tuple[Any, Any]],
    table: Make,
    spark: SparkSession,
    tmp_path: Path,
    operator: Make,
    applied: Make,
    rows: Make,
) -> None:
    source, given = deliver(table(STORED, ROWS), tmp_path, spark)
    inputs = {} if given is None else {"deals": given}
    ingest = operator("ingest", source=source, key=["id"], fields=DECLARED)
    assert rows(applied(ingest, **inputs)) == TYPED


def test_without_a_declaration_the_own_types_are_taken(
    table: Make, operator: Make, applied: Make, rows: Make
) -> None:
    source = {"format": "frame", "name": "deals"}
    found = applied(operator("ingest", source=source, key=["deal"]), deals=table(STORED, ROWS))
    assert rows(found) == ROWS


def test_fields_that_are_not_declared_are_left_out_with_a_notice(
    table: Make, context: Context, operator: Make
) -> None:
    source = {"format": "frame", "name": "deals"}
    within = Context(
        as_of=context.as_of, session=context.session, inputs={"deals": table(STORED, ROWS)}
    ).within("deals")
    operator("ingest", source=source, key=["id"], fields=DECLARED).outputs(within)
    assert within.notices == ["deals: fields not declared, left out: note"]


def test_doubles_that_hold_the_declared_digits_come_in_exactly(
    frame: Make, operator: Make, applied: Make, rows: Make
) -> None:
    floats = frame("id string, x double", [("a", 0.1), ("b", -1234567890.25), ("c", None)])
    fields = [{"name": "id", "type": "string"}, {"name": "x", "type": "decimal(18,2)"}]
    source = {"format": "frame", "name": "deals"}
    found = applied(operator("ingest", source=source, key=["id"], fields=fields), deals=floats)
    assert rows(found) == [("a", Decimal("0.10")), ("b", Decimal("-1234567890.25")), ("c", None)]


def test_long_figures_in_text_come_in_exactly(
    tmp_path: Path, operator: Make, applied: Make, rows: Make
) -> None:
    longest = "-" + "9" * 26 + "." + "123456789012"
    (tmp_path / "deals.csv").write_text(f"id,x\na,{longest}\nb,1.5E3\nc, 7 \n")
    fields = [{"name": "id", "type": "string"}, {"name": "x", "type": "decimal(38,12)"}]
    source = {"format": "csv", "path": "deals.csv"}
    found = applied(operator("ingest", source=source, key=["id"], fields=fields))
    assert [row[1] for row in rows(found)] == [Decimal(longest), Decimal(1500), Decimal(7)]


PARQUET = {"format": "parquet", "path": "deals.parquet"}


def described(operator: Make, context: Context, **parameters: Any) -> LiqbenchError:
    ingest = operator("ingest", **{"source": PARQUET, "key": ["id"], **parameters})
    with pytest.raises(LiqbenchError) as caught:
        ingest.outputs(context)
    return caught.value


def test_every_difference_between_declared_and_stored_fields_is_told(
    table: Make, tmp_path: Path, operator: Make, context: Context
) -> None:
    stored = table(
        "id string, amuont decimal(18,2), n decimal(10,2), day int, new string, other string", []
    )
    pq.write_table(stored, tmp_path / "deals.parquet")
    drift = described(operator, context, fields=[
        {"name": "id", "type": "string"}, {"name": "amount", "type": "decimal(18,2)"},
        {"name": "n", "type": "bigint"}, {"name": "day", "type": "date"},
    ], extra_fields="refuse")  # fmt: skip
    assert type(drift) is SchemaDriftError
    assert str(drift) == (
        "parquet 'deals.parquet': the source's fields are not the declared ones: "
        "'amount' is missing (did you mean 'amuont'?); "
        "'n' is decimal(10,2), declared is bigint; 'day' is int, declared is date; "
        "not declared: amuont, new, other "
        "(change the declaration, or ask who delivers the source)"
    )


def test_a_json_source_drifts_too(tmp_path: Path, operator: Make, applied: Make) -> None:
    (tmp_path / "deals.json").write_text('{"id": "a", "amuont": 1}\n')
    fields = [{"name": "id", "type": "string"}, {"name": "amount", "type": "decimal(18,2)"}]
    source = {"format": "json", "path": "deals.json"}
    ingest = operator("ingest", source=source, key=["id"], fields=fields)
    with pytest.raises(SchemaDriftError) as caught:
        applied(ingest)
    assert str(caught.value) == (
        "json 'deals.json': the source's fields are not the declared ones: "
        "'amount' is missing (did you mean 'amuont'?) "
        "(change the declaration, or ask who delivers the source)"
    )


def test_parquet_files_of_one_folder_have_the_same_fields(
    table: Make, tmp_path: Path, operator: Make, context: Context
) -> None:
    folder = tmp_path / "deals.parquet"
    folder.mkdir()
    pq.write_table(table("id string, x decimal(10,2)", []), folder / "1.parquet")
    pq.write_table(table("x decimal(12,2), id string, y int", []), folder / "2.parquet")
    drift = described(operator, context)
    assert type(drift) is SchemaDriftError
    assert str(drift) == (
        "parquet 'deals.parquet': 1.parquet and 2.parquet have different fields: only one of "
        "them has 'x' decimal(10,2), 'x' decimal(12,2), 'y' int "
        "(keep deliveries of different shape apart)"
    )


def test_csv_files_of_one_folder_have_the_same_header(
    tmp_path: Path, operator: Make, context: Context
) -> None:
    folder = tmp_path / "deals"
    folder.mkdir()
    (folder / "1.csv").write_text("id,x\na,1\n")
    (folder / "2.csv").write_text("id,y\nb,1\n")
    drift = described(operator, context, source={"format": "csv", "path": "deals"}, fields=[
        {"name": "id", "type": "string"}])  # fmt: skip
    assert type(drift) is SchemaDriftError
    assert str(drift) == (
        "csv 'deals': 1.csv and 2.csv have different header lines: only one of them has x, y"
    )


def test_a_file_that_is_no_parquet_is_told_as_such(
    tmp_path: Path, operator: Make, context: Context
) -> None:
    (tmp_path / "deals.parquet").write_text("id,x\na,1\n")
    drift = described(operator, context)
    assert type(drift) is SchemaDriftError
    assert str(drift).startswith(
        "parquet 'deals.parquet': deals.parquet can't be read as parquet: "
    )
    assert str(drift).endswith("(is the delivery complete, and of this format?)")


def test_text_formats_need_declared_fields(
    tmp_path: Path, operator: Make, context: Context
) -> None:
    (tmp_path / "deals.csv").write_text("id,x\na,1\n")
    drift = described(operator, context, source={"format": "csv", "path": "deals.csv"})
    assert type(drift) is SchemaDriftError
    assert str(drift) == (
        "csv has no types, so the fields must be declared "
        '(fields: [{"name": "id", "type": "…"}, {"name": "x", "type": "…"}])'
    )


def test_binary_floats_need_declared_fields(
    table: Make, tmp_path: Path, operator: Make, context: Context
) -> None:
    pq.write_table(table("id string, x double", []), tmp_path / "deals.parquet")
    fault = described(operator, context)
    assert type(fault) is FieldTypeError
    assert str(fault) == (
        "the field 'x' is double; money is decimal (declare the fields, this one as decimal(p,s))"
    )


def test_every_fault_of_a_declaration_is_told(
    table: Make, tmp_path: Path, operator: Make, context: Context
) -> None:
    pq.write_table(table("id string, x int", []), tmp_path / "deals.parquet")
    faults = described(operator, context, key=["key"], fields=[
        {"name": "id", "type": "sting"}, {"name": "x", "type": "double"},
        {"name": "x", "type": "decimal(39,2)"},
    ])  # fmt: skip
    assert isinstance(faults, FaultsError)
    assert [(type(fault).__name__, str(fault)) for fault in faults.faults] == [
        (
            "FieldTypeError",
            "field 'id': 'sting' is no type that liqbench calculates with (did you mean 'string'?)",
        ),
        (
            "FieldTypeError",
            "field 'x': 'double' is binary floating point, in which money changes its last digits "
            "(use decimal(p,s))",
        ),
        (
            "FieldTypeError",
            "field 'x': 'decimal(39,2)': a decimal has 1 to 38 digits, scale included",
        ),
        ("SchemaDriftError", "the field 'x' is declared twice"),
        ("UnknownFieldError", "key: there is no field 'key' (known are: id, x)"),
    ]


def test_columns_of_mixed_types_are_refused(operator: Make, applied: Make) -> None:
    mixed = pd.DataFrame({"id": ["a", 1]})
    source = {"format": "frame", "name": "deals"}
    with pytest.raises(SchemaDriftError) as caught:
        applied(operator("ingest", source=source, key=["id"]), deals=mixed)
    assert str(caught.value).startswith(
        "a column of the pandas frame holds values of several types"
    )


def test_what_is_no_frame_is_refused(operator: Make, applied: Make) -> None:
    source = {"format": "frame", "name": "deals"}
    with pytest.raises(SchemaDriftError) as caught:
        applied(operator("ingest", source=source, key=["id"]), deals=[("a", 1)])
    assert str(caught.value) == ("'deals' is bound to a list (bind a pandas, Arrow or Spark frame)")
