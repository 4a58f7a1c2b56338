"""The one text of a document that is signed or chained, and the one text of a moment."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import rfc8785

from liqbench.errors import GovernanceError

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the machine's time."""
    return datetime.now(UTC)


def canonical(document: Any) -> bytes:
    """Return the canonical JSON of a document (RFC 8785).

    Raises ``GovernanceError`` for what it has no place for: integers beyond 2^53, NaN, text that
    is no Unicode.
    """
    try:
        return rfc8785.dumps(document)
    except rfc8785.CanonicalizationError as error:
        raise GovernanceError(f"this can't be signed: {error}") from error


def digest_of(document: Any) -> str:
    """Return the SHA-256 of the canonical JSON, as 64 hex digits."""
    return hashlib.sha256(canonical(document)).hexdigest()


def moment(at: datetime) -> str:
    """Return a time as text: UTC, to the microsecond; the order of texts is that of times."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
