from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from liqbench.engine import Run
from liqbench.errors import (
    DataError,
    DateRangeError,
    DuplicateKeysError,
    EmptySourceError,
    InvalidDagError,
    InvalidFigureError,
    NullKeysError,
    UndefinedFigureError,
)
from liqbench.model import Dag

Make = Callable[..., Any]

CSV = {"format": "csv", "path": "deals.csv"}
PARQUET = {"format": "parquet", "path": "deals.parquet"}
CORRECT = "have the source corrected; a figure is a number"
WIDER = "declare a wider decimal: figures are never rounded on the way in"
DATES = "write dates as 2025-12-31; widen 'dates' where older or later ones are meant"


def fields(**types: str) -> list[dict[str, Any]]:
    return [{"name": name, "type": kind} for name, kind in types.items()]


def written(path: Path, types: dict[str, Any], **columns: list[Any]) -> None:
    arrays = {name: pa.array(values, types[name]) for name, values in columns.items()}
    pq.write_table(pa.table(arrays), path / "deals.parquet")


def test_nan_and_infinite_doubles_are_refused_with_count_and_examples(
    tmp_path: Path, refusal: Callable[..., DataError]
) -> None:
    written(
        tmp_path,
        {"id": pa.string(), "x": pa.float64()},
        id=["a", "b", "c", "d", "e", "f"],
        x=[1.0, float("nan"), float("inf"), float("-inf"), None, float("nan")],
    )
    fault = refusal(PARQUET, fields(id="string", x="decimal(10,2)"))
    assert type(fault) is InvalidFigureError
    assert str(fault) == (
        "operator 'deals', parquet 'deals.parquet': 4 of 6 rows: 'x' is NaN or infinite, such as "
        f"(id b, x nan); (id c, x inf); (id d, x -inf) ({CORRECT} or null)"
    )


@pytest.mark.parametrize("figure", [0.125, 123456789.5, 1e30, 1e-19])
def test_doubles_with_more_digits_than_declared_are_refused(
    figure: float, tmp_path: Path, refusal: Callable[..., DataError]
) -> None:
    types = {"id": pa.string(), "x": pa.float64()}
    written(tmp_path, types, id=["a", "b"], x=[figure, 0.5])
    fault = refusal(PARQUET, fields(id="string", x="decimal(10,2)"))
    assert type(fault) is InvalidFigureError
    assert str(fault) == (
        "operator 'deals', parquet 'deals.parquet': 1 of 2 rows: 'x' has more digits than "
        f"decimal(10,2) holds, such as (id a, x {figure}) ({WIDER})"
    )


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1,000", "1.2.3", "12 EUR", "-", "0x1F", "1e"])
def test_text_that_is_no_number_is_refused(
    text: str, tmp_path: Path, refusal: Callable[..., DataError]
) -> None:
    (tmp_path / "deals.csv").write_text(f'id,x\na,1\nb,"{text}"\n')
    fault = refusal(CSV, fields(id="string", x="decimal(10,2)"))
    assert type(fault) is InvalidFigureError
    assert str(fault) == (
        "operator 'deals', csv 'deals.csv': 1 of 2 rows: 'x' is no number, such as "
        f"(id b, x {text}) ({CORRECT} with a decimal point, or empty)"
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("0.001", "decimal(10,2)"),
        ("100000000", "decimal(10,2)"),
        ("1.0000000000000000001", "decimal(38,18)"),  # 19 digits behind the point
        ("1e-3", "decimal(10,2)"),
        ("1e40", "decimal(38,0)"),
        ("1.5", "int"),
        ("2147483648", "int"),
    ],
)
def test_text_with_more_digits_than_declared_is_refused(
    text: str, kind: str, tmp_path: Path, refusal: Callable[..., DataError]
) -> None:
    (tmp_path / "deals.csv").write_text(f"id,x\na,{text}\nb,7\nc,\n")
    fault = refusal(CSV, fields(id="string", x=kind))
    assert type(fault) is InvalidFigureError
    assert str(fault) == (
        f"operator 'deals', csv 'deals.csv': 1 of 3 rows: 'x' has more digits than {kind} holds, "
        f"such as (id a, x {text}) ({WIDER})"
    )


def test_stored_decimals_with_more_digits_than_declared_are_refused(
    tmp_path: Path, refusal: Callable[..., DataError]
) -> None:
    types = {"id": pa.string(), "x": pa.decimal128(20, 2)}
    written(tmp_path, types, id=["a", "b"], x=[Decimal("99999999.99"), Decimal("100000000.00")])
    fault = refusal(PARQUET, fields(id="string", x="decimal(10,2)"))
    assert type(fault) is InvalidFigureError
    assert str(fault) == (
        "operator 'deals', parquet 'deals.parquet': 1 of 2 rows: 'x' has more digits than "
        f"decimal(10,2) holds, such as (id b, x 100000000.00) ({WIDER})"
    )


def test_unreadable_dates_are_refused(tmp_path: Path, refusal: Callable[..., DataError]) -> None:
    (tmp_path / "deals.csv").write_text("id,d\na,2025-12-31\nb,31.12.2025\nc,2025-02-30\nd,\n")
    fault = refusal(CSV, fields(id="string", d="date"))
    assert type(fault) is DateRangeError
    assert str(fault) == (
        "operator 'deals', csv 'deals.csv': 2 of 4 rows: 'd' is no date, such as "
        f"(id b, d 31.12.2025); (id c, d 2025-02-30) ({DATES})"
    )


def test_dates_out_of_range_are_refused(tmp_path: Path, refusal: Callable[..., DataError]) -> None:
    types = {"id": pa.string(), "d": pa.date32()}
    days = [date(1899, 12, 31), date(1900, 1, 1), date(2100, 1, 1), date(2100, 1, 2), None]
    written(tmp_path, types, id=["a", "b", "c", "d", "e"], d=days)
    fault = refusal(PARQUET, [], dates=["1900-01-01", "2100-01-01"])
    assert type(fault) is DateRangeError
    assert str(fault) == (
        "operator 'deals', parquet 'deals.parquet': 2 of 5 rows: 'd' is outside 1900-01-01 to "
        f"2100-01-01, such as (id a, d 1899-12-31); (id d, d 2100-01-02) ({DATES})"
    )


def test_null_keys_are_refused(tmp_path: Path, refusal: Callable[..., DataError]) -> None:
    (tmp_path / "deals.csv").write_text("id,line,x\na,1,1\n,2,2\nb,,3\n")
    fault = refusal(CSV, fields(id="string", line="int", x="int"), key=["id", "line"])
    assert type(fault) is NullKeysError
    assert str(fault) == (
        "operator 'deals', csv 'deals.csv': 1 of 3 rows: the key field 'id' is null, such as "
        "(id None, line 2) (a row without a key can't be traced; have it delivered with one)"
    )


def test_duplicate_keys_are_refused_with_examples(
    tmp_path: Path, refusal: Callable[..., DataError]
) -> None:
    (tmp_path / "deals.csv").write_text("id,line\na,1\na,2\nb,1\nb,1\nb,1\nc,1\nc,1\n")
    fault = refusal(CSV, fields(id="string", line="int"), key=["id", "line"])
    assert type(fault) is DuplicateKeysError
    assert str(fault) == (
        "operator 'deals', csv 'deals.csv': rows share their key (id, line), such as "
        "(id b, line 1, rows 3); (id c, line 1, rows 2) "
        "(declare the full key, or have the source delivered without doubles)"
    )


def test_keys_that_differ_in_the_source_only_are_duplicates(
    tmp_path: Path, refusal: Callable[..., DataError]
) -> None:
    (tmp_path / "deals.csv").write_text("id\n7\n07\n")
    fault = refusal(CSV, fields(id="int"))
    assert type(fault) is DuplicateKeysError
    assert str(fault) == (
        "operator 'deals', csv 'deals.csv': rows share their key (id), such as (id 7, rows 2) "
        "(declare the full key, or have the source delivered without doubles)"
    )


def test_a_null_where_none_may_be_is_refused(
    tmp_path: Path, refusal: Callable[..., DataError]
) -> None:
    (tmp_path / "deals.csv").write_text("id,x\na,1\nb,\n")
    declared = [{"name": "id", "type": "string"}, {"name": "x", "type": "int", "nullable": False}]
    fault = refusal(CSV, declared)
    assert type(fault) is UndefinedFigureError
    assert str(fault) == (
        "operator 'deals', csv 'deals.csv': 1 of 2 rows: 'x' is null, declared is that it never "
        "is, such as (id b, x None) (have the source completed, or declare the field nullable)"
    )


def test_a_source_without_a_row_is_refused(
    tmp_path: Path, refusal: Callable[..., DataError]
) -> None:
    (tmp_path / "deals.csv").write_text("id,x\n")
    fault = refusal(CSV, fields(id="string", x="int"))
    assert type(fault) is EmptySourceError
    assert str(fault) == (
        "operator 'deals', csv 'deals.csv': holds no row (has the delivery arrived?)"
    )


def test_a_flag_that_is_none_is_refused(tmp_path: Path, refusal: Callable[..., DataError]) -> None:
    (tmp_path / "deals.csv").write_text("id,open\na,true\nb,perhaps\n")
    fault = refusal(CSV, fields(id="string", open="boolean"))
    assert str(fault) == (
        "operator 'deals', csv 'deals.csv': 1 of 2 rows: 'open' is no boolean, such as "
        "(id b, open perhaps) (have the source corrected, or declare the field as string)"
    )


def test_a_parquet_without_a_row_is_refused(
    tmp_path: Path, refusal: Callable[..., DataError]
) -> None:
    written(tmp_path, {"id": pa.string()}, id=[])
    fault = refusal(PARQUET, [])
    assert type(fault) is EmptySourceError
    assert str(fault) == (
        "operator 'deals', parquet 'deals.parquet': holds no row (has the delivery arrived?)"
    )


CALLS = [{"name": "call", "type": "date", "source_name": "calls", "choose": "next"}]


def test_of_a_list_of_dates_the_next_one_is_taken(
    tmp_path: Path, config: Make, run_dag: Callable[..., Run]
) -> None:
    gone, today, later = date(2025, 12, 30), date(2025, 12, 31), date(2026, 6, 1)
    lists = {
        "a": [later, gone, today], "b": [later, None, gone], "c": [gone], "d": [], "e": None,
    }  # fmt: skip
    types = {"id": pa.string(), "calls": pa.list_(pa.date32())}
    written(tmp_path, types, id=list(lists), calls=list(lists.values()))
    ingest = config(
        "deals", "ingest", source=PARQUET, key=["id"], fields=[*fields(id="string"), *CALLS]
    )
    found = run_dag(Dag(operators=(ingest,))).table("deals")
    assert dict(zip(found["id"], found["call"], strict=True)) == {
        "a": today, "b": later, "c": None, "d": None, "e": None,
    }  # fmt: skip


def test_a_list_with_an_implausible_date_is_refused(
    tmp_path: Path, refusal: Callable[..., DataError]
) -> None:
    types = {"id": pa.string(), "calls": pa.list_(pa.date32())}
    calls = [[date(2026, 1, 1)], [date(2026, 1, 1), date(1012, 1, 1)]]
    written(tmp_path, types, id=["a", "b"], calls=calls)
    fault = refusal(PARQUET, [*fields(id="string"), *CALLS])
    assert type(fault) is DateRangeError
    assert "1 of 2 rows: 'calls' is outside 1900-01-01 to 9999-12-31, such as (id b" in str(fault)


def test_a_list_of_texts_that_are_no_dates_is_refused(
    tmp_path: Path, refusal: Callable[..., DataError]
) -> None:
    types = {"id": pa.string(), "calls": pa.list_(pa.string())}
    written(tmp_path, types, id=["a", "b"], calls=[["2026-01-01"], ["soon", None]])
    fault = refusal(PARQUET, [*fields(id="string"), *CALLS])
    assert type(fault) is DateRangeError
    assert "1 of 2 rows: 'calls' is no date, such as (id b" in str(fault)


def test_a_date_is_no_list_of_dates_and_only_a_date_is_chosen(
    tmp_path: Path, config: Make, run_dag: Callable[..., Run]
) -> None:
    types = {"id": pa.string(), "calls": pa.date32()}
    written(tmp_path, types, id=["a"], calls=[date(2026, 1, 1)])
    chosen = [*fields(id="string"), *CALLS]
    ingest = config("deals", "ingest", source=PARQUET, key=["id"], fields=chosen)
    with pytest.raises(InvalidDagError, match="'calls' is date, declared is a list, of which"):
        run_dag(Dag(operators=(ingest,)))
    wrong = [{"name": "call", "type": "string", "source_name": "calls", "choose": "next"}]
    ingest = config("deals", "ingest", source=PARQUET, key=["id"], fields=wrong)
    with pytest.raises(InvalidDagError, match="choose 'next' is for a field of type date"):
        run_dag(Dag(operators=(ingest,)))
