"""Work in the background of which only the newest matters."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Asked = TypeVar("Asked")


class Latest(Generic[Asked]):
    """Calls a function in a thread with what was asked last; what was asked before is skipped.

    The function must handle its own errors: nobody waits for it.
    """

    def __init__(self, work: Callable[[Asked], None], name: str) -> None:
        self._work = work
        self._name = name
        self._lock = threading.Lock()
        self._next: list[Asked] = []
        self._thread: threading.Thread | None = None

    def ask(self, asked: Asked) -> None:
        """Have the work done for this, soon, and not for what still waits."""
        with self._lock:
            self._next = [asked]
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
            self._work(asked)

    def wait(self) -> None:
        """Return when nothing waits any more."""
        while (thread := self._thread) is not None:
            thread.join()
