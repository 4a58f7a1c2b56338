"""Runs on the screen: told step by step, cancelled, kept, and opened again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.ui.bench.asking import Screen

from liqbench import ImpactAnalysis, samples
from liqbench.engine import OperatorResult, Progress
from liqbench.model import AdjustmentRule, Scenario
from liqbench.ui.bench import PANELS, Bench, Draft
from liqbench.ui.bench.board import Board, VariantMark
from liqbench.ui.bench.panels import RunPanel
from liqbench.ui.workbench import Workbench


@pytest.fixture
def screen(
    bench: Workbench, deals: ImpactAnalysis, request: pytest.FixtureRequest
) -> Iterator[Screen]:
    draft = Draft.begun(deals.base.dag, deals.base.as_of, samples.lcr_scenarios()[:2], ("enrich",))
    screen = Screen(Bench(bench, PANELS, name=request.node.name[:70], given=draft))
    screen.settled()
    yield screen
    screen.settled()  # what still looks must not outlive the session


def panel(screen: Screen) -> RunPanel:
    found = screen.bench.panels["run"]
    assert isinstance(found, RunPanel)
    return found


def run(screen: Screen, **args: Any) -> dict[str, Any]:
    screen.ask("run.start", **args)
    panel(screen).wait()
    told: dict[str, Any] = screen.states["run"]
    return told


def test_a_run_with_scenarios_is_told_from_begin_to_end(
    screen: Screen, deals: ImpactAnalysis
) -> None:
    """All was stored by the analysis before, so the figures are its own."""
    told = run(screen)
    assert (told["going"], told["error"], told["title"]) == (
        False, None, f"Run {deals.base.dag.name} with 2 scenarios",
    )  # fmt: skip
    rows = deals.base.metrics["rows"].to_dict()
    assert {name: mark["rows"] for name, mark in told["operators"].items()} == rows
    assert {mark["state"] for mark in told["operators"].values()} == {"reused"}
    assert all(len(mark["keys"]) == 16 for mark in told["operators"].values())
    assert [(v["name"], v["state"]) for v in told["variants"]] == [
        ("conservative@enrich", "reused"), ("baseline@enrich", "reused"),
    ]  # fmt: skip
    assert [v["rows"] for v in told["variants"]] == [
        deals[f"{name}@enrich"].records_affected for name in ("conservative", "baseline")
    ]
    assert told["result"]["variants"] == 2
    assert told["result"]["current"]
    lines = screen.ask("run.log")
    assert lines[0].endswith("with 2 scenarios: begins")
    assert lines[-1].endswith("with 2 scenarios: finished")
    assert screen.ask("run.log", since=len(lines) - 1) == lines[-1:]
    screen.ask("bench.set_as_of", as_of="2026-01-31")
    assert not screen.states["run"]["result"]["current"]
    analysis = panel(screen).bench.analysis
    assert analysis is not None
    assert analysis.summary().equals(
        screen.bench.workbench.analyze(
            deals.base.dag,
            samples.lcr_scenarios()[:2],
            as_of=deals.base.as_of,
            injection_points=["enrich"],
        ).summary()
    )


def test_a_run_to_an_operator_runs_what_leads_to_it(screen: Screen) -> None:
    told = run(screen, to="calc_base")
    assert set(told["operators"]) == {"ingest", "enrich", "calc_base"}
    assert (told["title"], told["result"]["to"]) == ("Run to calc_base", "calc_base")


def test_a_cancelled_run_says_so_and_the_next_one_goes_on(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is cancelled at its first step, from the screen, while the bench answers."""
    own = panel(screen)
    dag = screen.bench.draft.dag
    screen.bench.change("another", dag=dag.replace_parameters("calc_final", expressions=[
        {"name": "lcr_lines", "expression": "1 + 1"}]))  # fmt: skip
    told_to = Board.tell

    def tell(board: Board, step: Progress) -> None:
        told_to(board, step)
        if step.state == "running":
            screen.ask("run.cancel")
            assert screen.states["run"]["cancelling"]
            assert screen.ask("run.start")["kind"] == "BusyError"

    monkeypatch.setattr(Board, "tell", tell)
    screen.ask("run.start", scenarios=False)
    own.wait()
    monkeypatch.undo()
    told = screen.states["run"]
    assert told["error"]["cancelled"]
    assert (told["going"], told["result"]) == (False, None)
    assert "running" not in {mark["state"] for mark in told["operators"].values()}
    newest = screen.ask("run.history")[0]
    assert (newest["state"], newest["variants"]) == ("cancelled", 0)


def test_the_operator_at_fault_is_marked(screen: Screen) -> None:
    dag = screen.bench.draft.dag
    bad = dag.replace_parameters(
        "calc_haircut",
        expressions=[
            {"name": "weighted_amount", "expression": "ratio(balance, balance - balance, 2)"}
        ],
    )
    screen.bench.change("a mistake", dag=bad)
    told = run(screen, scenarios=False)
    assert told["error"]["kind"] == "UndefinedFigureError"
    assert told["error"]["operator"] == "calc_haircut"
    assert told["operators"].pop("calc_haircut")["state"] == "failed"
    assert {mark["state"] for mark in told["operators"].values()} == {"waiting"}
    assert "zero" in told["error"]["what"]
    assert screen.ask("run.history")[0]["state"] == "failed"


def test_unfinished_rules_are_not_left_out_silently(screen: Screen) -> None:
    screen.ask("scenarios.add", name="mine")
    assert screen.states["run"]["refused"].startswith("Not finished: mine / RULE-1")
    assert screen.ask("run.start")["what"].startswith("Not finished: mine / RULE-1")
    assert not screen.states["run"]["going"]
    assert run(screen, scenarios=False)["error"] is None


def test_what_was_run_is_opened_again_with_its_scenarios(screen: Screen) -> None:
    before = screen.bench.draft
    result = run(screen)["result"]["run"]
    screen.ask("scenarios.remove", name="baseline")
    screen.ask("scenarios.set_points", points=[])
    screen.ask("bench.set_as_of", as_of="2026-01-31")
    (entry,) = [each for each in screen.ask("run.history") if each["run"] == result]
    assert (entry["variants"], entry["state"]) == (2, "done")
    screen.ask("run.reopen", run=result)
    draft = screen.bench.draft
    assert (draft.dag, draft.as_of, draft.points) == (before.dag, before.as_of, ("enrich",))
    assert draft.scenarios == before.scenarios
    assert screen.states["run"]["result"]["run"] == result
    reopened = panel(screen).run
    assert reopened is not None
    assert reopened.table("agg_final").equals(
        screen.bench.workbench.reopen(result).table("agg_final")
    )
    screen.ask("bench.undo")
    assert screen.bench.draft.as_of.isoformat() == "2026-01-31"


def test_a_restarted_kernel_has_draft_and_history(screen: Screen) -> None:
    run(screen, scenarios=False)
    screen.ask("scenarios.add", name="mine")
    again = Screen(Bench(screen.bench.workbench, PANELS, name=screen.bench.name))
    assert [each["name"] for each in again.states["scenarios"]["scenarios"]][-1] == "mine"
    assert again.bench.draft.dag.folder == screen.bench.draft.dag.folder
    assert again.ask("run.history") == screen.ask("run.history")
    assert again.states["run"]["result"] is None


def test_its_code_gives_the_same_analysis(screen: Screen) -> None:
    run(screen)
    *calls, last = screen.bench.panels["run"].code().rstrip().rsplit("\n", 1)
    found: dict[str, Any] = {"wb": screen.bench.workbench}
    exec("\n".join(calls), found)  # noqa: S102 - the code that the screen shows
    analysis = panel(screen).bench.analysis
    assert analysis is not None
    assert eval(last, found).equals(analysis.summary())  # noqa: S307 - as above


def test_what_is_told_stays_small(screen: Screen) -> None:
    screen.sizes.clear()
    run(screen)
    assert max(screen.sizes) < 20_000
    assert sum(screen.sizes) < 100_000


def test_a_board_tells_states_stages_and_seconds() -> None:
    """Without Spark: what the engine tells, and what the screen shows of it."""
    now = [100.0]
    board = Board("Run x", ["a", "b", "c"], [VariantMark("s@b", "s", "b")], clock=lambda: now[0])
    assert board.state()["stage"] == "checking"
    board.tell(Progress("run", "b", "running", 0, 2, on_the_way=("a",)))
    now[0] += 1.5
    told = board.state()
    assert {name: mark["state"] for name, mark in told["operators"].items()} == {
        "a": "on the way", "b": "running", "c": "waiting",
    }  # fmt: skip
    assert told["operators"]["b"]["seconds"] == 1.5
    assert (told["stage"], told["finished"], told["total"]) == ("base: b", 0, 4)
    a = OperatorResult("a", "ingest", "f1", rows=10, key_hash=-1)
    b = OperatorResult("b", "filter", "f2", rows=4, key_hash=3, stored=True, seconds=1.5)
    board.tell(Progress("run", "b", "done", 1, 2, rows=4, seconds=1.5, results=(a, b)))
    told = board.state()
    assert told["operators"]["a"] == {
        "state": "done", "rows": 10, "seconds": None, "stored": False, "keys": "f" * 16,
    }  # fmt: skip
    assert told["operators"]["b"] == {
        "state": "done", "rows": 4, "seconds": 1.5, "stored": True, "keys": "0" * 15 + "3",
    }  # fmt: skip
    board.tell(Progress("s@b", "c", "running", 0, 2))
    told = board.state()
    assert (told["stage"], told["finished"], told["total"]) == ("s at b: c", 1, 4)
    board.tell(Progress("s@b", "c", "failed", 0, 2, message="no"))
    (variant,) = board.state()["variants"]
    assert (variant["state"], variant["message"]) == ("failed", "no")
    assert any(line.endswith("b: done, 4 rows, 1.50 s") for line in board.lines())


def test_a_rule_at_fault_is_named_with_its_scenario(screen: Screen) -> None:
    change = {"field": "balance", "operation": "multiply", "value": "1e30"}
    rule = AdjustmentRule.from_json({"rule_id": "HUGE", "stage": "enrich", "adjustments": [change]})
    huge = Scenario(name="it's huge", rules=(rule,))
    screen.bench.change("huge", scenarios=(*screen.bench.draft.scenarios, huge))
    told = run(screen)
    (fault,) = told["error"]["faults"]
    # The operator that the rule is put into is none of the draft's.
    assert (fault["operator"], fault["scenario"], fault["rule"]) == ("", "it's huge", "HUGE")
    assert fault["kind"] == "PrecisionError"  # thirty digits more than a balance has, of 38
    assert {mark["state"] for mark in told["operators"].values()} == {"waiting"}
