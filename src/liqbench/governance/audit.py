"""The audit log: what happened, chained so that no entry can be changed without it showing.

Every entry holds the hash of the one before. The log alone doesn't show that its end was cut off,
or that all of it was written anew; that shows against a head that is kept elsewhere, and every
signed approval keeps one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from liqbench.errors import AuditError, AuditTruncatedError, ClockError
from liqbench.governance.canonical import Clock, canonical, digest_of, moment, utc_now
from liqbench.store import AUDIT, Records

# Clocks are put right by such steps, and those of two machines differ by as much.
CLOCK_TOLERANCE = timedelta(seconds=5)
NOTHING = "0" * 64  # what the first entry follows
SUBMITTED, APPROVED, REJECTED = "submitted", "approved", "rejected"
PUBLISHED, REFUSED, TRUST_SEEN = "published", "publication refused", "trust list seen"
WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Head:
    """The last entry at some moment: its number (0: none yet) and its hash."""

    number: int
    hash: str

    def to_json(self) -> dict[str, Any]:
        """Return the head's JSON form."""
        return {"number": self.number, "hash": self.hash}


@dataclass(frozen=True)
class Entry:
    """What happened: who did what to which subject, when (UTC), and the chain."""

    number: int
    at: str
    who: str
    what: str
    subject: str
    details: Mapping[str, Any]
    previous: str
    hash: str

    @property
    def head(self) -> Head:
        """The entry as the log's head."""
        return Head(self.number, self.hash)

    def expected_hash(self, number: int | None = None) -> str:
        """Return the hash that the entry should have, as it stands or under another number."""
        return hash_of(
            number=self.number if number is None else number,
            at=self.at,
            who=self.who,
            what=self.what,
            subject=self.subject,
            details=self.details,
            previous=self.previous,
        )


def hash_of(
    *,
    number: int,
    at: str,
    who: str,
    what: str,
    subject: str,
    details: Mapping[str, Any],
    previous: str,
) -> str:
    """Return the SHA-256 of an entry's canonical JSON; the previous hash is part of it."""
    return digest_of(
        {
            "number": number,
            "at": at,
            "who": who,
            "what": what,
            "subject": subject,
            "details": dict(details),
            "previous": previous,
        }
    )


class AuditLog:
    """The audit log of a workspace; it can only be added to."""

    def __init__(self, records: Records, clock: Clock = utc_now) -> None:
        self._records = records
        self._clock = clock

    def append(
        self,
        connection: Connection,
        *,
        who: str,
        what: str,
        subject: str,
        details: Mapping[str, Any],
        at: datetime | None = None,
    ) -> Entry:
        """Add an entry within the transaction of what it tells.

        Raises ``ClockError`` where the clock is behind the last entry; nothing is then written.
        Within ``CLOCK_TOLERANCE`` the entry has the last one's time, so times never go back.
        """
        last = self._last(connection)
        number, previous = (1, NOTHING) if last is None else (last.number + 1, last.hash)
        text = self._following(last, at or self._clock())
        values = {"number": number, "at": text, "who": who, "what": what, "subject": subject}
        found = hash_of(**values, details=details, previous=previous)  # type: ignore[arg-type]
        connection.execute(
            insert(AUDIT).values(
                **values, details=canonical(dict(details)).decode(), previous=previous, hash=found
            )
        )
        return Entry(number, text, who, what, subject, dict(details), previous, found)

    def head(self, connection: Connection) -> Head:
        """Return the log's head."""
        last = self._last(connection)
        return Head(0, NOTHING) if last is None else Head(last.number, last.hash)

    def check_clock(self, now: datetime) -> None:
        """Raise ``ClockError`` where the time is before that of the last entry."""
        with self._records.reading() as connection:
            self._following(self._last(connection), now)

    def _following(self, last: Row[Any] | None, now: datetime) -> str:
        """Return the time of an entry behind the last one."""
        if last is None or moment(now) >= last.at:
            return moment(now)
        if moment(now + CLOCK_TOLERANCE) >= last.at:
            return str(last.at)
        raise ClockError(
            f"the clock says {moment(now)}, but the last entry is of {last.at}",
            where=f"audit entry {last.number}",
            hint="set the clock right; nothing was written",
        )

    def _last(self, connection: Connection) -> Row[Any] | None:
        return connection.execute(select(AUDIT).order_by(AUDIT.c.number.desc()).limit(1)).first()

    def entries(
        self,
        *,
        what: str | None = None,
        subject: str | None = None,
        connection: Connection | None = None,
    ) -> list[Entry]:
        """Return all entries, or those of a kind or on a subject, the oldest first.

        Who writes reads by the ``connection`` of the transaction.
        """
        query = select(AUDIT).order_by(AUDIT.c.number)
        if what is not None:
            query = query.where(AUDIT.c.what == what)
        if subject is not None:
            query = query.where(AUDIT.c.subject == subject)
        with self._records.looking(connection) as reader:
            return [_entry(row) for row in reader.execute(query)]

    def verify(self, known: Iterable[Head] = ()) -> Head:
        """Check the whole chain, and that it goes through the known heads; return its head.

        Raises ``AuditError`` naming the first broken entry, ``AuditTruncatedError`` where the log
        ends before a known head.
        """
        return check_chain(self.entries(), known)


def check_chain(entries: Sequence[Entry], known: Iterable[Head] = ()) -> Head:
    """Check entries from the first on, as ``AuditLog.verify`` does; return their head."""
    before: Entry | None = None
    for place, entry in enumerate(entries, start=1):
        _check(entry, before, place, len(entries))
        before = entry
    hashes = [NOTHING, *(entry.hash for entry in entries)]
    for head in known:
        if head.number >= len(hashes):
            raise AuditTruncatedError(
                f"the log ends with entry {len(entries)}, but entry {head.number} was signed "
                "as there",
                hint="its end was removed; find out who changed the workspace",
            )
        if hashes[head.number] != head.hash:
            raise _broken(head.number, "is not the one that was signed as the log's head")
    return Head(len(entries), hashes[-1])


def _check(entry: Entry, before: Entry | None, place: int, count: int) -> None:
    """Raise for an entry that isn't what was written, or doesn't follow the one before."""
    if entry.hash != entry.expected_hash():
        for number in range(1, count + 1):
            if entry.hash == entry.expected_hash(number):
                raise _broken(entry.number, f"is out of place: it was written as entry {number}")
        raise _broken(entry.number, "was changed")
    if entry.number != place:
        raise _broken(place, "was removed")
    if entry.previous != (NOTHING if before is None else before.hash):
        raise _broken(
            place, "doesn't follow the entry before it: one was inserted, removed or replaced"
        )
    if before is not None and entry.at < before.at:
        raise _broken(place, f"is of {entry.at}, before the entry that it follows")


def _broken(number: int, what: str) -> AuditError:
    return AuditError(
        what, where=f"audit entry {number}", hint="find out who changed the workspace"
    )


def _entry(row: Row[Any]) -> Entry:
    try:
        details = json.loads(row.details)
    except ValueError:
        details = None
    if not isinstance(details, dict):
        raise _broken(row.number, "was changed: its details can't be read")
    return Entry(
        row.number, row.at, row.who, row.what, row.subject, details, row.previous, row.hash
    )
