"""Submissions, approvals, publications and receipts for the screen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from liqbench.errors import IdentityError, LiqbenchError
from liqbench.governance import Approval, Published, Submission
from liqbench.ui.bench.panels.desk.acting import nobody
from liqbench.ui.bench.wire import error_to_wire
from liqbench.ui.papers import minute, way_in_words
from liqbench.warehouse import Check, DryRun, PublishStep, Receipt

_LONGEST = 160  # of a reason in a list; opened, all of it is there
# Who can change what stands in the way, where the error itself doesn't say it.
_WHO = {
    "ChangedSinceApprovalError": "The author: run again and submit what comes of it.",
    "FourEyesError": "Anybody else who may approve here.",
    "KeyFileError": "You: make your key, and have it put on the list of trusted people.",
    "LocalTrustError": "The administrator, who configures a list of trusted people.",
    "RevokedKeyError": "The administrator of the list of trusted people.",
    "RuleExpiredError": "Whoever is responsible for the rule: with new dates, approved again.",
    "RuleNotApprovedError": "Whoever approves rules; then note it at the rule, and run again.",
    "StaleApprovalError": "An approver: it has to be submitted and approved once more.",
    "TrustListError": "The administrator of the list of trusted people.",
    "UntrustedKeyError": "The administrator of the list of trusted people.",
    "WithdrawnError": "The author and an approver: submitted and approved anew, it can come back.",
    "WrongTargetError": "An approver: submitted again, it can be approved for this warehouse.",
}


def fault_told(error: LiqbenchError) -> dict[str, Any]:
    """Return why something may not be done, and who can change it."""
    return {**error_to_wire(error), "who": _WHO.get(type(error).__name__, "")}


def faults_told(found: Iterable[LiqbenchError], *, unnamed: bool = False) -> list[dict[str, Any]]:
    """Return all that stands in the way; that nobody is named, in the screen's words."""
    return [
        fault_told(nobody() if unnamed and isinstance(each, IdentityError) else each)
        for each in found
    ]


def submission_told(
    submission: Submission, publications: Iterable[Published], *, whole: bool = False
) -> dict[str, Any]:
    """Return a submission as a line of the inbox, or all of it.

    One of which every publication was withdrawn is told as withdrawn.
    """
    own = [each for each in publications if each.submission_id == submission.id]
    withdrawn = own and all(each.withdrawn for each in own)
    reason = submission.comment
    return {
        "id": submission.id,
        "variant": submission.variant,
        "author": submission.author,
        "at": minute(submission.at),
        "reason": reason if whole or len(reason) <= _LONGEST else f"{reason[:_LONGEST]}…",
        "state": "withdrawn" if withdrawn else submission.state,
        "rejection": rejection_told(submission),
    }


def rejection_told(submission: Submission) -> dict[str, str] | None:
    """Return the comment that is on a submission that was sent back."""
    found = submission.rejection
    if found is None:
        return None
    return {"by": found.by, "at": minute(found.at), "comment": found.comment}


def approval_told(approval: Approval) -> dict[str, Any]:
    """Return who approved, until when and for which warehouses it holds."""
    return {
        "id": approval.id,
        "approver": approval.approver,
        "at": minute(approval.at),
        "until": minute(approval.valid_until),
        "comment": approval.comment,
        "targets": None if approval.targets is None else list(approval.targets),
        "trust": approval.trust,
        "key": approval.key_id,
    }


def publication_told(found: Published) -> dict[str, Any]:
    """Return a publication as a line of the history."""
    gone = found.withdrawn
    return {
        "id": found.publish_id,
        "variant": found.variant,
        "target": found.target,
        "place": found.identity,
        "at": minute(found.at),
        "by": found.by,
        "author": found.author,
        "approver": found.approver,
        "submission": found.submission_id,
        "approval": found.approval_id,
        "trust": found.trust,
        "withdrawn": gone and {"by": gone.by, "at": minute(gone.at), "reason": gone.reason},
    }


def dry_run_told(dry: DryRun) -> dict[str, Any]:
    """Return what would be written; the statements are counted, and asked for."""
    return {
        "target": dry.target,
        "rows": [
            {"table": table, "rows": rows, "way": way_in_words(dry.routes[table])}
            for table, rows in dry.rows.items()
        ],
        "sums": [{"column": column, "sum": total} for column, total in dry.sums.items()],
        "statements": len(dry.statements),
    }


def receipt_told(receipt: Receipt) -> dict[str, Any]:
    """Return what a publication did."""
    return {
        "id": receipt.publish_id,
        "target": receipt.target,
        "new": receipt.new,
        "rows": [{"table": table, "rows": rows} for table, rows in receipt.rows.items()],
        "seconds": f"{receipt.seconds:.1f}",
        "speed": f"{receipt.rows_per_second:.0f}",
        "tries": receipt.tries,
        "way": way_in_words(receipt.method) if receipt.method else "",
        "trust": receipt.trust,
        "warnings": list(receipt.warnings),
    }


def step_told(step: PublishStep) -> dict[str, Any]:
    """Return what goes on while something is published."""
    return asdict(step)


def check_told(check: Check) -> dict[str, Any]:
    """Return what was checked of a warehouse."""
    return {"name": check.name, "ok": check.ok, "what": check.what, "hint": check.hint}
