"""Writing the evidence pack of an approval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from liqbench.errors import FaultCollector
from liqbench.governance.audit import APPROVED, Entry
from liqbench.governance.canonical import canonical
from liqbench.governance.keys import Card, PublicKey
from liqbench.governance.pack import layout
from liqbench.governance.pack.archive import Archive, archive_of
from liqbench.governance.pack.errors import PackExistsError
from liqbench.governance.pack.verification import verify_files
from liqbench.governance.process import ApprovalProcess
from liqbench.governance.signatures import Approval, Submission
from liqbench.governance.withdrawals import approval_of
from liqbench.model._documents import write_bytes
from liqbench.model._values import canonical_json


def write_pack(process: ApprovalProcess, approval_id: str, file: Path) -> Path:
    """Write the evidence pack of an approval, whole or not at all; return its path.

    Raises ``PackExistsError`` where there is a file already, and as ``pack_of`` does.
    """
    data = pack_of(process, approval_id)
    try:
        return write_bytes(file, data, replace=False)
    except FileExistsError:
        raise PackExistsError(
            "is there already, and nothing is written over it", where=str(file), hint="name another"
        ) from None


def pack_of(process: ApprovalProcess, approval_id: str) -> bytes:
    """Return the evidence pack of an approval: the same bytes until it is published or withdrawn.

    Raises ``UnknownResultError``; ``DamagedAttachmentError`` for an attachment that is gone; what
    ``verify_files`` finds where the workspace isn't as it was, as such a pack would prove nothing.
    """
    approval = process.approval(approval_id)
    submission = process.submission(approval.submission_id)
    evidence = process.evidence(submission.id)
    document = evidence.document
    files = {
        layout.EVIDENCE: canonical_json(document).encode(),
        layout.SUBMISSION: canonical(submission.signed.to_json()),
        layout.APPROVAL: canonical(approval.signed.to_json()),
        layout.AUDIT: _audit(process.audit.entries(), approval_id),
        **_keys(process, submission, approval),
        **layout.derived_files(document),
    }
    files |= process.attached(evidence)
    files[layout.MANIFEST] = canonical(layout.manifest_of(files, approval_id, document))
    faults = FaultCollector()
    for fault in verify_files(Archive(files)).faults:
        faults.add(fault)
    faults.raise_all()
    return archive_of(files)


def _audit(entries: Sequence[Entry], approval_id: str) -> bytes:
    """Return the log up to the approval's last publication or withdrawal, or to itself."""
    told = [entry.number for entry in entries if _tells_of(entry, approval_id)]
    known = [vars(entry) for entry in entries[: max(told, default=len(entries))]]
    return canonical({"schema": layout.AUDIT_SCHEMA, "entries": known})


def _tells_of(entry: Entry, approval_id: str) -> bool:
    if entry.what == APPROVED:
        return entry.subject == approval_id
    return approval_of(entry) == approval_id


def _keys(
    process: ApprovalProcess, submission: Submission, approval: Approval
) -> Mapping[str, bytes]:
    """Return the cards of both, the approver's as it was trusted when she signed."""
    public = process.trust.public_key(
        approval.key_id,
        approval.approver,
        signed_at=approval.at,
        now=datetime.fromisoformat(approval.at),
    )
    found = {layout.APPROVER_KEY: _card(approval.approver, public)}
    if submission.key_id:
        own = PublicKey.from_hex(str(submission.signed.document.get("public_key")))
        found[layout.AUTHOR_KEY] = _card(submission.author, own)
    return found


def _card(person: str, public: PublicKey) -> bytes:
    return canonical(Card(person, public).to_json())
