"""The draft: stored as she works, undone, and never lost to another notebook."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from liqbench.model import Dag, OperatorConfig
from liqbench.ui.bench import PANELS, Bench, Draft
from liqbench.ui.bench.draft import DraftFile
from liqbench.ui.workbench import Workbench

DAG = Dag(name="small", operators=(OperatorConfig(operator_id="a", operator_type="ingest"),))
BEGUN = Draft.begun(DAG, date(2025, 12, 31), (), ())


class Screen:
    """A screen that keeps what it is told."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.told: list[dict[str, Any]] = []
        self.states: dict[str, Any] = {}
        bench.attach(self.hear)

    def hear(self, message: dict[str, Any]) -> None:
        self.told.append(message)
        for name, news in message.get("state", {}).items():
            self.states[name] = self.states.get(name, {}) | news

    def ask(self, command: str, **args: Any) -> dict[str, Any]:
        self.bench.ask({"id": 1, "command": command, "args": args}, self.hear)
        return self.told[-1]


@pytest.fixture
def workbench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path / "workspace")


def opened(workbench: Workbench, given: Draft | None = BEGUN, name: str = "bench") -> Bench:
    return Bench(workbench, PANELS, name=name, given=given)


def test_it_goes_on_where_it_was_though_the_kernel_was_restarted(workbench: Workbench) -> None:
    Screen(opened(workbench)).ask("bench.set_as_of", as_of="2026-01-31")
    assert opened(workbench).draft.as_of == date(2026, 1, 31)
    assert opened(workbench, None).draft.as_of == date(2026, 1, 31)


def test_with_another_dag_it_begins_anew_and_the_old_draft_is_kept(workbench: Workbench) -> None:
    Screen(opened(workbench)).ask("bench.set_as_of", as_of="2026-01-31")
    other = Draft.begun(Dag(name="other", operators=DAG.operators), date(2025, 12, 31), (), ())
    bench = opened(workbench, other)
    assert bench.draft.dag.name == "other"
    assert bench.notices == ["the draft that was here before lies in bench kept 1.json now"]
    kept = DraftFile(workbench.folder, "bench kept 1").load()
    assert kept is not None
    assert (kept.dag.name, kept.as_of) == ("small", date(2026, 1, 31))


def test_every_change_can_be_taken_back_and_done_again(workbench: Workbench) -> None:
    screen = Screen(opened(workbench))
    screen.ask("bench.set_as_of", as_of="2026-01-31")
    assert screen.states["bench"]["undo"] == "as of 2026-01-31"
    screen.ask("bench.undo")
    assert screen.states["bench"]["as_of"] == "2025-12-31"
    assert screen.states["bench"]["redo"] == "as of 2026-01-31"
    screen.ask("bench.redo")
    assert screen.states["bench"]["as_of"] == "2026-01-31"
    assert opened(workbench).draft.as_of == date(2026, 1, 31)


def test_two_screens_of_one_bench_show_the_same(workbench: Workbench) -> None:
    bench = opened(workbench)
    first, second = Screen(bench), Screen(bench)
    first.ask("bench.set_as_of", as_of="2026-01-31")
    assert second.states == first.states
    bench.detach(second.hear)
    first.ask("bench.undo")
    assert second.states["bench"]["as_of"] == "2026-01-31"


def test_two_benches_do_not_disturb_each_other(workbench: Workbench) -> None:
    first, second = opened(workbench), opened(workbench, name="second")
    Screen(first).ask("bench.set_as_of", as_of="2026-01-31")
    assert second.draft.as_of == date(2025, 12, 31)


def test_a_draft_that_another_notebook_changed_is_not_overwritten(workbench: Workbench) -> None:
    mine, theirs = Screen(opened(workbench)), Screen(opened(workbench))
    theirs.ask("bench.set_as_of", as_of="2026-02-28")
    refused = mine.ask("bench.set_as_of", as_of="2026-01-31")
    assert refused["error"]["kind"] == "DraftConflictError"
    assert mine.bench.draft.as_of == date(2025, 12, 31)
    mine.ask("bench.take_theirs")
    assert mine.states["bench"]["as_of"] == "2026-02-28"
    mine.ask("bench.set_as_of", as_of="2026-01-31")
    refused = theirs.ask("bench.undo")
    assert refused["error"]["kind"] == "DraftConflictError"
    assert theirs.bench.draft.as_of == date(2026, 2, 28)
    theirs.ask("bench.keep_mine")
    assert opened(workbench).draft.as_of == date(2026, 2, 28)


def test_what_the_screen_asks_wrongly_is_told_in_words(workbench: Workbench) -> None:
    screen = Screen(opened(workbench))
    assert "did you mean 'bench.undo'" in screen.ask("bench.und")["error"]["hint"]
    assert "as_of" in screen.ask("bench.set_as_of", as_of="tomorrow")["error"]["what"]
    assert screen.states["bench"]["as_of"] == "2025-12-31"
