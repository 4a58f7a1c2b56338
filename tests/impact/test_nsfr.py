"""Scenarios measured on the NSFR; all figures are worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from liqbench import ImpactAnalysis, Workbench
from liqbench.errors import UnknownResultError
from liqbench.model import Dag, OperatorConfig, Scenario
from liqbench.ui.comparison import compare

Make = Callable[..., Any]
TERM, LOANS = "A.LIAB1Y", "R.OTH1Y"  # 100 % and 50 %

RULE = {
    "rule_id": "LESS",
    "stage": "funds",
    "conditions": [
        {"field": "code", "operator": "=", "value": TERM},
        {"field": "bank", "operator": "=", "value": "A"},
    ],
    "adjustments": [{"field": "amount", "operation": "multiply", "value": 0.9}],
    "reason": "a tenth isn't renewed",
}


def scenario() -> Scenario:
    return Scenario.model_validate({"name": "less", "rules": [RULE]})


@pytest.fixture(scope="module")
def analysis(bench: Workbench, table: Make, bound: Callable[..., OperatorConfig]) -> ImpactAnalysis:
    rows = [
        ("1", "A", TERM, Decimal(1000)), ("2", "A", LOANS, Decimal(1000)),
        ("3", "B", TERM, Decimal(300)), ("4", "B", LOANS, Decimal(800)),
    ]  # fmt: skip
    nsfr = OperatorConfig(
        operator_id="stable", operator_type="nsfr", inputs=("funds",),
        parameters={"group_by": ["bank"], "category": "code", "amount": "amount"},
    )  # fmt: skip
    dag = Dag(name="funding", operators=(bound("funds"), nsfr))
    frame = table("id string, bank string, code string, amount decimal(12,2)", rows)
    return bench.analyze(dag, [scenario()], as_of="2025-12-31", inputs={"funds": frame})


def test_what_a_bank_has_and_needs(analysis: ImpactAnalysis) -> None:
    found = analysis.by_entity().set_index("bank")
    first = found.loc["A"]
    assert (first["asf_before"], first["asf_after"], first["asf_change"]) == (1000, 900, -100)
    assert (first["rsf_before"], first["rsf_after"], first["rsf_change"]) == (500, 500, 0)
    assert (first["surplus_before"], first["surplus_after"]) == (500, 400)
    assert (first["nsfr_before"], first["nsfr_after"]) == (2, Decimal("1.8"))
    assert first["nsfr_change_pp"] == -20
    assert list(found["breach"]) == [False, True]  # 300 of 400


def test_the_sum_over_all_banks(analysis: ImpactAnalysis) -> None:
    (row,) = analysis.summary().to_dict("records")
    assert (row["nsfr_before"], row["nsfr_after"]) == (Decimal("1.444444"), Decimal("1.333333"))
    assert (row["surplus_change"], row["surplus_change_pct"]) == (-100, -25)
    assert (row["max_entity"], row["max_entity_nsfr_pp"]) == ("A", -20)
    assert (row["lowest_entity"], row["lowest_nsfr_after"]) == ("B", Decimal("0.75"))


def test_questions_are_about_the_nsfr(analysis: ImpactAnalysis) -> None:
    asked: dict[str, Any] = {"rule": "LESS", "parameter": "amount"}
    swept = analysis.sweep(**asked, values=[1, "0.5"])
    assert list(swept[swept["bank"] == "A"]["nsfr"]) == [2, 1]
    found = analysis.break_even(**asked, entity="A", target="1.5")
    assert (found.value, found.metric) == (Decimal("0.7500"), Decimal("1.5"))
    contributed = analysis.attribution("less").set_index("rule")
    assert contributed.loc["LESS", "alone"] == -100
    with pytest.raises(UnknownResultError, match="no metric 'hqla'"):
        analysis.break_even(**asked, metric="hqla")


def test_the_table_calls_the_figures_by_their_names(analysis: ImpactAnalysis) -> None:
    page = str(analysis.show().to_html())
    assert "NSFR by scenario: funding" in page
    assert "LCR" not in page
    assert "Surplus change" in page
    assert "RSF 400" in page
    assert compare(analysis).baseline_ratio == Decimal("1.444444")


def test_a_ratio_is_named_by_its_operator(
    analysis: ImpactAnalysis, bench: Workbench, table: Make
) -> None:
    frame = table(
        "id string, bank string, code string, amount decimal(12,2)",
        [("1", "A", TERM, Decimal(1)), ("2", "A", LOANS, Decimal(1))],
    )
    with pytest.raises(UnknownResultError, match="did you mean 'stable'"):
        bench.analyze(
            analysis.base.dag,
            [scenario()],
            as_of="2025-12-31",
            inputs={"funds": frame},
            ratio="table",
        )
