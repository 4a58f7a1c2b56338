"""Column lineage: what a field follows from, written down by hand for every kind of operator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from liqbench.engine import Run
from liqbench.engine.lineage import Lineage
from liqbench.engine.resolve import resolve
from liqbench.errors import UnknownFieldError
from liqbench.model import Dag
from liqbench.operators import Context

Make = Callable[..., Any]
DEALS = "id string, unit string, code string, amount decimal(12,2), rate decimal(4,2), due date"
RULES = [
    {"rule_id": "A", "conditions": [{"field": "unit", "operator": "=", "value": "u"}],
     "adjustments": [{"field": "rate", "operation": "multiply", "value": 2}]},
    {"rule_id": "B", "conditions": [{"field": "rate", "operator": ">", "value": 1}],
     "adjustments": [{"field": "amount", "operation": "add", "value": 1}]},
]  # fmt: skip
EXPRESSIONS = [
    {"name": "big", "expression": "case when due > :as_of then amount else rate end"},
    {"name": "alias", "expression": "unit"},
    {"name": "twice", "expression": "2 * big"},
    {"name": "rate", "expression": "rate + 1", "replace": True},
    {"name": "both", "expression": "case when rate > 1 then rate else 0 end"},
]


@pytest.fixture
def lineage(config: Make, bound: Make, context: Context, table: Make) -> Lineage:
    """The lineage of a DAG that is only resolved: column lineage needs no rows."""
    reference = {"name": "names", "on": {"code": "c"}, "fields": {"n": "title", "w": "weight"}}
    more = {"name": "more", "on": {"title": "t"}, "fields": {"x": "extra"}}
    dag = Dag(
        operators=(
            bound("deals", fields=[
                {"name": "id", "type": "string"}, {"name": "unit", "type": "string"},
                {"name": "code", "type": "string", "source_name": "x_code"},
                {"name": "amount", "type": "decimal(12,2)"},
                {"name": "rate", "type": "decimal(4,2)"}, {"name": "due", "type": "date"}]),
            bound("names", "c"),
            config("kept", "filter", "deals", expression="amount > 0 and due is not null"),
            config("calc", "calculate", "kept", expressions=EXPRESSIONS),
            config("adj", "adjust", "kept", rules=RULES),
            config("named", "enrich", "kept", "names", references=[
                reference, {**more, "source": {"format": "frame", "name": "more"}}]),
            config("sums", "aggregate", "named", group_by=["unit"],
                   measures=[{"name": "total", "function": "sum", "field": "weight"},
                             {"name": "n", "function": "count"}]),
            config("lcr", "lcr", "kept", group_by=["unit"], category="code", amount="amount"),
            config("query", "sql", "sums", query="select unit, n from {input}", key=["unit"]),
        )
    )  # fmt: skip
    inputs = {
        "deals": table(DEALS.replace("code", "x_code"), []),
        "names": table("c string, n string, w decimal(5,2)", []),
        "more": table("t string, x string", []),
    }
    here = Context(as_of=context.as_of, session=context.session, inputs=inputs)
    resolved = resolve(dag, here)
    run = Run("", dag, here.as_of, None, 0, {}, (), resolved, here, None)  # type: ignore[arg-type]
    return run.lineage


def origins(lineage: Lineage, operator: str, field: str) -> set[tuple[str, str, str]]:
    """Return the direct origins: (operator, field, how)."""
    table = lineage.columns(operator, field)
    own = table[(table["operator"] == operator) & (table["field"] == field)]
    return set(own[["from_operator", "from_field", "how"]].itertuples(index=False, name=None))


FILTERED = {("deals", "amount", "condition"), ("deals", "due", "condition")}


@pytest.mark.parametrize(
    ("operator", "field", "wanted"),
    [
        ("deals", "code", {("deals: frame 'deals'", "x_code", "source")}),
        ("kept", "unit", {("deals", "unit", "same"), *FILTERED}),
        ("kept", "due", {("deals", "due", "same"), *FILTERED}),
        ("calc", "unit", {("kept", "unit", "same")}),
        ("calc", "alias", {("kept", "unit", "same")}),
        ("calc", "big", {("kept", "due", "condition"), ("kept", "amount", "calculated"),
                         ("kept", "rate", "calculated")}),
        ("calc", "twice", {("kept", "due", "condition"), ("kept", "amount", "calculated"),
                           ("kept", "rate", "calculated")}),
        ("calc", "rate", {("kept", "rate", "calculated")}),
        ("calc", "both", {("kept", "rate", "calculated"), ("kept", "rate", "condition")}),
        ("adj", "rate", {("kept", "rate", "adjusted"), ("kept", "unit", "condition")}),
        ("adj", "amount", {("kept", "amount", "adjusted"), ("kept", "rate", "condition"),
                           ("kept", "unit", "condition")}),
        ("adj", "code", {("kept", "code", "same")}),
        ("named", "title", {("names", "n", "reference"), ("names", "c", "condition"),
                            ("kept", "code", "condition")}),
        ("named", "extra", {("named: more", "x", "reference"), ("named: more", "t", "condition"),
                            ("names", "n", "condition"), ("names", "c", "condition"),
                            ("kept", "code", "condition")}),
        ("sums", "unit", {("named", "unit", "same")}),
        ("sums", "total", {("named", "weight", "aggregated"), ("named", "unit", "condition")}),
        ("sums", "n", {("named", "unit", "condition")}),
        ("lcr", "rows", {("kept", "unit", "condition")}),
        ("lcr", "outflows", {("kept", "amount", "aggregated"), ("kept", "code", "condition"),
                             ("kept", "unit", "condition"),
                             ("lcr: parameters 'basel'", "section", "condition"),
                             ("lcr: parameters 'basel'", "weight", "reference")}),
        ("query", "n", {("sums", "unit", "unknown"), ("sums", "total", "unknown"),
                        ("sums", "n", "unknown")}),
    ],
)  # fmt: skip
def test_the_origins_of_a_field(
    lineage: Lineage, operator: str, field: str, wanted: set[tuple[str, str, str]]
) -> None:
    assert origins(lineage, operator, field) == wanted


def test_a_field_is_walked_back_to_the_sources(lineage: Lineage) -> None:
    graph = lineage.column_graph("sums", "total")
    assert {node for node in graph if graph.in_degree(node) == 0} == {
        ("deals: frame 'deals'", name) for name in ("unit", "x_code", "amount", "due")
    } | {("names: frame 'names'", name) for name in ("c", "w")}
    assert [node for node in graph if graph.out_degree(node) == 0] == [("sums", "total")]
    ways = lineage.column_graph("calc", "both").edges[("kept", "rate"), ("calc", "both")]["how"]
    assert ways == ("condition", "calculated")
    table = lineage.columns("sums", "total")
    assert table.columns.to_list() == [
        "operator", "field", "from_operator", "from_field", "how",
    ]  # fmt: skip
    assert table["operator"].drop_duplicates().to_list() == [
        "sums", "named", "kept", "names", "deals",
    ]  # fmt: skip


def test_an_unknown_field_is_told(lineage: Lineage) -> None:
    with pytest.raises(UnknownFieldError) as caught:
        lineage.columns("sums", "totl")
    assert str(caught.value) == ("table 'sums': there is no field 'totl' (did you mean 'total'?)")
