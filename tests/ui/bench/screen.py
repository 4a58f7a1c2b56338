"""A screen for tests: it asks a bench, and waits for what is answered from a thread."""

from __future__ import annotations

import json
import threading
from typing import Any

from liqbench.ui.bench import Bench


class Screen:
    """Asks a bench as the page does."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.states: dict[str, Any] = {}
        bench.attach(self._hear)

    def _hear(self, message: dict[str, Any]) -> None:
        for name, news in json.loads(json.dumps(message.get("state", {}))).items():
            self.states[name] = {**self.states.get(name, {}), **news}

    def ask(self, command: str, **args: Any) -> Any:
        """Return the answer to a command, or its error."""
        answers: list[dict[str, Any]] = []
        there = threading.Event()

        def answer(reply: dict[str, Any]) -> None:
            answers.append(json.loads(json.dumps(reply)))
            there.set()

        self.bench.ask({"id": 1, "command": command, "args": args}, answer)
        assert there.wait(120)
        return answers[0].get("error") or answers[0].get("ok")

    def state(self, panel: str) -> Any:
        """Return what the screen was told of a panel last."""
        return self.states[panel]


def asked_of(screen: Screen, panel: str) -> str:
    """Return what a step's code asks of its analysis, without the calls that make it."""
    lines = screen.bench.panels[panel].code().splitlines()
    made = next(n for n, line in enumerate(lines) if line.startswith("imp = "))
    return "\n".join(lines[made + 1 :])
