from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from liqbench.engine import Run, fingerprints, resolve
from liqbench.errors import InvalidDagError
from liqbench.model import Dag, OperatorConfig
from liqbench.operators import Context

Make = Callable[..., Any]


@pytest.fixture
def here(context: Context, table: Make) -> Context:
    deals = table("id string, entity string, amount decimal(10,2)", [])
    return Context(
        as_of=context.as_of,
        session=context.session,
        folder=context.folder,
        inputs={"deals": deals},
    )


def faults_of(dag: Dag, context: Context) -> list[tuple[str, str]]:
    with pytest.raises(InvalidDagError) as caught:
        resolve(dag, context)
    lines = [f"  {n}. {fault}" for n, fault in enumerate(caught.value.faults, start=1)]
    count = "1 fault" if len(lines) == 1 else f"{len(lines)} faults"
    assert str(caught.value) == "\n".join([f"DAG 'dag' has {count}:", *lines])
    return [(type(fault).__name__, str(fault)) for fault in caught.value.faults]


def test_schemas_keys_and_what_is_stored_are_known_before_the_run(
    here: Context, config: Make, bound: Make
) -> None:
    dag = Dag(
        operators=(
            bound("deals"),
            config("large", "filter", "deals", expression="amount > 1"),
            config("sums", "aggregate", "large", group_by=["entity"],
                   measures=[{"name": "n", "function": "count"}]),
            config("end", "filter", "sums", expression="n > 1"),
        )
    )  # fmt: skip
    resolved = resolve(dag, here)
    assert {name: node.keys for name, node in resolved.nodes.items()} == {
        "deals": ("id",), "large": ("id",), "sums": ("entity",), "end": ("entity",),
    }  # fmt: skip
    assert resolved.nodes["end"].schema.simpleString() == "struct<entity:string,n:bigint>"
    assert resolved.stored() == ("sums", "end")


def test_every_fault_of_every_operator_is_told_at_once(
    here: Context, config: Make, bound: Make
) -> None:
    dag = Dag(
        operators=(
            bound("deals"),
            bound("absent"),
            config("typo", "filter", "deals", expression="amuont > 1"),
            config("kind", "filtr", "deals"),
            config("parameter", "filter", "deals", expresion="amount > 1"),
            config("lonely", "filter", expression="true"),
            config("crowd", "filter", "deals", "typo", expression="true"),
            config("behind", "filter", "typo", expression="nobody > 1"),
            config("below", "aggregate", "typo", group_by=[],
                   measures=[{"name": "n", "function": "count"}]),
            config("lost", "star_schema", "deals", fact="f", date="other",
                   dimensions=[{"name": "e", "key": "entity"}],
                   measures=[{"field": "amount", "type": "decimal(18,2)"}]),
        )
    )  # fmt: skip
    assert faults_of(dag, here) == [
        (
            "SourceNotFoundError",
            "operator 'absent': no frame is bound to the name 'absent' "
            "(run with inputs={'absent': frame})",
        ),
        (
            "UnknownFieldError",
            "operator 'typo': there is no field 'amuont' (did you mean 'amount'?)",
        ),
        (
            "UnknownOperatorError",
            "operator 'kind': there is no operator type 'filtr' (did you mean 'filter'?)",
        ),
        (
            "OperatorParameterError",
            "operator 'parameter', parameters: "
            "expresion: is not known here (did you mean 'expression'?)",
        ),
        (
            "InputCountError",
            "operator 'lonely': filter takes 1 inputs, 0 are connected "
            "(connect another operator to it)",
        ),
        (
            "InputCountError",
            "operator 'crowd': filter takes 1 inputs, 2 are connected (remove a connection)",
        ),
        ("OperatorParameterError", "operator 'below', parameters: group_by: is empty"),
        (
            "LostKeysError",
            "operator 'lost': the rows' key has id, but no dimension does, so several facts would "
            "look like one (add it to a dimension, or aggregate before)",
        ),
        (
            "UnknownFieldError",
            "operator 'lost': there is no field 'other' (known are: amount, entity, id)",
        ),
    ]


def test_a_wrong_shape_is_told_with_the_parameters_at_fault(
    here: Context, config: Make, bound: Make
) -> None:
    def keep(name: str, *inputs: str) -> OperatorConfig:
        made: OperatorConfig = config(name, "filter", *inputs, expression="true")
        return made

    dag = Dag(
        operators=(
            bound("deals"), keep("a", "c"), keep("b", "a"), keep("c", "b"), keep("self", "self"),
            keep("loose", "dels"), keep("twin", "deals"), keep("twin", "deals"),
            config("wrong", "filter", "deals"),
        )
    )  # fmt: skip
    found = faults_of(dag, here)
    assert found[:2] == [
        (
            "DuplicateOperatorError",
            "operator 'twin': 2 operators are called so (rename one)",
        ),
        (
            "DanglingEdgeError",
            "operator 'loose': is fed by 'dels', which is not in the DAG (did you mean 'deals'?)",
        ),
    ]
    assert sorted(found[2:4]) == [
        (
            "CycleError",
            "operator 'a': the operators feed themselves: a → b → c → a "
            "(remove one of these edges)",
        ),
        (
            "CycleError",
            "operator 'self': the operators feed themselves: self → self "
            "(remove one of these edges)",
        ),
    ]
    assert found[4:] == [
        (
            "OperatorParameterError",
            "operator 'wrong', parameters: give either an expression or conditions",
        ),
    ]


def test_a_wrong_dag_never_starts(config: Make, bound: Make, run_dag: Callable[..., Run]) -> None:
    reached: list[str] = []

    class Deals:
        """A stand-in for a frame that would tell if somebody read it."""

        def __getattr__(self, name: str) -> Any:
            reached.append(name)
            raise AttributeError(name)

    dag = Dag(operators=(bound("deals"), config("x", "filter", "nobody", expression="true")))
    with pytest.raises(InvalidDagError):
        run_dag(dag, deals=Deals())
    assert reached == []


def prints(dag: Dag, context: Context) -> dict[str, str]:
    return fingerprints(resolve(dag, context), context)


def test_a_fingerprint_follows_from_parameters_and_inputs_and_not_from_names(
    here: Context, config: Make, bound: Make
) -> None:
    def chain(first: str, second: str, limit: str) -> Dag:
        return Dag(
            operators=(
                bound("deals"),
                config(first, "filter", "deals", expression="amount > 1"),
                config(second, "filter", first, expression=f"amount > {limit}"),
            )
        )

    one = prints(chain("a", "b", "2"), here)
    other = prints(chain("x", "y", "2"), here)
    assert list(one.values()) == list(other.values())
    changed = prints(chain("a", "b", "3"), here)
    assert (changed["a"] == one["a"], changed["b"] == one["b"]) == (True, False)


def test_the_fingerprint_of_an_ingest_follows_the_content_of_its_frame(
    context: Context, bound: Make, table: Make
) -> None:
    def of(deals: Any) -> str:
        here = Context(as_of=context.as_of, session=context.session, inputs={"deals": deals})
        return prints(Dag(operators=(bound("deals"),)), here)["deals"]

    fields = "id string, x int"
    one = table(fields, [("a", 1), ("b", 2)])
    assert of(one) == of(table(fields, [("a", 1), ("b", 2)]))
    assert of(one) == of(pa.concat_tables([one.slice(0, 1), one.slice(1)]))  # in several chunks
    assert of(one) == of(one.to_pandas().astype({"x": "int32"}))
    assert of(one) != of(table(fields, [("a", 1), ("b", 3)]))
    assert of(one) != of(table("id string, x bigint", [("a", 1), ("b", 2)]))
