"""She goes on before the screen has seen a new name: what she asks for is done all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from liqbench.ui.bench import PANELS, Bench
from liqbench.ui.workbench import Workbench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(Workbench(tmp_path / "workspace"), PANELS, name="bench")


def asked(bench: Bench, command: str, **args: Any) -> Any:
    answers: list[dict[str, Any]] = []
    bench.ask({"id": 1, "command": command, "args": args}, answers.append)
    (answer,) = answers
    return answer.get("error") or answer["ok"]


def test_an_operator_is_changed_by_the_name_that_she_saw_last(bench: Bench) -> None:
    asked(bench, "compose.add", kind="ingest")
    asked(bench, "compose.add", kind="calculate", after="ingest")
    asked(bench, "compose.rename", old="calculate", new="flows")
    asked(bench, "compose.set", operator="calculate", path=["expressions", 0, "name"], value="a")
    asked(bench, "compose.rename", old="calculate", new="outflows")
    asked(bench, "compose.add", kind="filter", after="calculate")
    asked(bench, "bench.select", selection={"kind": "operator", "id": "calculate"})
    dag = bench.draft.dag
    assert dag.operator("outflows").parameters["expressions"][0]["name"] == "a"
    assert list(dag.edges) == [("ingest", "outflows"), ("outflows", "filter")]
    assert bench.selection == {"kind": "operator", "id": "outflows"}


def test_a_name_that_was_given_again_is_the_new_operator(bench: Bench) -> None:
    asked(bench, "compose.add", kind="filter")
    asked(bench, "compose.rename", old="filter", new="kept")
    asked(bench, "compose.add", kind="filter")
    asked(bench, "compose.configure", operator="filter", fields={"description": "the new one"})
    assert bench.draft.dag.operator("kept").description == ""
    assert bench.draft.dag.operator("filter").description == "the new one"


def test_a_name_that_went_back_and_forth_and_is_gone_is_refused(bench: Bench) -> None:
    asked(bench, "compose.add", kind="filter")
    asked(bench, "compose.rename", old="filter", new="kept")
    asked(bench, "compose.rename", old="kept", new="filter")
    asked(bench, "compose.remove", operators=["kept"])
    assert bench.draft.dag.operators == ()
    assert "kept" in asked(bench, "compose.remove", operators=["kept"])["what"]


def test_a_scenario_and_its_rule_are_changed_by_the_names_that_she_saw_last(bench: Bench) -> None:
    asked(bench, "scenarios.add", name="first")
    rule = {
        "rule_id": "R1",
        "adjustments": [{"field": "rate", "operation": "multiply", "value": "1.1"}],
        "reason": "a test",
    }
    written = asked(bench, "scenarios.write", scenario="first", rule_id="RULE-1", rule=rule)
    assert written == "R1"
    asked(bench, "scenarios.rename", old="first", new="second")
    copy = asked(bench, "scenarios.add_rule", scenario="first", like="RULE-1")
    asked(bench, "scenarios.describe", name="first", description="what if")
    asked(bench, "bench.select", selection={"kind": "rule", "id": "first / RULE-1"})
    (scenario,) = bench.draft.scenarios
    assert (scenario.name, scenario.description) == ("second", "what if")
    assert [each.rule_id for each in scenario.rules] == ["R1", copy]
    assert bench.selection == {"kind": "rule", "id": "second / R1"}
