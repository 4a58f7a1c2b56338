"""Sweeps, break-even points and attribution against full runs, and against each other."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from liqbench import ImpactAnalysis, Scenario, Workbench, samples
from liqbench.errors import AmbiguousNameError, NoSolutionError, UnknownResultError

RUNOFF = {
    "rule_id": "RUNOFF",
    "conditions": [
        {"field": "x_lcr_code", "operator": "in", "value": ["O.RET.LESS", "O.SME.LESS"]}
    ],
    "adjustments": [{"field": "liquidity_factor", "operation": "multiply", "value": "1.5"}],
}
HAIRCUT = {
    "rule_id": "HAIRCUT",
    "conditions": [{"field": "section", "operator": "in", "value": ["L1", "L2A"]}],
    "adjustments": [{"field": "haircut", "operation": "add", "value": "0.1"}],
}
LEAVING = {
    "rule_id": "LEAVING",
    "conditions": [{"field": "section", "operator": "=", "value": "OUTFLOW"}],
    "adjustments": [{"field": "liquidity_factor", "operation": "add", "value": "0.02"}],
}


def scenario(name: str, *rules: dict[str, Any]) -> Scenario:
    return Scenario.from_json({"name": name, "rules": list(rules)})


def with_number(rule: dict[str, Any], value: str) -> dict[str, Any]:
    return {**rule, "adjustments": [{**rule["adjustments"][0], "value": value}]}


@pytest.fixture(scope="module")
def analysis(bench: Workbench, deals_folder: Path) -> ImpactAnalysis:
    dag = samples.lcr_dag(2_000, folder=deals_folder)
    asked = [scenario("both", RUNOFF, HAIRCUT, LEAVING), scenario("first", RUNOFF)]
    return bench.analyze(dag, asked, injection_points=["enrich"], as_of="2025-12-31")


@pytest.fixture(scope="module")
def oracle(
    bench: Workbench, deals_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> ImpactAnalysis:
    """Run in full what the questions of the tests below have to answer."""
    apart = Workbench(tmp_path_factory.mktemp("oracle") / "workspace", session=bench.spark)
    asked = [
        scenario("0.875", with_number(RUNOFF, "0.875"), HAIRCUT, LEAVING),
        scenario("3", with_number(RUNOFF, "3"), HAIRCUT, LEAVING),
        scenario("runoff", RUNOFF),
        scenario("runoff and haircut", RUNOFF, HAIRCUT),
    ]
    dag = samples.lcr_dag(2_000, folder=deals_folder)
    return apart.analyze(
        dag, asked, injection_points=["enrich"], as_of="2025-12-31", strategy="full"
    )


def test_a_sweep_gives_what_full_runs_give(
    analysis: ImpactAnalysis, oracle: ImpactAnalysis
) -> None:
    found: Any = analysis.sweep("RUNOFF", "liquidity_factor", ["0.875", "3"], variant="both@enrich")
    assert len(found) == 48
    for value in ("0.875", "3"):
        swept: Any = found[found["liquidity_factor"] == Decimal(value)].set_index("reporting_id")
        full: Any = oracle.by_entity().query(f"scenario == '{value}'").set_index("reporting_id")
        for figure in ("hqla", "net_outflows", "lcr"):
            assert swept[figure].to_dict() == full[f"{figure}_after"].to_dict()


def test_a_break_even_lies_between_two_neighbours(analysis: ImpactAnalysis) -> None:
    asked: Any = {"rule": "RUNOFF", "parameter": "liquidity_factor", "variant": "first@enrich"}
    total: Any = analysis.summary().set_index("scenario")
    between = (total.loc["first", "lcr_before"] + total.loc["first", "lcr_after"]) / 2
    found: Any = analysis.break_even(**asked, target=between)
    assert abs(found.value - found.beyond) == Decimal("0.0001")
    assert Decimal(1) < found.beyond < found.value < Decimal("1.5")
    assert found.metric < between <= found.metric_beyond
    swept: Any = analysis.sweep("RUNOFF", "liquidity_factor", [found.value], variant="first@enrich")
    ratio = swept["hqla"].sum() / swept["net_outflows"].sum()
    assert round(ratio, 6) == found.metric


def test_a_target_that_is_never_reached_is_told_with_the_range(analysis: ImpactAnalysis) -> None:
    with pytest.raises(NoSolutionError) as caught:
        analysis.break_even(
            rule="RUNOFF", parameter="liquidity_factor", variant="first", target=9, high=2
        )
    assert str(caught.value).startswith("the metric never crosses 9: it stays between 1.")
    assert str(caught.value).endswith(
        "for values from 0 to 2 (give other bounds with low and high)"
    )


def test_shares_of_rules_sum_to_the_total(analysis: ImpactAnalysis, oracle: ImpactAnalysis) -> None:
    after: Any = oracle.summary().set_index("scenario")["liquidity_after"]
    total: Any = analysis.summary().set_index("scenario").loc["both"]
    found: Any = analysis.attribution("both@enrich").set_index("rule")
    assert found.loc["RUNOFF", "alone"] == after["runoff"] - total["liquidity_before"]
    assert found.loc["RUNOFF", "in_order"] == found.loc["RUNOFF", "alone"]
    assert found.loc["HAIRCUT", "in_order"] == after["runoff and haircut"] - after["runoff"]
    assert found.loc["LEAVING", "in_order"] == (
        total["liquidity_after"] - after["runoff and haircut"]
    )
    for column in ("in_order", "shapley"):
        assert found.loc["total", column] == total["liquidity_change"]
        assert found[column][:3].sum() == total["liquidity_change"]
    assert (found["alone"] + found["interaction"] == found["in_order"]).all()


def test_a_shapley_value_of_two_rules_is_the_mean_of_both_orders(bench: Workbench) -> None:
    dag, ratio = samples.disclosure_dag(), "lcr"
    rows = [
        {"rule_id": "LEVEL1", "conditions": [{"field": "section", "operator": "=", "value": "L1"}],
         "adjustments": [{"field": "rate_change", "operation": "subtract", "value": "0.1"}]},
        {"rule_id": "OUT",
         "conditions": [{"field": "section", "operator": "=", "value": "OUTFLOW"}],
         "adjustments": [{"field": "rate_change", "operation": "add", "value": "0.05"}]},
    ]  # fmt: skip
    both = bench.analyze(
        dag, [scenario("two", *rows)], injection_points=["prepare"], as_of="2025-12-31"
    )
    found: Any = both.attribution("two", metric=ratio, entity="abn_amro").set_index("rule")
    last = found.loc["total", "in_order"] - found.loc["OUT", "alone"]
    mean = (found.loc["LEVEL1", "alone"] + last) / 2
    assert abs(found.loc["LEVEL1", "shapley"] - mean) <= Decimal("0.0000005")
    with pytest.raises(UnknownResultError, match="in several units, so there is no sum over them"):
        both.attribution("two", metric=ratio)


def test_what_is_asked_must_be_there_once(analysis: ImpactAnalysis) -> None:
    with pytest.raises(UnknownResultError, match=r"no rule is called 'RUNOF' .*mean 'RUNOFF'"):
        analysis.sweep("RUNOF", "liquidity_factor", [1])
    with pytest.raises(UnknownResultError, match="doesn't change 'haircut'"):
        analysis.sweep("RUNOFF", "haircut", [1])
    with pytest.raises(AmbiguousNameError, match=r"in 2 places .*both@enrich, first@enrich"):
        analysis.sweep("RUNOFF", "liquidity_factor", [1])
    with pytest.raises(UnknownResultError, match=r"no metric 'lrc' .*mean 'lcr'"):
        analysis.attribution("first@enrich", metric="lrc")
    with pytest.raises(UnknownResultError, match="there is no entity 'LE999'"):
        analysis.attribution("first@enrich", entity="LE999")
