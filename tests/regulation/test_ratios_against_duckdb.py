"""LCR and NSFR of the sample balance sheet, calculated a second time by DuckDB from the deals."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from benchmarks.regulation import figures_of
from benchmarks.sheet_duck import both_ratios

from liqbench import Run, Workbench, samples


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sheet") / "sample"


@pytest.fixture(scope="module")
def run(bench: Workbench, folder: Path) -> Run:
    return bench.run(samples.lcr_nsfr_dag(20_000, folder=folder), as_of="2025-12-31")


def test_both_ratios_of_every_entity_equal_duckdb(run: Run, folder: Path) -> None:
    expected = both_ratios(folder)
    assert len(expected) == 24
    assert figures_of(run, "lcr", "nsfr") == expected
    metrics = run.results["classify"].metrics
    assert {name: metrics[name] for name in metrics if name.startswith("unclassified")} == {
        "unclassified lcr": 0, "unclassified nsfr": 0, "unclassified unwind": 0,
    }  # fmt: skip


def test_both_ratios_of_the_group_equal_duckdb(run: Run, folder: Path) -> None:
    (expected,) = both_ratios(folder, "group").values()
    (found,) = figures_of(run, "lcr_group", "nsfr_group", by="date").values()
    assert found == expected
    entities = figures_of(run, "lcr", "nsfr").values()
    assert found[0] != sum(each[0] for each in entities)  # caps and repos within the group


def test_the_lcr_by_currency_equals_duckdb(run: Run, folder: Path) -> None:
    expected = both_ratios(folder, "currency")
    assert sorted(expected) == ["CHF", "EUR", "GBP", "PLN", "SEK", "USD"]
    found = figures_of(run, "lcr_currency", by="currency_code")
    assert found == {currency: row[:3] for currency, row in expected.items()}


def test_a_currency_of_a_twentieth_of_all_liabilities_is_significant(
    run: Run, folder: Path
) -> None:
    owed = duckdb.execute(
        f"""SELECT currency_code, sum(CAST(round(CAST(balance AS DECIMAL(18,0))
                   * CAST(0.01 AS DECIMAL(2,2)) * quote, 2) AS DECIMAL(18,2)))
            FROM read_parquet('{folder}/deals/*.parquet') d
            JOIN read_parquet('{folder}/fx_rates.parquet') f USING (currency_code)
            WHERE asset_liability = 'liability' AND on_balance_sheet AND NOT intra_group
            GROUP BY ALL"""
    ).fetchall()
    total = sum((amount for _, amount in owed), Decimal(0))
    found = run.table("currencies").set_index("currency_code")
    assert dict(found["liabilities"]) == dict(owed)
    assert {name for name, amount in owed if amount * 20 >= total} == {
        str(name) for name in found.index[found["significant"]]
    }
    assert 0 < found["significant"].sum() < len(owed)
