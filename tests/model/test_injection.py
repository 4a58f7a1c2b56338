from __future__ import annotations

from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liqbench.errors import DocumentError, DuplicateOperatorError, UnknownOperatorError
from liqbench.model import Adjustment, AdjustmentRule, Dag, OperatorConfig

RULE = AdjustmentRule(
    rule_id="R1", adjustments=(Adjustment(field="haircut", operation="add", value=0.05),)
)


def dag(**inputs: tuple[str, ...]) -> Dag:
    return Dag(
        operators=tuple(
            OperatorConfig(operator_id=name, operator_type="sql", inputs=sources)
            for name, sources in inputs.items()
        )
    )


FORK = dag(deals=(), enrich=("deals",), left=("enrich",), right=("enrich",))


def test_behind_a_fork_all_branches_are_fed_by_the_adjustment() -> None:
    adjusted = FORK.inject_adjustment("enrich", [RULE])
    assert set(FORK.edges) == {("deals", "enrich"), ("enrich", "left"), ("enrich", "right")}
    assert set(adjusted.edges) == {
        ("deals", "enrich"),
        ("enrich", "adj_enrich"),
        ("adj_enrich", "left"),
        ("adj_enrich", "right"),
    }


def test_the_old_edge_is_gone() -> None:
    adjusted = FORK.inject_adjustment("enrich", [RULE])
    assert not {("enrich", "left"), ("enrich", "right")} & set(adjusted.edges)


def test_before_a_join_only_the_one_port_changes() -> None:
    join = dag(deals=(), rates=(), both=("deals", "rates"))
    adjusted = join.inject_adjustment("rates", [RULE])
    assert adjusted.inputs == {
        "deals": (),
        "rates": (),
        "adj_rates": ("rates",),
        "both": ("deals", "adj_rates"),
    }


def test_an_operator_that_is_joined_with_itself_is_adjusted_on_both_ports() -> None:
    join = dag(deals=(), both=("deals", "deals"))
    assert join.inject_adjustment("deals", [RULE]).inputs["both"] == ("adj_deals", "adj_deals")


def test_behind_a_sink_the_adjustment_is_the_new_sink() -> None:
    adjusted = FORK.inject_adjustment("left", [RULE])
    assert set(adjusted.edges) == {*FORK.edges, ("left", "adj_left")}
    assert adjusted.sinks() == ("adj_left", "right")


def test_twice_at_one_place_the_second_stands_before_the_first() -> None:
    twice = FORK.inject_adjustment("enrich", [RULE]).inject_adjustment("enrich", [RULE])
    assert set(twice.edges) == {
        ("deals", "enrich"),
        ("enrich", "adj_enrich_2"),
        ("adj_enrich_2", "adj_enrich"),
        ("adj_enrich", "left"),
        ("adj_enrich", "right"),
    }


def test_behind_the_first_adjustment_the_second_follows_it() -> None:
    chain = FORK.inject_adjustment("enrich", [RULE]).inject_adjustment("adj_enrich", [RULE])
    assert chain.inputs["adj_adj_enrich"] == ("adj_enrich",)
    assert chain.inputs["left"] == ("adj_adj_enrich",)


def test_the_adjustment_holds_the_rules_in_order() -> None:
    other = RULE.model_copy(update={"rule_id": "R2"})
    adjusted = FORK.inject_adjustment("enrich", (rule for rule in (RULE, other)))
    operator = adjusted.operator("adj_enrich")
    assert operator.operator_type == "adjust"
    rules = [AdjustmentRule.from_json(dict(rule)) for rule in operator.parameters["rules"]]
    assert rules == [RULE, other]


def test_the_dag_itself_stays_as_it_was() -> None:
    before = FORK.content_hash
    adjusted = FORK.inject_adjustment("enrich", [RULE])
    assert FORK.content_hash == before
    assert adjusted.content_hash != before
    assert Dag.from_json(adjusted.to_json()) == adjusted


def test_an_id_may_be_chosen() -> None:
    assert "stress" in FORK.inject_adjustment("enrich", [RULE], adjustment_id="stress").inputs


def test_a_taken_id_is_refused() -> None:
    with pytest.raises(DuplicateOperatorError) as caught:
        FORK.inject_adjustment("enrich", [RULE], adjustment_id="left")
    assert str(caught.value) == "operator 'left': the id is taken"


def test_an_unsuitable_id_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"^operator '2nd': operator_id: "):
        FORK.inject_adjustment("enrich", [RULE], adjustment_id="2nd")


def test_an_unknown_place_is_refused() -> None:
    with pytest.raises(UnknownOperatorError) as caught:
        FORK.inject_adjustment("enrch", [RULE])
    assert str(caught.value) == (
        "there is no operator 'enrch' in DAG 'dag' (did you mean 'enrich'?)"
    )


def test_the_longest_id_leaves_room_for_its_adjustments() -> None:
    longest = "x" * 80
    adjusted = dag(**{longest: ()}).inject_adjustment(longest, [RULE])
    again = adjusted.inject_adjustment(longest, [RULE])
    assert list(again.inputs) == [longest, "adj_" + 74 * "x" + "_2", "adj_" + 76 * "x"]


@st.composite
def dags_with_a_place(draw: Any) -> tuple[Dag, str]:
    """A DAG of up to eight operators, each fed by any of those before it, and one of them."""
    count = draw(st.integers(1, 8))
    names = [f"op{n}" for n in range(count)]
    inputs = {
        name: tuple(draw(st.lists(st.sampled_from(names[:n]), max_size=3))) if n else ()
        for n, name in enumerate(names)
    }
    shuffled = draw(st.permutations(list(inputs.items())))
    return dag(**dict(shuffled)), draw(st.sampled_from(names))


@settings(deadline=None)
@given(dags_with_a_place())
def test_all_that_a_place_fed_is_fed_by_the_adjustment_and_nothing_else_changes(
    case: tuple[Dag, str],
) -> None:
    before, place = case
    after = before.inject_adjustment(place, [RULE])
    name = f"adj_{place}"

    assert after.inputs == {
        **{
            target: tuple(name if source == place else source for source in sources)
            for target, sources in before.inputs.items()
        },
        name: (place,),
    }
    assert [edge for edge in after.edges if edge[0] == place] == [(place, name)]
    assert after.faults() == ()


@settings(deadline=None)
@given(dags_with_a_place())
def test_every_path_through_the_place_goes_through_the_adjustment(case: tuple[Dag, str]) -> None:
    before, place = case
    after = before.inject_adjustment(place, [RULE])
    name = f"adj_{place}"

    def paths(dag: Dag, source: str, target: str) -> set[tuple[str, ...]]:
        return set(map(tuple, nx.all_simple_paths(nx.DiGraph(dag.edges), source, target)))

    for target in before.downstream(place):
        assert paths(after, place, target) == {
            (place, name, *path[1:]) for path in paths(before, place, target)
        }
    for source in before.inputs:
        assert after.downstream(source) - {name} == before.downstream(source)


@settings(deadline=None)
@given(dags_with_a_place())
def test_the_order_of_a_random_dag_puts_inputs_first(case: tuple[Dag, str]) -> None:
    order = case[0].order()
    assert sorted(order) == sorted(case[0].inputs)
    for source, target in case[0].edges:
        assert order.index(source) < order.index(target)
