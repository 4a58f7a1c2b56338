"""Whether an evidence pack holds, by nothing but the pack and, if given, a list of trusted people.

All that is wrong is told, each with its file. Later checks need what earlier ones read: where the
evidence is not the approved one, what follows from it is not looked at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from liqbench.errors import (
    AuditError,
    FaultCollector,
    LiqbenchError,
)
from liqbench.governance.audit import APPROVED, SUBMITTED, WITHDRAWN, Entry, check_chain
from liqbench.governance.canonical import canonical, utc_now
from liqbench.governance.identity import same_person
from liqbench.governance.keys import Card
from liqbench.governance.pack import layout
from liqbench.governance.pack.archive import Archive, read_archive
from liqbench.governance.pack.errors import PackContentError, PackFileError
from liqbench.governance.pack.story import Line, lines_of
from liqbench.governance.signatures import (
    Approval,
    Submission,
    check_author,
    check_four_eyes,
)
from liqbench.governance.trust import TrustList
from liqbench.governance.withdrawals import approval_of, check_signature


@dataclass(frozen=True)
class Verification:
    """What came of a verification: all faults, none where the pack holds, and what it tells.

    ``approval`` is the id it says it is of. ``listed`` tells whether a list was asked who signed.
    """

    approval: str
    faults: tuple[LiqbenchError, ...]
    story: tuple[Line, ...]
    listed: bool

    @property
    def holds(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.faults


def verify_pack(
    file: Path, trusted: TrustList | None = None, *, now: datetime | None = None
) -> Verification:
    """Verify a pack, without a workspace. Raises ``UnreadablePackError`` for what is no zip."""
    return verify_files(read_archive(file), trusted, now=now)


def verify_files(
    archive: Archive, trusted: TrustList | None = None, *, now: datetime | None = None
) -> Verification:
    """Verify the files of a pack; ``now`` is the time at which the list is asked."""
    check = _Check(archive.files, trusted, now or utc_now())
    for fault in archive.faults:
        check.faults.add(fault)
    return check.run()


class _Check:
    """One verification."""

    def __init__(
        self, files: Mapping[str, bytes], trusted: TrustList | None, now: datetime
    ) -> None:
        self._files = files
        self._trusted = trusted
        self._now = now
        self.faults = FaultCollector()
        self._submission: Submission | None = None
        self._approval: Approval | None = None
        self._story: tuple[Line, ...] = ()
        self._entries: tuple[Entry, ...] = ()

    def run(self) -> Verification:
        """Check everything that can be checked."""
        self._read()
        if self._submission is not None and self._approval is not None:
            self._check_decision(self._submission, self._approval)
        approval = self._approval
        return Verification(
            approval="" if approval is None else approval.id,
            faults=tuple(self.faults.faults),
            story=self._story,
            listed=self._trusted is not None,
        )

    def _read(self) -> None:
        """Read the signed documents and the log."""
        with self.faults.collect(layout.MANIFEST):
            self._check_manifest()
        with self.faults.collect(layout.SUBMISSION):
            own, value = self._signed(layout.SUBMISSION, "submission")
            self._submission = Submission.of(own, "", value)
            check_author(self._submission)
        with self.faults.collect(layout.APPROVAL):
            self._approval = Approval.of(*self._signed(layout.APPROVAL, "approval"))
        with self.faults.collect(layout.AUDIT):
            self._entries = self._read_audit()

    def _check_decision(self, submission: Submission, approval: Approval) -> None:
        """Check that the documents belong together, and what was approved."""
        with self.faults.collect(layout.APPROVAL):
            _check_pair(submission, approval)
        with self.faults.collect(layout.APPROVAL):
            check_four_eyes(submission, approval.approver, approval.key_id, approval.id)
        self._check_keys(submission, approval)
        with self.faults.collect(layout.AUDIT):
            _check_audit(self._entries, submission, approval)
        with self.faults.collect(layout.EVIDENCE):
            document = self._evidence(approval)
            try:
                self._check_derived(document, submission, approval)
                self._story = tuple(lines_of(document, submission, approval, self._entries))
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise PackContentError(f"lacks a part: {error!r}") from error

    # --- files ---------------------------------------------------------------------------------

    def _check_manifest(self) -> None:
        """Check that the files are those that the manifest lists."""
        listed = self._json(layout.MANIFEST)
        found = listed.get("files")
        if listed.get("schema") != layout.SCHEMA or not isinstance(found, dict):
            raise PackFileError(f"is no list of the schema {layout.SCHEMA!r}")
        for name in sorted(found.keys() | self._files.keys() - {layout.MANIFEST}):
            with self.faults.collect(name):
                if name not in self._files:
                    raise PackFileError("is missing")
                if name not in found:
                    raise PackFileError("is not in the manifest")
                if found[name] != _listed(self._files[name]):
                    raise PackFileError("is not what the manifest lists")

    def _check_derived(
        self, document: Mapping[str, Any], submission: Submission, approval: Approval
    ) -> None:
        """Check every file that follows from the approved evidence, and that there is no other."""
        derived = layout.derived_files(document).items()
        wanted = {**document.get("attachments", {}), **{n: _listed(data) for n, data in derived}}
        for name, file in wanted.items():
            if name in self._files and _listed(self._files[name]) != file:
                self._wrong(name, "is not what was approved")
        expected = {*wanted, *_FREE, layout.APPROVER_KEY}
        expected |= {layout.AUTHOR_KEY} if submission.key_id else set()
        for name in sorted(expected - self._files.keys()):
            self._wrong(name, "is missing")
        for name in sorted(self._files.keys() - expected):
            self._wrong(name, "is no part of the pack of this approval")
        manifest = layout.manifest_of(self._files, approval.id, document)
        if self._files.get(layout.MANIFEST) != canonical(manifest):
            self._wrong(layout.MANIFEST, "is not the list of these files")

    def _wrong(self, name: str, what: str) -> None:
        """Note a fault of a file, if the manifest didn't tell of it."""
        if name not in [fault.where for fault in self.faults.faults]:
            self.faults.add(PackFileError(what, where=name))

    def _json(self, name: str) -> dict[str, Any]:
        """Return a JSON object that is in its canonical form."""
        if name not in self._files:
            raise PackFileError("is missing")
        try:
            found = json.loads(self._files[name])
        except (ValueError, RecursionError) as error:
            raise PackFileError(f"is no JSON: {error}") from error
        if not isinstance(found, dict) or canonical(found) != self._files[name]:
            raise PackFileError("is no object in canonical JSON")
        return found

    # --- documents -----------------------------------------------------------------------------

    def _signed(self, name: str, what: str) -> tuple[str, dict[str, Any]]:
        """Return a signed document's own id, and the document with its signature."""
        value = self._json(name)
        document = value.get("document")
        own = document.get(what) if isinstance(document, dict) else None
        return str(own), value

    def _evidence(self, approval: Approval) -> Mapping[str, Any]:
        data = self._files.get(layout.EVIDENCE)
        if data is None:
            raise PackFileError("is missing")
        if sha256(data).hexdigest() != approval.content_hash:
            raise PackContentError(
                "is not the evidence that was approved: its SHA-256 is another one"
            )
        found: Mapping[str, Any] = json.loads(data)
        return found

    def _check_keys(self, submission: Submission, approval: Approval) -> None:
        """Check both signatures against the enclosed keys, and against the list if there is one."""
        signers: list[tuple[str, str, str, Submission | Approval]]
        signers = [(layout.APPROVER_KEY, approval.approver, layout.APPROVAL, approval)]
        if submission.key_id:
            signers.append((layout.AUTHOR_KEY, submission.author, layout.SUBMISSION, submission))
        for name, person, file, what in signers:
            with self.faults.collect(name):
                card = Card.from_json(self._json(name), name)
                if card.key_id != what.key_id or not same_person(card.person, person):
                    raise PackContentError(f"is not the key {what.key_id} of {person}")
                with self.faults.collect(file):
                    what.signed.check(card.public, what.id)
            if self._trusted is not None:
                with self.faults.collect(file):
                    public = self._trusted.public_key(
                        what.key_id, person, signed_at=what.at, now=self._now
                    )
                    what.signed.check(public, what.id)

    def _read_audit(self) -> tuple[Entry, ...]:
        value = self._json(layout.AUDIT)
        found = value.get("entries")
        if value.get("schema") != layout.AUDIT_SCHEMA or not isinstance(found, list):
            raise PackFileError(f"is no log of the schema {layout.AUDIT_SCHEMA!r}")
        for entry in found:
            if not isinstance(entry, dict) or {k: type(v) for k, v in entry.items()} != _ENTRY:
                raise PackFileError("has an entry that is none")
        return tuple(Entry(**entry) for entry in found)


_ENTRY = {
    "number": int,
    "at": str,
    "who": str,
    "what": str,
    "subject": str,
    "details": dict,
    "previous": str,
    "hash": str,
}
_FREE = (layout.MANIFEST, layout.EVIDENCE, layout.AUDIT, layout.SUBMISSION, layout.APPROVAL)


def _listed(data: bytes) -> dict[str, Any]:
    return {"sha256": sha256(data).hexdigest(), "size": len(data)}


def _check_pair(submission: Submission, approval: Approval) -> None:
    """Check that an approval is of this submission."""
    if (
        approval.submission_id != submission.id
        or approval.signed.document.get("submission_digest") != submission.signed.digest
        or approval.content_hash != submission.content_hash
        or not same_person(approval.author, submission.author)
    ):
        raise PackContentError(f"is not an approval of {submission.id} as it is here")


def _check_audit(entries: tuple[Entry, ...], submission: Submission, approval: Approval) -> None:
    """Check the chain, that it tells the decisions once, and that it goes no further."""
    check_chain(entries, [approval.audit])
    for what, subject, digest in (
        (SUBMITTED, submission.id, submission.signed.digest),
        (APPROVED, approval.id, approval.signed.digest),
    ):
        found = [entry for entry in entries if (entry.what, entry.subject) == (what, subject)]
        if [entry.details.get("digest") for entry in found] != [digest]:
            raise AuditError(f"tells of no such document that was {what}", where=subject)
    for entry in entries:
        if entry.what == WITHDRAWN and approval_of(entry) == approval.id:
            check_signature(entry)
    last = entries[-1]  # there is one, as the approval is told
    if approval_of(last) != approval.id and (last.what, last.subject) != (APPROVED, approval.id):
        raise AuditError(
            "goes on behind the approval, its publications and their withdrawals",
            where=f"audit entry {last.number}",
        )
