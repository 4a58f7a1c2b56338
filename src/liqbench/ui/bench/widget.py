"""The bench as a widget: messages between the screen and the kernel, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import anywidget
import IPython.display
import traitlets

from liqbench.ui.bench.bench import Bench
from liqbench.ui.bench.errors import NotBuiltError
from liqbench.ui.bench.in_order import InOrder
from liqbench.ui.bench.twin import Twin


def _bundle(name: str) -> Path:
    path = Path(str(files("liqbench.ui"))) / "static" / name
    if not path.is_file():
        raise NotBuiltError(
            f"the screen's bundle {name} was not built",
            hint="in a checkout, 'make lab' builds it; an installed liqbench brings it",
        )
    return path


class BenchWidget(anywidget.AnyWidget):
    """A screen on a bench. The page holds nothing that the kernel doesn't: it may be reloaded."""

    _esm = ""
    _css = ""
    height = traitlets.Int(760).tag(sync=True)

    def __init__(self, bench: Bench) -> None:
        super().__init__(
            _esm=_bundle("bench.js").read_text("utf-8"),
            _css=_bundle("bench.css").read_text("utf-8"),
        )
        self.bench = bench
        self._twin = Twin(bench)
        self._order = InOrder(self._take)
        self.on_msg(self._heard)

    def __repr__(self) -> str:
        return f"<Bench {self.bench.name}: it works while its kernel runs>"

    def _ipython_display_(self) -> None:
        """Show the screen, and below it what a saved notebook keeps of it."""
        display: Any = IPython.display.display
        data, metadata = self._repr_mimebundle_() or ({}, {})
        display(data, metadata=metadata, raw=True)
        self._twin.show_by(lambda html: display(html, display_id=True))

    def _heard(self, _widget: Any, message: Any, _buffers: Any) -> None:
        if message.get("command") == "ping":  # out of turn: it tells how far the turn has come
            page = str(message.get("page"))
            with self.bench.lock:
                self._tell({"topic": "pong", "page": page, "next": self._order.next(page)})
            return
        self._order.hear(message)

    def _take(self, message: Mapping[str, Any]) -> None:
        if message.get("command") == "hello":  # a page that opens, or opens again
            self.bench.detach(self._tell)
            self.bench.attach(self._tell)
            return
        page = message["page"]  # several views of one output hear each other's answers
        self.bench.ask(message, lambda answer: self._tell({**answer, "page": page}))

    def _tell(self, message: dict[str, Any]) -> None:
        self.send(message)

    def close(self) -> None:
        """Close the screen; the bench goes on."""
        self.bench.detach(self._tell)
        self._twin.close()
        super().close()
