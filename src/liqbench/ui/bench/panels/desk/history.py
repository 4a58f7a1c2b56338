"""History: what was published when by whom, what is withdrawn, and whether the log is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from liqbench.ui.bench.bench import Bench
from liqbench.ui.bench.commands import command
from liqbench.ui.bench.panel import Panel

if TYPE_CHECKING:
    from liqbench.ui.bench.panels.desk.panel import DeskPanel


class HistoryPanel(Panel):
    """The publications by the audit log, and the one that is open."""

    name = "history"

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.opened = ""
        self._lines: list[dict[str, Any]] = []
        self._count = 0

    @property
    def _desk(self) -> DeskPanel:
        return cast("DeskPanel", self.bench.panels["desk"])

    def moved(self) -> None:
        """Open what was chosen, and take what the desk has read."""
        chosen = self.bench.selection
        if chosen.get("kind") == "publication":
            self.opened = str(chosen.get("id"))
        papers = self._desk.papers
        if papers is not None:
            self._lines, self._count = papers.history(), len(papers.publications)

    def state(self) -> dict[str, Any]:
        """Return the publications, the newest first, and which is open."""
        return {"rows": self._lines, "count": self._count, "opened": self.opened}

    @command(slow=True)
    def story(self, publication: str) -> list[list[str]]:
        """Return how a publication came to be: headings and lines."""
        return [list(line) for line in self.bench.workbench.story(publication).lines]

    @command(slow=True)
    def verify(self) -> dict[str, Any]:
        """Check the audit log; return its head."""
        head = self.bench.workbench.verify_log()
        return {"number": head.number, "hash": head.hash}

    @command(slow=True)
    def withdraw(self, publication: str, reason: str) -> str:
        """Withdraw a publication; reports show the one before it. Return what was done."""
        desk = self._desk
        done = self.bench.workbench.withdraw(publication, reason=reason, by=desk.acting.by())
        with self.bench.changing():
            desk.forms.clear(f"withdraw {publication}")
        desk.read()
        return str(done)
