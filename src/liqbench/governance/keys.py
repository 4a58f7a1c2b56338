"""A person's key: Ed25519 (RFC 8032), kept as a PEM file that nobody else can read."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from liqbench.errors import KeyFileError, SettingError
from liqbench.governance.identity import folded, same_person
from liqbench.model._documents import write_text

SCHEMA = "liqkey/1"
PASSPHRASE = "LIQBENCH_KEY_PASSPHRASE"  # noqa: S105 - the variable's name
_OTHERS = 0o077
_LONGEST_NAME = 200
_RAW_BYTES = 32

Passphrase = Callable[[], str | None]


@dataclass(frozen=True)
class PublicKey:
    """A public key, 32 bytes."""

    raw: bytes

    @classmethod
    def from_hex(cls, text: str) -> PublicKey:
        """Read a key from 64 hex digits. Raises ``KeyFileError``."""
        try:
            raw = bytes.fromhex(text)
        except ValueError:
            raw = b""
        if len(raw) != _RAW_BYTES:
            raise KeyFileError(f"{text!r} is no public key", hint="it has 64 hex digits")
        return cls(raw)

    @property
    def key_id(self) -> str:
        """The first 16 hex digits of the SHA-256 of the key's bytes."""
        return sha256(self.raw).hexdigest()[:16]

    def fits(self, signature: bytes, message: bytes) -> bool:
        """Tell whether this key's owner signed the message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Card:
    """What a person gives away of her key: her name and the public part."""

    person: str
    public: PublicKey

    @property
    def key_id(self) -> str:
        """The key's id."""
        return self.public.key_id

    def to_json(self) -> dict[str, Any]:
        """Return the card's JSON form."""
        return {
            "schema": SCHEMA,
            "person": self.person,
            "key_id": self.key_id,
            "public_key": self.public.raw.hex(),
        }

    @classmethod
    def load(cls, file: Path) -> Card:
        """Read a card. Raises ``KeyFileError`` for what is none."""
        try:
            found = json.loads(file.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise KeyFileError(f"is no public key card: {error}", where=str(file)) from error
        return cls.from_json(found, str(file))

    @classmethod
    def from_json(cls, found: Any, where: str) -> Card:
        """Read a card's JSON form. Raises ``KeyFileError`` for what is none."""
        try:
            person, text, key_id = found["person"], found["public_key"], found["key_id"]
            public = PublicKey.from_hex(text)
        except (ValueError, KeyError, TypeError) as error:
            raise KeyFileError(f"is no public key card: {error}", where=where) from error
        if found.get("schema") != SCHEMA or key_id != public.key_id or not str(person).strip():
            raise KeyFileError("is no public key card, or was changed", where=where)
        return cls(str(person), public)


@dataclass(frozen=True)
class PersonKey:
    """A person's private key; it is never shown."""

    card: Card
    _private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def of(cls, person: str, private: Ed25519PrivateKey) -> PersonKey:
        """Return the key as this person's."""
        return cls(Card(person, PublicKey(private.public_key().public_bytes_raw())), private)

    @property
    def key_id(self) -> str:
        """The key's id."""
        return self.card.key_id

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message, 64 bytes."""
        return self._private.sign(message)


def from_environment() -> str | None:
    """Return the passphrase of ``$LIQBENCH_KEY_PASSPHRASE``, if there is one."""
    return os.environ.get(PASSPHRASE) or None


def keys_folder() -> Path:
    """Return where a user's keys are: ``$LIQBENCH_KEYS``, or a folder of her configuration."""
    if given := os.environ.get("LIQBENCH_KEYS"):
        return Path(given).expanduser()
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "liqbench" / "keys"


class KeyFolder:
    """A folder of keys: ``PERSON.pem`` (mode 0600) and ``KEY_ID.pub.json``, its card."""

    def __init__(self, folder: Path, passphrase: Passphrase = from_environment) -> None:
        self.folder = folder
        self._passphrase = passphrase

    def file(self, person: str) -> Path:
        """Return the place of a person's private key."""
        name = quote(folded(person), safe="")
        if not name or len(name) > _LONGEST_NAME:
            raise SettingError(f"{person!r} can't name a key", hint="take a shorter name")
        return self.folder / f"{name}.pem"

    def card_file(self, key_id: str) -> Path:
        """Return the place of a key's card."""
        return self.folder / f"{key_id}.pub.json"

    def holds(self, person: str) -> bool:
        """Tell whether there is a private key of this person."""
        return self.file(person).exists()

    def new(self, person: str, *, encrypted: bool = False) -> PersonKey:
        """Make a key; ``encrypted`` with the folder's passphrase.

        Raises ``KeyFileError`` where the person has one already, or no passphrase is given.
        """
        key = PersonKey.of(person.strip(), Ed25519PrivateKey.generate())
        secret = self._secret() if encrypted else None
        if encrypted and secret is None:
            raise KeyFileError("there is no passphrase", hint=f"set {PASSPHRASE}")
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        card = write_text(self.card_file(key.key_id), json.dumps(key.card.to_json(), indent=1))
        try:
            self._put(self.file(person), _pem(key, secret))
        except FileExistsError:
            card.unlink()
            raise KeyFileError(
                f"{person} has a key already",
                where=str(self.file(person)),
                hint="move it away first; what it signed still needs its card",
            ) from None
        return key

    def _put(self, file: Path, pem: bytes) -> None:
        """Put a private key in place, whole, and only where there is none."""
        beside = file.with_name(f".{uuid.uuid4().hex}")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(pem)
            os.link(beside, file)
        finally:
            beside.unlink()

    def load(self, person: str) -> PersonKey:
        """Return a person's key.

        Raises ``KeyFileError`` where it isn't there, others can read it, or it can't be opened.
        """
        file = self.file(person)
        try:
            with file.open("rb") as stream:
                if os.fstat(stream.fileno()).st_mode & _OTHERS:
                    raise KeyFileError(
                        "others can read this private key",
                        where=str(file),
                        hint="chmod 600, and make a new one: it may be known already",
                    )
                pem = stream.read()
        except FileNotFoundError:
            raise KeyFileError(
                f"{person} has no key here", where=str(file), hint=f"liqbench keys new {person}"
            ) from None
        except OSError as error:
            raise KeyFileError(f"can't be read: {error.strerror}", where=str(file)) from error
        return PersonKey.of(person.strip(), self._open(pem, file))

    def _open(self, pem: bytes, file: Path) -> Ed25519PrivateKey:
        secret = self._secret() if b"BEGIN ENCRYPTED" in pem else None
        try:
            private = serialization.load_pem_private_key(pem, secret)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise KeyFileError(
                "can't be opened: it is no key, or this is not its passphrase",
                where=str(file),
                hint=f"set {PASSPHRASE}",
            ) from error
        if not isinstance(private, Ed25519PrivateKey):
            raise KeyFileError("is no Ed25519 key", where=str(file))
        return private

    def _secret(self) -> bytes | None:
        text = self._passphrase()
        return text.encode() if text else None

    def cards(self) -> list[Card]:
        """Return the cards of all keys, sorted by person. Raises ``KeyFileError``."""
        found = [Card.load(file) for file in sorted(self.folder.glob("*.pub.json"))]
        return sorted(found, key=lambda card: (folded(card.person), card.key_id))

    def card(self, key_id: str, person: str) -> Card | None:
        """Return the card of a key, if it is here as this person's. Raises ``KeyFileError``."""
        file = self.card_file(key_id)
        if not key_id.isalnum() or not file.is_file():
            return None
        card = Card.load(file)
        return card if card.key_id == key_id and same_person(card.person, person) else None


def _pem(key: PersonKey, secret: bytes | None) -> bytes:
    """Return the private key as PKCS8 PEM."""
    encryption: serialization.KeySerializationEncryption = (
        serialization.BestAvailableEncryption(secret)
        if secret is not None
        else serialization.NoEncryption()
    )
    return key._private.private_bytes(  # noqa: SLF001 - the one place where it leaves
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )
