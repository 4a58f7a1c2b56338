"""Who acts: the person that is named, the user of the JupyterHub, or the operating system's.

A provider says in whose name a process speaks. That somebody is this person is proved by nothing
but her key.
"""

from __future__ import annotations

import os
import pwd
import unicodedata
from dataclasses import dataclass
from typing import Literal, Protocol

from liqbench.errors import IdentityError

Provider = Literal["explicit", "jupyterhub", "os"]
_HUB = "JUPYTERHUB_USER"


class Identity(Protocol):
    """Where the name of the acting person comes from."""

    def person(self, by: str | None = None) -> str:
        """Return who acts; ``by`` is whom the call names. Raises ``IdentityError``."""


@dataclass(frozen=True)
class ExplicitIdentity:
    """Every call names the person."""

    def person(self, by: str | None = None) -> str:
        """Return the named person. Raises ``IdentityError`` where nobody is named."""
        if by is None or not by.strip():
            raise IdentityError("every step names the person who takes it", hint="by='your name'")
        return by.strip()


@dataclass(frozen=True)
class HubIdentity:
    """The user whom the JupyterHub started this server for."""

    def person(self, by: str | None = None) -> str:
        """Return the Hub's user. Raises ``IdentityError`` outside a Hub, or for another name."""
        user = os.environ.get(_HUB, "").strip()
        if not user:
            raise IdentityError(
                f"no JupyterHub says who acts: {_HUB} isn't set",
                hint="start the bench from the Hub, or set identity='os'",
            )
        return _only(user, by, "the JupyterHub's user")


@dataclass(frozen=True)
class SystemIdentity:
    """The user as whom this process runs, by its id; no environment variable changes it."""

    def person(self, by: str | None = None) -> str:
        """Return the account's name. Raises ``IdentityError`` for another name."""
        return _only(account(), by, "the operating system's user")


def identity_of(provider: Provider) -> Identity:
    """Return the identity that a setting names."""
    match provider:
        case "explicit":
            return ExplicitIdentity()
        case "jupyterhub":
            return HubIdentity()
        case "os":
            return SystemIdentity()


def account() -> str:
    """Return the name of the account as which this process runs, or its number."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container's user may have no name
        return f"uid {os.geteuid()}"


def this_account() -> str:
    """Return the account as an actor of its own, for what no person was named for."""
    return f"account {account()}"


def folded(person: str) -> str:
    """Return what two spellings of one person have in common."""
    return " ".join(unicodedata.normalize("NFKC", person).casefold().split())


def same_person(one: str, other: str) -> bool:
    """Tell whether two names are spellings of one."""
    return folded(one) == folded(other)


def _only(user: str, by: str | None, whose: str) -> str:
    if by is not None and not same_person(by, user):
        raise IdentityError(
            f"this is {whose} {user}, who can't act as {by.strip() or 'nobody'}",
            hint="leave by= out",
        )
    return user
