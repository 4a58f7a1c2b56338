"""LIQ1 and LIQ2 from a run: every amount in the row and column that the templates have for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.regulation.deals_by_hand import (
    AS_OF,
    DAYS_20,
    MONTHS_3,
    MONTHS_9,
    YEARS_2,
    Deal,
    hqla,
    lending,
    loan,
    security,
)
from tests.regulation.deals_by_hand import account as on_account
from tests.regulation.test_categories import prepared

from liqbench import Workbench, samples
from liqbench.engine import Run
from liqbench.errors import DisclosureError, OperatorParameterError, UnknownKeyError
from liqbench.model import AdjustmentRule, Dag, OperatorConfig, Scenario
from liqbench.regulation import DisclosedTable, reconcile
from liqbench.regulation.disclosure import Verdict, line_of, load_template

FIGURES = {"LIQ1": ["unweighted", "weighted"],
           "LIQ2": ["no_maturity", "lt_6m", "6m_to_lt_1y", "ge_1y", "weighted"]}  # fmt: skip
ENCUMBERED = {"encumbrance_amount": 100_000, "encumbrance_end_date": YEARS_2}
MORTGAGE = loan("asset", "mortgage", "natural_person", end_date=YEARS_2)
LOAN = loan("asset", "commercial", "corporate", risk_weight_std="1", end_date=YEARS_2)
SWAP = {"schema_type": "derivative", "type": "vanilla_swap", "entity_type": "credit_institution"}

# A deal of 1,000; the rows that show it, with the LIQ2 column, and its weighted amounts.
CASES: dict[str, tuple[dict[str, Any], tuple[str, str], tuple[str, str, str]]] = {
    "own debt due": (
        security("liability", "bond", "fund", movement="debt_issue", end_date=DAYS_20),
        ("8", "1000"), ("9", "lt_6m", "0"),
    ),
    "deposit of a fund": (
        on_account("liability", "current", "fund", purpose="deposit"),
        ("7", "1000"), ("9", "no_maturity", "0"),
    ),
    "operational deposit": (
        on_account("liability", "current", "corporate", purpose="clearing"),
        ("6", "250"), ("8", "no_maturity", "500"),
    ),
    "retail, two years": (
        on_account("liability", "time_deposit", "natural_person", end_date=YEARS_2,
                   withdrawal_penalty=100),
        ("", "0"), ("6", "ge_1y", "1000"),
    ),
    "retail, two years, insured": (
        on_account("liability", "time_deposit", "natural_person", end_date=YEARS_2,
                   withdrawal_penalty=100, guarantee_amount=100_000,
                   x_established_relationship=True),
        ("", "0"), ("5", "ge_1y", "1000"),
    ),
    "mortgage": (
        MORTGAGE | {"risk_weight_std": "0.5"}, ("", "0"), ("22", "ge_1y", "850")
    ),
    "mortgage, low risk weight": (
        MORTGAGE | {"risk_weight_std": "0.35"}, ("", "0"), ("23", "ge_1y", "650")
    ),
    "mortgage, nine months": (
        MORTGAGE | {"risk_weight_std": "0.5", "end_date": MONTHS_9},
        ("", "0"), ("22", "6m_to_lt_1y", "500"),
    ),
    "mortgage in a cover pool": (
        MORTGAGE | {"risk_weight_std": "0.35"} | ENCUMBERED, ("", "0"), ("23", "ge_1y", "1000")
    ),
    "loan": (LOAN, ("", "0"), ("20", "ge_1y", "850")),
    "loan, low risk weight, three months": (
        LOAN | {"risk_weight_std": "0.2", "end_date": MONTHS_3},
        ("", "0"), ("21", "lt_6m", "500"),
    ),
    "loan to a bank, two years": (
        LOAN | {"entity_type": "credit_institution"}, ("", "0"), ("19", "ge_1y", "1000")
    ),
    "loan in default": (
        LOAN | {"impairment_status": "non_performing"}, ("", "0"), ("31", "ge_1y", "1000")
    ),
    "reverse repo of Level 1, two years": (
        lending("i", end_date=YEARS_2), ("", "0"), ("18", "ge_1y", "1000")
    ),
    "reverse repo of Level 2A, two years": (
        lending("iia", end_date=YEARS_2), ("", "0"), ("19", "ge_1y", "1000")
    ),
    "HQLA encumbered for two years": (
        hqla("bond", "sovereign", "i", risk_weight_std="0") | ENCUMBERED,
        ("", "0"), ("15", "", "1000"),
    ),
    "other bond encumbered for two years": (
        security("asset", "bond", "corporate", hqla_class="ineligible", movement="asset",
                 end_date=YEARS_2) | ENCUMBERED,
        ("", "0"), ("24", "ge_1y", "1000"),
    ),
    "derivative asset": (
        SWAP | {"asset_liability": "asset", "end_date": YEARS_2}, ("", "0"), ("29", "lt_6m", "1000")
    ),
    "maturing derivative liability": (
        SWAP | {"asset_liability": "liability", "end_date": DAYS_20},
        ("11", "1000"), ("12", "no_maturity", ""),
    ),
}  # fmt: skip
ABOVE = {"LIQ1": {"6": "5", "7": "5", "8": "5", "11": "10"},
         "LIQ2": {"5": "4", "6": "4", "8": "7", "9": "7", "12": "11", "18": "17", "19": "17",
                  "20": "17", "21": "20", "22": "17", "23": "22", "24": "17", "29": "26",
                  "30": "26", "31": "26"}}  # fmt: skip
TOTALS = {"LIQ1": {"16", "20", "21", "22", "23"}, "LIQ2": {"14", "33", "34"}}


@pytest.fixture(scope="module")
def sheet(bench: Workbench, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("sheet") / "deals"
    return bench.run(samples.lcr_nsfr_dag(5_000, folder=folder), as_of="2025-12-31")


@pytest.fixture(scope="module")
def by_hand(bench: Workbench, tmp_path_factory: pytest.TempPathFactory) -> Run:
    given = [Deal(fields, ()) for fields, _, _ in CASES.values()]
    return bench.run(prepared(tmp_path_factory.mktemp("by hand"), given), as_of=AS_OF)


@pytest.fixture(scope="module")
def shown(by_hand: Run) -> Callable[[str, str], dict[tuple[str, str], Decimal]]:
    """Return the figures of a case that aren't zero or blank, totals left out."""
    tables: dict[str, pd.DataFrame] = {}

    def of(template: str, case: str) -> dict[tuple[str, str], Decimal]:
        if template not in tables:
            # A bank of one deal has no ratio.
            with pytest.warns(UserWarning, match="undefined"):
                tables[template] = by_hand.disclosure(template)
        own = tables[template]
        own = own[own["reporting_id"] == f"D{list(CASES).index(case):03d}"]
        return {
            (row["row"], column): row[column]
            for row in own.to_dict("records")
            for column in FIGURES[template]
            if row["row"] not in TOTALS[template] and row[column]
        }

    return of


def chain(template: str, row: str) -> list[str]:
    """Return a row and those that hold it."""
    return [] if not row else [row, *chain(template, ABOVE[template].get(row, ""))]


@pytest.mark.parametrize("case", CASES)
def test_a_deal_stands_in_its_row_of_liq1_and_in_the_rows_that_hold_it(
    shown: Callable[[str, str], dict[tuple[str, str], Decimal]], case: str
) -> None:
    _, (row, weighted), _ = CASES[case]
    expected: dict[tuple[str, str], Decimal] = {}
    for own in chain("LIQ1", row):
        expected |= {(own, "unweighted"): Decimal(1000), (own, "weighted"): Decimal(weighted)}
    assert shown("LIQ1", case) == expected


@pytest.mark.parametrize("case", CASES)
def test_a_deal_stands_in_its_row_and_maturity_of_liq2(
    shown: Callable[[str, str], dict[tuple[str, str], Decimal]], case: str
) -> None:
    *_, (row, column, weighted) = CASES[case]
    expected: dict[tuple[str, str], Decimal] = {}
    for own in chain("LIQ2", row):
        expected |= {(own, column): Decimal(1000)} if column else {}
        expected |= {(own, "weighted"): Decimal(weighted)} if Decimal(weighted or 0) else {}
    if case == "maturing derivative liability":  # its gross amount is shown as well
        for own in ("30", "26"):
            expected |= {(own, "lt_6m"): Decimal(1000), (own, "weighted"): Decimal(200)}
    assert shown("LIQ2", case) == expected


@pytest.mark.parametrize("template", FIGURES)
def test_what_a_run_discloses_holds_to_every_identity_of_the_template(
    sheet: Run, template: str
) -> None:
    table = sheet.disclosure(template)
    assert table["reporting_id"].nunique() == 24
    for entity, own in table.groupby("reporting_id"):
        printed = {
            (row["row"], column): row[column]
            for row in own.to_dict("records")
            for column in FIGURES[template]
            if row[column] is not None
        }
        found = reconcile(
            DisclosedTable.of(
                load_template(template), printed, bank=str(entity),
                reference_date=date(2025, 12, 31), source="run",
            )
        )  # fmt: skip
        # Only 75 % of the outflows and the ratio are rounded.
        rounded = {load_template(template).ratio.row} | ({"22"} if template == "LIQ1" else set())
        for check in found.checks:
            allowed = {Verdict.EXACT} | ({Verdict.ROUNDING} if check.row in rounded else set())
            assert check.verdict in allowed, check.words


def test_rows_of_the_sample_are_sums_of_its_deals(sheet: Run) -> None:
    parts = sheet.table("classify")
    parts = parts[parts["reporting_id"] == "LE001"]
    own = {name: sheet.disclosure(name).set_index(["reporting_id", "row"]) for name in FIGURES}
    due = parts["residual_days"] <= 30
    debt = parts["movement"].eq("debt_issue") & parts["capital_tier"].isna() & due
    plain = debt & ~parts["type"].isin(["covered_bond", "abs", "structured_note", "abcp"])
    assert own["LIQ1"].loc[("LE001", "8"), "unweighted"] == parts[plain]["amount"].sum()
    undrawn = parts[parts["part"] == "undrawn"]["amount"].sum()
    assert own["LIQ1"].loc[("LE001", "13"), "unweighted"] == undrawn > 0
    performing = parts["impairment_status"].isna() & (parts["asset_liability"] == "asset")
    mortgages = parts[performing & (parts["type"] == "mortgage") & (parts["maturity"] == "ge_1y")]
    assert own["LIQ2"].loc[("LE001", "22"), "ge_1y"] == mortgages["amount"].sum() > 0
    low = mortgages[mortgages["risk_weight_std"] <= Decimal("0.35")]
    assert own["LIQ2"].loc[("LE001", "23"), "ge_1y"] == low["amount"].sum() > 0


def test_an_adjusted_category_is_shown_in_its_own_row(bench: Workbench, sheet: Run) -> None:
    rule = AdjustmentRule.from_json({
        "rule_id": "AS_DEPOSITS", "stage": "classify", "reason": "test",
        "conditions": [{"field": "x_lcr_rule", "operator": "=", "value": "LCR.DEBT.OTHER"}],
        "adjustments": [{"field": "x_lcr_code", "operation": "set", "value": "O.WHL.NFC"}],
    })  # fmt: skip
    imp = bench.analyze(
        sheet.dag, [Scenario(name="as deposits", rules=(rule,))],
        injection_points=None, as_of="2025-12-31",
    )  # fmt: skip
    before = sheet.disclosure("LIQ1").set_index(["reporting_id", "row"])["unweighted"]
    run = imp["as deposits"].run
    assert run is not None
    own = run.disclosure("LIQ1").set_index(["reporting_id", "row"])["unweighted"]["LE001"]
    assert own["8"] == 0
    assert own["7"] == before["LE001", "7"] + before["LE001", "8"]
    assert own["5"] == before["LE001", "5"]


def test_an_incomplete_ratio_is_shown_with_a_warning(bench: Workbench, tmp_path: Path) -> None:
    deposit = on_account("liability", "current", "natural_person")
    tulips = on_account("asset", "tulip_bulbs", "central_bank", hqla_class=None)
    strange = Deal({**tulips, "reporting_id": "D000"}, ())
    run = bench.run(prepared(tmp_path, [Deal(deposit, ()), strange]), as_of=AS_OF)
    with pytest.warns(UserWarning, match=r"LIQ1 of .*D000.*: incomplete"):
        run.disclosure("LIQ1")


def test_what_cannot_be_disclosed_is_told_with_the_way_out(sheet: Run) -> None:
    with pytest.raises(DisclosureError, match="LIQ3"):
        sheet.disclosure("LIQ3")
    with pytest.raises(DisclosureError, match=r"LIQ1 shows the LCR, and 'nsfr' is of type 'nsfr'"):
        sheet.disclosure("LIQ1", of="nsfr")
    with pytest.raises(DisclosureError, match=r"LIQ1 has no row for the category 'O\.NEW'"):
        line_of("LIQ1", "O.NEW")


def test_liq2_asks_for_the_field_of_the_residual_maturity(bench: Workbench, sheet: Run) -> None:
    document = sheet.dag.model_dump(mode="json")
    for operator in document["operators"]:
        if operator["operator_type"] == "nsfr":
            del operator["parameters"]["maturity"]
    operators = tuple(OperatorConfig.model_validate(each) for each in document["operators"])
    run = bench.run(
        Dag(name="no maturity", operators=operators).at_folder(sheet.context.folder),
        as_of="2025-12-31",
    )
    with pytest.raises(OperatorParameterError, match="name the field in 'maturity'"):
        run.disclosure("LIQ2")


def test_a_deal_is_explained_by_the_rules_that_decided(by_hand: Run) -> None:
    case = list(CASES).index("operational deposit")
    found = by_hand.explain(f"D{case:03d}").set_index("table")
    assert list(found.index) == ["lcr", "nsfr", "unwind"]
    lcr = found.loc["lcr"]
    assert (lcr["part"], lcr["category"], lcr["rule_id"]) == ("whole", "O.WHL.OP", "LCR.WHL.OP")
    assert (lcr["weight"], lcr["paragraph"]) == (Decimal("0.25"), "93-104 (LCR40.26-36)")
    assert "purpose in" in lcr["because"]
    assert "purpose = clearing" in lcr["values"]
    assert found.loc["nsfr", "rule_id"] == "NSFR.DEP.OPERATIONAL"
    with pytest.raises(UnknownKeyError, match="no row"):
        by_hand.explain("D999")
