"""What is known of a run while it goes on: per operator, per variant, and as a log."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from liqbench.engine import OperatorResult, Progress, Run, Variant

BASE = "run"  # what the engine calls a run that is no variant's
_MOST_LINES = 2_000
_SAID = {
    "running": "begins",
    "done": "done",
    "reused": "reused, stored from before",
    "failed": "failed",
    "cancelled": "cancelled",
}
State = Literal["waiting", "running", "on the way", "done", "reused", "failed", "cancelled"]
# What has not come to its end when all of it has ended.
_AFTER: Mapping[State, State] = {"running": "cancelled", "on the way": "waiting"}


@dataclass
class OperatorMark:
    """How far an operator of the base run is; ``keys`` is the hash of the keys that were seen."""

    state: State = "waiting"
    rows: int | None = None
    seconds: float | None = None
    stored: bool = False
    keys: str = ""
    began: float | None = None


@dataclass
class VariantMark:
    """How far a variant is."""

    name: str
    scenario: str
    point: str
    state: State = "waiting"
    at: str = ""
    finished: int = 0
    total: int = 0
    seconds: float | None = None
    strategy: str = ""
    rows: int | None = None
    message: str = ""


@dataclass
class _Work:
    finished: int = 0
    total: int = 0


class Board:
    """Told from the threads of a run, read from the bench's. Its own lock is held only briefly."""

    def __init__(
        self,
        title: str,
        operators: Iterable[str],
        variants: list[VariantMark],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.title = title
        self._clock = clock
        self._began = clock()
        self._ended: float | None = None
        self._lock = threading.Lock()
        self._operators = {name: OperatorMark() for name in operators}
        self._variants = {mark.name: mark for mark in variants}
        self._work: dict[str, _Work] = {}
        self._lines: list[str] = []
        self.tasks: tuple[int, int] | None = None
        self.say(f"{title}: begins")

    # --- told ----------------------------------------------------------------------------------

    def say(self, words: str) -> None:
        """Add a line to the log."""
        with self._lock:
            self._say(words)

    def _say(self, words: str) -> None:
        self._lines.append(f"{datetime.now().astimezone():%H:%M:%S} {words}")
        del self._lines[:-_MOST_LINES]

    def tell(self, step: Progress) -> None:
        """Take one step of the base run or of a variant."""
        with self._lock:
            self._work[step.run] = _Work(step.finished, step.total)
            if step.run == BASE:
                self._of_base(step)
            elif step.run in self._variants:
                self._of_variant(self._variants[step.run], step)
            self._say(_line(step))

    def _of_base(self, step: Progress) -> None:
        now = self._clock()
        for name in step.on_the_way:
            if name in self._operators:
                self._operators[name].state = "on the way"
        mark = self._operators.setdefault(step.operator_id, OperatorMark())
        mark.state, mark.began = step.state, now if step.state == "running" else None
        if step.state in ("failed", "cancelled"):
            for other in self._operators.values():
                other.state = "waiting" if other.state == "on the way" else other.state
        for result in step.results:
            _put(self._operators.setdefault(result.operator_id, OperatorMark()), result)

    def _of_variant(self, mark: VariantMark, step: Progress) -> None:
        going = step.state in ("done", "reused") and step.finished < step.total
        mark.state = "running" if going else step.state
        mark.at, mark.finished, mark.total = step.operator_id, step.finished, step.total
        mark.seconds = step.seconds or mark.seconds
        mark.message = step.message

    def fail(self, operators: Collection[str]) -> None:
        """Mark the operators at fault, which may be on the way to a stored one."""
        with self._lock:
            for name, mark in self._operators.items():
                if name in operators:
                    mark.state = "failed"
                elif mark.state == "failed":
                    mark.state = "waiting"

    def end(self, run: Run | None, variants: tuple[Variant, ...], words: str) -> None:
        """Take the results, and stop the clock."""
        with self._lock:
            for result in {} if run is None else run.results.values():
                _put(self._operators.setdefault(result.operator_id, OperatorMark()), result)
            for variant in variants:
                if variant.name in self._variants:
                    _finish(self._variants[variant.name], variant)
            for mark in self._operators.values():
                mark.state = _AFTER.get(mark.state, mark.state)
            for own in self._variants.values():
                own.state = _AFTER.get(own.state, own.state)
            self._ended = self._clock()
            self.tasks = None
            self._say(words)

    # --- read ----------------------------------------------------------------------------------

    @property
    def seconds(self) -> float:
        """How long it goes on, or took."""
        with self._lock:
            return (self._clock() if self._ended is None else self._ended) - self._began

    def lines(self, since: int = 0) -> list[str]:
        """Return the log from a line on."""
        with self._lock:
            return self._lines[since:]

    def state(self) -> dict[str, Any]:
        """Return what the screen shows of it."""
        with self._lock:
            now = self._clock()
            return {
                "title": self.title,
                "seconds": round((self._ended or now) - self._began, 1),
                "finished": sum(work.finished for work in self._work.values()),
                "total": self._total(),
                "stage": self._stage(),
                "tasks": None if self.tasks is None else list(self.tasks),
                "operators": {name: _operator(mark, now) for name, mark in self._operators.items()},
                "variants": [asdict(mark) for mark in self._variants.values()],
                "lines": len(self._lines),
            }

    def _total(self) -> int:
        """Return how many stored operators there are; a variant yet to begin counts as the base."""
        known = sum(work.total for work in self._work.values())
        most = max((work.total for work in self._work.values()), default=1)
        begun = len(self._work) - (BASE in self._work)
        return known + most * (len(self._variants) - begun) + (BASE not in self._work) * most

    def _stage(self) -> str:
        if self._ended is not None:
            return ""
        at_work = [name for name, mark in self._operators.items() if mark.state == "running"]
        if at_work:
            return f"base: {at_work[0]}"
        going = [mark for mark in self._variants.values() if mark.state == "running"]
        if len(going) == 1:
            return f"{going[0].scenario} at {going[0].point}: {going[0].at}"
        if going:
            return f"{len(going)} of {len(self._variants)} variants at work"
        return "checking" if not self._work else "planning the variants"


def _put(mark: OperatorMark, result: OperatorResult) -> None:
    mark.state = "reused" if result.reused else "done"
    mark.rows, mark.stored = result.rows, result.stored or mark.stored
    mark.seconds = round(result.seconds, 3) if result.stored else mark.seconds
    mark.keys = "" if result.key_hash is None else f"{result.key_hash & (2**64 - 1):016x}"
    mark.began = None


def _finish(mark: VariantMark, variant: Variant) -> None:
    mark.strategy = variant.strategy
    if variant.run is None:
        mark.state, mark.message = "failed", str(variant.error)
        return
    mark.state = "reused" if variant.strategy == "stored" else "done"
    mark.seconds = round(variant.run.seconds, 3)
    mark.rows = variant.records_affected
    mark.finished = mark.total = mark.total or 1


def _operator(mark: OperatorMark, now: float) -> dict[str, Any]:
    seconds = mark.seconds if mark.began is None else round(now - mark.began, 1)
    return {
        "state": mark.state,
        "rows": mark.rows,
        "seconds": seconds,
        "stored": mark.stored,
        "keys": mark.keys,
    }


def _line(step: Progress) -> str:
    who = "" if step.run == BASE else f"{step.run}, "
    words = f"{who}{step.operator_id}: {_SAID[step.state]}"
    if step.state == "done":
        rows = "" if step.rows is None else f"{step.rows:,} rows, "
        words += f", {rows}{step.seconds:.2f} s"
    if step.on_the_way:
        words += f", through {', '.join(step.on_the_way)}"
    return words + (f": {step.message}" if step.message else "")
