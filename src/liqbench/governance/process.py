"""The way of a variant: submitted, approved by somebody else or rejected, published."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from liqbench.errors import (
    ChangedSinceApprovalError,
    CommentRequiredError,
    DamagedStageError,
    FourEyesError,
    GovernanceError,
    NotApprovedError,
    UnknownResultError,
)
from liqbench.governance.evidence import Evidence
from liqbench.store import Records, StageStore

SUBMISSION, APPROVAL = "submission", "approval"
SUBMITTED, APPROVED, REJECTED, PUBLISHED = "submitted", "approved", "rejected", "published"


@dataclass(frozen=True)
class Submission:
    """A variant that its author put forward."""

    id: str
    variant: str
    author: str
    comment: str
    content_hash: str
    state: str


@dataclass(frozen=True)
class Approval:
    """A submission that somebody else approved; it holds for its content hash only."""

    id: str
    submission_id: str
    variant: str
    approver: str
    comment: str
    content_hash: str


class ApprovalProcess:
    """The rules of the process over the workspace's records."""

    def __init__(self, records: Records, stages: StageStore) -> None:
        self._records = records
        self._stages = stages

    def submit(self, evidence: Evidence, *, by: str, comment: str) -> Submission:
        """Put a variant forward for approval."""
        who, why = _person(by), _reason(comment)
        submission_id = f"sub-{uuid.uuid4().hex[:12]}"
        body = {
            "variant": evidence.variant,
            "author": who,
            "comment": why,
            "content_hash": evidence.content_hash,
            "evidence": dict(evidence.document),
        }
        self._records.add(SUBMISSION, submission_id, SUBMITTED, body, who=who, comment=why)
        return self.submission(submission_id)

    def submission(self, submission_id: str) -> Submission:
        """Return a submission. Raises ``UnknownResultError``."""
        state, body = self._records.get(SUBMISSION, submission_id)
        return _submission(submission_id, state, body)

    def submissions(self) -> list[Submission]:
        """Return all submissions, the oldest first."""
        found = self._records.list(SUBMISSION)
        return [_submission(item["id"], item["state"], item["body"]) for item in found]

    def approve(self, submission_id: str, *, by: str, comment: str) -> Approval:
        """Approve a submission as it is now.

        Raises ``FourEyesError`` for its author, ``CommentRequiredError``, ``StateError``, and
        ``ChangedSinceApprovalError`` where it is no longer what was submitted.
        """
        who, why = _person(by), _reason(comment)
        _, body = self._records.get(SUBMISSION, submission_id)
        if who.casefold() == body["author"].casefold():
            raise FourEyesError(
                f"{who} submitted it and can't approve it",
                where=submission_id,
                hint="ask a second person",
            )
        self._verified(submission_id, body)
        approval_id = f"apr-{uuid.uuid4().hex[:12]}"
        approval = {
            "submission_id": submission_id,
            "variant": body["variant"],
            "approver": who,
            "comment": why,
            "content_hash": body["content_hash"],
        }
        self._records.move(submission_id, expected=SUBMITTED, state=APPROVED, who=who, comment=why)
        self._records.add(APPROVAL, approval_id, APPROVED, approval, who=who, comment=why)
        return self.approval(approval_id)

    def reject(self, submission_id: str, *, by: str, comment: str) -> Submission:
        """Send a submission back to its author with the reason."""
        who, why = _person(by), _reason(comment)
        self._records.get(SUBMISSION, submission_id)
        self._records.move(submission_id, expected=SUBMITTED, state=REJECTED, who=who, comment=why)
        return self.submission(submission_id)

    def approval(self, approval_id: str) -> Approval:
        """Return an approval. Raises ``UnknownResultError``."""
        _, body = self._records.get(APPROVAL, approval_id)
        return Approval(id=approval_id, **body)

    def approved_evidence(self, approval_id: str) -> tuple[Approval, Evidence]:
        """Return what may be published under an approval, verified now.

        Raises ``NotApprovedError`` for an id that is no approval, ``ChangedSinceApprovalError``
        where anything under the hash changed since.
        """
        try:
            approval = self.approval(approval_id)
        except UnknownResultError:
            raise self._not_approved(approval_id) from None
        state, body = self._records.get(SUBMISSION, approval.submission_id)
        if state not in (APPROVED, PUBLISHED):
            raise NotApprovedError(f"its submission is {state}", where=approval_id)
        evidence = self._verified(approval.submission_id, body)
        if evidence.content_hash != approval.content_hash:
            raise ChangedSinceApprovalError(
                "the submission is not the one that was approved",
                where=approval_id,
                hint="submit again",
            )
        return approval, evidence

    def _not_approved(self, name: str) -> NotApprovedError:
        known = {item["id"]: item["state"] for item in self._records.list(SUBMISSION)}
        if name in known:
            return NotApprovedError(
                f"this is a submission, and it is {known[name]}",
                where=name,
                hint="publish needs the approval's id: wb.approve(…).id",
            )
        return NotApprovedError(
            "there is no such approval", where=name, hint="wb.approvals() lists them"
        )

    def mark_published(self, approval: Approval, *, by: str, publication: str) -> None:
        """Note that an approval's variant is in a warehouse now."""
        state, _ = self._records.get(SUBMISSION, approval.submission_id)
        if state == APPROVED:
            self._records.move(
                approval.submission_id,
                expected=APPROVED,
                state=PUBLISHED,
                who=by,
                comment=publication,
            )

    def approvals(self) -> list[Approval]:
        """Return all approvals, the oldest first."""
        return [Approval(id=item["id"], **item["body"]) for item in self._records.list(APPROVAL)]

    def _verified(self, submission_id: str, body: Mapping[str, Any]) -> Evidence:
        evidence = Evidence(body["evidence"])
        if evidence.content_hash != body["content_hash"]:
            raise ChangedSinceApprovalError(
                "its record was changed: the evidence no longer has the hash it was stored with",
                where=submission_id,
                hint="submit again, and find out who changed the workspace",
            )
        try:
            evidence.verify(self._stages)
        except DamagedStageError as error:
            raise ChangedSinceApprovalError(
                f"it can't be verified: {error}", where=submission_id, hint="run and submit again"
            ) from error
        return evidence


def _person(name: str) -> str:
    if not name.strip():
        raise GovernanceError("every step names the person who takes it", hint="by='your name'")
    return name.strip()


def _reason(comment: str) -> str:
    if not comment.strip():
        raise CommentRequiredError(
            "a comment is needed: the reason is read with the number", hint="comment='…'"
        )
    return comment.strip()


def _submission(submission_id: str, state: str, body: Mapping[str, Any]) -> Submission:
    fields = ("variant", "author", "comment", "content_hash")
    return Submission(id=submission_id, state=state, **{name: body[name] for name in fields})
