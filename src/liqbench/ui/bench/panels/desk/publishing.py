"""Publishing: rehearsed first, then done in a thread while its phases are told; what it gave."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, cast

from liqbench.errors import LiqbenchError, UnknownResultError
from liqbench.ui.bench.bench import Bench
from liqbench.ui.bench.commands import command
from liqbench.ui.bench.errors import BusyError, NotRehearsedError
from liqbench.ui.bench.panel import Panel
from liqbench.ui.bench.panels.desk.files import packed
from liqbench.ui.bench.panels.desk.reading import target_of
from liqbench.ui.bench.panels.desk.told import (
    check_told,
    dry_run_told,
    fault_told,
    receipt_told,
    step_told,
)
from liqbench.warehouse import DryRun, PublishStep

if TYPE_CHECKING:
    from liqbench.ui.bench.panels.desk.panel import DeskPanel


class PublishingPanel(Panel):
    """What was rehearsed, what goes on, and how it ended, of this session."""

    name = "publishing"

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._one = threading.Lock()
        self._running: dict[str, Any] | None = None
        self._chosen = ""
        self._rehearsed: dict[tuple[str, str], DryRun] = {}
        self._ended: dict[tuple[str, str], dict[str, Any]] = {}

    @property
    def _desk(self) -> DeskPanel:
        return cast("DeskPanel", self.bench.panels["desk"])

    @property
    def target(self) -> str:
        """The name of the warehouse that is chosen."""
        return target_of(self.bench.workbench, self._chosen)

    @property
    def approval(self) -> str:
        """The id of the approval of the submission that is open; empty where there is none."""
        papers = self._desk.papers
        found = papers and papers.approval_of(self._desk.opened)
        return found.id if found else ""

    def rehearsed(self) -> bool:
        """Tell whether what is open was rehearsed for the chosen warehouse."""
        return (self.approval, self.target) in self._rehearsed

    def published(self) -> bool:
        """Tell whether what is open was published to the chosen warehouse."""
        papers, place = self._desk.papers, self.bench.workbench.target(self.target)
        return bool(papers and papers.published(self.approval, place.identity))

    def state(self) -> dict[str, Any]:
        """Return what goes on, and of what is open its rehearsal and how publishing it ended."""
        key = (self.approval, self.target)
        dry = self._rehearsed.get(key)
        return {
            "target": self.target,
            "targets": [
                {"name": name, "identity": target.identity}
                for name, target in sorted(self.bench.workbench.targets.items())
            ],
            "running": self._running,
            "rehearsed": dry and dry_run_told(dry),
            "ended": self._ended.get(key),
        }

    @command()
    def choose(self, target: str) -> None:
        """Choose a warehouse."""
        self.bench.workbench.target(target)
        self._chosen = target

    @command(slow=True)
    def rehearse(self, approval: str, target: str) -> None:
        """Verify the approval and work out what would be written; nothing is."""
        by = self._desk.acting.by()
        dry = self.bench.workbench.publish(approval, target=target, by=by, dry_run=True)
        with self.bench.changing():
            self._rehearsed[approval, target] = dry
            self._ended.pop((approval, target), None)

    @command(slow=True)
    def statements(self, approval: str, target: str) -> list[str]:
        """Return the statements of what was rehearsed."""
        if (approval, target) not in self._rehearsed:
            raise UnknownResultError("this was not rehearsed", hint="make the dry run first")
        return list(self._rehearsed[approval, target].statements)

    @command(slow=True)
    def publish(self, approval: str, target: str) -> None:
        """Publish; its phases are in the state, and its receipt or what stopped it afterwards.

        Raises ``NotRehearsedError`` before its dry run was made at this bench, ``BusyError`` while
        another publication goes on.
        """
        by = self._desk.acting.by()
        if (approval, target) not in self._rehearsed:
            raise NotRehearsedError(
                "nobody saw yet what would be written",
                where=target,
                hint="make the dry run for this warehouse first",
            )
        if not self._one.acquire(blocking=False):
            raise BusyError("something is being published", hint="wait until it has ended")
        try:
            receipt = self.bench.workbench.publish(
                approval,
                target=target,
                by=by,
                monitor=lambda step: self._tell(approval, target, step),
            )
        except LiqbenchError as error:
            self._end(approval, target, {"fault": fault_told(error)})
        except BaseException:
            self._end(approval, target, None)
            raise
        else:
            self._end(approval, target, {"receipt": receipt_told(receipt)})
        finally:
            self._one.release()
        self._desk.read()

    def _tell(self, approval: str, target: str, step: PublishStep) -> None:
        with self.bench.changing():
            self._running = {
                "approval": approval,
                "target": target,
                **step_told(step),
            }

    def _end(self, approval: str, target: str, how: dict[str, Any] | None) -> None:
        with self.bench.changing():
            self._running = None
            if how is not None:
                self._ended[approval, target] = how

    # --- what goes with it -----------------------------------------------------------------------

    @command(slow=True)
    def doctor(self, target: str) -> list[dict[str, Any]]:
        """Examine a warehouse without changing it."""
        return [check_told(each) for each in self.bench.workbench.target(target).doctor()]

    @command(slow=True)
    def evidence_file(self, approval: str) -> dict[str, str]:
        """Return an approval's evidence pack as a file for the browser."""
        name = f"evidence {approval}.zip"
        return packed(name, lambda path: self.bench.workbench.evidence(approval, path))

    @command(slow=True)
    def powerbi_file(self, target: str) -> dict[str, str]:
        """Return the Power BI project of a warehouse as a zip for the browser."""
        return packed("Liquidity", lambda path: self.bench.workbench.powerbi(path, target))
