"""The benchmark's command, and its reference against ratios that were worked out by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from benchmarks.answers import Answers, DifferentResultsError, check_equal
from benchmarks.memory import peak_mb
from benchmarks.whatif import WhatIf, what_ifs

from benchmarks import duck

ROOT = Path(__file__).parents[2]
# Stored clones and storing are left out: they take longest, and few deals say nothing of them.
WAYS = ("baseline", "delta", "cube", "duckdb_each", "duckdb_one")
TIMES = (
    "baseline_s", "delta_s", "cube_s", "follow_up_s", "sweep_s", "break_even_s",
    "changed_value_s", "trace_s", "duckdb_each_s", "duckdb_one_s",
)  # fmt: skip
RATIOS = ("delta/baseline", "duckdb_each/cube", "cube/baseline")
# Entity, code, balance, limit, encumbrance (in cents), currency.
DEALS = (
    ("A", "L1.CASH", 150_00, None, None, "EUR"),
    ("A", "L2A.SEC20", 70_00, None, 20_00, "EUR"),  # 50 free of encumbrance
    ("A", "O.RET.LESS", 1_000_00, None, None, "EUR"),
    ("A", "O.FAC.BANK", 100_00, 350_00, None, "EUR"),  # 250 undrawn, of which 40 %
    ("A", "I.NFC", 100_00, None, None, "EUR"),  # 50 %
    ("B", "L1.CASH", 100_00, None, None, "EUR"),
    ("B", "L2B.EQ", 1_000_00, None, None, "EUR"),  # 500, capped at 15/85 of 100
    ("B", "O.WHL.OTHER", 500_00, None, None, "USD"),  # 400 euros
    ("B", "I.FI", 1_000_00, None, None, "EUR"),  # capped at 75 % of 400
    ("C", "L1.CASH", 1_00, None, None, "EUR"),  # nothing flows out
)


@pytest.fixture(scope="module")
def few_deals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("few")
    (folder / "deals").mkdir()
    names = ("reporting_id", "x_lcr_code", "balance", "limit_amount", "encumbrance_amount")
    columns = dict(zip((*names, "currency_code"), zip(*DEALS, strict=True), strict=True))
    deals = {name: pa.array(values) for name, values in columns.items()}
    deals["date"] = pa.array([date(2025, 12, 31)] * len(DEALS))
    pq.write_table(pa.table(deals), folder / "deals" / "part-00000.parquet")
    quotes = pa.array([Decimal("1.000000"), Decimal("0.800000")], pa.decimal128(12, 6))
    rates = pa.table({"currency_code": pa.array(["EUR", "USD"]), "quote": quotes})
    pq.write_table(rates, folder / "fx_rates.parquet")
    return folder


@pytest.mark.parametrize("calculate", [duck.one_after_another, duck.all_at_once])
def test_the_reference_gives_the_ratios_that_were_worked_out_by_hand(
    few_deals: Path, calculate: Callable[[Path, Sequence[WhatIf]], Answers]
) -> None:
    found = calculate(few_deals, what_ifs(2))
    # A: HQLA 150 + 50 × (0.85 − 0.01); outflows 1,000 × 20 % + 100, less inflows of 50.
    # B: HQLA 100 × 100/85; net outflows a quarter of 400.
    assert found["scenario 0"] == {
        "A": (192_0000, 250_0000, 768_000),
        "B": (117_6471, 100_0000, 1_176_471),
        "C": (1_0000, 0, None),
    }
    # The second scenario leaves the run-off rate at 10 % and takes two points of the 85 %.
    assert found["scenario 1"]["A"] == (191_5000, 150_0000, 1_276_667)


def test_different_figures_are_refused_with_the_place() -> None:
    one: Answers = {"scenario 0": {"A": (1, 1, 1_000_000)}}
    other: Answers = {"scenario 0": {"A": (1, 1, 1_000_001)}}
    check_equal({"cube": one, "duckdb_one": one})
    with pytest.raises(DifferentResultsError, match=r"scenario 0, entity A: cube .* duckdb_one"):
        check_equal({"cube": one, "duckdb_one": other})


def test_peak_memory_is_that_of_this_process_and_what_it_started() -> None:
    before = peak_mb()
    held = bytearray(os.urandom(1)) * (64 << 20)
    assert before > 0
    assert peak_mb() >= before
    del held


def test_the_command_tells_all_times_and_ratios(tmp_path: Path) -> None:
    file, picture = tmp_path / "result.json", tmp_path / "result.svg"
    # Compiling less thoroughly suits a run of a minute.
    environment = os.environ | {"JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1"}
    command = [
        sys.executable, "-m", "benchmarks.scenarios", "--deals", "2000", "--scenarios", "2",
        "--driver-memory", "1g", "--json", str(file), "--picture", str(picture),
        "--ways", *WAYS,
    ]  # fmt: skip
    done = subprocess.run(  # noqa: S603 - its own command
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(file.read_text("utf-8"))
    for key in (*TIMES, "peak_rss_mb"):
        assert found[key] > 0, key
    assert found["follow_up_s"] == max(
        found["changed_value_s"], found["sweep_s"], found["break_even_s"]
    )
    assert set(RATIOS) <= set(found["ratios"])
    assert set(found["peak_rss_mb_by"]) == {"liqbench", "duckdb_each", "duckdb_one"}
    assert "<svg" in picture.read_text("utf-8")
