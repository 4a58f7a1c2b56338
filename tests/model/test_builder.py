from __future__ import annotations

import pytest

from liqbench.errors import DocumentError, InvalidDagError
from liqbench.model import Adjustment, AdjustmentRule, DagBuilder, OperatorConfig

RULE = AdjustmentRule(
    rule_id="R1", adjustments=(Adjustment(field="haircut", operation="add", value=0.05),)
)


def builder(*names: str) -> DagBuilder:
    made = DagBuilder("lcr")
    for name in names:
        made.add_operator(operator_id=name, operator_type="sql")
    return made


def faults(of: DagBuilder) -> list[tuple[str, str]]:
    with pytest.raises(InvalidDagError) as caught:
        of.build()
    return [(type(fault).__name__, str(fault)) for fault in caught.value.faults]


class TestValid:
    def test_operators_and_connections_make_a_dag(self) -> None:
        dag = (
            DagBuilder("lcr", "the ratio")
            .add_operator(OperatorConfig(operator_id="deals", operator_type="ingest"))
            .add_operator(operator_id="rates", operator_type="ingest")
            .add_operator(operator_id="enrich", operator_type="enrich", parameters={"on": ["id"]})
            .connect("deals", "enrich")
            .connect("rates", "enrich")
            .build()
        )
        assert (dag.name, dag.description) == ("lcr", "the ratio")
        assert dag.inputs == {"deals": (), "rates": (), "enrich": ("deals", "rates")}
        assert dag.operator("enrich").parameters["on"] == ("id",)

    def test_connections_come_behind_the_inputs_of_the_config(self) -> None:
        made = builder("a", "b").add_operator(operator_id="c", operator_type="sql", inputs=("b",))
        assert made.connect("a", "c").build().inputs["c"] == ("b", "a")

    def test_operators_may_be_connected_before_they_are_added(self) -> None:
        made = DagBuilder().connect("a", "b")
        made.add_operator(operator_id="b", operator_type="sql")
        made.add_operator(operator_id="a", operator_type="sql")
        assert made.build().order() == ("a", "b")

    def test_an_injection_rewires(self) -> None:
        made = builder("a", "b", "c").connect("a", "b").connect("a", "c")
        dag = made.inject_adjustment("a", [RULE]).build()
        assert set(dag.edges) == {("a", "adj_a"), ("adj_a", "b"), ("adj_a", "c")}

    def test_a_builder_can_build_again(self) -> None:
        made = builder("a", "b").connect("a", "b").inject_adjustment("a", [RULE])
        assert made.build() == made.build()


class TestInvalid:
    def test_an_empty_dag(self) -> None:
        assert faults(DagBuilder()) == [
            ("OperatorParameterError", "the DAG has no operator (add an ingest)")
        ]

    def test_one_id_twice(self) -> None:
        assert faults(builder("a", "b", "a")) == [
            ("DuplicateOperatorError", "operator 'a': 2 operators are called so (rename one)")
        ]

    def test_a_connection_from_nowhere(self) -> None:
        assert faults(builder("deals", "calc").connect("deal", "calc")) == [
            (
                "DanglingEdgeError",
                (
                    "operator 'calc': is fed by 'deal', which is not in the DAG "
                    "(did you mean 'deals'?)"
                ),
            )
        ]

    def test_a_connection_to_nowhere(self) -> None:
        assert faults(builder("deals", "calc").connect("deals", "clac")) == [
            (
                "UnknownOperatorError",
                "the connection deals → clac leads to no operator (did you mean 'calc'?)",
            )
        ]

    def test_a_cycle(self) -> None:
        made = builder("a", "b", "c").connect("a", "b").connect("b", "c").connect("c", "a")
        assert faults(made) == [
            (
                "CycleError",
                (
                    "operator 'a': the operators feed themselves: a → b → c → a "
                    "(remove one of these edges)"
                ),
            )
        ]

    def test_an_injection_at_an_unknown_place(self) -> None:
        assert faults(builder("enrich").inject_adjustment("enrch", [RULE])) == [
            (
                "UnknownOperatorError",
                "injection: there is no operator 'enrch' in DAG 'lcr' (did you mean 'enrich'?)",
            )
        ]

    def test_all_of_them_are_told_at_once(self) -> None:
        made = (
            builder("a", "b", "c", "a")
            .connect("b", "c")
            .connect("c", "b")
            .connect("zz", "a")
            .connect("a", "yy")
            .inject_adjustment("xx", [RULE])
        )
        with pytest.raises(InvalidDagError) as caught:
            made.build()
        assert [type(fault).__name__ for fault in caught.value.faults] == [
            "UnknownOperatorError",
            "DuplicateOperatorError",
            "DanglingEdgeError",
            "CycleError",
            "UnknownOperatorError",
        ]
        assert str(caught.value) == (
            "DAG 'lcr' has 5 faults:\n"
            "  1. the connection a → yy leads to no operator (known are: a, b, c)\n"
            "  2. operator 'a': 2 operators are called so (rename one)\n"
            "  3. operator 'a': is fed by 'zz', which is not in the DAG (known are: a, b, c)\n"
            "  4. operator 'b': the operators feed themselves: b → c → b "
            "(remove one of these edges)\n"
            "  5. injection: there is no operator 'xx' in DAG 'lcr' (known are: a, b, c)"
        )

    def test_a_wrong_field_of_an_operator_is_told_where_it_is_added(self) -> None:
        with pytest.raises(DocumentError) as caught:
            DagBuilder().add_operator(operator_id="a", operator_type="sql", parameter={})
        assert str(caught.value) == (
            "operator 'a': parameter: is not known here (did you mean 'parameters'?)"
        )
