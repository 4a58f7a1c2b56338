"""The desk: variants are submitted, submissions are looked at and decided."""

from __future__ import annotations

import base64
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from liqbench.errors import DocumentError, LiqbenchError
from liqbench.ui.bench.bench import Bench
from liqbench.ui.bench.commands import command
from liqbench.ui.bench.latest import Latest
from liqbench.ui.bench.panel import Panel
from liqbench.ui.bench.panels.desk.acting import Acting
from liqbench.ui.bench.panels.desk.code import desk_code
from liqbench.ui.bench.panels.desk.files import as_file
from liqbench.ui.bench.panels.desk.forms import Forms
from liqbench.ui.bench.panels.desk.picked import (
    MOST,
    Picked,
    files_of,
    with_file,
    without_file,
)
from liqbench.ui.bench.panels.desk.reading import Papers, opened_told
from liqbench.ui.bench.panels.desk.reviewing import review_told
from liqbench.ui.bench.panels.desk.variants import Variants
from liqbench.ui.bench.wire import error_to_wire

View = Literal["submit", "inbox", "history"]
Content = TypeVar("Content", str, bytes)


class DeskPanel(Panel):
    """Who acts, what may be submitted, the inbox, and the submission that is open.

    The records are read in the background when the step is looked at, and after every decision;
    ``read`` says whether they were. Reviews and files are answers, not state.
    """

    name = "desk"

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.acting = Acting(bench.workbench)
        self.forms = Forms(bench)
        self.picked = Picked(bench.workbench.folder / "drafts" / f"{bench.name} evidence")
        self.papers: Papers | None = None
        self.view: View = "inbox"
        self.opened = ""
        self._told: dict[str, Any] | None = None
        self._lines: list[dict[str, Any]] = []
        self._who = self.acting.state()
        self._problem: LiqbenchError | None = None
        self.variants = Variants(None)
        self._reading = threading.Lock()
        self.reads = Latest(self._look, "liqbench desk")

    def moved(self) -> None:
        """Open what was chosen anywhere, and turn to a new analysis."""
        chosen = self.bench.selection
        if chosen.get("kind") == "submission" and chosen.get("id") != self.opened:
            self.opened, self._told = str(chosen.get("id")), None
            self.reads.ask(None)
        if self.variants.analysis is not self.bench.analysis:
            self.variants = Variants(self.bench.analysis)
            self.variants.look(self.bench.workbench, self.papers)
        if chosen.get("kind") == "variant":
            self.variants.choose(str(chosen.get("id")))

    def state(self) -> dict[str, Any]:
        """Return who acts, the variants, the inbox, and how the opened submission stands."""
        papers = self.papers
        return {
            "view": self.view,
            "who": self._who,
            "variants": self.variants.told,
            "variant": self.variants.chosen,
            "read": papers is not None,
            "problem": None if self._problem is None else error_to_wire(self._problem),
            "waiting": 0 if papers is None else papers.waiting(),
            "count": 0 if papers is None else len(papers.submissions),
            "inbox": self._lines,
            "opened": self._told,
            "forms": self.forms.all(),
            "largest": MOST,
        }

    def code(self) -> str:
        """Return the calls that do what is on the screen."""
        return desk_code(self.bench)

    # --- reading ---------------------------------------------------------------------------------

    def _look(self, _asked: None) -> None:
        """Read in the background; what stops it is on the screen."""
        try:
            self.read()
        except LiqbenchError as error:
            with self.bench.changing():
                self._problem = error

    def read(self) -> None:
        """Read the records, and let the screen show them; not to be called under the lock."""
        workbench = self.bench.workbench
        with self._reading:
            papers, who = Papers.of(workbench), self.acting.state()
            lines, opened = papers.lines(), self.opened
            told = opened_told(workbench, papers, opened, self.acting)
            with self.bench.changing():
                self.papers, self._who, self._lines = papers, who, lines
                self._problem = None
                if opened == self.opened:
                    self._told = told
                self.variants.look(workbench, papers)
                self.bench.panels["history"].moved()

    @command(slow=True)
    def refresh(self) -> None:
        """Read the records again, as others may have written."""
        self.read()

    @command()
    def look(self, view: View) -> None:
        """Turn to what can be submitted, the inbox, or the history."""
        self.view = view

    @command()
    def close(self) -> None:
        """Go back to the whole inbox."""
        self.opened, self._told = "", None
        if self.bench.selection.get("kind") == "submission":
            self.bench.selection = {}

    @command(slow=True)
    def act_as(self, person: str) -> None:
        """Say in whose name steps are taken, where every call names the person."""
        self.acting.become(person)
        self.read()

    @command()
    def write(self, form: str, fields: dict[str, str]) -> None:
        """Keep what is written in a form, until it is sent."""
        self.forms.write(form, fields)

    @command(slow=True)
    def review(self, submission: str) -> dict[str, Any]:
        """Return what an approver decides on: tables, and the files by name."""
        return review_told(self.bench.workbench.review(submission))

    @command(slow=True)
    def text(self, submission: str, name: str) -> str:
        """Return a text that is attached to a submission, such as the picture of its lineage."""
        return _of(self.bench.workbench.review(submission).texts, name, submission)

    @command(slow=True)
    def file(self, submission: str, name: str) -> dict[str, str]:
        """Return a file that is attached to a submission, as it is, for the browser."""
        data = _of(self.bench.workbench.review(submission).files, name, submission)
        return as_file(name.rpartition("/")[2], data)

    @command(slow=True)
    def variant(self, name: str) -> dict[str, Any]:
        """Return a variant's rules in words, and what it changes."""
        return self.variants.explained(name)

    @command(slow=True)
    def attach(self, variant: str, name: str, content: str) -> None:
        """Keep a file as evidence for a variant, until it is submitted; its bytes in base64."""
        self.variants.of(variant)
        kept, form = self.picked.keep(name, base64.b64decode(content)), f"submit {variant}"
        with self.bench.changing():
            self.forms.write(form, with_file(files_of(self.forms.of(form)), kept))

    @command()
    def detach(self, variant: str, file: str) -> None:
        """Take a file of evidence away again."""
        form = f"submit {variant}"
        self.forms.write(form, without_file(files_of(self.forms.of(form)), file))

    # --- decisions -------------------------------------------------------------------------------

    @command(slow=True)
    def submit(self, variant: str, reason: str, evidence: str = "") -> str:
        """Put a variant of the last analysis forward, with its reason; return its id."""
        given = self.variants.of(variant)
        done = self.bench.workbench.submit(
            given,
            by=self.acting.by(),
            comment=_comment_of(reason, evidence),
            evidence=self.evidence(variant),
        )
        self._open(done.id, f"submit {variant}")
        # The submission has them now, and those that were picked and taken away are in no form.
        self.picked.keep_only(file for each in self.forms.all().values() for file in files_of(each))
        return done.id

    @command(slow=True)
    def approve(self, submission: str, comment: str, targets: list[str] | None = None) -> str:
        """Approve a submission, for some targets or all; return the approval's id."""
        by = self.acting.by()
        found = self.bench.workbench.approve(submission, by=by, comment=comment, targets=targets)
        self._open(submission, f"decide {submission}")
        return found.id

    @command(slow=True)
    def reject(self, submission: str, comment: str) -> None:
        """Send a submission back to its author with the comment."""
        self.bench.workbench.reject(submission, by=self.acting.by(), comment=comment)
        self._open(submission, f"decide {submission}")

    @command(slow=True)
    def take_up(self, submission: str) -> None:
        """Make a submission the draft again: its calculation, day and scenario."""
        review = self.bench.workbench.review(submission)
        scenario, said = review.scenario, review.submission.rejection
        others = [s for s in self.bench.draft.scenarios if s.name != scenario.name]
        points = tuple(review.submission.variant.removeprefix(f"{scenario.name}@").split(" + "))
        with self.bench.changing():
            self.bench.change(
                f"take up {review.submission.variant} again",
                dag=review.dag,
                as_of=review.as_of,
                scenarios=(*others, scenario),
                points=() if points == scenario.stages() else points,
            )
            if said is not None:
                self.bench.notices.append(
                    f"{review.submission.variant} was rejected by {said.by}: {said.comment}"
                )

    def evidence(self, variant: str) -> list[Path]:
        """Return where the files lie that are picked for a variant."""
        return [self.picked.path(each) for each in files_of(self.forms.of(f"submit {variant}"))]

    def comment(self, variant: str) -> str:
        """Return the comment that is written for a variant; empty without a reason."""
        form = self.forms.of(f"submit {variant}")
        return _comment_of(form.get("reason", ""), form.get("evidence", ""))

    def _open(self, submission: str, form: str) -> None:
        """Show how a submission stands now, its form empty again."""
        with self.bench.changing():
            self.view, self.opened = "inbox", submission
            self.bench.selection = {"kind": "submission", "id": submission}
            self.forms.clear(form)
        self.read()


def _of(files: Mapping[str, Content], name: str, submission: str) -> Content:
    if name not in files:
        raise DocumentError(f"there is no file {name!r}", where=submission)
    return files[name]


def _comment_of(reason: str, evidence: str) -> str:
    """Return the comment of a submission: its reason, then the evidence for it."""
    why, shown = reason.strip(), evidence.strip()
    return f"{why}\n\nEvidence: {shown}" if why and shown else why
