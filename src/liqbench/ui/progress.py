"""The progress of runs in a notebook: live while they go on, one line of text afterwards."""

from __future__ import annotations

import importlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from liqbench.engine import Progress
from liqbench.errors import LiqbenchError
from liqbench.ui import page

_TICK = 0.5
_AT_ONCE = 0.1
_MOST_LINES = 12
_LONGEST_MESSAGE = 300
_WORDS = {
    "running": "",
    "done": "done",
    "reused": "reused",
    "failed": "failed",
    "cancelled": "cancelled",
}


class Board:
    """What is known of all runs under one title. Told from many threads, read from any."""

    def __init__(
        self, title: str, runs: int = 1, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._title = title
        self._runs = runs
        self._clock = clock
        self._began = clock()
        self._steps: dict[str, Progress] = {}
        self._started: dict[str, float] = {}
        self._reused: dict[str, int] = {}
        self._lock = threading.Lock()

    def tell(self, step: Progress) -> None:
        """Take one step of one run."""
        with self._lock:
            if step.state == "running":
                self._started[step.run] = self._clock()
            self._reused[step.run] = self._reused.get(step.run, 0) + (step.state == "reused")
            self._steps[step.run] = step

    def live(self) -> str:
        """Return the display while it goes on."""
        with self._lock:
            steps, now = list(self._steps.values()), self._clock()
            started = dict(self._started)
        finished = sum(step.finished for step in steps)
        total = self._total(steps)
        share = 100 * finished / total if total else 0
        state = f"{finished:,} of {total:,} stored operators" if total else "starting"
        lines = "".join(
            _line(step, now - started.get(step.run, now)) for step in _interesting(steps)
        )
        return (
            f"<style>{page.asset('progress.css')}</style>"
            f'<div class="lq-progress"><p><strong>{page.text(self._title)}</strong> '
            f"<span>{state} · {now - self._began:,.0f} s</span></p>"
            f'<div class="bar" role="progressbar" aria-valuemin="0" aria-valuemax="100" '
            f'aria-valuenow="{share:.0f}" aria-label="{page.text(self._title)}">'
            f'<div style="width:{share:.1f}%"></div></div>'
            f"{f'<table>{lines}</table>' if lines else ''}</div>"
        )

    def _total(self, steps: list[Progress]) -> int:
        """Return how many operators there are; runs yet to begin count like the largest one."""
        waiting = max(self._runs - len(steps), 0)
        return sum(s.total for s in steps) + waiting * max((s.total for s in steps), default=0)

    def summary(self, error: BaseException | None = None) -> str:
        """Return the one line that stays."""
        with self._lock:
            steps, reused = list(self._steps.values()), sum(self._reused.values())
            seconds = self._clock() - self._began
        failed = [step for step in steps if step.state == "failed"]
        computed = sum(step.finished for step in steps) - reused
        facts = [f"{computed:,} operators stored, {reused:,} reused"] if steps else []
        if len(steps) > 1 or self._runs > 1:
            facts.insert(0, f"{len(steps) - len(failed):,} of {len(steps):,} runs finished")
        facts.append(f"{seconds:,.1f} s")
        if isinstance(error, KeyboardInterrupt):
            facts.insert(0, "interrupted")
        elif error is not None and not failed:
            told = str(error) if isinstance(error, LiqbenchError) else type(error).__name__
            facts.insert(0, _cut(told.splitlines()[0] if told else type(error).__name__))
        bad = error is not None or bool(failed)
        rows = "".join(_line(step, 0.0) for step in failed)
        return (
            f"<style>{page.asset('progress.css')}</style>"
            f'<div class="lq-progress"><p><b class="{"bad" if bad else "good"}">'
            f"{'✗' if bad else '✓'}</b> <strong>{page.text(self._title)}</strong> "
            f"<span>{page.text(' · '.join(facts))}</span></p>"
            f"{f'<table>{rows}</table>' if rows else ''}</div>"
        )


def _interesting(steps: list[Progress]) -> list[Progress]:
    """Return the runs worth a line: failed ones, then those at work, then the finished."""
    rank = {"failed": 0, "running": 1}
    ranked = sorted(steps, key=lambda step: rank.get(step.state, 2 + (step.finished == step.total)))
    shown = {step.run for step in ranked[:_MOST_LINES]}
    return [step for step in steps if step.run in shown]


def _line(step: Progress, seconds: float) -> str:
    seconds = seconds if step.state == "running" else step.seconds
    rows = "" if step.rows is None else f"{step.rows:,} rows"
    time_taken = f"{seconds:,.1f} s" if seconds else ""
    failed = step.state == "failed"
    message = f'<td class="message">{page.text(_cut(step.message))}</td>' if failed else "<td></td>"
    return (
        f'<tr class="{step.state}"><th scope="row">{page.text(step.run)}</th>'
        f"<td>{step.finished} / {step.total}</td><td>{page.text(step.operator_id)}</td>"
        f"<td>{_WORDS[step.state]}</td><td>{rows}</td><td>{time_taken}</td>{message}</tr>"
    )


def _cut(message: str) -> str:
    return message if len(message) <= _LONGEST_MESSAGE else message[: _LONGEST_MESSAGE - 1] + "…"


def in_notebook() -> bool:
    """Tell whether an IPython kernel runs this code; IPython is not imported to find out."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


@contextmanager
def notebook_reporter(title: str, runs: int = 1) -> Iterator[Callable[[Progress], None]]:
    """Show a title's progress below the cell; outside a notebook show nothing."""
    if not in_notebook():
        yield lambda _step: None
        return
    # Imported here, as both are heavy and outside a notebook nobody needs them.
    screen: Any = importlib.import_module("IPython.display")
    widgets: Any = importlib.import_module("ipywidgets")

    board = Board(title, runs)
    widget = widgets.HTML(board.live())
    # The widget stands in a display that the summary replaces: a saved notebook has no widgets.
    handle = screen.display(widget, display_id=True)
    ended, news, drawing = threading.Event(), threading.Event(), threading.Lock()

    def redraw() -> None:
        with drawing:
            if not ended.is_set():
                widget.value = board.live()

    def keep_drawn() -> None:
        while not ended.is_set():
            news.wait(_TICK)
            news.clear()
            redraw()
            ended.wait(_AT_ONCE)

    def tell(step: Progress) -> None:
        board.tell(step)
        news.set()

    thread = threading.Thread(target=keep_drawn, name="liqbench progress", daemon=True)
    thread.start()
    problem: BaseException | None = None
    try:
        yield tell
    except BaseException as error:
        problem = error
        raise
    finally:
        ended.set()
        news.set()
        thread.join()
        handle.update(screen.HTML(board.summary(problem)))
        widget.close()
