from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from liqbench.errors import DocumentError, InvalidDagError, LiqbenchError, UnknownOperatorError
from liqbench.model import Dag, OperatorConfig


def op(operator_id: str, *inputs: str, **fields: Any) -> OperatorConfig:
    return OperatorConfig.of(
        **{"operator_id": operator_id, "operator_type": "sql", "inputs": inputs, **fields}
    )


def dag(*operators: OperatorConfig, **fields: Any) -> Dag:
    return Dag(operators=operators, **fields)


# deals → enrich → calc ↘
#            ↘ watch     lcr ← limits
LCR = dag(
    op("deals", operator_type="ingest", parameters={"path": "deals.csv"}),
    op("limits", operator_type="ingest", parameters={"path": "limits.csv"}),
    op("enrich", "deals"),
    op("calc", "enrich", parameters={"factor": 0.95, "steps": [1, {"on": True}]}),
    op("watch", "enrich"),
    op("lcr", "calc", "limits", parameters={"floor": 1}),
    name="lcr",
)


class TestValue:
    def test_nothing_in_a_dag_can_be_changed(self) -> None:
        with pytest.raises(ValidationError, match="frozen"):
            LCR.name = "another"  # type: ignore[misc]
        with pytest.raises(ValidationError, match="frozen"):
            LCR.operators[0].operator_id = "another"  # type: ignore[misc]
        parameters: Any = LCR.operator("calc").parameters
        with pytest.raises(TypeError):
            parameters["factor"] = 1
        with pytest.raises(TypeError):
            parameters["steps"][1]["on"] = False
        assert isinstance(parameters["steps"], tuple)

    def test_a_dag_does_not_follow_the_list_it_was_made_of(self) -> None:
        steps = [1]
        operator = op("a", parameters={"steps": steps})
        steps.append(2)
        assert operator.parameters["steps"] == (1,)

    def test_equal_dags_are_equal_and_hash_alike(self) -> None:
        twin = Dag.from_json(LCR.to_json())
        assert twin == LCR
        assert hash(twin) == hash(LCR)
        assert len({twin, LCR}) == 1

    def test_true_is_not_one(self) -> None:
        assert dag(op("a", parameters={"x": 1})) != dag(op("a", parameters={"x": True}))

    def test_the_json_form_is_read_as_it_was_written(self) -> None:
        text = json.dumps(LCR.to_json())
        assert Dag.from_json(json.loads(text)).to_json() == LCR.to_json()
        assert LCR.to_json()["schema"] == "liqdag/1"
        assert json.loads(text)["operators"][3] == {
            "operator_id": "calc",
            "operator_type": "sql",
            "parameters": {"factor": 0.95, "steps": [1, {"on": True}]},
            "inputs": ["enrich"],
        }


class TestContentHash:
    def test_it_does_not_depend_on_the_order_of_operators(self) -> None:
        assert dag(*reversed(LCR.operators)).content_hash == LCR.content_hash

    def test_it_does_not_depend_on_names_and_texts(self) -> None:
        told = dag(
            *(
                item.model_copy(update={"description": "words", "checkpoint": True})
                for item in LCR.operators
            ),
            name="another",
            description="words",
        )
        assert told.content_hash == LCR.content_hash

    def test_it_does_not_depend_on_how_a_number_is_written(self) -> None:
        for factor in (0.95, Decimal("0.95"), Decimal("0.9500")):
            again = LCR.replace_parameters("calc", factor=factor)
            assert again.content_hash == LCR.content_hash

    @pytest.mark.parametrize(
        "other",
        [
            LCR.replace_parameters("calc", factor=0.96),
            LCR.replace_parameters("calc", factor="0.95"),
            LCR.replace_parameters("calc", steps=[{"on": True}, 1]),
            LCR.replace_parameters("calc", steps=[1, {"on": False}]),
            LCR.replace_parameters("calc", steps=[1, {"on": 1}]),
            LCR.replace_parameters("watch", new=None),
            LCR.replace_parameters("lcr", floor=True),
            dag(*LCR.operators[:-1], op("lcr", "limits", "calc", parameters={"floor": 1})),
            dag(*LCR.operators[:-1], op("lcr2", "calc", "limits", parameters={"floor": 1})),
            dag(*LCR.operators[:-1]),
        ],
    )
    def test_it_changes_with_whatever_changes_the_result(self, other: Dag) -> None:
        assert other.content_hash != LCR.content_hash

    def test_it_is_the_same_in_every_process_and_version(self) -> None:
        text = (
            '{"operators":[{"inputs":[],"operator_id":"a","operator_type":"sql",'
            '"parameters":{"codes":["A","B","C"],"x":0.5}}],"schema":"liqdag/1"}'
        )
        made = dag(op("a", parameters={"x": 0.5, "codes": {"B", "A", "C"}}))
        assert made.content_hash == hashlib.sha256(text.encode()).hexdigest()


class TestGraph:
    def test_edges_come_by_target_and_port(self) -> None:
        assert LCR.edges == (
            ("deals", "enrich"),
            ("enrich", "calc"),
            ("enrich", "watch"),
            ("calc", "lcr"),
            ("limits", "lcr"),
        )

    def test_the_graph_carries_configs_and_ports(self) -> None:
        assert LCR.graph.nodes["calc"]["config"] is LCR.operator("calc")
        assert LCR.graph.edges["limits", "lcr"]["port"] == 1

    def test_the_order_puts_every_operator_behind_its_inputs(self) -> None:
        assert dag(*reversed(LCR.operators)).order() == (
            "limits", "deals", "enrich", "watch", "calc", "lcr",
        )  # fmt: skip

    def test_upstream_downstream_and_sinks(self) -> None:
        assert LCR.upstream("calc") == {"enrich", "deals"}
        assert LCR.downstream("enrich") == {"calc", "watch", "lcr"}
        assert LCR.upstream("deals") == frozenset()
        assert LCR.sinks() == ("watch", "lcr")

    @pytest.mark.parametrize("ask", ["operator", "upstream", "downstream"])
    def test_an_unknown_operator_names_the_closest(self, ask: str) -> None:
        with pytest.raises(UnknownOperatorError) as caught:
            getattr(LCR, ask)("enrch")
        assert str(caught.value) == (
            "there is no operator 'enrch' in DAG 'lcr' (did you mean 'enrich'?)"
        )


class TestReplaceParameters:
    def test_it_gives_a_new_dag_and_leaves_the_old(self) -> None:
        changed = LCR.replace_parameters("calc", factor=1, more="x")
        assert dict(changed.operator("calc").parameters) == {
            "factor": 1,
            "steps": (1, {"on": True}),
            "more": "x",
        }
        assert str(LCR.operator("calc").parameters["factor"]) == "0.95"
        assert changed.edges == LCR.edges
        assert changed.replace_parameters("calc", factor=0.95) != LCR

    def test_what_json_has_no_place_for_is_refused(self) -> None:
        with pytest.raises(DocumentError) as caught:
            LCR.replace_parameters("calc", factor=object())
        assert str(caught.value) == (
            "operator 'calc': parameters: object has no place in a DAG, "
            "which must be storable as JSON"
        )


def shape_faults(*operators: OperatorConfig) -> list[tuple[str, str]]:
    return [(type(fault).__name__, str(fault)) for fault in dag(*operators).faults()]


class TestShape:
    def test_a_sound_dag_has_no_fault(self) -> None:
        assert LCR.faults() == ()
        assert LCR.validate_shape() is LCR

    def test_an_empty_dag(self) -> None:
        assert shape_faults() == [
            ("OperatorParameterError", "the DAG has no operator (add an ingest)")
        ]

    def test_one_id_twice(self) -> None:
        assert shape_faults(op("a"), op("b", "a"), op("a"), op("a")) == [
            ("DuplicateOperatorError", "operator 'a': 3 operators are called so (rename one)")
        ]

    def test_an_edge_from_nowhere(self) -> None:
        assert shape_faults(op("deals"), op("calc", "deal")) == [
            (
                "DanglingEdgeError",
                (
                    "operator 'calc': is fed by 'deal', which is not in the DAG "
                    "(did you mean 'deals'?)"
                ),
            )
        ]

    def test_a_cycle_is_told_with_its_path(self) -> None:
        assert shape_faults(op("in"), op("b", "in", "d"), op("c", "b"), op("d", "c")) == [
            (
                "CycleError",
                (
                    "operator 'b': the operators feed themselves: b → c → d → b "
                    "(remove one of these edges)"
                ),
            )
        ]

    def test_an_operator_that_feeds_itself(self) -> None:
        assert shape_faults(op("a", "a")) == [
            (
                "CycleError",
                "operator 'a': the operators feed themselves: a → a (remove one of these edges)",
            )
        ]

    def test_every_tangle_is_told(self) -> None:
        found = shape_faults(op("a", "b"), op("b", "a"), op("c", "d"), op("d", "c"))
        assert sorted(text.split(": ")[2] for _, text in found) == [
            "a → b → a (remove one of these edges)",
            "c → d → c (remove one of these edges)",
        ]

    def test_a_faulty_dag_has_no_order(self) -> None:
        with pytest.raises(InvalidDagError) as caught:
            dag(op("a", "b"), op("b", "a"), name="knot").order()
        assert str(caught.value) == (
            "DAG 'knot' has 1 fault:\n  1. operator 'a': the operators feed themselves: "
            "a → b → a (remove one of these edges)"
        )

    @pytest.mark.parametrize("operator_id", ["1a", "a b", "a-b", "", "ä", "a" * 81])
    def test_an_id_is_a_short_plain_name(self, operator_id: str) -> None:
        with pytest.raises(LiqbenchError, match=r"^operator '.*': operator_id: "):
            op(operator_id)
