from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.regulation.conftest import BASEL, lines_of, published
from typer.testing import CliRunner, Result

from liqbench.cli import app
from liqbench.samples.disclosures import disclosed_tables, disclosures_path

Write = Callable[..., Path]


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(app, ["reconcile", *map(str, args)])


def told(result: Result) -> Any:
    return json.loads(result.stdout)


@pytest.fixture
def good(write: Write) -> Path:
    return write("LIQ1", lines_of(BASEL), "good.csv")


@pytest.fixture
def defective(write: Write) -> Path:
    (table,) = (t for t in disclosed_tables("LIQ1") if str(t.reference_date) == "2025-09-30")
    return write("LIQ1", published(table, main_rows=True), "hdfc_bank.csv")


@pytest.fixture
def unreadable(write: Write) -> Path:
    return write("LIQ1", [("1", "Total HQLA", "", "some")], "bad.csv")


def test_a_table_that_reconciles_leaves_with_0_and_one_line(good: Path) -> None:
    result = run(good)
    assert result.exit_code == 0
    assert result.stdout == "good, LIQ1: reconciles (12 exact)\n"


def test_one_that_does_not_leaves_with_1_and_shows_the_row(defective: Path) -> None:
    result = run(defective)
    assert result.exit_code == 1
    (row,) = (line for line in result.stdout.splitlines() if "419,548.96" in line)
    assert row.split()[0] == "22"
    assert "6,383,976.12" in row
    assert "6,803,525.08" in row
    assert "hdfc_bank, LIQ1: off (10 exact, 1 rounding, 1 off)" in result.stdout


def test_all_rows_are_shown_if_wanted(defective: Path) -> None:
    shown = [
        line.split()[0] for line in run(defective, "--all").stdout.splitlines() if line.strip()
    ]
    for row in ("1", "16", "20", "22", "23"):
        assert row in shown


def test_one_that_can_not_be_read_leaves_with_2_and_the_others_are_told(
    good: Path, defective: Path, unreadable: Path
) -> None:
    result = run(good, unreadable, defective)
    assert result.exit_code == 2
    assert "good, LIQ1: reconciles" in result.stdout
    assert "hdfc_bank, LIQ1: off" in result.stdout
    assert "DisclosureError" in result.stderr
    assert "line 2, row 1, weighted: 'some' is no figure" in " ".join(result.stderr.split())


def test_json_is_one_document_for_all_files(good: Path, defective: Path, unreadable: Path) -> None:
    result = run("--json", good, defective, unreadable)
    assert result.exit_code == 2
    assert result.stderr == ""
    first, second, third = told(result)
    assert first.keys() == second.keys() == third.keys()
    assert (first["bank"], first["template"], first["verdict"]) == ("good", "LIQ1", "reconciles")
    assert (second["file"], second["verdict"]) == (str(defective), "off")
    (row,) = (row for row in second["rows"] if row["verdict"] == "off")
    assert row["row"] == "22"
    assert row["label"] == "total net cash outflows"
    assert row["column"] == "weighted"
    assert [row[name] for name in ("printed", "expected", "difference", "tolerance")] == [
        "6383976.12", "6803525.08", "-419548.96", "0.015",
    ]  # fmt: skip
    assert third["verdict"] == "unreadable"
    assert third["rows"] == []
    assert third["error"]["type"] == "DisclosureError"
    assert "line 2, row 1, weighted" in third["error"]["message"]


def test_json_of_a_file_of_many_tables_has_an_object_for_each() -> None:
    result = run("--json", disclosures_path("LIQ1"), disclosures_path("LIQ2"))
    documents = told(result)
    assert result.exit_code == 1
    assert len(documents) == 24
    assert [d["bank"] for d in documents if d["verdict"] == "off"] == ["hdfc_bank"]
    assert documents[-1]["reference_date"] == "2025-12-31"


def test_no_file_at_all_is_a_wrong_command() -> None:
    assert run().exit_code == 2


def test_the_command_starts_without_spark(good: Path) -> None:
    code = (
        "import sys\n"
        "from liqbench.cli import app\n"
        "try:\n"
        f"    app(['reconcile', {str(good)!r}])\n"
        "except SystemExit as end:\n"
        "    print(end.code, [m for m in sys.modules if m.split('.')[0] in ('pyspark', 'py4j')])\n"
    )
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.splitlines()[-1] == "0 []"
