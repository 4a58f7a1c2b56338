from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from liqbench.engine import (
    Injections,
    Progress,
    Run,
    Variant,
    injections_of,
    plan_variants,
    run_variants,
    table_of,
)
from liqbench.errors import (
    AmbiguousNameError,
    DocumentError,
    InvalidDagError,
    OverflowFigureError,
    UnknownOperatorError,
)
from liqbench.model import Dag, Scenario

Make = Callable[..., Any]


@pytest.fixture(scope="module")
def deals(table: Make) -> pa.Table:
    rows = [
        (f"D{n}", f"E{n % 3}", "BOND" if n % 2 else "LOAN", Decimal(n).scaleb(-1), Decimal("0.1"))
        for n in range(200)
    ]
    return table(
        "id string, entity string, product string, amount decimal(12,2), rate decimal(4,3)", rows
    )


@pytest.fixture
def dag(config: Make, bound: Make) -> Dag:
    return Dag(
        operators=(
            bound("deals"),
            config("base", "calculate", "deals",
                   expressions=[{"name": "flow", "expression": "amount * rate"}]),
            config("sums", "aggregate", "base", group_by=["entity"],
                   measures=[{"name": "flow", "function": "sum", "field": "flow"}]),
            config("share", "calculate", "sums",
                   expressions=[{"name": "thousands", "expression": "flow * 0.001"}]),
        )
    )  # fmt: skip


def scenario(name: str, *rules: tuple[str, str, Any], **more: Any) -> Scenario:
    return Scenario.from_json(
        {
            "name": name,
            "rules": [
                {
                    "rule_id": f"{name}{n}",
                    "conditions": [{"field": "entity", "operator": "!=", "value": "E0"}],
                    "adjustments": [{"field": field, "operation": operation, "value": value}],
                    **more,
                }
                for n, (field, operation, value) in enumerate(rules)
            ],
        }
    )


WORSE = scenario("worse", ("rate", "multiply", 1.5), ("rate", "add", 0.0005))
BETTER = scenario("better", ("amount", "percent", -10))


@pytest.fixture
def base(dag: Dag, deals: pa.Table, run_dag: Callable[..., Run]) -> Run:
    return run_dag(dag, deals=deals)


def variants(base: Run, injections: Sequence[Injections], **more: Any) -> tuple[Variant, ...]:
    return run_variants(base, plan_variants(base, injections), **more).variants


def flows(run: Run) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in run.table("sums").itertuples(index=False)]


def test_variants_are_what_duckdb_calculates(
    base: Run, deals: pa.Table, dag: Dag, duck: Make
) -> None:
    def flows_by_duckdb(flow: str) -> Any:
        return duck(deals, f"select entity, sum({flow}) from t group by entity order by entity")

    injections = injections_of(dag, [WORSE, BETTER], ["deals"])
    worse, better = variants(base, injections)
    assert flows(base) == flows_by_duckdb("amount * rate")
    assert flows(worse.result()) == flows_by_duckdb(
        "amount * case when entity <> 'E0' then rate * 1.5::decimal(2,1) + 0.0005::decimal(5,4) "
        "else rate end",
    )
    assert flows(better.result()) == flows_by_duckdb(
        "amount * case when entity <> 'E0' then 0.9::decimal(2,1) else 1 end * rate"
    )
    outside = sum(entity != "E0" for entity in deals["entity"].to_pylist())
    assert (worse.records_affected, better.records_affected) == (outside, outside)
    assert (worse.name, better.name) == ("worse@deals", "better@deals")


def test_a_scenario_acts_where_it_is_injected(base: Run, dag: Dag) -> None:
    raised = scenario("raised", ("flow", "add", 100))
    by_deal, by_entity = variants(base, injections_of(dag, [raised], ["base", "sums"]))
    before = dict(flows(base))
    deals = {"E0": 0, "E1": 67, "E2": 66}
    assert dict(flows(by_deal.result())) == {
        entity: flow + 100 * deals[entity] for entity, flow in before.items()
    }
    assert dict(flows(by_entity.result())) == before  # changed behind it
    adjusted = by_entity.result().table("adj_sums").set_index("entity")["flow"]
    assert adjusted.to_dict() == {
        entity: flow + (100 if deals[entity] else 0) for entity, flow in before.items()
    }
    assert by_entity.result().results["sums"].reused
    assert by_entity.records_affected == 2


def test_rules_with_a_stage_go_to_their_own_places(base: Run, dag: Dag) -> None:
    two = Scenario(
        name="two",
        rules=(
            scenario("early", ("rate", "set", 0), stage="deals").rules[0],
            scenario("late", ("flow", "add", 7), stage="sums").rules[0],
        ),
    )
    (injections,) = injections_of(dag, [two], None)
    assert (injections.name, list(injections.rules)) == ("two@deals + sums", ["deals", "sums"])
    (variant,) = variants(base, [injections])
    thousands = variant.result().table("share").set_index("entity")["thousands"]
    assert thousands["E1"] == thousands["E2"] == Decimal("0.007")
    assert thousands["E0"] == base.table("share").set_index("entity")["thousands"]["E0"]


def test_a_point_without_a_rule_is_told_and_gives_the_baseline(base: Run, dag: Dag) -> None:
    staged = scenario("staged", ("rate", "set", 0), stage="deals")
    at_deals, at_sums = variants(base, injections_of(dag, [staged], ["deals", "sums"]))
    assert at_sums.notices == ("scenario 'staged' has no rule for injection point 'sums'",)
    assert at_sums.result().fingerprints == base.fingerprints
    assert at_deals.notices == ()


def test_a_variant_that_fails_says_why_and_stops_no_other(base: Run, dag: Dag) -> None:
    narrow = Dag(
        operators=(
            *dag.operators,
            dag.operator("share").model_copy(
                update={
                    "operator_id": "narrow",
                    "parameters": {
                        "expressions": [
                            {"name": "small", "expression": "flow", "type": "decimal(12,7)"}
                        ]
                    },
                }
            ),
        )
    )
    run = Run(**{**base.__dict__, "dag": narrow})
    huge = scenario("huge", ("rate", "multiply", 10000))
    good, bad = variants(run, injections_of(narrow, [BETTER, huge], ["deals"]))
    assert good.error is None
    assert good.result().results["narrow"].rows == 3
    assert bad.run is None
    assert bad.records_affected == 0
    with pytest.raises(OverflowFigureError) as caught:
        bad.result()
    assert caught.value is bad.error
    assert str(caught.value).startswith(
        "variant 'huge@deals', operator 'narrow': a figure has more digits than its type holds: "
    )


def test_all_faults_of_all_variants_are_told_before_anything_runs(base: Run, dag: Dag) -> None:
    told: list[Progress] = []
    typo = scenario("typo", ("raet", "multiply", 2))
    key = scenario("key", ("id", "set", "x"))
    with pytest.raises(InvalidDagError) as caught:
        variants(base, injections_of(dag, [typo, BETTER, key], ["deals"]), monitor=told.append)
    assert str(caught.value) == (
        "DAG 'dag' has 2 faults:\n"
        "  1. variant 'typo@deals', operator 'adj_deals', rule 'typo0': "
        "there is no field 'raet' (did you mean 'rate'?)\n"
        "  2. variant 'key@deals', operator 'adj_deals', rule 'key0': 'id' is a key, by which rows "
        "are traced (adjust a figure or an attribute instead)"
    )
    assert told == []


def test_the_plan_says_how_and_what_is_reused_before_anything_runs(base: Run, dag: Dag) -> None:
    top = scenario("top", ("flow", "add", 1), ("flow", "cap", 5))
    scenarios = [WORSE, scenario("up", ("flow", "add", 1)), top]
    injections = injections_of(dag, scenarios, ["base", "sums"])[2:5]
    found = table_of(base, plan_variants(base, injections)).set_index(
        ["scenario", "injection_point"]
    )
    assert found["strategy"].to_dict() == {
        ("up", "base"): "cube",
        ("up", "sums"): "local",
        ("top", "base"): "delta",
    }
    assert found["reused"].to_dict() == {
        ("up", "base"): "",
        ("up", "sums"): "sums",
        ("top", "base"): "",
    }
    assert found["computed"].to_dict() == {
        ("up", "base"): "sums, share",
        ("up", "sums"): "share",
        ("top", "base"): "sums, share",
    }
    assert found.loc[("top", "base"), "reason"] == (
        "sums and counts change by the rows that the rules match; no cube: operator 'adj_base': "
        "a cap or floor of 'flow', which changes before"
    )
    variants(base, injections)
    again = table_of(base, plan_variants(base, injections))
    assert set(again["strategy"]) == {"stored"}
    assert set(again["computed"]) == {""}


def test_injections_at_fault_are_refused(dag: Dag) -> None:
    with pytest.raises(DocumentError) as none:
        injections_of(dag, [], ["deals"])
    assert str(none.value) == "there is no scenario to analyze"
    with pytest.raises(AmbiguousNameError) as twice:
        injections_of(dag, [WORSE, BETTER, WORSE], ["deals"])
    assert str(twice.value) == "several scenarios are called worse"
    with pytest.raises(UnknownOperatorError) as unknown:
        injections_of(dag, [WORSE], ["bsae"])
    assert str(unknown.value) == (
        "there is no operator 'bsae' in DAG 'dag' (did you mean 'base' or 'share'?)"
    )
    with pytest.raises(DocumentError) as nowhere:
        injections_of(dag, [WORSE], None)
    assert str(nowhere.value) == (
        "scenario 'worse', rule 'worse0': has no stage, so the place to apply it is open "
        "(give injection_points, or a stage to every rule)"
    )
