"""What the desk knows of the workspace's records, read at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from liqbench.errors import UnknownResultError
from liqbench.governance import Approval, Published, Submission
from liqbench.ui.bench.panels.desk.acting import Acting
from liqbench.ui.bench.panels.desk.told import (
    approval_told,
    faults_told,
    publication_told,
    submission_told,
)
from liqbench.ui.papers import minute
from liqbench.warehouse.errors import WithdrawnError
from liqbench.workbench import Workbench

MOST_LINES = 200  # of the inbox, of the history; the newest


@dataclass(frozen=True)
class Papers:
    """Submissions, approvals and publications as they were when they were read, oldest first."""

    submissions: Sequence[Submission] = ()
    approvals: Sequence[Approval] = ()
    publications: Sequence[Published] = ()

    @classmethod
    def of(cls, workbench: Workbench) -> Papers:
        """Read the papers of a workspace."""
        return cls(workbench.submissions(), workbench.approvals(), workbench.publications())

    def submission(self, submission_id: str) -> Submission | None:
        """Return a submission that was there."""
        return next((each for each in self.submissions if each.id == submission_id), None)

    def approval_of(self, submission_id: str) -> Approval | None:
        """Return a submission's approval; a submission is decided once."""
        return next((a for a in self.approvals if a.submission_id == submission_id), None)

    def newest(self, variant: str) -> Submission | None:
        """Return the newest submission of a variant."""
        return next((s for s in reversed(self.submissions) if s.variant == variant), None)

    def published(self, approval_id: str, identity: str) -> Published | None:
        """Return what an approval was published as to a warehouse."""
        own = (p for p in reversed(self.publications) if p.approval_id == approval_id)
        return next((each for each in own if each.identity == identity), None)

    def lines(self) -> list[dict[str, Any]]:
        """Return the inbox: what waits for a decision, then the rest, each the newest first."""
        newest = list(reversed(self.submissions))
        ordered = sorted(newest, key=lambda each: each.state != "submitted")
        return [submission_told(each, self.publications) for each in ordered[:MOST_LINES]]

    def history(self) -> list[dict[str, Any]]:
        """Return the publications, the newest first."""
        return [publication_told(each) for each in list(reversed(self.publications))[:MOST_LINES]]

    def waiting(self) -> int:
        """Return how many submissions wait for a decision."""
        return sum(each.state == "submitted" for each in self.submissions)


def opened_told(
    workbench: Workbench, papers: Papers, submission_id: str, acting: Acting
) -> dict[str, Any] | None:
    """Return how an opened submission stands, and what may be done with it and why not."""
    by = acting.named
    submission = papers.submission(submission_id)
    if submission is None:
        return None
    approval = papers.approval_of(submission_id)
    told = {
        **submission_told(submission, papers.publications, whole=True),
        "approval": approval and approval_told(approval),
        "approve": [],
        "reject": [],
        "until": "",
        "places": [],
    }
    if submission.state == "submitted":
        unnamed = by is None and acting.state().get("person") == ""
        for step, why_not in (
            ("approve", workbench.why_not_approve(submission_id, by=by)),
            ("reject", workbench.why_not_reject(submission_id, by=by)),
        ):
            told[step] = faults_told(why_not, unnamed=unnamed)
        told["until"] = minute((datetime.now(UTC) + workbench.approvals_hold).isoformat())
    if approval is not None:
        told["places"] = [
            _place(workbench, papers, approval, name) for name in sorted(workbench.targets)
        ]
    return told


def _place(workbench: Workbench, papers: Papers, approval: Approval, name: str) -> dict[str, Any]:
    """Return what became of an approval at a target, and why it may not be published there."""
    identity = workbench.target(name).identity
    there = papers.published(approval.id, identity)
    faults = list(workbench.why_not_publish(approval.id, target=name))
    if there is not None and there.withdrawn is not None:
        faults.append(
            WithdrawnError(f"it was withdrawn by {there.withdrawn.by}: {there.withdrawn.reason}")
        )
    return {
        "name": name,
        "identity": identity,
        "published": there and publication_told(there),
        "faults": faults_told(faults),
    }


def target_of(workbench: Workbench, name: str) -> str:
    """Return a target's name, the first one's where it is none. Raises ``UnknownResultError``."""
    if name in workbench.targets:
        return name
    if not workbench.targets:
        raise UnknownResultError("there is no warehouse to publish to")
    return "local" if "local" in workbench.targets else min(workbench.targets)
