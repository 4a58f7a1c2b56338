"""What may be published: everything about an approval is verified here, and nowhere believed.

``Publisher.clear`` is the one way to a ``Clearance``, and a clearance the one way to a publication.
The target renews it, with its own list of trusted people if it has one, before it writes.

This holds off whoever changes records, files or arguments. Whoever can write to the warehouse by
other means, or configures bench and target, could do without all of it: in production, publishing
belongs to an account of its own, with a target that has a list of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from liqbench.errors import (
    AuditError,
    ChangedSinceApprovalError,
    ClockError,
    DamagedStageError,
    LiqbenchError,
    LocalTrustError,
    NotApprovedError,
    StaleApprovalError,
    TrustListError,
    UnknownResultError,
    WrongTargetError,
)
from liqbench.governance.audit import (
    APPROVED,
    PUBLISHED,
    REFUSED,
    SUBMITTED,
    TRUST_SEEN,
    AuditLog,
    Entry,
    Head,
)
from liqbench.governance.canonical import Clock, moment, utc_now
from liqbench.governance.evidence import Evidence
from liqbench.governance.rules import check_rules
from liqbench.governance.signatures import Approval, Submission, check_author, check_four_eyes
from liqbench.governance.trust import Trust, TrustSettings, with_list
from liqbench.governance.withdrawals import withdrawn_ids
from liqbench.store import Attachments, Records, StageStore

SUBMISSION, APPROVAL = "submission", "approval"
_LONGEST_SUBJECT = 120


class Destination(Protocol):
    """What a publisher asks of a target.

    ``trust`` is the target's own list of trusted people, ``None`` where the bench's counts;
    ``demands_trust`` whether it refuses what is approved by local trust only.
    """

    demands_trust: bool
    trust: TrustSettings | None

    @property
    def identity(self) -> str:
        """Return what tells this warehouse from every other one."""


@dataclass(frozen=True)
class Clearance:
    """Leave to publish what was approved, as it was verified; whoever is given one renews it."""

    approval: Approval
    submission: Submission
    evidence: Evidence
    by: str
    publisher: Publisher = field(repr=False, compare=False)

    def renew(self, *, name: str, target: Destination) -> Clearance:
        """Verify all of it again, now. Raises as ``Publisher.clear``."""
        return Publisher.clear(
            self.publisher, self.approval.id, name=name, target=target, by=self.by
        )


class Publisher:
    """Verifies approvals over a workspace's records, stages and audit log."""

    def __init__(
        self,
        records: Records,
        stages: StageStore,
        attachments: Attachments,
        audit: AuditLog,
        trust: Trust,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._records = records
        self.stages = stages
        self._attachments = attachments
        self._audit = audit
        self._trust = trust
        self._clock = clock

    def clear(self, approval_id: str, *, name: str, target: Destination, by: str) -> Clearance:
        """Return leave to publish under an approval to a target, with everything verified now.

        Raises ``NotApprovedError`` for an id that is no approval, ``SignatureError``,
        ``UntrustedKeyError``, ``RevokedKeyError``, ``TrustListError``, ``LocalTrustError``,
        ``FourEyesError``, ``StaleApprovalError``, ``WrongTargetError``, ``RuleNotApprovedError``,
        ``RuleExpiredError``, ``AuditError``, ``ClockError``, and ``ChangedSinceApprovalError``
        where anything under the hash changed since. The refusal is in the audit log.
        """
        try:
            return self._clear(approval_id, name, target, by)
        except ClockError:  # with this clock nothing can be logged
            raise
        except LiqbenchError as refusal:
            self.note_refused(refusal, subject=approval_id, name=name, target=target, by=by)
            raise

    def note_refused(
        self, refusal: LiqbenchError, *, subject: str, name: str, target: Destination, by: str
    ) -> None:
        """Note that something was not published, and why."""
        with self._records.transaction() as connection:
            self._audit.append(
                connection,
                who=by,
                what=REFUSED,
                subject=subject[:_LONGEST_SUBJECT],
                details={
                    "target": name,
                    "identity": target.identity,
                    "error": type(refusal).__name__,
                    "reason": str(refusal),
                },
            )

    def withdrawn(self, upto: int | None = None) -> frozenset[str]:
        """Return the ids of what was withdrawn, up to an entry of the log if one is given."""
        return withdrawn_ids(self._audit, upto)

    def _clear(self, approval_id: str, name: str, target: Destination, by: str) -> Clearance:
        approval = self._approval(approval_id)
        now = self._clock()
        trust = with_list(self._trust, target.trust)
        _check_trust(approval, trust, name, target)
        self.note_trust(trust, by)
        public = trust.public_key(
            approval.key_id, approval.approver, signed_at=approval.at, now=now
        )
        approval.signed.check(public, approval_id)
        self._audit.verify([approval.audit])
        self._audit.check_clock(now)
        self._check_told(APPROVED, approval_id, approval.signed.digest)
        _check_use(approval, moment(now), name, target.identity)
        state, body = self._records.get(SUBMISSION, approval.submission_id)
        if state not in (APPROVED, PUBLISHED):
            raise NotApprovedError(f"its submission is {state}", where=approval_id)
        submission, evidence = self.verified(approval.submission_id, state, body, now)
        if (
            submission.signed.digest != approval.signed.document.get("submission_digest")
            or submission.content_hash != approval.content_hash
        ):
            raise ChangedSinceApprovalError(
                "the submission is not the one that was approved",
                where=approval_id,
                hint="submit again",
            )
        check_four_eyes(submission, approval.approver, approval.key_id, approval_id)
        return Clearance(approval, submission, evidence, by, self)

    def check_use(self, approval: Approval, *, name: str, target: Destination) -> None:
        """Raise what can be known to refuse an approval here, without reading what it covers.

        Nothing is noted: nobody tried to publish. Raises ``UntrustedKeyError``,
        ``RevokedKeyError``, ``TrustListError``, ``LocalTrustError``, ``StaleApprovalError`` and
        ``WrongTargetError``.
        """
        now, trust = self._clock(), with_list(self._trust, target.trust)
        _check_trust(approval, trust, name, target)
        trust.public_key(approval.key_id, approval.approver, signed_at=approval.at, now=now)
        _check_use(approval, moment(now), name, target.identity)

    def _approval(self, approval_id: str) -> Approval:
        try:
            _, body = self._records.get(APPROVAL, approval_id)
        except UnknownResultError:
            raise self._not_approved(approval_id) from None
        return Approval.of(approval_id, body)

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

    def verified(
        self, submission_id: str, state: str, body: Mapping[str, Any], now: datetime
    ) -> tuple[Submission, Evidence]:
        """Return a submission and its evidence, verified as they are now.

        Raises ``SignatureError``, ``AuditError``, ``RuleNotApprovedError``, ``RuleExpiredError``
        and ``ChangedSinceApprovalError``.
        """
        submission = Submission.of(submission_id, state, body.get("submission"))
        check_author(submission)
        self._check_told(SUBMITTED, submission_id, submission.signed.digest)
        evidence = Evidence.of(body)
        if evidence.content_hash != submission.content_hash:
            raise ChangedSinceApprovalError(
                "its record was changed: the evidence no longer has the hash it was stored with",
                where=submission_id,
                hint="submit again, and find out who changed the workspace",
            )
        check_rules(evidence.document, now)
        try:
            evidence.verify(self.stages, self._attachments)
        except DamagedStageError as error:
            raise ChangedSinceApprovalError(
                f"it can't be verified: {error}", where=submission_id, hint="run and submit again"
            ) from error
        return submission, evidence

    def _check_told(self, what: str, subject: str, digest: str) -> None:
        """Check that the audit log tells this document, and once."""
        found = self._audit.entries(what=what, subject=subject)
        if [entry.details.get("digest") for entry in found] != [digest]:
            raise AuditError(
                f"the audit log tells of no such document that was {what}",
                where=subject,
                hint="find out who changed the workspace",
            )

    def check_log(self, known: Iterable[Head] = ()) -> Head:
        """Check the whole audit log against itself, known heads and the records; return its head.

        Raises ``AuditError`` naming the first broken entry or the first record that it doesn't
        tell, ``AuditTruncatedError``, ``SignatureError`` for a record that is no document.
        """
        approvals = [Approval.of(item["id"], item["body"]) for item in self._records.list(APPROVAL)]
        head = self._audit.verify([*known, *(approval.audit for approval in approvals)])
        for approval in approvals:
            self._check_told(APPROVED, approval.id, approval.signed.digest)
        for item in self._records.list(SUBMISSION):
            found = Submission.of(item["id"], item["state"], item["body"].get("submission"))
            self._check_told(SUBMITTED, found.id, found.signed.digest)
        for what, kind in ((SUBMITTED, SUBMISSION), (APPROVED, APPROVAL)):
            there = {item["id"] for item in self._records.list(kind)}
            for entry in self._audit.entries(what=what):
                if entry.subject not in there:
                    raise AuditError(
                        f"tells of {entry.subject}, which is gone",
                        where=f"audit entry {entry.number}",
                        hint="find out who changed the workspace",
                    )
        return head

    def note_trust(self, trust: Trust, who: str) -> None:
        """Note a list of trusted people that wasn't seen before.

        Raises ``TrustListError`` for one that is older than the last one seen.
        """
        trusted = trust.seen()
        if trusted is None:
            return
        subject = trust.source[-_LONGEST_SUBJECT:]
        entries = self._audit.entries(what=TRUST_SEEN, subject=subject)
        last: Entry | None = entries[-1] if entries else None
        if last is not None and trusted.number < int(last.details["number"]):
            raise TrustListError(
                f"has number {trusted.number}, but number {last.details['number']} was seen before",
                where=subject,
                hint="an old list was put back; find out by whom",
            )
        if last is not None and last.details["content_hash"] == trusted.content_hash:
            return
        keys = {entry.key_id: entry.revoked_at or "trusted" for entry in trusted.people}
        details = {"number": trusted.number, "content_hash": trusted.content_hash, "keys": keys}
        with self._records.transaction() as connection:
            self._audit.append(
                connection, who=who, what=TRUST_SEEN, subject=subject, details=details
            )

    def note_published(
        self,
        clearance: Clearance,
        *,
        name: str,
        target: Destination,
        publications: Sequence[Mapping[str, str]],
    ) -> None:
        """Note that an approval's variant is in a warehouse now; the last publication names it."""
        approval, subject = clearance.approval, publications[-1]["publish_id"]
        with self._records.transaction() as connection:
            state, _ = self._records.get(SUBMISSION, approval.submission_id, connection=connection)
            if state == APPROVED:
                self._records.move(
                    approval.submission_id,
                    expected=APPROVED,
                    state=PUBLISHED,
                    connection=connection,
                )
            if self._audit.entries(what=PUBLISHED, subject=subject, connection=connection):
                return
            self._audit.append(
                connection,
                who=clearance.by,
                what=PUBLISHED,
                subject=subject,
                details={
                    "approval": approval.id,
                    "submission": approval.submission_id,
                    "trust": approval.trust,
                    "target": name,
                    "identity": target.identity,
                    "publications": [dict(publication) for publication in publications],
                },
            )


def _check_trust(approval: Approval, trust: Trust, name: str, target: Destination) -> None:
    """Check that an approval is by the kind of trust that counts here."""
    if target.demands_trust and trust.kind == "local":
        raise LocalTrustError(
            "this target takes nothing that is approved by local trust only",
            where=name,
            hint="configure a list of trusted people: GovernanceSettings(trust=…)",
        )
    if approval.trust != trust.kind:
        raise LocalTrustError(
            f"it was approved by {approval.trust} trust, and here only {trust.kind} counts",
            where=approval.id,
            hint="approve again",
        )


def _check_use(approval: Approval, now: str, name: str, identity: str) -> None:
    """Check that an approval may be used now, for this target."""
    if now > approval.valid_until:
        raise StaleApprovalError(
            f"it was valid until {approval.valid_until}",
            where=approval.id,
            hint="submit and approve again",
        )
    if approval.targets is not None and approval.targets.get(name) != identity:
        named = ", ".join(f"{n} ({place})" for n, place in approval.targets.items())
        raise WrongTargetError(
            f"it is for {named or 'no target'}, not for {name} ({identity})",
            where=approval.id,
            hint="ask the approver",
        )
