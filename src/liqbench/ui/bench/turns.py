"""Questions that are answered one after the other."""

from __future__ import annotations

import threading
from types import TracebackType

from liqbench.engine import check_cancelled

__all__ = ["Turns"]


class Turns:
    """A lock for questions: one that was given up while it waited gives its turn up, too.

    Entering it raises ``RunCancelledError`` then.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()
        try:
            check_cancelled()
        except BaseException:
            self._lock.release()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()
