"""The way of a variant: submitted, approved by somebody else or rejected, published."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from liqbench.errors import CommentRequiredError
from liqbench.governance.attachments import Attached, with_attachments
from liqbench.governance.audit import APPROVED, REJECTED, SUBMITTED, AuditLog
from liqbench.governance.canonical import Clock, utc_now
from liqbench.governance.evidence import Evidence
from liqbench.governance.identity import ExplicitIdentity, identity_of, this_account
from liqbench.governance.publisher import APPROVAL, SUBMISSION, Publisher
from liqbench.governance.review import Review, review_of
from liqbench.governance.rules import check_rules
from liqbench.governance.settings import GovernanceSettings
from liqbench.governance.signatures import (
    Approval,
    Rejection,
    Signed,
    Submission,
    approval_document,
    check_four_eyes,
    submission_document,
)
from liqbench.governance.withdrawals import Withdrawals
from liqbench.store import Workspace


class ApprovalProcess:
    """The rules of the process over a workspace. Every step is written with its audit entry."""

    def __init__(
        self,
        workspace: Workspace,
        settings: GovernanceSettings | None = None,
        *,
        clock: Clock = utc_now,
    ) -> None:
        settings = settings or GovernanceSettings()
        self._records = workspace.records
        self.provider = settings.identity
        self._identity = identity_of(settings.identity)
        self.valid_for = settings.valid_for
        self._clock = clock
        self.trust = settings.trust_in(workspace.folder)
        self.audit = AuditLog(self._records, clock)
        self.attachments = workspace.attachments
        self.publisher = Publisher(
            self._records,
            workspace.stages,
            self.attachments,
            self.audit,
            self.trust,
            clock=clock,
        )
        self.withdrawals = Withdrawals(self._records, self.audit, self.trust, clock=clock)

    def submit(
        self,
        evidence: Evidence,
        *,
        by: str | None = None,
        comment: str,
        attached: Attached | None = None,
    ) -> Submission:
        """Put a variant forward for approval, with what is ``attached`` to it.

        Raises ``IdentityError``, ``CommentRequiredError``, ``RuleNotApprovedError``,
        ``RuleExpiredError``, ``InputChangedError`` for a parameter set that changed.
        """
        who, why = self.person(by), _reason(comment)
        check_rules(evidence.document, self._clock())
        evidence = with_attachments(evidence, attached or Attached(), self.attachments)
        key = self.trust.author_key(who)
        submission_id = f"sub-{uuid.uuid4().hex[:12]}"
        with self._records.transaction() as connection:
            at = self._clock()
            document = submission_document(
                submission_id,
                variant=evidence.variant,
                content_hash=evidence.content_hash,
                author=who,
                key=key,
                comment=why,
                trust=self.trust.kind,
                at=at,
            )
            signed = Signed.by(key, document)
            body = {
                "submission": signed.to_json(),
                "evidence": dict(evidence.document),
                "folder": evidence.folder,
            }
            self._records.add(SUBMISSION, submission_id, SUBMITTED, body, connection=connection)
            self.audit.append(
                connection,
                who=who,
                what=SUBMITTED,
                subject=submission_id,
                details={
                    "variant": evidence.variant,
                    "content_hash": evidence.content_hash,
                    "digest": signed.digest,
                    "comment": why,
                },
                at=at,
            )
        return self.submission(submission_id)

    def submission(self, submission_id: str) -> Submission:
        """Return a submission. Raises ``UnknownResultError``."""
        state, body = self._records.get(SUBMISSION, submission_id)
        found = Submission.of(submission_id, state, body.get("submission"))
        return replace(found, rejection=self._rejections(submission_id).get(submission_id))

    def _rejections(self, submission_id: str | None = None) -> dict[str, Rejection]:
        return {
            entry.subject: Rejection(entry.who, entry.at, str(entry.details.get("comment", "")))
            for entry in self.audit.entries(what=REJECTED, subject=submission_id)
        }

    def evidence(self, submission_id: str) -> Evidence:
        """Return what a submission covers, as it is recorded. Raises ``UnknownResultError``."""
        _, body = self._records.get(SUBMISSION, submission_id)
        return Evidence.of(body)

    def review(self, submission_id: str) -> Review:
        """Return what its approver decides on. Raises ``UnknownResultError``, as ``review_of``."""
        evidence = self.evidence(submission_id)
        return review_of(self.submission(submission_id), evidence, self.attached(evidence))

    def attached(self, evidence: Evidence) -> dict[str, bytes]:
        """Return the files that evidence lists, by name: impact, plans, picture, parameters.

        Raises ``DamagedAttachmentError`` for what is no longer as it was.
        """
        listed = evidence.document.get("attachments", {})
        return {name: self.attachments.get(file["sha256"]) for name, file in listed.items()}

    def submissions(self) -> list[Submission]:
        """Return all submissions, the oldest first."""
        found, rejections = self._records.list(SUBMISSION), self._rejections()
        return [
            replace(
                Submission.of(item["id"], item["state"], item["body"].get("submission")),
                rejection=rejections.get(item["id"]),
            )
            for item in found
        ]

    def approve(
        self,
        submission_id: str,
        *,
        by: str | None = None,
        comment: str,
        targets: Mapping[str, str] | None = None,
    ) -> Approval:
        """Approve a submission as it is now.

        ``targets`` are the names and identities of the warehouses that it is for; by default all.
        Raises ``FourEyesError`` for its author, ``CommentRequiredError``, ``StateError``,
        ``KeyFileError``, ``UntrustedKeyError``, ``RevokedKeyError``, ``TrustListError``, and
        ``ChangedSinceApprovalError`` where it is no longer what was submitted.
        """
        who, why = self.person(by), _reason(comment)
        state, body = self._records.get(SUBMISSION, submission_id)
        claimed = Submission.of(submission_id, state, body.get("submission"))
        check_four_eyes(claimed, who, "", submission_id)  # before a key is made for anybody
        key = self.trust.signing_key(who)
        check_four_eyes(claimed, who, key.key_id, submission_id)
        self.publisher.note_trust(self.trust, who)
        submission, _ = self.publisher.verified(submission_id, state, body, self._clock())
        approval_id = f"apr-{uuid.uuid4().hex[:12]}"
        with self._records.transaction() as connection:
            document = approval_document(
                approval_id,
                submission,
                approver=who,
                key=key,
                comment=why,
                targets=targets,
                trust=self.trust.kind,
                at=(at := self._clock()),
                valid_for=self.valid_for,
                audit=self.audit.head(connection),
            )
            self.trust.public_key(key.key_id, who, signed_at=document["at"], now=at)
            signed = Signed.by(key, document)
            self._records.move(
                submission_id,
                expected=SUBMITTED,
                state=APPROVED,
                body=body,
                connection=connection,
            )
            self._records.add(
                APPROVAL, approval_id, APPROVED, signed.to_json(), connection=connection
            )
            self.audit.append(
                connection,
                who=who,
                what=APPROVED,
                subject=approval_id,
                details={
                    "submission": submission_id,
                    "content_hash": submission.content_hash,
                    "digest": signed.digest,
                    "key_id": key.key_id,
                    "trust": self.trust.kind,
                    "comment": why,
                },
                at=at,
            )
        return self.approval(approval_id)

    def reject(self, submission_id: str, *, by: str | None = None, comment: str) -> Submission:
        """Send a submission back to its author with the reason."""
        who, why = self.person(by), _reason(comment)
        self._records.get(SUBMISSION, submission_id)
        with self._records.transaction() as connection:
            self._records.move(
                submission_id, expected=SUBMITTED, state=REJECTED, connection=connection
            )
            self.audit.append(
                connection,
                who=who,
                what=REJECTED,
                subject=submission_id,
                details={"comment": why},
            )
        return self.submission(submission_id)

    def approval(self, approval_id: str) -> Approval:
        """Return an approval. Raises ``UnknownResultError``."""
        _, body = self._records.get(APPROVAL, approval_id)
        return Approval.of(approval_id, body)

    def approvals(self) -> list[Approval]:
        """Return all approvals, the oldest first."""
        return [Approval.of(item["id"], item["body"]) for item in self._records.list(APPROVAL)]

    def now(self) -> datetime:
        """Return the time by the process's clock."""
        return self._clock()

    def person(self, by: str | None) -> str:
        """Return who acts, by the configured identity. Raises ``IdentityError``."""
        return self._identity.person(by)

    def publishing_person(self, by: str | None) -> str:
        """Return who publishes: as every step, and where nobody is named the account that does."""
        if by is None and isinstance(self._identity, ExplicitIdentity):
            return this_account()
        return self.person(by)


def _reason(comment: str) -> str:
    if not comment.strip():
        raise CommentRequiredError(
            "a comment is needed: the reason is read with the number", hint="comment='…'"
        )
    return comment.strip()
