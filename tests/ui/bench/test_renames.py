"""She goes on before the screen has seen a new name: what she asks for is done all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ui.bench.asking import Screen

from liqbench.ui.bench import PANELS, Bench
from liqbench.ui.workbench import Workbench


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    screen = Screen(Bench(Workbench(tmp_path / "workspace"), PANELS, name="bench"))
    yield screen
    screen.settled()


def test_an_operator_is_changed_by_the_name_that_she_saw_last(screen: Screen) -> None:
    screen.ask("compose.add", kind="ingest")
    screen.ask("compose.add", kind="calculate", after="ingest")
    screen.ask("compose.rename", old="calculate", new="flows")
    screen.ask("compose.set", operator="calculate", path=["expressions", 0, "name"], value="a")
    screen.ask("compose.rename", old="calculate", new="outflows")
    screen.ask("compose.add", kind="filter", after="calculate")
    screen.ask("bench.select", selection={"kind": "operator", "id": "calculate"})
    dag = screen.bench.draft.dag
    assert dag.operator("outflows").parameters["expressions"][0]["name"] == "a"
    assert list(dag.edges) == [("ingest", "outflows"), ("outflows", "filter")]
    assert screen.bench.selection == {"kind": "operator", "id": "outflows"}


def test_a_name_that_was_given_again_is_the_new_operator(screen: Screen) -> None:
    screen.ask("compose.add", kind="filter")
    screen.ask("compose.rename", old="filter", new="kept")
    screen.ask("compose.add", kind="filter")
    screen.ask("compose.configure", operator="filter", fields={"description": "the new one"})
    assert screen.bench.draft.dag.operator("kept").description == ""
    assert screen.bench.draft.dag.operator("filter").description == "the new one"


def test_a_name_that_went_back_and_forth_and_is_gone_is_refused(screen: Screen) -> None:
    screen.ask("compose.add", kind="filter")
    screen.ask("compose.rename", old="filter", new="kept")
    screen.ask("compose.rename", old="kept", new="filter")
    screen.ask("compose.remove", operators=["kept"])
    assert screen.bench.draft.dag.operators == ()
    assert "kept" in screen.ask("compose.remove", operators=["kept"])["what"]


def test_a_scenario_and_its_rule_are_changed_by_the_names_that_she_saw_last(screen: Screen) -> None:
    screen.ask("scenarios.add", name="first")
    rule = {
        "rule_id": "R1",
        "adjustments": [{"field": "rate", "operation": "multiply", "value": "1.1"}],
        "reason": "a test",
    }
    written = screen.ask("scenarios.write", scenario="first", rule_id="RULE-1", rule=rule)
    assert written == "R1"
    screen.ask("scenarios.rename", old="first", new="second")
    copy = screen.ask("scenarios.add_rule", scenario="first", like="RULE-1")
    screen.ask("scenarios.describe", name="first", description="what if")
    screen.ask("bench.select", selection={"kind": "rule", "id": "first / RULE-1"})
    (scenario,) = screen.bench.draft.scenarios
    assert (scenario.name, scenario.description) == ("second", "what if")
    assert [each.rule_id for each in scenario.rules] == ["R1", copy]
    assert screen.bench.selection == {"kind": "rule", "id": "second / R1"}
