"""The command, called as a user calls it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from liqbench import __version__, samples

SCRIPT = Path(sys.executable).with_name("liqbench")


def liqbench(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LIQBENCH_CACHE": str(cwd / "cache"), "COLUMNS": "160"}
    return subprocess.run(  # noqa: S603 - our own command
        [SCRIPT, *args],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment,
        timeout=600,
        check=False,
    )


def test_version_and_help_answer_without_spark(tmp_path: Path) -> None:
    assert liqbench("--version", cwd=tmp_path).stdout == f"liqbench {__version__}\n"
    text = liqbench("--help", cwd=tmp_path).stdout
    for command in ("demo", "run", "validate", "reconcile", "lab"):
        assert re.search(rf"{command} +\w", text)


def test_a_wrong_command_leaves_with_2(tmp_path: Path) -> None:
    assert liqbench("publish", cwd=tmp_path).returncode == 2
    assert liqbench("run", cwd=tmp_path).returncode == 2


def test_validate_lists_operators_fields_and_keys(tmp_path: Path) -> None:
    file = samples.disclosure_dag().save(tmp_path / "banks")
    for name in ("liq1.csv", "liq1_rows.csv"):
        (tmp_path / name).write_bytes((samples.disclosure_dag().folder / name).read_bytes())
    done = liqbench("validate", file.name, "--as-of", "2025-12-31", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].split() == [
        "ingest", "ingest", "12", "fields,", "key", "bank_id,", "reference_date,", "row",
    ]  # fmt: skip
    assert lines[-1] == "disclosures is valid"


def test_validate_tells_every_fault_and_leaves_with_1(tmp_path: Path) -> None:
    document = samples.disclosure_dag().to_json()
    operators = {operator["operator_id"]: operator for operator in document["operators"]}
    operators["components"]["parameters"]["expression"] = "rol = 'component'"
    operators["lcr"]["operator_type"] = "lrc"
    operators["ingest_rows"]["parameters"]["source"]["path"] = "liq1_row.csv"
    (tmp_path / "wrong.liqdag.json").write_text(json.dumps(document))
    (tmp_path / "liq1_rows.csv").write_text("row\n1\n")
    (tmp_path / "liq1.csv").write_bytes((samples.disclosure_dag().folder / "liq1.csv").read_bytes())
    done = liqbench("validate", "wrong.liqdag.json", "--as-of", "2025-12-31", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    text = " ".join(done.stderr.split())
    assert text.startswith("InvalidDagError DAG 'disclosures' has 2 faults:")
    assert "operator 'ingest_rows': there is no 'liq1_row.csv'" in text
    assert "did you mean 'liq1_rows.csv'" in text
    assert "operator 'lcr': there is no operator type 'lrc' (did you mean 'lcr'?)" in text


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ("nothing.liqdag.json", "--as-of", "2025-12-31"),
            "there is no file 'nothing.liqdag.json'",
        ),
        (("some.liqdag.json", "--as-of", "31.12.2025"), "the as-of date '31.12.2025' is no date"),
        (("broken.json", "--as-of", "2025-12-31"), "this is no JSON"),
    ],
)
def test_bad_arguments_are_told_in_words(
    tmp_path: Path, args: tuple[str, ...], message: str
) -> None:
    samples.disclosure_dag().save(tmp_path / "some")
    (tmp_path / "broken.json").write_text("{")
    done = liqbench("validate", *args, cwd=tmp_path)
    assert done.returncode == 1
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_the_demo_walks_the_whole_way_and_the_second_time_changes_nothing(tmp_path: Path) -> None:
    first = liqbench("demo", "--deals", "1000", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    text = first.stdout
    assert re.search(r"commerzbank .* 16 .*133,066,000,000.00 +133,067,000,000.00", text)
    assert re.search(r"hdfc_bank +2025-09-30 +22 .* 419,548.96", text)
    assert text.count(" yes ") == 3  # the banks whose inflow cap binds
    assert re.search(r"Refused sub-\w+: analyst submitted it and can't approve it", text)
    assert re.search(
        r"Published \w{12} published to 'local': fact_liquidity 48, lq_adjustment \d+ rows", text
    )
    assert re.search(r"Again \w{12} was published to 'local' before: nothing changed", text)
    assert (tmp_path / "workspace" / "warehouse.duckdb").is_file()
    second = liqbench("demo", "--deals", "1000", cwd=tmp_path)
    assert second.returncode == 0, second.stderr
    assert re.search(r"Published \w{12} was published to 'local' before", second.stdout)
    assert _figures(second.stdout) == _figures(text)


def _figures(text: str) -> list[str]:
    """Return all lines but those that tell ids and seconds."""
    kept = text.partition("What each step took")[0].splitlines()
    return [line.rstrip() for line in kept if line and not re.search(r"(sub|apr)-|publish", line)]
