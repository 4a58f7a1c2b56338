"""Stopping what runs, from another thread: nothing half done is left, and Spark's jobs end too."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from contextvars import ContextVar, Token, copy_context
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from pyspark.sql import SparkSession

from liqbench.engine.session import SPARK_ERRORS, interrupt_jobs, tag_jobs, untag_jobs
from liqbench.errors import LiqbenchError

_AGAIN = 0.2  # seconds; a job may begin between the look at the wish and Spark's
_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")


class RunCancelledError(LiqbenchError):
    """A run that somebody cancelled; what was stored before stays."""


class Cancellation:
    """What runs inside it can be stopped by ``cancel`` from another thread.

    ``with cancellation: wb.run(…)``, or any other call of the workbench. Spark's jobs of this
    thread carry a tag, so that only they are cancelled, on classic sessions and on Spark Connect.
    What is stopped raises ``RunCancelledError``; stages that were stored before stay, and the
    same call goes on behind them later.
    """

    def __init__(self) -> None:
        self.tag = f"liqbench-{uuid.uuid4().hex}"
        self._asked = threading.Event()
        self._ended = threading.Event()
        self._own = threading.local()
        self._sessions: list[SparkSession] = []
        self._lock = threading.Lock()
        self._before: Token[Cancellation | None] | None = None

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked for the end."""
        return self._asked.is_set()

    def cancel(self) -> None:
        """Ask for the end, and return at once."""
        with self._lock:
            first = not self._asked.is_set()
            self._asked.set()
        if first:
            threading.Thread(target=self._interrupt, name="liqbench cancel", daemon=True).start()

    def _interrupt(self) -> None:
        """Interrupt Spark until what runs inside has ended."""
        while not self._ended.is_set():
            with self._lock:
                sessions = list(self._sessions)
            for session in sessions:
                interrupt_jobs(session, self.tag)
            self._ended.wait(_AGAIN)

    def check(self, *, within: float = 0) -> None:
        """Raise ``RunCancelledError`` where somebody asked for the end, or asks within seconds."""
        if self._asked.wait(within):
            raise RunCancelledError(
                "was cancelled", hint="run it again: it goes on behind what is stored"
            )

    def tagged(self, session: SparkSession) -> SparkSession:
        """Return the session, this thread's jobs on it tagged."""
        known = self._own.__dict__.setdefault("sessions", [])
        if session not in known:
            tag_jobs(session, self.tag)
            known.append(session)
            with self._lock:
                if session not in self._sessions:
                    self._sessions.append(session)
        return session

    def __enter__(self) -> Self:
        self._before = _CURRENT.set(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        assert self._before is not None  # noqa: S101 - it was entered
        _CURRENT.reset(self._before)
        for session in self._own.__dict__.pop("sessions", []):
            untag_jobs(session, self.tag)
        if isinstance(error, SPARK_ERRORS):
            self.check()


_CURRENT: ContextVar[Cancellation | None] = ContextVar("liqbench_cancellation", default=None)


def is_cancelled() -> bool:
    """Tell whether what this thread works for was cancelled."""
    current = _CURRENT.get()
    return current is not None and current.cancelled


def check_cancelled(*, within: float = 0) -> None:
    """Raise ``RunCancelledError`` where what this thread works for was cancelled.

    With ``within`` seconds it is waited for that, where this can be cancelled.
    """
    current = _CURRENT.get()
    if current is not None:
        current.check(within=within)


def cancellable(session: SparkSession) -> SparkSession:
    """Return the session; what this thread has it do can be cancelled, where that is wanted."""
    current = _CURRENT.get()
    return session if current is None else current.tagged(session)


def carried(call: Callable[_Given, _Found]) -> Callable[_Given, _Found]:
    """Return the call for another thread, where it can be cancelled as it could be here."""
    context = copy_context()

    def inside(*args: _Given.args, **kwargs: _Given.kwargs) -> _Found:
        return context.run(call, *args, **kwargs)

    return inside


__all__ = [
    "Cancellation",
    "RunCancelledError",
    "cancellable",
    "carried",
    "check_cancelled",
    "is_cancelled",
]
