"""What is planned to be recalculated, what was, and a third count that shares no code with both."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from liqbench import Workbench, samples
from liqbench.engine import (
    DependencyGraph,
    Injections,
    RecalcPlan,
    Run,
    execute,
    injections_of,
    plan_variants,
    recalc_plans,
    recalculated,
    run_variants,
    table_of_steps,
)
from liqbench.model import Dag, OperatorConfig, Scenario
from liqbench.operators import Context
from liqbench.operators.adjust import MATCHED_ROWS
from liqbench.store import StageStore

Make = Callable[..., Any]
Deal = dict[str, Any]
DEALS: list[dict[str, Any]] = [
    {
        "id": f"D{n}",
        "entity": f"E{n % 4}" if n % 11 else None,
        "product": ("BOND", "LOAN", "CASH")[n % 3],
        "amount": Decimal(37 * n % 101 - 20),
        "rate": Decimal(n % 7).scaleb(-1),
    }
    for n in range(120)
]
Key = tuple[Any, ...]


def rule(
    rule_id: str, field: str, operation: str, value: Any, *conditions: Key, **more: Any
) -> dict[str, Any]:
    return {
        "rule_id": rule_id,
        "conditions": [{"field": f, "operator": o, "value": v} for f, o, v in conditions],
        "adjustments": [{"field": field, "operation": operation, "value": value}],
        **more,
    }


def scenario(name: str, *rules: dict[str, Any]) -> Scenario:
    return Scenario.from_json({"name": name, "rules": list(rules)})


BONDS, LOANS = ("product", "=", "BOND"), ("product", "=", "LOAN")


@pytest.fixture(scope="module")
def inputs(table: Make) -> dict[str, pa.Table]:
    fields = "id string, entity string, product string, amount decimal(12,2), rate decimal(5,4)"
    terms = [(name, n) for n, name in enumerate(["BOND", "LOAN", "LOAN", "CASH"])]
    weights = [(name, Decimal(n)) for n, name in enumerate(["BOND", "LOAN", "CASH"], start=1)]
    return {
        "deals": table(fields, [tuple(deal.values()) for deal in DEALS]),
        "products": table("product string, weight decimal(3,1)", weights),
        "terms": table("product string, term int", terms),
    }


@pytest.fixture
def make_dag(config: Make, bound: Make) -> Callable[..., Dag]:
    """Deals, their products, a flow, steps of the test's own, and two groups behind each other."""

    def make(*steps: OperatorConfig) -> Dag:
        ref = {"name": "products", "on": {"product": "product"}, "fields": {"weight": "weight"}}
        last = steps[-1].operator_id if steps else "base"
        return Dag(
            operators=(
                bound("deals"),
                bound("products", "product"),
                config("joined", "enrich", "deals", "products", references=[ref]),
                config("base", "calculate", "joined",
                       expressions=[{"name": "flow", "expression": "amount * rate"}]),
                *steps,
                config("sums", "aggregate", last, group_by=["entity", "product"],
                       measures=[{"name": "flow", "function": "sum", "field": "flow"},
                                 {"name": "deals", "function": "count"}]),
                config("half", "calculate", "sums",
                       expressions=[{"name": "half", "expression": "ratio(flow, 2, 4)"}]),
                config("total", "aggregate", "half", group_by=["entity"],
                       measures=[{"name": "half", "function": "sum", "field": "half"}]),
            )
        )  # fmt: skip

    return make


@pytest.fixture
def base(
    context: Context, inputs: dict[str, pa.Table], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Dag], Run]:
    """Run a DAG in a store of its own, so that nothing is there from before."""

    def run(dag: Dag) -> Run:
        own = Context(as_of=date(2025, 12, 31), session=context.session, inputs=inputs)
        return execute(dag, own, StageStore(tmp_path_factory.mktemp("stages")))

    return run


def affected(plan: RecalcPlan) -> dict[str, int | None]:
    """Return the affected keys of what is not reused."""
    return {s.operator_id: s.affected for s in plan.steps if s.action != "reused"}


def both(
    base: Run, injections: Iterable[Injections], strategy: str
) -> list[tuple[RecalcPlan, RecalcPlan]]:
    """Plan, then run, and return what was planned beside what was executed."""
    planned = plan_variants(base, list(injections), strategy)
    plans = recalc_plans(base, planned)
    outcome = run_variants(base, planned)
    found = [(p, p.executed(v)) for p, v in zip(plans, outcome.variants, strict=True)]
    for plan, after in found:
        assert plan.strategy == after.strategy == strategy
        assert [(s.operator_id, s.action, s.of) for s in plan.steps] == [
            (s.operator_id, s.action, s.of) for s in after.steps
        ]
    for plan, variant in zip(plans, outcome.variants, strict=True):
        metrics = variant.result().results
        for name, count in affected(plan).items():
            if strategy != "full" and name not in base.results and count is not None:
                assert count == metrics[name].metrics[MATCHED_ROWS]
    return found


def groups(deals: Iterable[Deal], *names: str) -> set[Key]:
    return {tuple(deal[name] for name in names) for deal in deals}


@pytest.mark.parametrize("strategy", ["cube", "delta"])
def test_rows_and_groups_are_those_of_the_matching_deals(
    make_dag: Make, base: Make, strategy: str
) -> None:
    dag = make_dag()
    scenarios = [
        scenario("bonds", rule("b", "rate", "multiply", 2, BONDS, ("amount", ">", 30))),
        scenario(
            "twice",
            rule("one", "rate", "add", 1, LOANS, ("entity", "=", "E1")),
            rule("two", "rate", "multiply", 2, ("amount", "<", 0)),
        ),
        scenario("nobody", rule("n", "rate", "set", 1, ("entity", "=", "E7"))),
    ]
    matching: list[list[Deal]] = [
        [d for d in DEALS if d["product"] == "BOND" and d["amount"] > 30],
        [d for d in DEALS if d["amount"] < 0 or (d["product"], d["entity"]) == ("LOAN", "E1")],
        [],
    ]
    found = both(base(dag), injections_of(dag, scenarios, ["joined"]), strategy)
    for (plan, after), deals in zip(found, matching, strict=True):
        by_product, by_entity = groups(deals, "entity", "product"), groups(deals, "entity")
        assert affected(plan) == affected(after) == {
            "adj_joined": len(deals),
            "base": len(deals),
            "sums": len(by_product),
            "half": len(by_product),
            "total": len(by_entity),
        }  # fmt: skip
        assert {s.operator_id: (s.action, s.of) for s in plan.steps} == {
            "deals": ("reused", 120),
            "products": ("reused", 3),
            "joined": ("reused", 120),
            "adj_joined": ("rows", 120),
            "base": ("rows", 120),
            "sums": ("groups", 15),
            "half": ("rows", 15),
            "total": ("groups", 5),
        }


def test_rules_at_two_places_add_up(make_dag: Make, base: Make) -> None:
    dag = make_dag()
    two = scenario(
        "two",
        rule("first", "rate", "add", 1, BONDS, stage="joined"),
        rule("second", "flow", "add", 1, ("entity", "=", "E2"), stage="base"),
        rule("third", "flow", "add", 1, ("entity", "=", "E3"), stage="sums"),
    )
    ((plan, after),) = both(base(dag), injections_of(dag, [two], None), "cube")
    first = [d for d in DEALS if d["product"] == "BOND"]
    second = [d for d in DEALS if d["entity"] == "E2"]
    any_of = [d for d in DEALS if d["product"] == "BOND" or d["entity"] == "E2"]
    behind = groups([*any_of, *(d for d in DEALS if d["entity"] == "E3")], "entity", "product")
    assert affected(plan) == affected(after) == {
        "adj_joined": len(first),
        "base": len(first),
        "adj_base": len(second),
        "sums": len(groups(any_of, "entity", "product")),
        "adj_sums": 3,
        "half": len(behind),
        "total": len({entity for entity, _ in behind}),
    }  # fmt: skip


def test_deals_that_move_touch_the_groups_they_leave_and_the_new_ones(
    make_dag: Make, base: Make, config: Make
) -> None:
    dag = make_dag(config("kept", "filter", "base", expression="amount > 0"))
    scenarios = [
        scenario("sold", rule("s", "entity", "set", "E9", LOANS)),
        scenario("lost", rule("l", "amount", "subtract", 50, ("entity", "=", "E1"))),
        scenario("rated", rule("r", "rate", "set", 0, BONDS)),
    ]

    def touched(change: Callable[[Deal], Deal | None]) -> tuple[int, set[Key]]:
        pairs = [(deal, new) for deal in DEALS if (new := change(deal)) is not None]
        sides = [deal for pair in pairs for deal in pair if deal["amount"] > 0]
        return len(pairs), groups(sides, "entity", "product")

    expected = [
        touched(lambda d: {**d, "entity": "E9"} if d["product"] == "LOAN" else None),
        touched(lambda d: {**d, "amount": d["amount"] - 50} if d["entity"] == "E1" else None),
        touched(lambda d: d if d["product"] == "BOND" else None),
    ]
    found = both(base(dag), injections_of(dag, scenarios, ["joined"]), "delta")
    for (plan, after), (rows, by_product) in zip(found, expected, strict=True):
        assert affected(plan) == affected(after) == {
            "adj_joined": rows,
            "base": rows,
            "kept": None,
            "sums": len(by_product),
            "half": len(by_product),
            "total": len({entity for entity, _ in by_product}),
        }  # fmt: skip
    why = {step.operator_id: step.why for step in found[0][0].steps}
    assert why["kept"] == (
        "the rows that rules before it match, taken away as they were and added as they become; "
        "how many there are behind a filter or a join that adds rows is not known"
    )


def test_behind_a_join_that_adds_rows_they_are_not_counted(
    make_dag: Make, base: Make, config: Make, bound: Make
) -> None:
    ref = {"name": "terms", "on": {"product": "product"}, "fields": {"term": "term"},
           "cardinality": "one_to_many", "extra_key": ["term"]}  # fmt: skip
    dag = make_dag(
        bound("terms", "product", "term"),
        config("spread", "enrich", "base", "terms", references=[ref]),
    )
    loans = scenario("loans", rule("l", "rate", "multiply", 3, LOANS))
    ((plan, after),) = both(base(dag), injections_of(dag, [loans], ["deals"]), "delta")
    matching = [d for d in DEALS if d["product"] == "LOAN"]
    assert affected(plan) == affected(after) == {
        "adj_deals": 40, "joined": 40, "base": 40, "spread": None,
        "sums": len(groups(matching, "entity", "product")),
        "half": len(groups(matching, "entity", "product")),
        "total": len(groups(matching, "entity")),
    }  # fmt: skip


def test_a_rule_on_small_results_is_counted_on_the_driver(make_dag: Make, base: Make) -> None:
    dag = make_dag()
    run = base(dag)
    limit = scenario("limit", rule("l", "flow", "cap", 20, ("flow", ">", 20)))
    sums = run.table("sums")
    large = sums[sums["flow"] > 20]
    assert 0 < len(large) < len(sums)
    planned = plan_variants(run, injections_of(dag, [limit], ["sums"]))
    (plan,) = recalc_plans(run, planned)
    (variant,) = run_variants(run, planned).variants
    expected = {
        "adj_sums": len(large), "half": len(large), "total": large["entity"].nunique(dropna=False),
    }  # fmt: skip
    assert affected(plan) == affected(plan.executed(variant)) == expected
    assert plan.strategy == "local"
    assert variant.records_affected == len(large)


def test_what_depends_on_changed_figures_is_left_open(make_dag: Make, base: Make) -> None:
    dag = make_dag()
    late = scenario(
        "late",
        rule("early", "rate", "add", 1, BONDS, stage="joined"),
        rule("late", "flow", "set", 0, ("flow", ">", 20), stage="sums"),
    )
    run = base(dag)
    planned = plan_variants(run, injections_of(dag, [late], None), "cube")
    (plan,) = recalc_plans(run, planned)
    (variant,) = run_variants(run, planned).variants
    assert affected(plan) == {
        "adj_joined": 40, "base": 40, "sums": 5, "adj_sums": None, "half": None, "total": None,
    }  # fmt: skip
    assert plan.steps[-1].why.endswith(
        "which rows the rules of 'adj_sums' match depends on the run"
    )
    after = affected(plan.executed(variant))
    flows = run_variants(run, plan_variants(run, injections_of(dag, [late], None)))
    assert after == {**affected(plan), "adj_sums": flows.variants[0].records_affected - 40}


def test_a_full_run_says_so_and_what_is_stored_is_reused(make_dag: Make, base: Make) -> None:
    dag = make_dag()
    run = base(dag)
    bonds = scenario("bonds", rule("b", "rate", "multiply", 2, BONDS))
    injections = injections_of(dag, [bonds], ["joined"])
    ((plan, after),) = both(run, injections, "full")
    known = {"adj_joined": 120, "base": 120}
    assert affected(plan) == {**known, "sums": None, "half": None, "total": None}
    assert affected(after) == {**known, "sums": 15, "half": 15, "total": 5}
    assert {step.action for step in plan.steps[3:]} == {"full"}
    (again,) = recalc_plans(run, plan_variants(run, injections))
    assert (again.strategy, affected(again)) == ("stored", {})
    why = {step.operator_id: step.why for step in again.steps}
    assert why == {
        "deals": "the same as in the baseline; read again where its rows are needed",
        "products": "the same as in the baseline; read again where its rows are needed",
        "joined": "the same as in the baseline; read again where its rows are needed",
        "adj_joined": "all that follows from it is stored",
        "base": "all that follows from it is stored",
        "sums": "stored from before",
        "half": "all that follows from it is stored",
        "total": "stored from before",
    }


@pytest.mark.parametrize("strategy", ["cube", "delta"])
def test_a_variant_without_a_rule_in_force_touches_nothing(
    make_dag: Make, base: Make, strategy: str
) -> None:
    dag = make_dag()
    old = scenario("old", rule("o", "rate", "set", 1, BONDS, expiry_date="2020-01-01"))
    ((plan, after),) = both(base(dag), injections_of(dag, [old], ["joined"]), strategy)
    assert set(affected(plan).values()) == set(affected(after).values()) == {0}


def test_a_variant_that_failed_has_its_error_in_the_table(
    make_dag: Make, base: Make, config: Make
) -> None:
    narrow = [{"name": "small", "expression": "flow", "type": "decimal(9,6)"}]
    dag = Dag(operators=(*make_dag().operators,
                         config("narrow", "calculate", "sums", expressions=narrow)))  # fmt: skip
    zero = scenario("zero", rule("z", "rate", "set", 0))
    huge = scenario("huge", rule("h", "rate", "multiply", 10000))
    run = base(dag)
    planned = plan_variants(run, injections_of(dag, [zero, huge], ["joined"]))
    outcome = run_variants(run, planned)
    table = recalculated(outcome.planned, outcome.variants)
    failed = table[table["scenario"] == "huge"]
    assert failed["action"].tolist() == ["failed"]
    assert failed["why"].tolist() == [str(outcome.variants[1].error)]
    assert set(table[table["scenario"] == "zero"]["operator"]) >= {"adj_joined", "narrow"}


def test_the_graph_knows_stages_keys_and_changes(make_dag: Make, base: Make) -> None:
    dag = make_dag()
    run = base(dag)
    graph = DependencyGraph(run.resolved, run.fingerprints)
    assert [(s.operator_id, s.mapping.kind, s.keys, s.stored) for s in graph.steps] == [
        ("deals", "source", ("id",), False),
        ("products", "source", ("product",), False),
        ("joined", "identity", ("id",), False),
        ("base", "identity", ("id",), False),
        ("sums", "grouped", ("entity", "product"), True),
        ("half", "identity", ("entity", "product"), False),
        ("total", "grouped", ("entity",), True),
    ]
    assert graph.downstream("joined") == ("base", "sums", "half", "total")
    assert graph.upstream("base") == ("deals", "products", "joined")
    assert graph.graph.edges["products", "joined"]["place"] == 1
    assert graph.changed(run.fingerprints) == ()
    assert graph.changed({**run.fingerprints, "base": "other"}) == ("base",)
    assert graph.needed(lambda _: False) == tuple(run.fingerprints)
    assert graph.needed(lambda own: own == run.fingerprints["sums"]) == ("half", "total")


_KEY = "reporting_id, x_lcr_code"
_CONDITIONS = {
    "conservative@enrich": "(x_lcr_code in ('O.RET.LESS', 'O.SME.LESS') and balance >= 100000) or "
    "(purpose in ('operational', 'cash_management') and x_lcr_code like 'O.%')",
    "conservative@calc_base": "x_lcr_code like 'L2A%' or x_lcr_code like 'L2B%'",
    "conservative@agg_entity": "x_lcr_code like 'O.FAC.%'",
    "baseline@enrich": "x_lcr_code = 'O.WHL.NFC' and entity_type = 'sovereign'",
    "baseline@calc_base": "x_lcr_code = 'I.NFC'",
    "baseline@agg_entity": "x_lcr_code = 'I.RET'",
    "optimistic@enrich": "x_lcr_code in ('O.RET.LESS', 'O.SME.LESS')",
    "optimistic@calc_base": "x_lcr_code like 'L2A%' or x_lcr_code like 'L2B%'",
    "optimistic@agg_entity": "x_lcr_code like 'I.%'",
}


def test_the_sample_is_planned_and_executed_as_duckdb_counts_it(
    spark: SparkSession, tmp_path: Path, deals_folder: Path
) -> None:
    points = ["enrich", "calc_base", "agg_entity"]
    dag = samples.lcr_dag(2_000, folder=deals_folder)
    bench = Workbench(tmp_path / "workspace", session=spark)
    given = (dag, samples.lcr_scenarios())
    plan = bench.recalc_plan(*given, injection_points=points, as_of="2025-12-31")
    assert set(bench.runs()["variant"]) == {""}  # the baseline only
    analysis = bench.analyze(*given, injection_points=points, as_of="2025-12-31")
    bench.close()
    after = analysis.recalc_plan
    numbers = ["scenario", "injection_point", "operator", "action", "affected", "of"]
    assert plan[numbers].to_dict("records") == after[numbers].to_dict("records")
    assert list(plan.columns) == list(table_of_steps([]).columns)
    for name, condition in _CONDITIONS.items():
        ((rows, categories, entities),) = duckdb.execute(
            f"select count(*), count(distinct ({_KEY})), count(distinct reporting_id) "
            f"from read_parquet('{deals_folder}/deals/*.parquet') where {condition}"
        ).fetchall()
        scenario_name, point = name.split("@")
        own = plan[(plan["scenario"] == scenario_name) & (plan["injection_point"] == point)]
        found = own[own["action"] != "reused"].set_index("operator")["affected"].to_dict()
        at_entity = point == "agg_entity"
        assert found.pop(f"adj_{point}") == (categories if at_entity else rows)
        deals = {name: found.pop(name, rows) for name in ("calc_base", "calc_haircut")}
        assert set(deals.values()) == {rows}
        assert found.pop("agg_entity", categories) == categories
        assert found == {"calc_final": categories, "agg_final": entities, "star_schema": entities}
