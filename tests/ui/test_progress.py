"""Progress: told from many threads, shown live, and one line in the end."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from liqbench.engine import Progress
from liqbench.errors import RunFailedError
from liqbench.ui import progress
from liqbench.ui.progress import Board, notebook_reporter

HtmlOf = Callable[[str], Any]
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def step(run: str, operator: str, state: Any, finished: int, total: int, **more: Any) -> Progress:
    return Progress(run, operator, state, finished, total, **more)


class Screen:
    """What a notebook would show: the widgets and what their displays hold."""

    def __init__(self) -> None:
        self.shown: list[Any] = []
        self.values: list[str] = []
        self.closed = 0
        self.threads: set[str] = set()

    def display(self, thing: Any, *, display_id: bool) -> Any:
        assert display_id
        place = len(self.shown)
        self.shown.append(thing)

        def update(other: Any) -> None:
            self.shown[place] = other

        return SimpleNamespace(update=update)

    def widget(self, value: str) -> Any:
        screen = self

        class Widget:
            def __setattr__(self, name: str, value: str) -> None:
                screen.threads.add(threading.current_thread().name)
                screen.values.append(value)

            def close(self) -> None:
                screen.closed += 1

        screen.values.append(value)
        return Widget()


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    found = Screen()
    shown = SimpleNamespace(display=found.display, HTML=str)
    monkeypatch.setitem(sys.modules, "IPython.display", shown)
    monkeypatch.setitem(sys.modules, "ipywidgets", SimpleNamespace(HTML=found.widget))
    monkeypatch.setattr(progress, "in_notebook", lambda: True)
    monkeypatch.setattr(progress, "_TICK", 0.01)
    monkeypatch.setattr(progress, "_AT_ONCE", 0.001)
    return found


def test_outside_a_notebook_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with notebook_reporter("Run x") as tell:
        tell(step("run", "a", "done", 1, 1))
    assert capsys.readouterr() == ("", "")


def test_events_of_many_threads_all_count(screen: Screen, html_of: HtmlOf) -> None:
    def work(tell: Callable[[Progress], None], run: int) -> None:
        for n in range(100):
            tell(step(f"v{run}", f"o{n}", "running", n, 100))
            state = "reused" if n % 2 else "done"
            tell(step(f"v{run}", f"o{n}", state, n + 1, 100, rows=n, seconds=0.1))

    with notebook_reporter("8 variants", 8) as tell, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda run: work(tell, run), range(8)))
    assert len(screen.shown) == 1
    line = html_of(screen.shown[0]).one("p").text
    assert line.startswith("✓ 8 variants 8 of 8 runs finished · 400 operators stored, 400 reused")
    assert screen.closed == 1
    assert screen.threads == {"liqbench progress"}


def test_the_last_live_display_is_never_shown_after_the_summary(screen: Screen) -> None:
    with notebook_reporter("Run x") as tell:
        tell(step("run", "a", "running", 0, 1))
    count = len(screen.values)
    tell(step("run", "a", "done", 1, 1))
    threading.Event().wait(0.05)
    assert len(screen.values) == count
    assert not [t for t in threading.enumerate() if t.name == "liqbench progress"]


def test_the_live_display_says_what_runs(html_of: HtmlOf) -> None:
    now = [0.0]
    board = Board("2 variants", 2, clock=lambda: now[0])
    assert "starting" in html_of(board.live()).text
    board.tell(step("a@x", "agg", "running", 1, 4))
    now[0] = 2.5
    page = html_of(board.live())
    assert page.outside() == []
    assert "1 of 8 stored operators" in page.one("p").text
    (row,) = page.all("tr")
    assert [item.text for item in row.all("th", "td")] == [
        "a@x",
        "1 / 4",
        "agg",
        "",
        "",
        "2.5 s",
        "",
    ]
    board.tell(step("a@x", "agg", "done", 2, 4, rows=12345, seconds=2.5))
    board.tell(step("b@x", "lcr", "failed", 0, 4, message="it broke"))
    page = html_of(board.live())
    bar = next(e for e in page.all("div") if e.attributes.get("role") == "progressbar")
    assert bar.attributes["aria-valuenow"] == "25"
    texts = [[item.text for item in row.all("th", "td")] for row in page.all("tr")]
    assert texts[0][3:6] == ["done", "12,345 rows", "2.5 s"]
    assert texts[1][3] == "failed"
    assert texts[1][6] == "it broke"


def test_many_runs_stay_few_lines_and_failed_ones_are_among_them(html_of: HtmlOf) -> None:
    board = Board("60 variants", 60)
    for n in range(60):
        board.tell(step(f"v{n}", "lcr", "failed" if n == 59 else "done", 1, 1, message="no"))
    rows = list(html_of(board.live()).all("tr"))
    assert len(rows) == 12
    assert "v59" in rows[-1].text


def test_a_failed_variant_is_told_at_the_end(html_of: HtmlOf) -> None:
    board = Board("2 variants", 2)
    board.tell(step("a@x", "lcr", "done", 1, 1))
    board.tell(step("b@x", "agg", "failed", 0, 1, message=HOSTILE))
    page = html_of(board.summary())
    assert page.text.count("✗") == 1
    assert "1 of 2 runs finished" in page.one("p").text
    assert HOSTILE in page.one("table").text
    assert not list(page.all("script", "img"))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RunFailedError("no luck"), "no luck"),
        (KeyboardInterrupt(), "interrupted"),
        (ValueError("secret"), "ValueError"),
    ],
)
def test_an_error_ends_the_display_and_goes_on(
    screen: Screen, html_of: HtmlOf, error: BaseException, words: str
) -> None:
    with pytest.raises(type(error)), notebook_reporter(HOSTILE) as _:
        raise error
    page = html_of(screen.shown[0])
    assert page.one("p").text.startswith(f"✗ {HOSTILE} {words}")
    assert screen.closed == 1
