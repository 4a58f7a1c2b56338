from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from liqbench.samples.disclosures import disclosures_path, load_disclosures, rows_path

if TYPE_CHECKING:
    import pandas as pd

KEY = ["bank_id", "reference_date", "row"]
OUTFLOWS = ("2", "5", "9", "10", "14", "15")
INFLOWS = ("17", "18", "19")
DEDUCTIONS = ("EU-19a", "EU-19b")
DEFECT = ("hdfc_bank", date(2025, 9, 30))


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return load_disclosures()


def printed(table: pd.DataFrame) -> dict[tuple[str, date], dict[str, Decimal]]:
    """Weighted figures by bank and date, then row; what is not printed is left out."""
    found: dict[tuple[str, date], dict[str, Decimal]] = {}
    for line in table.itertuples():
        bank = found.setdefault((str(line.bank_id), line.reference_date), {})  # type: ignore[arg-type]
        if line.weighted is not None:
            bank[str(line.row)] = line.weighted  # type: ignore[assignment]
    return found


def total(figures: dict[str, Decimal], rows: tuple[str, ...]) -> Decimal:
    return sum((figures.get(row, Decimal(0)) for row in rows), Decimal(0))


def test_every_published_line_is_there_once(table: pd.DataFrame) -> None:
    assert len(table) == 491
    assert not table.duplicated(KEY).any()
    assert len(table[["bank_id", "reference_date"]].drop_duplicates()) == 20
    assert table["bank_id"].nunique() == 18


@pytest.mark.parametrize(
    ("bank", "day", "row", "weighted"),
    [
        ("bnp_paribas", date(2025, 12, 31), "16", "592763436886.06"),
        ("bnp_paribas", date(2025, 12, 31), "23", "1.345263"),
        ("deutsche_bank", date(2025, 12, 31), "EU-19a", "2681089420.96"),
        ("deutsche_bank", date(2025, 12, 31), "22", "173633369155.95"),
        ("fimbank", date(2025, 12, 31), "20", "281139550.00"),
        ("hdfc_bank", date(2025, 9, 30), "22", "6383976.12"),
        ("hdfc_bank", date(2025, 9, 30), "23", "1.1972"),
        ("indusind_bank", date(2026, 3, 31), "16", "143424.99"),
        ("indusind_bank", date(2026, 3, 31), "23", "1.1799"),
    ],
)
def test_a_figure_is_the_printed_one(
    table: pd.DataFrame, bank: str, day: date, row: str, weighted: str
) -> None:
    line = table[
        (table["bank_id"] == bank) & (table["reference_date"] == day) & (table["row"] == row)
    ]
    assert [str(figure) for figure in line["weighted"]] == [weighted]


def test_figures_are_decimals_and_missing_ones_none(table: pd.DataFrame) -> None:
    for column in ("unweighted", "weighted"):
        assert {type(figure) for figure in table[column]} == {Decimal, type(None)}
    alior = table[(table["bank_id"] == "alior_bank") & (table["row"] == "17")]
    assert alior["unweighted"].tolist() == [Decimal(2201000000)]
    assert alior["weighted"].tolist() == [None]


def test_lei_scope_and_unit_are_as_published(table: pd.DataFrame) -> None:
    columns = ["bank_id", "lei", "country", "scope", "currency", "unit"]
    banks = {tuple(line) for line in table[columns].to_numpy().tolist()}
    assert len(banks) == 18
    assert ("fimbank", "529900Q2C3I7VCILLG45", "MT", "CON", "EUR", "EUR") in banks
    assert ("alior_bank", "259400QHDOZWMJ103294", "PL", "CON", "PLN", "PLN") in banks
    assert ("jp_morgan_se", "549300ZK53CNGEEI6A29", "DE", "IND", "EUR", "EUR") in banks
    assert ("hdfc_bank", "", "IN", "", "INR", "INR million") in banks
    assert ("indusind_bank", "", "IN", "", "INR", "INR crore") in banks


def test_totals_add_up_within_the_rounding_of_the_print(table: pd.DataFrame) -> None:
    """Commerzbank prints whole millions, others cents or units: each sum stays within one."""
    for (bank, _), row in printed(table).items():
        unit = Decimal(1_000_000) if bank == "commerzbank" else Decimal(1)
        assert abs(total(row, OUTFLOWS) - row["16"]) <= unit, bank
        assert abs(total(row, INFLOWS) - total(row, DEDUCTIONS) - row["20"]) <= unit, bank


def test_net_outflows_follow_from_the_totals(table: pd.DataFrame) -> None:
    for key, row in printed(table).items():
        net = row["16"] - min(row["20"], Decimal("0.75") * row["16"])
        if key == DEFECT:
            assert net - row["22"] == Decimal("419548.96")
        elif key[0] == "santander":  # prints its net outflows in whole millions
            assert net - row["22"] == Decimal("-186743.76")
        else:
            assert abs(net - row["22"]) <= 1, key


def test_the_inflow_cap_binds_for_three_banks(table: pd.DataFrame) -> None:
    capped = {
        bank for (bank, _), row in printed(table).items() if row["20"] > Decimal("0.75") * row["16"]
    }
    assert capped == {"banca_sistema", "fimbank", "santander_consumer_finance"}


def test_nobody_has_inflows_outside_the_pot_of_75_percent(table: pd.DataFrame) -> None:
    for row in printed(table).values():
        assert row.get("EU-20a", Decimal(0)) == row.get("EU-20b", Decimal(0)) == 0
        assert row.get("EU-20c", row["20"]) == row["20"]


def test_the_nsfr_tables_are_there_in_the_same_form() -> None:
    nsfr = load_disclosures("LIQ2")
    assert len(nsfr) == 133
    assert not nsfr.duplicated(KEY).any()
    assert set(nsfr["source"]) == {"EBA Pillar 3 Data Hub, LIQ2"}
    columns = ["no_maturity", "lt_6m", "6m_to_lt_1y", "ge_1y", "weighted"]
    assert nsfr.columns.tolist()[9:14] == columns
    for column in columns:
        assert {type(figure) for figure in nsfr[column]} == {Decimal, type(None)}
    ratios = nsfr[nsfr["row"] == "34"].set_index("bank_id")["weighted"].to_dict()
    assert ratios == {
        "abn_amro": Decimal("1.410676"),
        "bankinter": Decimal("1.5294"),
        "handelsbanken": Decimal("1.191"),
        "santander": Decimal("1.2566"),
    }
    assert b"\r" not in disclosures_path("LIQ2").read_bytes()


def test_the_row_table_names_every_row_with_its_role(table: pd.DataFrame) -> None:
    with rows_path().open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["row"] for row in rows} == set(table["row"])
    roles: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        roles.setdefault((row["section"], row["role"]), []).append(row["row"])
    assert roles["OUTFLOW", "component"] == list(OUTFLOWS)
    assert roles["INFLOW", "component"] == list(INFLOWS)
    assert roles["INFLOW", "deduction"] == list(DEDUCTIONS)
    assert roles["INFLOW", "pot"] == ["EU-20a", "EU-20b", "EU-20c"]
    assert roles["HQLA", "total"] == ["21"]
    assert roles["RATIO", "ratio"] == ["23"]


def test_lines_are_sorted_and_end_in_lf(table: pd.DataFrame) -> None:
    assert b"\r" not in disclosures_path().read_bytes()
    text = rows_path().read_text(encoding="utf-8")
    order = [line["row"] for line in csv.DictReader(text.splitlines())]
    keys = [
        (line.bank_id, line.reference_date, order.index(str(line.row)))
        for line in table.itertuples()
    ]
    assert keys == sorted(keys)
