"""Questions that are answered one after the other."""

from __future__ import annotations

import threading
from types import TracebackType

from liqbench.engine import RunCancelledError, check_cancelled, rest

__all__ = ["Turns"]

_REST = 0.2  # seconds


class Turns:
    """A lock for questions: one that was given up while it waited gives its turn up, too.

    Entering it raises ``RunCancelledError`` then. A question that comes after a given up one isn't
    begun at once, as who goes from row to row in haste soon gives it up, too: until she stops,
    nothing takes the processor from what she sees.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hasty = False

    def __enter__(self) -> None:
        self._lock.acquire()
        try:
            rest(_REST if self._hasty else 0)
        except BaseException:
            self._end()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def _end(self) -> None:
        try:
            check_cancelled()
            self._hasty = False
        except RunCancelledError:
            self._hasty = True
        self._lock.release()
