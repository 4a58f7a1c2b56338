"""The fast strategies against the full one, to the last digit, over random DAGs and scenarios."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from shutil import copytree
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st

from liqbench.engine import (
    Run,
    Variant,
    execute,
    injections_of,
    plan_variants,
    resolve_variants,
    run_variants,
)
from liqbench.errors import InvalidDagError, StrategyUnfitError
from liqbench.model import Dag, OperatorConfig, Scenario
from liqbench.operators import Context
from liqbench.store import StageStore

Make = Callable[..., Any]
PRODUCTS, ENTITIES, LEVELS = ("BOND", "LOAN", "CASH"), ("E0", "E1", "E2", None), ("L1", "OUTFLOW")
POINTS = ("deals", "joined", "base", "sums")
AMOUNTS = st.decimals("-900000", "900000", places=2)
RATES = st.decimals("-2", "2", places=4)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(values, values, values, st.none())


ROWS = st.lists(
    st.tuples(
        st.sampled_from(ENTITIES),
        st.sampled_from(PRODUCTS),
        st.sampled_from(LEVELS),
        AMOUNTS,
        RATES,
        maybe(RATES),
        st.integers(0, 400),
    ),
    min_size=1,
    max_size=60,
)

EXPRESSIONS = st.sampled_from(
    [
        "amount * rate",
        "amount * rate * (1 - coalesce(cut, 0))",
        "case when product = 'BOND' then amount * rate when days > 30 then -amount else 0 end",
        "amount * (1 - rate) + 3.5",
        "round(amount * rate, 2)",
        "case when rate > 0.5 then amount else amount * rate end",
        "greatest(amount, 0) * rate",
        "amount * rate * rate",
        "ratio(amount, 3, 2) + rate",
    ]
)
CONDITIONS = st.sampled_from(
    [
        {"field": "product", "operator": "=", "value": "BOND"},
        {"field": "product", "operator": "in", "value": ["LOAN", "CASH"]},
        {"field": "entity", "operator": "!=", "value": "E0"},
        {"field": "entity", "operator": "is null"},
        {"field": "amount", "operator": ">", "value": 0},
        {"field": "rate", "operator": "between", "value": [-0.5, 0.75]},
        {"field": "days", "operator": "<=", "value": 30},
        {"any": [{"field": "days", "operator": ">", "value": 200},
                 {"field": "level", "operator": "=", "value": "L1"}]},
    ]
)  # fmt: skip
FIGURES = st.tuples(
    st.sampled_from(["amount", "rate", "cut"]),
    st.sampled_from(["multiply", "add", "subtract", "percent", "set", "cap", "floor"]),
    st.sampled_from(["0.5", "-1.25", "2", "0.0375", "0"]),
)
CHANGES = st.one_of(
    *[FIGURES] * 6,
    st.sampled_from([("product", "set", "BOND"), ("entity", "set", "E9"), ("days", "set", 31)]),
)
AT_SUMS = st.tuples(
    st.just("flow"),
    st.sampled_from(["multiply", "add", "cap"]),
    st.sampled_from(["0.5", "-1.25", "100"]),
)
MEASURES = (
    {"name": "flow", "function": "sum", "field": "flow"},
    {"name": "deals", "function": "count"},
    {"name": "cuts", "function": "count", "field": "cut"},
    {"name": "cut", "function": "sum", "field": "cut"},
    {"name": "mean", "function": "avg", "field": "flow", "scale": 4},
    {"name": "first", "function": "min", "field": "days"},
    {"name": "most", "function": "max", "field": "amount"},
    {"name": "kinds", "function": "count_distinct", "field": "product"},
)


@st.composite
def rules(draw: Any, changes: st.SearchStrategy[Any], conditions: Any) -> list[dict[str, Any]]:
    found = []
    for _ in range(draw(st.integers(1, 2))):
        adjustments = draw(st.lists(changes, min_size=1, max_size=2))
        found.append(
            {
                "conditions": draw(st.lists(conditions, max_size=2)),
                "adjustments": [
                    {"field": f, "operation": o, "value": v} for f, o, v in adjustments
                ],
            }
        )
    return found


@st.composite
def scenarios(draw: Any) -> list[Scenario]:
    found = []
    for n in range(draw(st.integers(1, 3))):
        points = draw(st.lists(st.sampled_from(POINTS), min_size=1, max_size=2, unique=True))
        points = points[: draw(st.sampled_from([1, 1, 2]))]
        own = []
        for point in points:
            if point == "sums":
                entity = {"field": "entity", "operator": "=", "value": "E1"}
                drawn = draw(rules(AT_SUMS, st.just(entity)))
            else:
                drawn = draw(rules(CHANGES, CONDITIONS))
            own += [{**rule, "stage": point} for rule in drawn]
        named = [{**rule, "rule_id": f"R{k}"} for k, rule in enumerate(own)]
        found.append(Scenario.from_json({"name": f"s{n}", "rules": named}))
    return found


@st.composite
def dags(draw: Any) -> Dag:
    def config(name: str, kind: str, *inputs: str, **parameters: Any) -> OperatorConfig:
        return OperatorConfig(
            operator_id=name, operator_type=kind, inputs=inputs, parameters=parameters
        )

    def bound(name: str, key: str) -> OperatorConfig:
        return config(name, "ingest", source={"format": "frame", "name": name}, key=[key])

    reference = {"name": "products", "on": {"product": "product"}, "fields": {"weight": "weight"}}
    behind = "base"
    steps = [
        bound("deals", "id"),
        bound("products", "product"),
        config("joined", "enrich", "deals", "products", references=[reference]),
        config("base", "calculate", "joined",
               expressions=[{"name": "flow", "expression": draw(EXPRESSIONS)}]),
    ]  # fmt: skip
    if draw(st.booleans()):
        condition = draw(st.sampled_from(["days < 300", "rate > -1", "product <> 'CASH'"]))
        steps.append(config("kept", "filter", behind, expression=condition))
        behind = "kept"
    if draw(st.booleans()):
        item = {"name": "weighed", "expression": "flow * weight"}
        steps.append(config("weigh", "calculate", behind, expressions=[item]))
        behind = "weigh"
    measures = [MEASURES[0], *draw(st.lists(st.sampled_from(MEASURES[1:]), unique_by=str))]
    group_by = draw(st.sampled_from([["entity"], ["entity", "product"], ["entity", "level"]]))
    steps += [
        config("sums", "aggregate", behind, group_by=group_by, measures=measures),
        config("share", "calculate", "sums",
               expressions=[{"name": "half", "expression": "ratio(flow, 2, 3)"}]),
        config("total", "aggregate", "share", group_by=["entity"],
               measures=[{"name": "flow", "function": "sum", "field": "flow"},
                         {"name": "largest", "function": "max", "field": "half"}]),
    ]  # fmt: skip
    if draw(st.booleans()):
        steps.append(
            config("lcr", "lcr", behind, group_by=["entity"], section="level", weighted="flow")
        )
    return Dag(operators=tuple(steps))


@pytest.fixture(scope="module")
def inputs(table: Make) -> Callable[[Sequence[Any]], dict[str, pa.Table]]:
    fields = (
        "id string, entity string, product string, level string, amount decimal(12,2), "
        "rate decimal(5,4), cut decimal(5,4), days int"
    )
    products = [(name, Decimal(n).scaleb(-1)) for n, name in enumerate(PRODUCTS, start=1)]

    def make(rows: Sequence[Any]) -> dict[str, pa.Table]:
        deals = [(f"D{n}", *row) for n, row in enumerate(rows)]
        return {
            "deals": table(fields, deals),
            "products": table("product string, weight decimal(3,2)", products),
        }

    return make


def answers(variant: Variant) -> dict[str, Any]:
    """Return all that can be asked of a variant, or the error it ended with."""
    if variant.run is None:
        assert variant.error is not None
        return {"error": type(variant.error), "text": str(variant.error)}
    return answers_of(variant.run)


def answers_of(run: Run) -> dict[str, Any]:
    """Return all that can be asked of a run."""
    stored = [name for name, result in run.results.items() if result.stored]
    return {
        "tables": {name: run.table(name).to_dict("list") for name in stored},
        "types": {name: run.frame(name).dtypes for name in stored},
        "hashes": {name: run.results[name].key_hash for name in stored},
        "rows": {name: run.results[name].rows for name in stored},
        "matched": {
            name: dict(result.metrics)
            for name, result in run.results.items()
            if result.operator_type == "adjust"
        },
        "fingerprints": run.fingerprints,
    }


@settings(
    deadline=None,
    max_examples=4,
    derandomize=True,
    phases=[Phase.generate],  # each example runs several DAGs; shrinking would take hours
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(dags(), ROWS, scenarios())
def test_every_strategy_gives_the_same_to_the_last_digit(
    context: Context,
    inputs: Make,
    tmp_path_factory: pytest.TempPathFactory,
    dag: Dag,
    rows: list[Any],
    scenarios: list[Scenario],
) -> None:
    context = Context(as_of=date(2025, 12, 31), session=context.session, inputs=inputs(rows))
    injections = injections_of(dag, scenarios, None)
    try:
        resolve_variants(dag, injections, context)
    except InvalidDagError:  # figures that would need more than 38 digits
        reject()

    folder = tmp_path_factory.mktemp("strategies")

    def base(name: str, *, on_driver: bool = True) -> Run:
        # In a store of its own, as a stored result is never computed again.
        return execute(dag, context, StageStore(folder / name), on_driver=on_driver)

    oracle = base("oracle", on_driver=False)
    full = run_variants(oracle, plan_variants(oracle, injections, "full")).variants
    fast = base("fast")
    assert answers_of(fast) == answers_of(oracle)
    for strategy in ("cube", "delta"):
        copytree(folder / "fast", folder / strategy)
    planned = plan_variants(fast, injections)
    for variant, expected in zip(run_variants(fast, planned).variants, full, strict=True):
        assert answers(variant) == answers(expected), variant.strategy
    for strategy in ("cube", "delta"):
        forced = base(strategy)
        assert answers_of(forced) == answers_of(oracle)
        for one in injections:
            try:
                (plan,) = plan_variants(forced, [one], strategy)
            except StrategyUnfitError:
                continue
            (variant,) = run_variants(forced, [plan]).variants
            (expected,) = (v for v in full if v.name == one.name)
            assert answers(variant) == answers(expected), (strategy, plan.reason)
