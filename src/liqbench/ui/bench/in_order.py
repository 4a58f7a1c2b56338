"""Messages in the order in which they were sent, whichever thread brings them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["InOrder"]

Message = Mapping[str, Any]
_MOST_PAGES = 64


class InOrder:
    """Hands the messages of each page on one after the other, as their numbers say.

    JupyterLab gives a widget's messages to the kernel's main thread or to a thread beside it, so
    that a cell which runs doesn't hold them up; what was sent later may then come first. A message
    that comes too early is held, one that comes again is dropped.
    """

    def __init__(self, hand_on: Callable[[Message], None]) -> None:
        self._hand_on = hand_on
        self._lock = threading.Lock()
        self._next: dict[str, int] = {}
        self._held: dict[str, dict[int, Message]] = {}

    def hear(self, message: Message) -> None:
        """Take a message with its ``page`` and its ``id``, which count from 0 for each page."""
        page, number = str(message["page"]), int(message["id"])
        with self._lock:  # while it is handed on, too: the next one has to wait for it
            if page not in self._next:
                self._forget_oldest()
                self._next[page], self._held[page] = 0, {}
            held = self._held[page]
            if number >= self._next[page]:
                held[number] = message
            while (now := self._next[page]) in held:
                self._next[page] += 1
                self._hand_on(held.pop(now))

    def next(self, page: str) -> int:
        """Return the number that a page's next message has, where no earlier one is missing."""
        with self._lock:
            return self._next.get(page, 0)

    def _forget_oldest(self) -> None:
        """Forget the page that came first, where they are many: it is closed long since."""
        if len(self._next) >= _MOST_PAGES:
            oldest = next(iter(self._next))
            del self._next[oldest], self._held[oldest]
