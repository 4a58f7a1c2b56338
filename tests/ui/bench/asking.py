"""A screen without a browser: it asks, waits for the answer, and keeps what it is told."""

from __future__ import annotations

import threading
from typing import Any

from liqbench.ui.bench import Bench
from liqbench.ui.bench.latest import Latest

PATIENCE = 120.0  # seconds; nothing takes so long, and a test that waits must end


class Screen:
    """What a page knows of a bench, and how it asks."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.states: dict[str, Any] = {}
        self.sizes: list[int] = []
        self._answers: dict[int, dict[str, Any]] = {}
        self._heard = threading.Condition()
        self._next = 0
        bench.attach(self.hear)

    def hear(self, message: dict[str, Any]) -> None:
        with self._heard:
            for name, news in message.get("state", {}).items():
                self.states[name] = self.states.get(name, {}) | news
            if "state" in message:
                self.sizes.append(len(str(message)))
            if "reply" in message:
                self._answers[message["reply"]] = message
            self._heard.notify_all()

    def ask(self, command: str, **args: Any) -> Any:
        """Return the answer, or the error as it is told."""
        self._next += 1
        number = self._next
        self.bench.ask({"id": number, "command": command, "args": args}, self.hear)
        with self._heard:
            assert self._heard.wait_for(lambda: number in self._answers, PATIENCE)
            answer = self._answers.pop(number)
        return answer["error"] if "error" in answer else answer["ok"]

    def settled(self) -> None:
        """Return when nothing is looked up in the background any more."""
        for panel in self.bench.panels.values():
            for work in vars(panel).values():
                if isinstance(work, Latest):
                    work.wait()
