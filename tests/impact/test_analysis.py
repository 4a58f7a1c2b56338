"""Summary, categories, deals and records of an analysis, against figures had another way."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from liqbench import AdjustmentRule, Dag, ImpactAnalysis, OperatorConfig, Scenario, Workbench
from liqbench.engine import plan_variants, table_of
from liqbench.errors import InvalidDagError, UnknownFieldError, UnknownResultError

ROWS = [
    # id, entity, category, amount: what the entities hold and owe
    ("d1", "A", "L1.CASH", "100.00"),
    ("d2", "A", "O.RET.LESS", "500.00"),
    ("d3", "A", "O.WHL.OTHER", "50.00"),
    ("d4", "B", "L1.CASH", "30.00"),
    ("d5", "B", "O.WHL.OTHER", "25.00"),
    ("d6", "C", "L1.CASH", "10.00"),
]


def small_dag() -> Dag:
    """Deals in, LCR per entity out; entity C has no outflows at all."""
    return Dag(
        name="small",
        operators=(
            OperatorConfig(
                operator_id="ingest",
                operator_type="ingest",
                parameters={"source": {"format": "frame", "name": "deals"}, "key": ["id"]},
            ),
            OperatorConfig(
                operator_id="enrich",
                operator_type="enrich",
                parameters={
                    "references": [
                        {
                            "name": "weights",
                            "source": {"format": "parameters", "name": "basel"},
                            "on": {"category": "code"},
                            "fields": {"section": "section", "liquidity_factor": "rate"},
                        }
                    ]
                },
                inputs=("ingest",),
            ),
            OperatorConfig(
                operator_id="weigh",
                operator_type="calculate",
                parameters={"expressions": [{"name": "weighted", "expression": "amount * rate"}]},
                inputs=("enrich",),
            ),
            OperatorConfig(
                operator_id="lcr",
                operator_type="lcr",
                parameters={"group_by": ["entity"], "category": "category", "weighted": "weighted"},
                inputs=("weigh",),
            ),
        ),
    )


def small_deals() -> pa.Table:
    columns = [pa.array([row[n] for row in ROWS]) for n in range(3)]
    amounts = pa.array([Decimal(row[3]) for row in ROWS], pa.decimal128(12, 2))
    return pa.table([*columns, amounts], names=["id", "entity", "category", "amount"])


def scenario(name: str, *changes: dict[str, Any], **conditions: str) -> Scenario:
    wanted = [{"field": f, "operator": "=", "value": v} for f, v in conditions.items()]
    rule = AdjustmentRule.from_json(
        {"rule_id": f"R-{name}", "conditions": wanted, "adjustments": list(changes)}
    )
    return Scenario(name=name, rules=(rule,))


def change(field: str, operation: str, value: object) -> dict[str, Any]:
    return {"field": field, "operation": operation, "value": value}


@pytest.fixture(scope="module")
def analysis(bench: Workbench) -> ImpactAnalysis:
    scenarios = [
        scenario("faster", change("rate", "add", "0.02"), category="O.RET.LESS"),
        scenario("nobody", change("rate", "set", 1), entity="Z"),
    ]
    return bench.analyze(
        small_dag(),
        scenarios,
        injection_points=["enrich"],
        inputs={"deals": small_deals()},
        as_of="2025-12-31",
        limit="1.00",
    )


def test_the_summary_is_what_one_works_out_by_hand(analysis: ImpactAnalysis) -> None:
    # A: outflows 500 × 10 % + 50 = 100 -> LCR 1; at 12 %: 110 -> 0.909091. B: 30/25 = 1.2.
    # Together: HQLA 140, net outflows 125 -> 1.12; then 135 -> 1.037037.
    row = analysis.summary().set_index("scenario").loc["faster"]
    assert row["status"] == "ok"
    assert row["records_affected"] == 1
    assert (row["liquidity_before"], row["liquidity_after"]) == (Decimal(15), Decimal(5))
    assert (row["liquidity_change"], row["liquidity_change_pct"]) == (
        Decimal(-10),
        Decimal("-66.6667"),
    )
    assert (row["lcr_before"], row["lcr_after"]) == (Decimal("1.120000"), Decimal("1.037037"))
    assert row["lcr_change_pp"] == Decimal("-8.2963")
    assert (row["max_entity"], row["max_entity_change"]) == ("A", Decimal(-10))
    assert row["affected_entities"] == 1
    assert (row["lowest_lcr_after"], row["lowest_entity"]) == (Decimal("0.909091"), "A")
    assert (row["breaches"], row["new_breaches"]) == (1, "A")


def test_a_scenario_without_a_matching_deal_says_so(analysis: ImpactAnalysis) -> None:
    row = analysis.summary().set_index("scenario").loc["nobody"]
    assert row["records_affected"] == 0
    assert row["note"] == "adj_enrich: rule 'R-nobody' matched no row"
    assert row["affected_entities"] == 0
    assert row["liquidity_change"] == 0


def test_an_entity_without_net_outflows_has_no_ratio_and_no_breach(
    analysis: ImpactAnalysis,
) -> None:
    entities = analysis.by_entity()
    c = entities[(entities["entity"] == "C") & (entities["scenario"] == "faster")].iloc[0]
    assert c["lcr_before"] is None
    assert c["lcr_after"] is None
    assert not c["breach"]
    assert c["liquidity_after"] == Decimal(10)
    status = analysis.base.table("lcr").set_index("entity")["lcr_status"]
    assert status["C"] == "undefined: no net outflows"


def test_categories_show_the_one_that_moved(analysis: ImpactAnalysis) -> None:
    moved = analysis.by_category(changed_only=True)
    assert moved.to_dict("records") == [
        {
            "scenario": "faster",
            "injection_point": "enrich",
            "entity": "A",
            "section": "OUTFLOW",
            "category": "O.RET.LESS",
            "before": Decimal(50),
            "after": Decimal(60),
            "change": Decimal(10),
        }
    ]
    every = analysis.by_category()
    assert len(every) == 2 * len(ROWS)  # each deal is a category of its own here


def test_deals_show_before_after_and_change(analysis: ImpactAnalysis) -> None:
    moved = analysis.deals("faster")
    assert moved[["id", "weighted_before", "weighted_after", "weighted_change"]].to_dict(
        "records"
    ) == [
        {
            "id": "d2",
            "weighted_before": Decimal(50),
            "weighted_after": Decimal(60),
            "weighted_change": Decimal(10),
        }
    ]
    assert analysis.deals("nobody").empty


def test_records_name_the_rule_the_field_and_both_values(analysis: ImpactAnalysis) -> None:
    rows = analysis.records("faster").collect()
    assert [tuple(row) for row in rows] == [("d2", "R-faster", "rate", "0.1000", "0.1200")]


def test_a_variant_is_found_by_scenario_or_by_its_full_name(analysis: ImpactAnalysis) -> None:
    assert analysis["faster"] is analysis["faster@enrich"]
    with pytest.raises(UnknownResultError) as caught:
        analysis["fastest"]
    assert str(caught.value) == ("there is no variant 'fastest' (did you mean 'faster'?)")


def test_a_scenario_at_several_points_stands_for_the_first_and_warns(
    deals: ImpactAnalysis,
) -> None:
    with pytest.warns(UserWarning, match="this is 'conservative@enrich'"):
        found = deals["conservative"]
    assert found.name == "conservative@enrich"


def test_sums_over_several_currencies_are_left_open(banks: ImpactAnalysis) -> None:
    summary = banks.summary()
    assert summary["liquidity_change"].isna().all()
    assert summary["lcr_after"].isna().all()
    row = summary.set_index("scenario").loc["less_stable_plus_5"]
    # Santander Consumer Finance falls from 662.6460 % to 608.6320 %: the most points of all.
    assert row["max_entity"] == "santander_consumer_finance"
    assert row["max_entity_lcr_pp"] == Decimal("-54.014000")
    assert row["lowest_entity"] == "hdfc_bank 2025-09-30"


def test_deals_of_the_sample_are_the_ones_that_moved_most(deals: ImpactAnalysis) -> None:
    """The ten largest by pandas over both full tables."""
    variant = deals["conservative@enrich"]
    fields = ["id", "weighted_amount"]
    before = deals.base.table("calc_haircut")[fields].set_index("id")["weighted_amount"]
    after = variant.result().table("calc_haircut")[fields].set_index("id")["weighted_amount"]
    size = (after - before).map(abs).sort_values(ascending=False)
    found = deals.deals("conservative@enrich", limit=10)
    assert len(found) == 10
    assert set(found["id"]) <= set(size[size >= size.iloc[9]].index)
    assert list(found["weighted_amount_change"].map(abs)) == list(size.iloc[:10])


def test_behind_the_aggregation_the_rows_of_that_level_are_compared(
    deals: ImpactAnalysis,
) -> None:
    moved = deals.deals("conservative@agg_entity", limit=500)
    assert moved["x_lcr_code"].str.startswith("O.FAC.").all()
    for row in moved.to_dict("records"):
        assert row["weighted_amount_before"] * Decimal("1.1") == row["weighted_amount_after"]
    assert len(moved) == deals["conservative@agg_entity"].records_affected


def test_all_faults_of_all_scenarios_are_told_before_anything_runs(bench: Workbench) -> None:
    wrong = [
        scenario("typo", change("rat", "add", "0.02")),
        scenario("text", change("rate", "add", "much")),
    ]
    with pytest.raises(InvalidDagError) as caught:
        bench.analyze(
            small_dag(),
            wrong,
            injection_points=["enrich"],
            inputs={"deals": small_deals()},
            as_of="2025-12-31",
        )
    typo, text = caught.value.faults
    assert str(typo) == (
        "variant 'typo@enrich', operator 'adj_enrich', rule 'R-typo': there is no field 'rat' "
        "(did you mean 'rate'?)"
    )
    assert str(text) == (
        "variant 'text@enrich', operator 'adj_enrich', rule 'R-text': 'much' is no decimal(5,4), "
        "which the field 'rate' is (write a number such as 0.95)"
    )
    assert isinstance(typo, UnknownFieldError)


def test_a_failing_variant_keeps_its_error_and_stops_no_other(bench: Workbench) -> None:
    dag = small_dag().replace_parameters(
        "weigh",
        expressions=[{"name": "weighted", "expression": "amount * rate", "type": "decimal(8,6)"}],
    )
    few = small_deals().filter(pc.equal(small_deals()["entity"], "B"))
    scenarios = [
        scenario("too_large", change("rate", "set", 9), category="O.WHL.OTHER"),
        scenario("fine", change("rate", "set", "0.9"), category="O.WHL.OTHER"),
    ]
    analysis = bench.analyze(
        dag, scenarios, injection_points=["enrich"], inputs={"deals": few}, as_of="2025-12-31"
    )
    summary = analysis.summary().set_index("scenario")
    assert list(summary["status"]) == ["failed", "ok"]
    assert str(summary.loc["too_large", "note"]).startswith(
        "variant 'too_large@enrich', operator 'weigh': a figure has more digits than its type holds"
    )
    assert summary.loc["fine", "lcr_after"] == Decimal("1.333333")
    with pytest.raises(Exception, match="more digits"):
        analysis.deals("too_large")


def test_the_plan_names_what_is_reused(deals: ImpactAnalysis) -> None:
    injections = [variant.injections for variant in deals]
    afresh = table_of(deals.base, plan_variants(deals.base, injections, reuse=False))
    strategies: Any = afresh.set_index(["scenario", "injection_point"])["strategy"].to_dict()
    assert strategies == {
        (name, point): "local" if point == "agg_entity" else "cube" for name, point in strategies
    }
    plan = deals.plan.set_index(["scenario", "injection_point"])
    reused = plan["reused"].to_dict()
    assert reused["conservative", "agg_entity"].split(", ")[0] == "agg_entity"


def test_a_dag_without_an_lcr_can_not_be_compared(
    bench: Workbench, run_dag: Callable[..., Any]
) -> None:
    del run_dag
    plain = Dag(name="plain", operators=small_dag().operators[:3])
    with pytest.raises(UnknownResultError, match="the DAG has no operator for one"):
        bench.analyze(
            plain,
            [scenario("any", change("rate", "set", 1))],
            injection_points=["enrich"],
            inputs={"deals": small_deals()},
            as_of="2025-12-31",
        )
