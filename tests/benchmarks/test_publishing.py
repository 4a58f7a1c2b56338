"""The publishing benchmark's command, with few rows."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

from benchmarks import publishing

ROOT = Path(__file__).parents[2]


def test_the_command_tells_what_four_ways_took_that_came_to_one_result(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    command = [
        sys.executable, "-m", "benchmarks.publishing", "--rows", "4000", "--repeats", "1",
        "--driver-memory", "1g", "--json", str(file),
    ]  # fmt: skip
    done = subprocess.run(  # noqa: S603 - its own command
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "4,000 fact rows" in done.stdout
    found = json.loads(file.read_text("utf-8"))
    for way in publishing.WAYS:
        assert 0 < found[f"{way}_staged_s"] < found[f"{way}_s"], way
    assert found["ratios"]["spark/awswrangler"] == found["spark_s"] / found["awswrangler_s"]


def test_the_rows_are_those_that_are_worked_out_by_hand(tmp_path: Path) -> None:
    stage = publishing.stored(16, tmp_path / "stage")
    numbers = range(16)
    # Cents, and millionths.
    amount = sum(n * 7_919 * 37 for n in numbers)
    weighted = sum(n * 104_729 % 1_000_003 * 123 for n in numbers)
    assert stage.totals == (16, Decimal(amount) / 100, Decimal(weighted) / 1_000_000, 81)
    assert len(stage.files) == 8
