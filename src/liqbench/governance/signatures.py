"""Submissions and approvals as signed documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from liqbench.errors import FourEyesError, GovernanceError, SignatureError
from liqbench.governance.audit import Head
from liqbench.governance.canonical import canonical, digest_of, moment
from liqbench.governance.identity import same_person
from liqbench.governance.keys import PersonKey, PublicKey
from liqbench.governance.trust import Kind
from liqbench.model.presentation import html_of

SUBMISSION_SCHEMA, APPROVAL_SCHEMA = "liqsubmission/1", "liqapproval/1"


@dataclass(frozen=True)
class Signed:
    """A document and its signature, 64 bytes as hex digits; without a key there is none."""

    document: Mapping[str, Any]
    signature: str | None

    @classmethod
    def by(cls, key: PersonKey | None, document: Mapping[str, Any]) -> Signed:
        """Sign a document. Raises ``GovernanceError`` for what can't be signed."""
        text = canonical(dict(document))
        return cls(document, None if key is None else key.sign(text).hex())

    @classmethod
    def from_json(cls, value: Any, schema: str, where: str) -> Signed:
        """Read a signed document of this schema. Raises ``SignatureError`` for what is none."""
        document = value.get("document") if isinstance(value, dict) else None
        if not isinstance(document, dict) or document.get("schema") != schema:
            raise SignatureError(
                f"its record is no document of the schema {schema!r}",
                where=where,
                hint="find out who changed the workspace",
            )
        signature = value.get("signature")
        return cls(document, signature if isinstance(signature, str) else None)

    def to_json(self) -> dict[str, Any]:
        """Return document and signature."""
        return {"document": dict(self.document), "signature": self.signature}

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON of document and signature."""
        return digest_of(self.to_json())

    def check(self, public: PublicKey, where: str) -> None:
        """Raise ``SignatureError`` where this key didn't sign this document."""
        try:
            signature = bytes.fromhex(self.signature or "")
            text = canonical(dict(self.document))
        except (ValueError, GovernanceError):
            signature = text = b""
        if not public.fits(signature, text):
            raise SignatureError(
                f"its signature is not that of the key {public.key_id}, or it was changed since",
                where=where,
                hint="find out who changed the workspace",
            )


@dataclass(frozen=True)
class Rejection:
    """Who sent a submission back, when (UTC), and the comment on it."""

    by: str
    at: str
    comment: str


@dataclass(frozen=True)
class Submission:
    """A variant that its author put forward; without a key of hers, ``key_id`` is empty.

    ``rejection`` is what is on one that was sent back.
    """

    id: str
    variant: str
    author: str
    comment: str
    content_hash: str
    state: str
    key_id: str
    at: str
    signed: Signed = field(repr=False)
    rejection: Rejection | None = None

    @classmethod
    def of(cls, submission_id: str, state: str, value: Any) -> Submission:
        """Read a submission's record. Raises ``SignatureError`` where it is that of another."""
        signed = Signed.from_json(value, SUBMISSION_SCHEMA, submission_id)
        own = _texts(signed, submission_id, ("variant", "author", "comment", "content_hash"))
        more = _texts(signed, submission_id, ("submission", "key_id", "at"))
        _check_id(submission_id, more.pop("submission"))
        return cls(id=submission_id, state=state, **own, **more, signed=signed, rejection=None)

    def _repr_html_(self) -> str | None:
        return html_of(self)


@dataclass(frozen=True)
class Approval:
    """A submission that somebody else approved; it holds for its content hash only.

    All of it is read from the signed document. ``targets`` are the names and identities of the
    warehouses that it is for, all where there is none; ``trust`` says whose word the key is on;
    ``audit`` is the head of the audit log at that moment.
    """

    id: str
    submission_id: str
    variant: str
    author: str
    approver: str
    comment: str
    content_hash: str
    key_id: str
    trust: str
    at: str
    valid_until: str
    targets: Mapping[str, str] | None
    audit: Head = field(repr=False)
    signed: Signed = field(repr=False)

    @classmethod
    def of(cls, approval_id: str, value: Any) -> Approval:
        """Read an approval's record. Raises ``SignatureError`` where it is that of another."""
        signed = Signed.from_json(value, APPROVAL_SCHEMA, approval_id)
        texts = ("variant", "author", "approver", "comment", "content_hash", "key_id", "trust")
        own = _texts(signed, approval_id, (*texts, "at", "valid_until"))
        more = _texts(signed, approval_id, ("approval", "submission"))
        _check_id(approval_id, more["approval"])
        targets, head = signed.document.get("targets"), signed.document.get("audit")
        if not isinstance(targets, dict | None) or not isinstance(head, dict):
            raise _not_whole(approval_id)
        try:
            audit = Head(int(head["number"]), str(head["hash"]))
        except (KeyError, ValueError, TypeError):
            raise _not_whole(approval_id) from None
        return cls(
            id=approval_id,
            submission_id=more["submission"],
            **own,
            targets=targets,
            audit=audit,
            signed=signed,
        )

    def __str__(self) -> str:
        local = "by local trust only, " if self.trust == "local" else ""
        return (
            f"{self.id}: {self.variant} approved by {self.approver}, {local}"
            f"valid until {self.valid_until[:10]}"
        )

    def _repr_html_(self) -> str | None:
        return html_of(self)


def submission_document(
    submission_id: str,
    *,
    variant: str,
    content_hash: str,
    author: str,
    key: PersonKey | None,
    comment: str,
    trust: Kind,
    at: datetime,
) -> dict[str, Any]:
    """Return what an author signs. Her public key is part of it; the approval fixes it."""
    return {
        "schema": SUBMISSION_SCHEMA,
        "submission": submission_id,
        "variant": variant,
        "content_hash": content_hash,
        "author": author,
        "key_id": "" if key is None else key.key_id,
        "public_key": "" if key is None else key.card.public.raw.hex(),
        "comment": comment,
        "trust": trust,
        "at": moment(at),
    }


def approval_document(
    approval_id: str,
    submission: Submission,
    *,
    approver: str,
    key: PersonKey,
    comment: str,
    targets: Mapping[str, str] | None,
    trust: Kind,
    at: datetime,
    valid_for: timedelta,
    audit: Head,
) -> dict[str, Any]:
    """Return what an approver signs."""
    return {
        "schema": APPROVAL_SCHEMA,
        "approval": approval_id,
        "submission": submission.id,
        "submission_digest": submission.signed.digest,
        "variant": submission.variant,
        "content_hash": submission.content_hash,
        "author": submission.author,
        "approver": approver,
        "key_id": key.key_id,
        "comment": comment,
        "targets": None if targets is None else dict(targets),
        "at": moment(at),
        "valid_until": moment(at + valid_for),
        "trust": trust,
        "audit": audit.to_json(),
    }


def check_four_eyes(submission: Submission, approver: str, key_id: str, where: str) -> None:
    """Raise ``FourEyesError`` where author and approver are one person, or have one key."""
    if same_person(submission.author, approver):
        raise FourEyesError(
            f"{approver} submitted it and can't approve it",
            where=where,
            hint="ask a second person",
        )
    if key_id and key_id == submission.key_id:
        raise FourEyesError(
            f"{approver} has the key of {submission.author}, who submitted it",
            where=where,
            hint="a key belongs to one person; ask a second one",
        )


def check_author(submission: Submission) -> None:
    """Raise ``SignatureError`` where a submission is signed, but not by the key it names."""
    if not submission.key_id:
        return
    public = PublicKey.from_hex(str(submission.signed.document.get("public_key")))
    if public.key_id != submission.key_id:
        raise SignatureError("the author's key is not the one it names", where=submission.id)
    submission.signed.check(public, submission.id)


def _texts(signed: Signed, where: str, names: tuple[str, ...]) -> dict[str, str]:
    found = {name: signed.document.get(name) for name in names}
    texts = {name: text for name, text in found.items() if isinstance(text, str)}
    if len(texts) < len(names):
        raise _not_whole(where)
    return texts


def _not_whole(where: str) -> SignatureError:
    return SignatureError(
        "its document lacks a part", where=where, hint="find out who changed the workspace"
    )


def _check_id(record: str, document: str) -> None:
    if record != document:
        raise SignatureError(
            f"its document is that of {document}",
            where=record,
            hint="find out who changed the workspace",
        )
