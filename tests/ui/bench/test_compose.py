"""A DAG composed on the screen: what it is told, and what it is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from liqbench.model import Dag
from liqbench.ui.bench import PANELS, Bench
from liqbench.ui.bench.panels import ComposePanel
from liqbench.ui.workbench import Workbench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(Workbench(tmp_path / "workspace"), PANELS, name="bench")


def asked(bench: Bench, command: str, **args: Any) -> Any:
    answers: list[dict[str, Any]] = []
    bench.ask({"id": 1, "command": command, "args": args}, answers.append)
    panel = bench.panels["compose"]
    assert isinstance(panel, ComposePanel)
    panel.checks.wait()
    (answer,) = answers
    return answer.get("error") or answer["ok"]


def test_operators_are_added_connected_and_told_with_their_faults(bench: Bench) -> None:
    assert asked(bench, "compose.add", kind="aggregate") == "aggregate"
    assert asked(bench, "compose.add", kind="filter", after="aggregate") == "filter"
    state = bench.panels["compose"].state()
    assert state["edges"] == [["aggregate", "filter"]]
    assert state["checking"] is False
    faults = {(fault["operator"], fault["kind"]) for fault in state["faults"]}
    assert ("aggregate", "OperatorParameterError") in faults
    assert ("filter", "OperatorParameterError") in faults
    assert bench.selection == {"kind": "operator", "id": "filter"}


def test_an_empty_bench_says_what_to_do(bench: Bench) -> None:
    panel = bench.panels["compose"]
    assert isinstance(panel, ComposePanel)
    panel.checks.wait()
    (fault,) = panel.state()["faults"]
    assert (fault["operator"], fault["hint"]) == ("", "add an ingest")


def test_what_can_not_be_is_refused_and_changes_nothing(bench: Bench) -> None:
    asked(bench, "compose.add", kind="filter")
    before = bench.draft
    assert asked(bench, "compose.connect", source="filter", to="filter")["kind"] == "CycleError"
    assert "did you mean" in asked(bench, "compose.remove", operators=["filtr"])["hint"]
    wrong = asked(bench, "compose.rename", old="filter", new="1 filter")
    assert wrong["kind"] == "DocumentError"
    assert bench.draft == before


def test_a_renamed_operator_stays_where_it_was_put(bench: Bench) -> None:
    asked(bench, "compose.add", kind="filter", place=[10, 20])
    asked(bench, "compose.rename", old="filter", new="big_deals")
    assert bench.draft.places == {"big_deals": (10, 20)}
    asked(bench, "bench.undo")
    assert bench.draft.places == {"filter": (10, 20)}
    asked(bench, "compose.arrange")
    assert bench.draft.places == {}


def test_its_code_builds_the_same_dag(bench: Bench) -> None:
    asked(bench, "compose.add", kind="ingest")
    asked(bench, "compose.add", kind="filter", after="ingest")
    asked(
        bench,
        "compose.configure",
        operator="filter",
        fields={"parameters": {"condition": "amount > 0.1"}, "description": 'a "large" one'},
    )
    asked(bench, "compose.inject", source="ingest", to="filter")
    code = bench.panels["compose"].code().rsplit("wb.validate", 1)
    assert code[1] == f'(dag, as_of="{bench.draft.as_of.isoformat()}")\n'
    found: dict[str, Any] = {}
    exec(code[0], found)  # noqa: S102 - the code that the screen shows
    built = found["dag"]
    assert isinstance(built, Dag)
    assert built == bench.draft.dag


def test_every_operator_is_in_the_palette_with_its_form(bench: Bench) -> None:
    palette = {item["kind"]: item for item in asked(bench, "compose.palette")}
    assert {"ingest", "filter", "lcr", "nsfr", "adjust", "star_schema"} <= set(palette)
    assert palette["filter"]["help"]
    assert "properties" in palette["aggregate"]["schema"]
