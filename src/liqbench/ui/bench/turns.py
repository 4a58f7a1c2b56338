"""Questions that are answered one after the other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from liqbench.engine import check_cancelled, is_cancelled

__all__ = ["Turns"]

_REST = 0.2  # seconds


class Turns:
    """Turns of questions: one that was given up while it waited isn't begun.

    A question that comes after a given up one isn't begun at once either, as who goes from row to
    row in haste soon gives it up, too: until she stops, nothing takes the processor from what she
    sees.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hasty = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the turn and have it. Raises ``RunCancelledError`` where it was given up."""
        with self._lock:
            try:
                check_cancelled(within=_REST if self._hasty else 0)
                yield
            finally:
                self._hasty = is_cancelled()
