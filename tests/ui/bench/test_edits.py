"""A DAG changed by hand, step by step; the edges are written out."""

from __future__ import annotations

import pytest

from liqbench.errors import CycleError, DanglingEdgeError, DuplicateOperatorError
from liqbench.model import Dag, OperatorConfig
from liqbench.ui.bench import edits


def dag(**inputs: tuple[str, ...]) -> Dag:
    return Dag(
        operators=tuple(
            OperatorConfig(operator_id=name, operator_type="filter", inputs=sources)
            for name, sources in inputs.items()
        )
    )


CHAIN = dag(a=(), b=("a",), c=("b",), d=("b", "c"))


def test_a_new_operator_is_fed_by_the_named_one_and_finds_a_free_id() -> None:
    first, name = edits.with_operator(CHAIN, "aggregate", after="d")
    again, other = edits.with_operator(first, "aggregate")
    assert (name, other) == ("aggregate", "aggregate_2")
    assert again.inputs["aggregate"] == ("d",)
    assert again.inputs["aggregate_2"] == ()


def test_an_adjustment_comes_between_two_operators_and_no_others() -> None:
    changed, name = edits.with_adjustment(CHAIN, "b", "d")
    assert name == "adj_b"
    assert changed.inputs == {
        "a": (), "b": ("a",), "c": ("b",), "adj_b": ("b",), "d": ("adj_b", "c"),
    }  # fmt: skip
    assert changed.operator("adj_b").operator_type == "adjust"
    with pytest.raises(DanglingEdgeError, match="'a' does not feed 'd'"):
        edits.with_adjustment(CHAIN, "a", "d")


def test_edges_come_and_go() -> None:
    assert edits.connected(CHAIN, "a", "d").inputs["d"] == ("b", "c", "a")
    assert edits.disconnected(CHAIN, "b", "d").inputs["d"] == ("c",)
    assert edits.reordered(CHAIN, "d", ["c", "b"]).inputs["d"] == ("c", "b")
    with pytest.raises(CycleError, match="'a' would feed itself through 'd'"):
        edits.connected(CHAIN, "d", "a")
    with pytest.raises(CycleError):
        edits.connected(CHAIN, "a", "a")
    with pytest.raises(DanglingEdgeError, match="already"):
        edits.connected(CHAIN, "b", "c")
    with pytest.raises(DanglingEdgeError, match="not what feeds 'd'"):
        edits.reordered(CHAIN, "d", ["c"])


def test_what_is_taken_out_leaves_its_one_input_connected() -> None:
    assert edits.without(CHAIN, ["b"]).inputs == {"a": (), "c": ("a",), "d": ("a", "c")}
    assert edits.without(CHAIN, ["b", "c"]).inputs == {"a": (), "d": ("a",)}
    joined = dag(a=(), b=(), c=("a", "b"), d=("c",))
    assert edits.without(joined, ["c"]).inputs == {"a": (), "b": (), "d": ()}


def test_a_renamed_operator_still_feeds_the_others() -> None:
    changed = edits.renamed(CHAIN, "b", "enrich")
    assert changed.inputs == {"a": (), "enrich": ("a",), "c": ("enrich",), "d": ("enrich", "c")}
    with pytest.raises(DuplicateOperatorError):
        edits.renamed(CHAIN, "b", "c")


def test_copies_keep_the_edges_among_them() -> None:
    copied = [CHAIN.operator(name).model_dump() for name in ("c", "d")]
    changed, names = edits.pasted(CHAIN, copied)
    assert names == ("c_2", "d_2")
    assert changed.inputs["c_2"] == ("b",)
    assert changed.inputs["d_2"] == ("b", "c_2")
    elsewhere, _ = edits.pasted(dag(x=()), copied)
    assert elsewhere.inputs == {"x": (), "c": (), "d": ("c",)}
