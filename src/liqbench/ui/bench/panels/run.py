"""Run: in a thread of its own, told step by step, cancelled at any time, kept in the history."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from liqbench.engine import Cancellation, Run, RunCancelledError, injections_of
from liqbench.errors import DocumentError, LiqbenchError
from liqbench.impact import ImpactAnalysis
from liqbench.model import Dag
from liqbench.ui.bench.bench import Bench
from liqbench.ui.bench.board import Board, VariantMark
from liqbench.ui.bench.code import dag_code
from liqbench.ui.bench.commands import command
from liqbench.ui.bench.draft import Draft
from liqbench.ui.bench.errors import BusyError
from liqbench.ui.bench.fault_places import with_places
from liqbench.ui.bench.panel import Panel
from liqbench.ui.bench.scenario_code import points_code, scenarios_code
from liqbench.ui.bench.scenario_edits import refusal
from liqbench.ui.bench.wire import error_to_wire

_TICK = 0.5  # seconds between two looks at the clock
_AT_ONCE = 0.15  # and between two tellings of many steps
_MOST_RUNS = 200


@dataclass(frozen=True)
class Asked:
    """What is to be run: a draft, as it was then, and what of it."""

    draft: Draft
    scenarios: bool
    to: str = ""
    reopened: bool = False

    @property
    def dag(self) -> Dag:
        """The DAG that is run, or the part that leads to an operator."""
        return self.draft.dag.up_to(self.to) if self.to else self.draft.dag


class RunPanel(Panel):
    """One run at a time. ``run`` is the last result; what was analyzed is the bench's ``analysis``.

    The work is done in a thread that holds no lock of the bench while it goes on; another one tells
    the screens a few times a second how far it is.
    """

    name = "run"

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.run: Run | None = None
        self.asked: Asked | None = None  # that the results answer
        self._going: Asked | None = None
        self._cancellation = Cancellation()
        self._board: Board | None = None
        self._error: dict[str, Any] | None = None
        self._stopped: Asked | None = None  # what the error is of
        self._notices: tuple[str, ...] = ()
        self._thread: threading.Thread | None = None
        self._analyzed = 0  # variants
        self._took = 0.0  # seconds, with them
        self._history = 0  # goes up with every new entry, so that a screen looks again

    # --- state ---------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return how far it is, the operators' marks, the error, and what the results are of."""
        board = self._board
        return {
            "going": self._going is not None,
            "cancelling": self._going is not None and self._cancellation.cancelled,
            "refused": self._refused(),
            "variants_asked": self._variants(),
            "error": self._error and {**self._error, "current": self._is_now(self._stopped)},
            "notices": list(self._notices),
            "result": self._result(),
            "history": self._history,
            **(_NOTHING if board is None else board.state()),
        }

    def _refused(self) -> str:
        """Return why a run with scenarios can't begin now; empty where it can."""
        draft = self.bench.draft
        if not draft.dag.operators:
            return "The calculation is empty: add an operator in Compose"
        return refusal(draft) if draft.scenarios or draft.unfinished else ""

    def _variants(self) -> int:
        """Return how many variants the draft asks for."""
        draft = self.bench.draft
        return len(draft.scenarios) * max(len(draft.points), 1)

    def _result(self) -> dict[str, Any] | None:
        if self.run is None or self.asked is None:
            return None
        return {
            "run": self.run.run_id,
            "dag": self.asked.draft.dag.name,
            "as_of": self.asked.draft.as_of,
            "to": self.asked.to,
            "started": self.run.started_at,
            "seconds": self._took,
            "variants": self._analyzed,
            "current": self._is_now(self.asked),
            "reopened": self.asked.reopened,
        }

    def _is_now(self, asked: Asked | None) -> bool:
        """Tell whether the draft still is what was asked for."""
        if asked is None:
            return False
        draft, now = asked.draft, self.bench.draft
        same = (draft.dag, draft.as_of) == (now.dag, now.as_of)
        if asked.scenarios:
            same = same and (draft.scenarios, draft.points) == (now.scenarios, now.points)
        return same

    def code(self) -> str:
        """Return the calls that run the draft, with its scenarios where there are any."""
        draft = self.bench.draft
        if not draft.dag.operators:
            return ""
        day = f'as_of="{draft.as_of.isoformat()}"'
        if not draft.scenarios:
            return dag_code(draft.dag) + f"run = wb.run(dag, {day})\nrun.metrics\n"
        return (
            dag_code(draft.dag)
            + scenarios_code(draft.scenarios)
            + f"impact = wb.analyze(dag, scenarios, {points_code(draft)}{day})\n"
            + "impact.summary()\n"
        )

    # --- commands ------------------------------------------------------------------------------

    @command()
    def start(self, *, scenarios: bool = True, to: str = "") -> None:
        """Begin a run: of the scenarios too, or of what leads to an operator.

        Raises ``BusyError`` while one goes on, ``DocumentError`` for rules that aren't finished.
        """
        if self._going is not None:
            raise BusyError("a run goes on already", hint="wait for its end, or cancel it")
        draft = self.bench.draft
        wanted = scenarios and not to and bool(draft.scenarios or draft.unfinished)
        if wanted and (refused := self._refused()):
            raise DocumentError(refused)
        asked = Asked(draft, wanted, to)
        self._board = Board(_title(asked), asked.dag.inputs, _marks(asked))
        self._going, self._error, self._notices = asked, None, ()
        self._cancellation = Cancellation()
        self._thread = threading.Thread(
            target=self._work, args=(asked, self._board), name="liqbench run", daemon=True
        )
        self._thread.start()

    @command()
    def cancel(self) -> None:
        """Stop the run; Spark's jobs end, and what is stored by now stays."""
        if self._going is not None and self._board is not None:
            self._board.say("cancel: Spark's jobs are being ended")
            self._cancellation.cancel()

    @command()
    def log(self, since: int = 0) -> list[str]:
        """Return the lines of the log from one on."""
        return [] if self._board is None else self._board.lines(since)

    @command(slow=True)
    def history(self) -> list[dict[str, Any]]:
        """Return the runs of the workspace, the newest first, variants with their baseline."""
        return runs_to_wire(self.bench.workbench.runs())

    @command(slow=True)
    def reopen(self, run: str) -> None:
        """Take a run of the history as the result, and what it was asked for as the draft.

        Its tables are those stored then. Raises ``UnknownResultError`` where there is none.
        """
        found = self.bench.workbench.asked(run)
        state = self.bench.workbench.runs().set_index("run")["state"][run]
        opened = None
        if state == "done":
            opened = self.bench.workbench.reopen(run, inputs=self.bench.inputs)
        with self.bench.changing():
            if self._going is not None:
                raise BusyError("a run goes on", hint="wait for its end, or cancel it")
            self.bench.change(
                f"reopen {run}",
                dag=found.dag,
                as_of=found.as_of,
                scenarios=found.scenarios,
                points=found.injection_points or (),
                unfinished={},
            )
            asked = Asked(self.bench.draft, scenarios=False, reopened=True)
            if opened is not None:
                self._board = Board(f"{run}, opened again", found.dag.inputs, [])
                self._board.end(opened, (), "its stored tables are open again")
                self._error = None
                self._show(asked, opened, None, opened.seconds)
            self.bench.moved()

    def wait(self) -> None:
        """Return when no run goes on."""
        thread = self._thread
        if thread is not None:
            thread.join()

    # --- the work ------------------------------------------------------------------------------

    def _work(self, asked: Asked, board: Board) -> None:
        ended, news = threading.Event(), threading.Event()

        def tell(step: Any) -> None:
            board.tell(step)
            news.set()

        ticker = threading.Thread(
            target=self._tick, args=(board, news, ended), name="liqbench run told", daemon=True
        )
        ticker.start()
        run: Run | None = None
        analysis: ImpactAnalysis | None = None
        problem: BaseException | None = None
        try:
            with self._cancellation:
                run, analysis = self._computed(asked, tell)
        except Exception as error:  # noqa: BLE001 - told on the screen, as nobody waits for it
            problem = error
        ended.set()
        news.set()
        ticker.join()
        with self.bench.changing():
            self._going = None
            self._history += 1
            if problem is None and run is not None:
                variants = () if analysis is None else analysis.variants
                failed = sum(variant.run is None for variant in variants)
                words = f"{failed} of {len(variants)} variants failed" if failed else "finished"
                board.end(run, variants, f"{board.title}: {words}")
                self._show(asked, run, analysis, board.seconds)
            else:
                self._failed(asked, board, problem)

    def _computed(self, asked: Asked, tell: Any) -> tuple[Run, ImpactAnalysis | None]:
        workbench, draft, inputs = self.bench.workbench, asked.draft, self.bench.inputs
        if not asked.scenarios:
            run = workbench.run(asked.dag, as_of=draft.as_of, inputs=inputs, monitor=tell)
            return run, None
        analysis = workbench.analyze(
            draft.dag,
            draft.scenarios,
            as_of=draft.as_of,
            injection_points=draft.points or None,
            inputs=inputs,
            monitor=tell,
        )
        return analysis.base, analysis

    def _show(
        self, asked: Asked, run: Run, analysis: ImpactAnalysis | None, seconds: float
    ) -> None:
        """Keep what was found. A run without scenarios leaves what is compared as it is."""
        self.run, self.asked = run, asked
        variants = () if analysis is None else analysis.variants
        self._analyzed, self._took = len(variants), seconds
        own = [f"{v.name}: {notice}" for v in variants for notice in v.notices]
        self._notices = tuple(dict.fromkeys((*run.notices, *own)))
        self.bench.compare(self.bench.analysis if analysis is None else analysis)

    def _failed(self, asked: Asked, board: Board, problem: BaseException | None) -> None:
        assert problem is not None  # noqa: S101 - there is a run or a problem
        self._stopped = asked
        cancelled = isinstance(problem, RunCancelledError)
        self._error = {**with_places(error_to_wire(problem), asked.draft), "cancelled": cancelled}
        faults = self._error.get("faults", (self._error,))
        at_fault = {fault["operator"] for fault in faults} - {""}
        if at_fault and not cancelled:
            board.fail(at_fault)
        words = "cancelled; what was stored stays" if cancelled else f"stopped: {problem}"
        board.end(None, (), f"{board.title}: {words}")

    def _tick(self, board: Board, news: threading.Event, ended: threading.Event) -> None:
        """Tell the screens how far it is, soon after every step and twice a second."""
        while not ended.is_set():
            news.wait(_TICK)
            news.clear()
            board.tasks = self.bench.workbench.spark_tasks()
            self.bench.tell()
            ended.wait(_AT_ONCE)


_NOTHING: Mapping[str, Any] = {
    "title": "",
    "seconds": 0,
    "finished": 0,
    "total": 0,
    "stage": "",
    "tasks": None,
    "operators": {},
    "variants": [],
    "lines": 0,
}


def _title(asked: Asked) -> str:
    if asked.to:
        return f"Run to {asked.to}"
    count = len(asked.draft.scenarios)
    more = f" with {count} scenario{'s' if count > 1 else ''}" if asked.scenarios else ""
    return f"Run {asked.draft.dag.name}{more}"


def _marks(asked: Asked) -> list[VariantMark]:
    """Return a mark per variant. Raises what is wrong with their places."""
    if not asked.scenarios:
        return []
    draft = asked.draft
    try:
        found = injections_of(draft.dag, draft.scenarios, draft.points or None)
    except LiqbenchError as fault:
        raise fault.at("scenarios") from None
    return [VariantMark(each.name, each.scenario.name, each.point) for each in found]


def runs_to_wire(runs: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the newest runs for the screen; the variants of one are counted with it."""
    if runs.empty:
        return []
    variants = runs[runs["variant"] != ""].groupby("baseline").size()
    base = runs[runs["variant"] == ""].iloc[::-1].head(_MOST_RUNS)
    return [
        {
            "run": row["run"],
            "at": row["at"],
            "dag": row["dag"],
            "as_of": row["as_of"],
            "state": row["state"],
            "seconds": row["seconds"],
            "error": row["error"],
            "variants": int(variants.get(row["run"], 0)),
        }
        for row in base.to_dict("records")
    ]
