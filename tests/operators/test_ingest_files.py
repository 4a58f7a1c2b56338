from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from liqbench.errors import (
    DataError,
    EmptySourceError,
    SchemaDriftError,
    SourceNotFoundError,
)

Make = Callable[..., Any]

CSV = {"format": "csv", "path": "deals.csv"}
PARQUET = {"format": "parquet", "path": "deals.parquet"}
QUOTES = "have it written again; a value with the delimiter or a quote in it stands in quotes"


def fields(**types: str) -> list[dict[str, Any]]:
    return [{"name": name, "type": kind} for name, kind in types.items()]


@pytest.mark.parametrize("line", ["b,1,5", "b", 'b,"1",2,'])
def test_a_csv_line_of_another_length_than_the_header_is_refused(
    line: str, tmp_path: Path, refusal: Callable[..., DataError]
) -> None:
    (tmp_path / "deals.csv").write_text(f"id,note\na,1\n\n{line}\n\n")
    fault = refusal(CSV, fields(id="string"))
    assert type(fault) is SchemaDriftError
    assert str(fault) == (
        "operator 'deals', csv 'deals.csv': 1 of 2 rows: not a value for every field, such as "
        f"(id b, the line {line}) ({QUOTES})"
    )


def test_a_json_line_that_is_none_is_refused(
    tmp_path: Path, refusal: Callable[..., DataError]
) -> None:
    (tmp_path / "deals.json").write_text('{"id": "a", "x": 1}\n{"id": "b", "x": \n')
    fault = refusal({"format": "json", "path": "deals.json"}, fields(id="string", x="int"))
    assert type(fault) is SchemaDriftError
    assert str(fault) == (
        "operator 'deals', json 'deals.json': 1 of 2 rows: not a value for every field, such as "
        f'(id None, the line {{"id": "b", "x": ) ({QUOTES})'
    )


@pytest.mark.parametrize("text", ['a,"1\nb,2\nc,3\n', 'a,"1\n2"\nb,3\n'])
def test_a_csv_value_of_several_lines_is_refused(
    text: str, tmp_path: Path, refusal: Callable[..., DataError]
) -> None:
    (tmp_path / "deals.csv").write_text(f"id,note\n0,\n{text}")
    fault = refusal(CSV, fields(id="string"))
    assert type(fault) is SchemaDriftError
    rows = 2 if text.count('"') == 1 else 3
    assert str(fault) == (
        f"operator 'deals', csv 'deals.csv': 1 of {rows} rows: a value of several lines, such as "
        "(id a) (a quote is left open, or a text has a line break)"
    )


def test_a_csv_that_is_no_utf_8_is_refused(
    tmp_path: Path, refusal: Callable[..., DataError]
) -> None:
    lines = "".join(f"{n},plain\n" for n in range(20_000))
    (tmp_path / "deals.csv").write_bytes(f"id,note\n{lines}z,Zürich\n".encode("latin-1"))
    fault = refusal(CSV, fields(id="string", note="string"))
    assert type(fault) is SchemaDriftError
    assert str(fault) == (
        "operator 'deals', csv 'deals.csv': 1 of 20,001 rows: a character that is no UTF-8, "
        "such as (id z) (have the text written as UTF-8)"
    )


def test_a_missing_file_is_told_with_the_closest_names(
    tmp_path: Path, invalid: Callable[..., DataError]
) -> None:
    (tmp_path / "deal.csv").touch()
    fault = invalid(CSV)
    assert type(fault) is SourceNotFoundError
    assert str(fault) == (
        f"operator 'deals': there is no 'deals.csv' in {tmp_path} (did you mean 'deal.csv'?)"
    )


@pytest.mark.parametrize("source", [CSV, PARQUET, {"format": "json", "path": "deals.json"}])
def test_an_empty_file_is_refused(
    source: dict[str, str], tmp_path: Path, invalid: Callable[..., DataError]
) -> None:
    (tmp_path / source["path"]).touch()
    fault = invalid(source)
    assert type(fault) is EmptySourceError
    assert str(fault) == (
        f"operator 'deals', {tmp_path / source['path']}: holds no data (has the delivery arrived?)"
    )


def test_an_empty_folder_is_refused(tmp_path: Path, invalid: Callable[..., DataError]) -> None:
    (tmp_path / "deals.parquet").mkdir()
    (tmp_path / "deals.parquet" / "_SUCCESS").touch()
    fault = invalid(PARQUET)
    assert type(fault) is EmptySourceError
    assert str(fault) == (
        f"operator 'deals', {tmp_path / 'deals.parquet'}: holds no data (has the delivery arrived?)"
    )


def test_an_unbound_frame_and_an_unknown_table_are_told(
    spark: Any, invalid: Callable[..., DataError]
) -> None:
    fault = invalid({"format": "frame", "name": "deals"})
    assert type(fault) is SourceNotFoundError
    assert str(fault) == (
        "operator 'deals': no frame is bound to the name 'deals' (run with inputs={'deals': frame})"
    )
    spark.range(1).createOrReplaceTempView("known_table")
    fault = invalid({"format": "table", "name": "known_tabel"})
    assert type(fault) is SourceNotFoundError
    assert str(fault) == (
        "operator 'deals': Spark has no table 'known_tabel' (did you mean 'known_table'?)"
    )


def test_a_header_that_is_no_utf_8_is_refused(
    tmp_path: Path, invalid: Callable[..., DataError]
) -> None:
    (tmp_path / "deals.csv").write_bytes("id,Währung\n1,EUR\n".encode("latin-1"))
    fault = invalid(CSV)
    assert type(fault) is SchemaDriftError
    assert str(fault) == (
        "operator 'deals', csv 'deals.csv': deals.csv is no UTF-8 text: invalid continuation "
        "byte at byte 4 (have it written as UTF-8)"
    )


def test_a_header_with_a_name_twice_is_refused(
    tmp_path: Path, invalid: Callable[..., DataError]
) -> None:
    (tmp_path / "deals.csv").write_text("id,x,X\n1,2,3\n")
    fault = invalid(CSV)
    assert type(fault) is SchemaDriftError
    assert str(fault) == (
        "operator 'deals', csv 'deals.csv': deals.csv has 'X' twice in its header line "
        "(give every field its own name, capitals or not)"
    )
