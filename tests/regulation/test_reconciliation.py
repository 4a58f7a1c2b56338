from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.regulation.conftest import BASEL, lines_of, values

from liqbench.regulation.disclosure import (
    Check,
    DisclosedTable,
    Figure,
    Reconciliation,
    Verdict,
    load_template,
    read_disclosures,
    reconcile,
)
from liqbench.regulation.disclosure.expected import inflow_cap_binds, net_outflows
from liqbench.regulation.disclosure.figures import units_of
from liqbench.samples.disclosures import disclosed_tables

Write = Callable[..., Path]
LIQ1, LIQ2 = disclosed_tables("LIQ1"), disclosed_tables("LIQ2")
YEAR_END = date(2025, 12, 31)
BILLION = Decimal(1_000_000_007)  # odd, so that a table times it is printed in units


def of_bank(bank: str, tables: tuple[DisclosedTable, ...] = LIQ1) -> DisclosedTable:
    (table,) = (t for t in tables if (t.bank, t.reference_date) == (bank, YEAR_END))
    return table


def check_of(result: Reconciliation, row: str, column: str = "weighted", rule: str = "=") -> Check:
    (found,) = (
        check
        for check in result.checks
        if (check.row, check.column) == (row, column) and f" {rule} " in check.rule
    )
    return found


def changed(table: DisclosedTable, **cells: Decimal) -> DisclosedTable:
    """Return the table with other weighted figures: ``r16=Decimal(1)``."""
    printed = values(table) | {(row[1:], "weighted"): value for row, value in cells.items()}
    return DisclosedTable.of(
        table.template,
        printed,
        bank=table.bank,
        reference_date=table.reference_date,
        source=table.source,
    )


def basel() -> DisclosedTable:
    """The table worked out by hand, times a billion."""
    printed = {}
    for row, (_, *cells) in BASEL.items():
        for column, text in zip(("unweighted", "weighted"), cells, strict=True):
            if text:
                figure = Decimal(text.replace(",", ""))
                printed[row, column] = figure if row == "23" else figure * BILLION
    return DisclosedTable.of(
        load_template("LIQ1"), printed, bank="basel", reference_date=None, source="by hand"
    )


def eu() -> DisclosedTable:
    """The same in the EU's edition: 20 of 90 inflows exempt, 30 capped at 90 %, 40 at 75 %."""
    pots = {"EU-20a": 20, "EU-20b": 30, "EU-20c": 40}
    cells = {(row, "weighted"): part * BILLION for row, part in pots.items()}
    return DisclosedTable.of(
        load_template("LIQ1"),
        values(basel()) | cells,
        bank="eu",
        reference_date=None,
        source="by hand",
    )


# --- the published tables ------------------------------------------------------------------------


def test_all_published_lcr_tables_reconcile_but_one() -> None:
    off = {
        (t.bank, t.reference_date): reconcile(t).off for t in LIQ1 if not reconcile(t).reconciles
    }
    ((key, checks),) = off.items()
    assert key == ("hdfc_bank", date(2025, 9, 30))
    (check,) = checks
    assert (check.row, check.column) == ("22", "weighted")
    assert check.expected == Decimal("8862912.48") - Decimal("2059387.40")
    assert check.difference == Decimal("-419548.96")
    assert check.words == (
        "row 22, total net cash outflows: printed 6,383,976.12, expected 6,803,525.08, "
        "off by -419,548.96"
    )


def test_all_published_nsfr_tables_reconcile_and_one_splits_its_rows_wrongly() -> None:
    assert all(reconcile(table).reconciles for table in LIQ2)
    off = {table.bank: found for table in LIQ2 if (found := reconcile(table).off)}
    ((bank, (total, of_which)),) = off.items()
    assert total.is_detail
    assert of_which.is_detail
    assert bank == "handelsbanken"
    assert (total.row, total.printed) == ("17", Decimal(0))
    assert total.expected == Decimal(1068408528607)
    assert (of_which.row, of_which.rule) == ("20", "20 \u2265 21")
    assert of_which.difference == Decimal(19193731433) - Decimal(693836712907)


def test_the_table_that_splits_its_rows_wrongly_is_printed_one_row_too_high() -> None:
    """With the weighted figures of rows 16 to 23 moved to rows 17 to 24 every sum holds."""
    table = of_bank("handelsbanken", LIQ2)
    printed = values(table)
    moved = {f"r{row + 1}": printed[str(row), "weighted"] for row in range(16, 24)}
    assert not reconcile(changed(table, r16=Decimal(0), **moved)).off
    assert "how they are split doesn't: row 17, 20" in reconcile(table).headline


def test_totals_printed_in_millions_differ_by_rounding() -> None:
    check = check_of(reconcile(of_bank("commerzbank")), "16")
    assert (check.difference, check.tolerance) == (
        Decimal(1_000_000),
        Decimal(3_500_000),
    )  # 7 half millions
    assert check.verdict is Verdict.ROUNDING


def test_one_figure_printed_in_millions_among_cents_differs_by_rounding() -> None:
    check = check_of(reconcile(of_bank("santander")), "22")
    assert check.difference == Decimal(203792000000) - (
        Decimal("281191428736.24") - Decimal("77399615480.00")
    )
    assert check.tolerance == Decimal(500_001)  # half a million, and half a unit for 16 and EU-20c
    assert check.verdict is Verdict.ROUNDING


@pytest.mark.parametrize("bank", ["fimbank", "banca_sistema", "santander_consumer_finance"])
def test_a_cap_that_binds_leaves_a_quarter_of_the_outflows(bank: str) -> None:
    table = of_bank(bank)
    check = check_of(reconcile(table), "22")
    assert inflow_cap_binds(table)
    assert check.expected == table.figures["16", "weighted"].value / 4
    assert abs(check.difference) < 1


def test_no_other_bank_reaches_the_cap() -> None:
    assert sum(inflow_cap_binds(table) for table in LIQ1) == 3


def test_only_ratios_of_averages_need_more_than_the_print() -> None:
    for table in LIQ1 + LIQ2:
        for check in reconcile(table).checks:
            if check.verdict is Verdict.AVERAGE:
                assert (check.row, table.edition) == ("23", "eu")
    jpm = check_of(reconcile(of_bank("jp_morgan_se")), "23")
    assert jpm.verdict is Verdict.AVERAGE
    assert round(jpm.difference, 6) == Decimal("0.001859")


def test_every_check_of_every_table_tells_a_figure_that_is_wrong() -> None:
    """Changed beyond its tolerance, a row's figure is off, whatever bank, identity and column."""
    checked = 0
    for table in LIQ1 + LIQ2:
        for check in reconcile(table).checks:
            if check.verdict is Verdict.OFF:
                continue
            beyond = check.expected / 10 if check.is_ratio else 2 * check.tolerance + 1
            wrong = check.expected - beyond
            printed = values(table) | {(check.row, check.column): wrong}
            again = reconcile(
                DisclosedTable.of(table.template, printed, bank="", reference_date=None, source="")
            )
            (same,) = (c for c in again.checks if (c.rule, c.column) == (check.rule, check.column))
            assert same.is_off, (table.bank, check.words)
            checked += 1
    assert checked == 391  # all but the three that are off as printed


# --- identities ----------------------------------------------------------------------------------


def test_a_table_worked_out_by_hand_is_exact() -> None:
    for table in (basel(), eu()):
        result = reconcile(table)
        assert {check.verdict for check in result.checks} == {Verdict.EXACT}
        assert result.headline.endswith(f"LIQ1: reconciles ({len(result.checks)} exact)")


# row, half units that enter: its own and those of its parts
@pytest.mark.parametrize(
    ("row", "halves"), [("2", 3), ("5", 4), ("10", 4), ("16", 7), ("20", 4), ("22", 3)]
)
@pytest.mark.parametrize("sign", [1, -1])
def test_the_tolerance_is_half_a_unit_per_figure(row: str, halves: int, sign: int) -> None:
    table = basel()
    right = table.figures[row, "weighted"].value
    within, beyond = halves // 2, halves // 2 + 1
    for step, verdict in ((within, Verdict.ROUNDING), (beyond, Verdict.OFF)):
        check = check_of(reconcile(changed(table, **{f"r{row}": right + sign * step})), row)
        assert check.difference == sign * step
        assert check.verdict is verdict
        assert check.tolerance == Decimal(halves) / 2


def test_a_part_that_is_wrong_shows_in_its_total() -> None:
    table = eu()
    for part, total in (("7", "5"), ("13", "10"), ("9", "16"), ("18", "20"), ("EU-20b", "20")):
        right = table.figures[part, "weighted"].value
        rows = {check.row for check in reconcile(changed(table, **{f"r{part}": right + 9})).off}
        assert total in rows, part


def test_what_is_taken_off_lowers_the_inflows() -> None:
    """20 = 17 + 18 + 19 - EU-19a - EU-19b: 20 + 60 + 14 - 3 - 1 = 90."""
    parts = {"r19": 14 * BILLION, "rEU-19a": 3 * BILLION, "rEU-19b": BILLION}
    assert reconcile(changed(eu(), **parts)).reconciles


def test_retail_deposits_are_split_in_full_in_the_basel_edition_only() -> None:
    more = 75 * BILLION
    cells = {"r2": more, "r16": 365 * BILLION, "r22": 275 * BILLION, "r21": 412 * BILLION}
    assert [check.row for check in reconcile(changed(basel(), **cells)).off] == ["2"]
    result = reconcile(changed(eu(), **cells))
    assert result.reconciles
    assert check_of(result, "2", rule="\u2265").difference == 0


def test_parts_above_their_total_are_off_in_the_eu_edition() -> None:
    check = check_of(reconcile(changed(eu(), r3=31 * BILLION)), "2", rule="\u2265")
    assert (check.difference, check.verdict) == (-BILLION, Verdict.OFF)
    assert "expected at least 71," in check.words


@pytest.mark.parametrize(
    ("exempt", "pot_90", "pot_75", "net"),
    [
        (0, 0, 60, "40"),
        (0, 0, 80, "25"),  # 75 % of 100
        (10, 0, 80, "22.5"),  # 100 - 10 - 75 % of 90
        (0, 45, 60, "17.5"),  # 100 - 45 - 75 % of (100 - 50)
        (10, 95, 50, "9"),  # 90 % of 90 is 81, and nothing is left for the third pot
        (120, 5, 5, "0"),  # exempt inflows end where the outflows do
    ],
)
def test_the_pots_are_capped_one_after_the_other(
    exempt: int, pot_90: int, pot_75: int, net: str
) -> None:
    amounts = {"16": 100, "EU-20a": exempt, "EU-20b": pot_90, "EU-20c": pot_75}
    assert net_outflows(lambda row, _: Decimal(amounts[row]), in_pots=True) == Decimal(net)


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_one_pot_of_75_percent_is_the_basel_cap(outflows: int, inflows: int) -> None:
    amounts = {"16": outflows, "20": inflows, "EU-20a": 0, "EU-20b": 0, "EU-20c": inflows}

    def amount(row: str, _: int) -> Decimal:
        return Decimal(amounts[row])

    assert net_outflows(amount, in_pots=True) == net_outflows(amount, in_pots=False)


def test_a_ratio_is_off_beyond_its_last_digit_in_the_basel_edition() -> None:
    check = check_of(reconcile(changed(basel(), r23=Decimal("1.5006"))), "23")
    assert (check.difference, check.verdict) == (Decimal("0.0006"), Verdict.OFF)
    check = check_of(reconcile(changed(basel(), r21=Decimal(405_100_000_000))), "23")
    assert check.verdict is Verdict.ROUNDING  # 1.50037, printed 1.50


def test_a_ratio_of_averages_may_differ_by_a_quarter_percent_and_no_more() -> None:
    within = check_of(reconcile(changed(eu(), r23=Decimal("1.5037"))), "23")
    beyond = check_of(reconcile(changed(eu(), r23=Decimal("1.5039"))), "23")
    assert (within.verdict, beyond.verdict) == (Verdict.AVERAGE, Verdict.OFF)


def test_net_outflows_have_no_tolerance_for_averages_but_a_note() -> None:
    above = check_of(reconcile(changed(eu(), r22=271 * BILLION)), "22")
    below = check_of(reconcile(changed(eu(), r22=269 * BILLION)), "22")
    assert above.is_off
    assert "in some months only" in above.words
    assert below.is_off
    assert below.note == ""


def test_a_blank_cell_counts_as_zero() -> None:
    table = basel()
    figures = {cell: figure for cell, figure in table.figures.items() if cell[0] != "9"}
    (check,) = reconcile(replace(table, figures=figures)).off
    assert (check.row, check.difference) == ("16", 10 * BILLION)


def test_a_blank_total_is_off_but_for_the_unweighted_one() -> None:
    table = basel()
    figures = {cell: figure for cell, figure in table.figures.items() if cell[0] != "20"}
    checks = reconcile(replace(table, figures=figures)).off
    assert [(check.row, check.column) for check in checks] == [
        ("20", "weighted"),
        ("22", "weighted"),
    ]
    assert checks[0].words.startswith("row 20, total cash inflows: printed nothing, expected 90,")


def test_a_split_that_is_not_printed_is_not_checked() -> None:
    table = basel()
    split = {"3", "4", "6", "7", "8", "11", "12", "13"}
    figures = {cell: figure for cell, figure in table.figures.items() if cell[0] not in split}
    rows = [check.row for check in reconcile(replace(table, figures=figures)).checks]
    assert rows == ["1", "16", "20", "20", "22", "23"]


# --- the print -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figures", "units"),
    [
        (("133067000000.00", "63000000.00", "0.00"), ("1000000", "1000000", "1000000")),
        (("133067000.00", "63000.00"), ("1000", "1000")),
        (("133067", "63000"), ("1", "1")),
        (("203792000000.00", "299004882113.45"), ("1000000", "0.01")),
        (("63000000.00", "299004882113.45"), ("0.01", "0.01")),
        (("7132181.0", "160181.12", "0"), ("0.01", "0.01", "0.01")),
        (("130837.9", "95884.8"), ("0.1", "0.1")),
    ],
)
def test_the_unit_of_the_print_follows_from_its_zeros(
    figures: tuple[str, ...], units: tuple[str, ...]
) -> None:
    found = units_of(map(Decimal, figures), Decimal(0))
    assert [found[Decimal(figure)] for figure in figures] == [Decimal(unit) for unit in units]


def test_no_unit_is_finer_than_the_floor() -> None:
    found = units_of([Decimal("145774070.96"), Decimal(0), Decimal("0.25")], Decimal(1))
    assert found == {
        Decimal("145774070.96"): 1, Decimal(0): 1, Decimal("0.25"): Decimal("0.01"),
    }  # fmt: skip
    assert Figure(Decimal(5), Decimal(1)).half == Decimal("0.5")


def test_the_result_is_a_frame_of_decimals(write: Write) -> None:
    (table,) = read_disclosures(write("LIQ1", lines_of(BASEL)))
    frame = reconcile(table).table()
    assert list(frame.columns) == [
        "row", "label", "column", "rule",
        "printed", "expected", "difference", "tolerance", "verdict", "note",
    ]  # fmt: skip
    last = frame.iloc[-1]
    assert (last["row"], last["printed"], last["verdict"]) == ("23", Decimal("1.5"), "exact")
