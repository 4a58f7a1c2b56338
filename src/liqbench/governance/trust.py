"""Whose signature counts: a list that an administrator keeps, or the workspace's own keys.

A configured list (``liqtrust/1``) is believed in two forms only: signed by an administrator whose
public key the settings pin, or a file that this process has no way to change. Without a list there
is *local trust*: keys are made in the workspace on first use. It shows that nothing was changed by
accident, and proves nothing about persons; so every approval says which kind it has.
"""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import Field

from liqbench.errors import (
    KeyFileError,
    RevokedKeyError,
    TrustListError,
    UntrustedKeyError,
)
from liqbench.governance.canonical import canonical, digest_of, moment
from liqbench.governance.identity import same_person
from liqbench.governance.keys import Card, KeyFolder, PersonKey, PublicKey
from liqbench.model._documents import write_text
from liqbench.model._values import FrozenModel

SCHEMA = "liqtrust/1"
Kind = Literal["local", "listed"]
_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


class TrustedPerson(FrozenModel):
    """A person's key on the list: since when it counts, and since when no longer."""

    person: str = Field(min_length=1)
    key_id: str
    public_key: str
    trusted_at: str
    revoked_at: str | None = None


class TrustList(FrozenModel):
    """The trusted keys. ``number`` grows by one with every change, so that an old list shows."""

    number: int = Field(default=0, ge=0)
    people: tuple[TrustedPerson, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the list's JSON form."""
        return {"schema": SCHEMA, **self.model_dump(mode="json")}

    @property
    def content_hash(self) -> str:
        """SHA-256 of the canonical JSON."""
        return digest_of(self.to_json())

    @classmethod
    def from_json(cls, value: Any) -> TrustList:
        """Read a list. Raises ``TrustListError`` for what is none, or contradicts itself."""
        if not isinstance(value, dict) or value.get("schema") != SCHEMA:
            raise TrustListError(f"this is no list of trusted people: its schema is not {SCHEMA!r}")
        try:
            found = cls.model_validate({k: v for k, v in value.items() if k != "schema"})
            ids = [PublicKey.from_hex(entry.public_key).key_id for entry in found.people]
        except (ValueError, KeyFileError) as error:
            raise TrustListError(f"this list can't be read: {error}") from error
        for entry, key_id in zip(found.people, ids, strict=True):
            if entry.key_id != key_id:
                raise TrustListError(
                    f"the key of {entry.person} doesn't have the id {entry.key_id}"
                )
            if ids.count(key_id) > 1:
                raise TrustListError(f"the key {key_id} is there more than once")
        return found

    def entry(self, key_id: str) -> TrustedPerson | None:
        """Return the entry of a key."""
        return next((entry for entry in self.people if entry.key_id == key_id), None)

    def trust(self, card: Card, at: datetime) -> TrustList:
        """Return the list with a person's key. Raises ``TrustListError`` where it is there."""
        if self.entry(card.key_id) is not None:
            raise TrustListError(
                f"the key {card.key_id} is on the list already",
                hint="a revoked key stays revoked: make a new one",
            )
        new = TrustedPerson(
            person=card.person,
            key_id=card.key_id,
            public_key=card.public.raw.hex(),
            trusted_at=moment(at),
        )
        return TrustList(number=self.number + 1, people=(*self.people, new))

    def revoke(self, key_id: str, at: datetime) -> TrustList:
        """Return the list with a key revoked. Raises ``TrustListError`` where there is none."""
        entry = self.entry(key_id)
        if entry is None or entry.revoked_at is not None:
            raise TrustListError(f"there is no trusted key {key_id}")
        revoked = entry.model_copy(update={"revoked_at": moment(at)})
        people = tuple(revoked if known is entry else known for known in self.people)
        return TrustList(number=self.number + 1, people=people)

    def public_key(self, key_id: str, person: str, *, signed_at: str, now: datetime) -> PublicKey:
        """Return a person's key if it counts now and did when it signed.

        What a revoked key signed before it was revoked doesn't count either: nobody knows since
        when somebody else had it. Raises ``UntrustedKeyError``, ``RevokedKeyError``.
        """
        entry = self.entry(key_id)
        if entry is None or not same_person(entry.person, person):
            raise UntrustedKeyError(
                f"the key {key_id} is not on the list as that of {person}",
                hint="an administrator adds it: liqbench keys trust",
            )
        if entry.revoked_at is not None and entry.revoked_at <= moment(now):
            raise RevokedKeyError(
                f"the key {key_id} of {person} was revoked at {entry.revoked_at}",
                hint="approve again with another key",
            )
        if signed_at < entry.trusted_at:
            raise UntrustedKeyError(
                f"the key {key_id} of {person} was trusted only after it signed this",
                hint="approve again",
            )
        return PublicKey.from_hex(entry.public_key)


class TrustSettings(FrozenModel):
    """Where the list is, and the administrator's public key (64 hex digits) if it is signed."""

    path: Path
    administrator: str | None = None

    def load(self) -> TrustList:
        """Return the list. Raises ``TrustListError`` where it must not be believed."""
        try:
            return self._load()
        except TrustListError as error:
            raise error.at(str(self.path)) from error

    def _load(self) -> TrustList:
        if self.administrator is None and (place := changeable(self.path)) is not None:
            raise TrustListError(
                f"this process could change the list itself: {place} is in its hands",
                hint="let it belong to another account, or have it signed and pin the "
                "administrator's key",
            )
        try:
            value = json.loads(self.path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise TrustListError(f"can't be read: {error}") from error
        if self.administrator is not None:
            value = _signed_part(value, PublicKey.from_hex(self.administrator))
        return TrustList.from_json(value)


def save_signed(trusted: TrustList, file: Path, administrator: PersonKey) -> Path:
    """Write the list with an administrator's signature."""
    document = trusted.to_json()
    signature = administrator.sign(canonical(document)).hex()
    signed = {"list": document, "signed_by": administrator.key_id, "signature": signature}
    return write_text(file, json.dumps(signed, indent=1, ensure_ascii=False) + "\n")


def _signed_part(value: Any, administrator: PublicKey) -> Any:
    if not isinstance(value, dict) or not isinstance(value.get("signature"), str):
        raise TrustListError(
            "the list is not signed", hint="the administrator writes it: liqbench keys trust"
        )
    try:
        signature = bytes.fromhex(value["signature"])
    except ValueError:
        signature = b""
    if not administrator.fits(signature, canonical(value.get("list"))):
        raise TrustListError(
            f"the signature is not that of the administrator's key {administrator.key_id}",
            hint="find out who changed the list",
        )
    return value["list"]


def changeable(file: Path) -> Path | None:
    """Return the place by which this process could put another file there, or ``None``.

    That is the file, or a folder above it, if this account owns it (the owner can always let
    herself write) or if its group or others may write it. A folder whose entries only their owners
    may move (the sticky bit) is none, nor is what lies on a file system mounted read-only. Raises
    ``TrustListError`` for a path over links, as whoever may change a link may change the list.
    """
    given, real, uid = file.absolute(), file.resolve(), os.geteuid()
    if given != real:
        raise TrustListError("the path leads over a link", hint=f"name the file itself: {real}")
    for place in (real, *real.parents):
        try:
            found, read_only = place.stat(), os.statvfs(place).f_flag & os.ST_RDONLY
        except OSError as error:
            raise TrustListError(f"can't be read: {error.strerror}") from error
        if read_only:
            continue
        if uid in (0, found.st_uid):
            return place
        sticky = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
        if found.st_mode & _BY_OTHERS and not sticky:
            return place
    return None


class Trust(Protocol):
    """Whose keys sign and whose signatures count."""

    @property
    def kind(self) -> Kind:
        """``local`` or ``listed``."""

    @property
    def source(self) -> str:
        """Where the keys are told."""

    def signing_key(self, person: str) -> PersonKey:
        """Return the key with which a person approves. Raises ``GovernanceError``."""

    def author_key(self, person: str) -> PersonKey | None:
        """Return the key with which a person submits, if she has one."""

    def known_key(self, person: str) -> PersonKey | None:
        """Return the key that a person has; none is made. Raises ``KeyFileError``."""

    def public_key(self, key_id: str, person: str, *, signed_at: str, now: datetime) -> PublicKey:
        """Return a key that counts. Raises ``UntrustedKeyError``, ``RevokedKeyError``."""

    def seen(self) -> TrustList | None:
        """Return the list as it is now, if there is one."""


@dataclass(frozen=True)
class LocalTrust:
    """Keys of the workspace's own, made when a person first signs."""

    keys: KeyFolder
    kind: Kind = "local"

    @property
    def source(self) -> str:
        """The folder of the keys."""
        return str(self.keys.folder)

    def signing_key(self, person: str) -> PersonKey:
        """Return the person's key; it is made where she has none."""
        if not self.keys.holds(person):
            try:
                return self.keys.new(person)
            except KeyFileError:
                if not self.keys.holds(person):
                    raise
        return self.keys.load(person)

    def author_key(self, person: str) -> PersonKey | None:
        """Return the person's key; it is made where she has none."""
        return self.signing_key(person)

    def known_key(self, person: str) -> PersonKey | None:
        """Return the person's key, if she has one."""
        return self.keys.load(person) if self.keys.holds(person) else None

    def public_key(self, key_id: str, person: str, *, signed_at: str, now: datetime) -> PublicKey:
        """Return the key of a card in the workspace."""
        del signed_at, now
        card = self.keys.card(key_id, person)
        if card is None:
            raise UntrustedKeyError(
                f"the workspace has no key {key_id} of {person}",
                hint="approve again, and find out who changed the workspace",
            )
        return card.public

    def seen(self) -> TrustList | None:
        """Return ``None``: there is no list."""
        return None


@dataclass(frozen=True)
class ListedTrust:
    """Keys of persons in a folder of each user's own, and a list of those that count."""

    settings: TrustSettings
    keys: KeyFolder
    kind: Kind = "listed"

    @property
    def source(self) -> str:
        """The file of the list."""
        return str(self.settings.path)

    def signing_key(self, person: str) -> PersonKey:
        """Return the person's key. Whether it counts is asked of the list."""
        return self.keys.load(person)

    def author_key(self, person: str) -> PersonKey | None:
        """Return the person's key, if she has one."""
        return self.known_key(person)

    def known_key(self, person: str) -> PersonKey | None:
        """Return the person's key, if she has one."""
        return self.keys.load(person) if self.keys.holds(person) else None

    def public_key(self, key_id: str, person: str, *, signed_at: str, now: datetime) -> PublicKey:
        """Return a key of the list as it is now."""
        return self.settings.load().public_key(key_id, person, signed_at=signed_at, now=now)

    def seen(self) -> TrustList | None:
        """Return the list as it is now. Raises ``TrustListError``."""
        return self.settings.load()


def with_list(trust: Trust, settings: TrustSettings | None) -> Trust:
    """Return a trust that asks this list; without one, the trust itself."""
    if settings is None:
        return trust
    if isinstance(trust, ListedTrust):
        return replace(trust, settings=settings)
    return ListedTrust(settings, KeyFolder(Path(os.devnull)))
