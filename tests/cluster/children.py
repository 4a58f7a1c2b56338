"""Benches in processes of their own, which can be let loose, listened to and killed."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.cluster import analysis


class Child:
    """A bench that waits until it is let go."""

    def __init__(self, what: str, address: str, folder: Path, deals: Path, strategy: str) -> None:
        self.workspace = folder / "workspace"
        self._answers = folder / f"answers-{id(self)}.json"
        folder.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
            [
                sys.executable, str(Path(analysis.__file__)), what, address, str(self.workspace),
                str(deals), strategy, str(self._answers),
            ],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.hears("running")

    def hears(self, word: str) -> None:
        """Wait for a line of the child's."""
        assert self.process.stdout is not None
        heard = next((line for line in self.process.stdout if line.strip() == word), None)
        if heard is None:
            self.close()
            raise AssertionError(f"the child stopped before it said {word!r}")

    def let_go(self) -> None:
        """Let the child begin."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def killed_after(self, seconds: float) -> bool:
        """Kill the child, unless it ends before; tell whether it was killed."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        self.close()
        return self.process.returncode < 0

    def answers(self) -> Any:
        """Return the child's answers once it is done."""
        try:
            self.process.communicate(timeout=300)
        finally:
            self.close()
        assert self.process.returncode == 0
        return json.loads(self._answers.read_text("utf-8"))

    def close(self) -> None:
        """Let go of the child, which ends with it."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
