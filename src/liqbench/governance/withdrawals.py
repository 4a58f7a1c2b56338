"""Withdrawals: who takes a publication back, why, what goes with it, and that the log tells it.

A withdrawal needs no second person, as it takes nothing anywhere: reports show the publication
before. Its way back is a new submission and approval, which make a new publication; an approval
of before stays withdrawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from liqbench.errors import (
    CommentRequiredError,
    GovernanceError,
    SignatureError,
    UnknownResultError,
    WrongTargetError,
    did_you_mean,
)
from liqbench.governance.audit import PUBLISHED, WITHDRAWN, AuditLog, Entry
from liqbench.governance.canonical import Clock, moment, utc_now
from liqbench.governance.keys import PublicKey
from liqbench.governance.signatures import Signed
from liqbench.governance.trust import Trust
from liqbench.store import Records

SCHEMA = "liqwithdrawal/1"
_FEWEST_DIGITS = 8


class Place(Protocol):
    """What a withdrawal asks of a target."""

    @property
    def identity(self) -> str:
        """Return what tells this warehouse from every other one."""


@dataclass(frozen=True)
class Withdrawal:
    """What is taken back, by whom and why; whoever is given one renews it.

    ``publications`` are the ids: the variant's, and its baseline's unless it is ``kept``, as
    others that stand were published with it.
    """

    publish_id: str
    approval_id: str
    publications: tuple[str, ...]
    kept: tuple[str, ...]
    reason: str
    by: str
    withdrawals: Withdrawals = field(repr=False, compare=False)

    def renew(self, target: Place) -> Withdrawal:
        """Verify all of it again, now. Raises as ``Withdrawals.order``."""
        return Withdrawals.order(
            self.withdrawals, self.publish_id, reason=self.reason, by=self.by, target=target
        )


@dataclass(frozen=True)
class Withdrawn:
    """A withdrawal as the warehouse has it; ``new`` unless it had it before. ``at`` is UTC."""

    publish_id: str
    publications: tuple[str, ...]
    kept: tuple[str, ...]
    at: datetime
    by: str
    reason: str
    new: bool

    def __str__(self) -> str:
        before = "" if self.new else ", before this call"
        also = f", with its baseline {self.publications[1][:12]}" if self.publications[1:] else ""
        return f"{self.publish_id[:12]} withdrawn by {self.by}: {self.reason}{also}{before}"


class Withdrawals:
    """The withdrawals of a workspace: ordered here, done by a target, and noted here."""

    def __init__(
        self, records: Records, audit: AuditLog, trust: Trust, *, clock: Clock = utc_now
    ) -> None:
        self._records = records
        self._audit = audit
        self._trust = trust
        self._clock = clock

    def published(self, publish_id: str) -> Entry:
        """Return the entry of a variant's publication, named by its id or 8 digits of it at least.

        Raises ``UnknownResultError``; ``GovernanceError`` for a baseline's id.
        """
        entries = self._audit.entries(what=PUBLISHED)
        if len(publish_id) >= _FEWEST_DIGITS:
            found = [entry for entry in entries if entry.subject.startswith(publish_id)]
            if len(found) == 1:
                return found[0]
            for entry in entries:
                if any(own.startswith(publish_id) for own in ids_of(entry)[:-1]):
                    raise GovernanceError(
                        "this is a baseline; it goes with the last of the variants that were "
                        "published with it",
                        where=f"publication {publish_id[:12]}",
                        hint=f"withdraw {entry.subject}",
                    )
        raise UnknownResultError(
            f"there is no one publication {publish_id!r}",
            hint=did_you_mean(publish_id, [entry.subject for entry in entries]),
        )

    def order(self, publish_id: str, *, reason: str, by: str, target: Place) -> Withdrawal:
        """Return what is to be withdrawn from a target.

        Raises ``CommentRequiredError`` without a reason, ``AuditError``, ``ClockError``,
        ``WrongTargetError`` where it was published elsewhere, and as ``published`` does.
        """
        why = reason.strip()
        entry = self.published(publish_id)
        where = f"publication {entry.subject[:12]}"
        if not why:
            raise CommentRequiredError("a withdrawal needs its reason", where=where)
        self._audit.verify()
        self._audit.check_clock(self._clock())
        self._trust.author_key(by)  # one that can't be opened is told before anything is done
        if entry.details["identity"] != target.identity:
            raise WrongTargetError(
                f"it was published to {entry.details['identity']}, not to {target.identity}",
                where=where,
            )
        gone = withdrawn_ids(self._audit)
        needed = {
            known
            for other in self._audit.entries(what=PUBLISHED)
            if other.subject not in gone and other.subject != entry.subject
            for known in ids_of(other)[:-1]
        }
        baseline = ids_of(entry)[:-1]
        return Withdrawal(
            publish_id=entry.subject,
            approval_id=str(entry.details["approval"]),
            publications=(entry.subject, *(own for own in baseline if own not in needed)),
            kept=tuple(own for own in baseline if own in needed),
            reason=why,
            by=by,
            withdrawals=self,
        )

    def note(self, done: Withdrawn, order: Withdrawal, *, name: str, target: Place) -> None:
        """Note a withdrawal that is in the warehouse now, signed if the person has a key."""
        with self._records.transaction() as connection:
            known = self._audit.entries(
                what=WITHDRAWN, subject=done.publish_id, connection=connection
            )
            if known:
                return
            at = self._clock()
            key = self._trust.author_key(order.by)
            document = {
                "schema": SCHEMA,
                "publication": done.publish_id,
                "publications": list(done.publications),
                "kept": list(done.kept),
                "approval": order.approval_id,
                "target": name,
                "identity": target.identity,
                "withdrawn_at": done.at.isoformat(),
                "withdrawn_by": done.by,
                "reason": done.reason,
                "person": order.by,
                "key_id": "" if key is None else key.key_id,
                "public_key": "" if key is None else key.card.public.raw.hex(),
                "trust": self._trust.kind,
                "at": moment(at),
            }
            self._audit.append(
                connection,
                who=order.by,
                what=WITHDRAWN,
                subject=done.publish_id,
                details=Signed.by(key, document).to_json(),
                at=at,
            )


def ids_of(entry: Entry) -> tuple[str, ...]:
    """Return the ids that an entry of a publication tells: the baseline's, then the variant's."""
    return tuple(str(told["publish_id"]) for told in entry.details["publications"])


def withdrawn_ids(audit: AuditLog, upto: int | None = None) -> frozenset[str]:
    """Return what the log tells of as withdrawn, up to an entry's number if one is given."""
    return frozenset(
        publish_id
        for entry in audit.entries(what=WITHDRAWN)
        if upto is None or entry.number <= upto
        for publish_id in document_of(entry)["publications"]
    )


def document_of(entry: Entry) -> Mapping[str, Any]:
    """Return the document of a withdrawal's entry. Raises ``SignatureError`` for what is none."""
    return _signed(entry).document


def approval_of(entry: Entry) -> str | None:
    """Return the approval that an entry tells the publication or the withdrawal of."""
    if entry.what == WITHDRAWN:
        return str(document_of(entry).get("approval"))
    return str(entry.details.get("approval")) if entry.what == PUBLISHED else None


def lines_of(entries: Sequence[Entry], publish_id: str) -> tuple[tuple[str, str], ...]:
    """Return in words how a publication was withdrawn, each line with a heading; none if not."""
    lines = []
    for entry in entries:
        told = document_of(entry) if entry.what == WITHDRAWN else {}
        if publish_id in told.get("publications", ()):
            noted = "" if entry.who == told["withdrawn_by"] else f" (noted by {entry.who})"
            by = f"{told['withdrawn_at']}Z by {told['withdrawn_by']}{noted}: {told['reason']}"
            lines += [("withdrawn", by), ("signature", _signature(entry))]
    return tuple(lines)


def _signed(entry: Entry) -> Signed:
    return Signed.from_json(dict(entry.details), SCHEMA, f"audit entry {entry.number}")


def check_signature(entry: Entry) -> str:
    """Return the id of the key that signed a withdrawal; empty where the person had none.

    Raises ``SignatureError`` where the key that it names didn't sign it.
    """
    signed, where = _signed(entry), f"audit entry {entry.number}"
    key_id = str(signed.document.get("key_id"))
    if not key_id:
        return ""
    public = PublicKey.from_hex(str(signed.document.get("public_key")))
    if public.key_id != key_id:
        raise SignatureError("the key is not the one it names", where=where)
    signed.check(public, where)
    return key_id


def _signature(entry: Entry) -> str:
    """Tell a signature in words."""
    try:
        key_id = check_signature(entry)
    except GovernanceError as error:
        return f"does not hold: {error}"
    return f"key {key_id} as it is named there, holds" if key_id else "none: she has no key"
