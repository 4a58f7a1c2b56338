"""Work in the background of which only the newest matters."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from liqbench.engine import Cancellation, RunCancelledError

Asked = TypeVar("Asked")


class Latest(Generic[Asked]):
    """Calls a function in a thread with what was asked last; what was asked before is skipped.

    With ``cancels``, what is being done for an earlier question is cancelled, Spark's jobs too; the
    function must let ``RunCancelledError`` pass then. It must handle its other errors itself:
    nobody waits for it.
    """

    def __init__(self, work: Callable[[Asked], None], name: str, *, cancels: bool = False) -> None:
        self._work = work
        self._name = name
        self._cancels = cancels
        self._current: Cancellation | None = None
        self._lock = threading.Lock()
        self._next: list[Asked] = []
        self._thread: threading.Thread | None = None

    def ask(self, asked: Asked) -> None:
        """Have the work done for this, soon, and not for what still waits."""
        with self._lock:
            self._next = [asked]
            if self._cancels and self._current is not None:
                self._current.cancel()
            if self._thread is None:
                self._thread = threading.Thread(target=self._go_on, name=self._name, daemon=True)
                self._thread.start()

    def _go_on(self) -> None:
        while True:
            with self._lock:
                if not self._next:
                    self._thread = None
                    return
                asked = self._next.pop()
                self._current = Cancellation()
            with contextlib.suppress(RunCancelledError), self._current:
                self._work(asked)

    def cancel(self) -> None:
        """Give up what is being done and what waits, where this work can be cancelled."""
        with self._lock:
            self._next = []
            if self._cancels and self._current is not None:
                self._current.cancel()

    def wait(self) -> None:
        """Return when nothing waits any more."""
        while (thread := self._thread) is not None:
            thread.join()
