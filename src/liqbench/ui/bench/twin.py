"""What a saved notebook keeps of the bench: the impact table and the run's graph, without a kernel.

A widget lives as long as its kernel. So below it stands an output of plain HTML, which a style
hides while the bench is there. It is told of every analysis that the bench turns to.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from liqbench.engine import Run
from liqbench.impact import ImpactAnalysis
from liqbench.ui import page
from liqbench.ui.bench.bench import Bench
from liqbench.ui.bench.panels.run import RunPanel
from liqbench.ui.comparison import compare
from liqbench.ui.drawing import run_image
from liqbench.ui.impact_table import ImpactTable

Shown = tuple[ImpactAnalysis | None, Run | None]


class Output(Protocol):
    """An output of a cell that can be put out anew."""

    def update(self, shown: Any) -> None:
        """Show this in place of what is there."""


class Html:
    """HTML as a notebook shows it."""

    def __init__(self, html: str) -> None:
        self._html = html

    def __repr__(self) -> str:
        return "What the bench showed, for a notebook without its kernel."

    def _repr_html_(self) -> str:
        return self._html


class Twin:
    """The plain HTML of a bench: ``html`` is of the analysis that it shows now."""

    def __init__(self, bench: Bench, *, clock: Callable[[], datetime] = datetime.now) -> None:
        self._bench = bench
        self._clock = clock
        self._outputs: list[Output] = []
        self._told: Shown = (None, None)
        self._lock = threading.Lock()
        self.html = _page(bench, None, None, self._clock())
        bench.attach(self._heard)

    def show_by(self, shown: Callable[[Html], Output]) -> None:
        """Show it in an output, and keep that up to date."""
        with self._lock:
            self._outputs.append(shown(Html(self.html)))

    def close(self) -> None:
        """Leave the outputs as they are."""
        self._bench.detach(self._heard)

    def _heard(self, message: Any) -> None:
        """Take the bench's news; it tells them one after another."""
        if "state" not in message:
            return
        now = _shown(self._bench)
        if all(one is other for one, other in zip(now, self._told, strict=True)):
            return
        self._told = now
        with self._lock:
            self.html = _page(self._bench, *now, self._clock())
            for output in self._outputs:
                output.update(Html(self.html))


def _shown(bench: Bench) -> Shown:
    """Return the analysis and its baseline's run; before there is one, the last run."""
    if bench.analysis is not None:
        return bench.analysis, bench.analysis.base
    panel = bench.panels.get("run")
    return None, panel.run if isinstance(panel, RunPanel) else None


def _page(bench: Bench, analysis: ImpactAnalysis | None, run: Run | None, now: datetime) -> str:
    style = page.asset("twin.css")
    hint = "It works while this notebook's kernel runs: run this cell to open it again."
    if run is None:
        title, told = f"Bench {bench.name}", f"Nothing was run on it yet. {hint}"
        return f"<style>{style}</style>{_framed(title, told, '')}"
    title = f"Bench {bench.name}, as it was on {now:%Y-%m-%d at %H:%M}"
    facts = f"Run of {run.dag.name} as of {run.as_of} · {run.seconds:,.1f} s"
    table = "" if analysis is None else ImpactTable(compare(analysis))._repr_html_()
    graph = f'<p class="lq-twin-graph"><b>{page.text(facts)}</b></p><div>{run_image(run)}</div>'
    return f"<style>{style}</style>{_framed(title, hint, table + graph)}"


def _framed(title: str, told: str, body: str) -> str:
    head = f"<p><b>{page.text(title)}</b> {page.text(told)}</p>"
    return f'<div class="lq-twin">{head}{body}</div>'
