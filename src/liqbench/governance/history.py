"""What was published when by whom, and what of it was withdrawn, as the audit log tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liqbench.governance.audit import PUBLISHED, WITHDRAWN
from liqbench.governance.process import ApprovalProcess
from liqbench.governance.withdrawals import document_of, ids_of


@dataclass(frozen=True)
class Withdrawing:
    """By whom a publication was withdrawn, when (UTC), and why."""

    by: str
    at: str
    reason: str


@dataclass(frozen=True)
class Published:
    """One publication of a variant: its id, what, where, when (UTC), by whom, under which trust.

    ``withdrawn`` is ``None`` for one that stands.
    """

    publish_id: str
    variant: str
    target: str
    identity: str
    at: str
    by: str
    author: str
    approver: str
    submission_id: str
    approval_id: str
    trust: str
    withdrawn: Withdrawing | None


def published_of(process: ApprovalProcess) -> list[Published]:
    """Return all publications of variants, the oldest first. Raises ``SignatureError``."""
    approvals = {approval.id: approval for approval in process.approvals()}
    gone: dict[str, Withdrawing] = {}
    for entry in process.audit.entries(what=WITHDRAWN):
        told: Any = document_of(entry)
        how = Withdrawing(told["withdrawn_by"], f"{told['withdrawn_at']}Z", told["reason"])
        gone |= dict.fromkeys(told["publications"], how)
    found = []
    for entry in process.audit.entries(what=PUBLISHED):
        approval = approvals[str(entry.details["approval"])]
        publish_id = ids_of(entry)[-1]
        found.append(
            Published(
                publish_id=publish_id,
                variant=approval.variant,
                target=str(entry.details["target"]),
                identity=str(entry.details["identity"]),
                at=entry.at,
                by=entry.who,
                author=approval.author,
                approver=approval.approver,
                submission_id=approval.submission_id,
                approval_id=approval.id,
                trust=approval.trust,
                withdrawn=gone.get(publish_id),
            )
        )
    return found
