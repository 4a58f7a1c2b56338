"""boto3's clients, and its errors as trouble that may pass and trouble that stays.

Executors get this by value, as ``parts``: nothing of liqbench is imported here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

_TEMPORARY = 500  # and above: AWS's own trouble
_TOO_MANY = 429


@dataclass(frozen=True)
class Access:
    """How a client is made. Its credentials are those that boto3 finds where it is made.

    ``tries`` is how often it tries a call.
    """

    profile: str | None
    region: str | None
    tries: int

    @contextmanager
    def client(self, service: str) -> Iterator[Any]:
        """Make a client for one of AWS's services; it is closed at the end."""
        import boto3  # noqa: PLC0415 - of the extra
        from botocore.config import Config  # noqa: PLC0415

        session = boto3.session.Session(profile_name=self.profile, region_name=self.region)
        retries = {"mode": "standard", "total_max_attempts": self.tries}
        opened = session.client(service, config=Config(retries=retries))
        try:
            yield opened
        finally:
            opened.close()


@dataclass(frozen=True)
class Trouble:
    """What boto3 had to say, whether it may pass, and what to do about it if not."""

    what: str
    passing: bool
    hint: str


def trouble_of(error: Exception) -> Trouble | None:
    """Return what is wrong with AWS, or ``None`` for an error that isn't boto3's."""
    from botocore import exceptions as known  # noqa: PLC0415 - of the extra

    if isinstance(error, known.ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status >= _TEMPORARY or status == _TOO_MANY:
            return Trouble(f"AWS doesn't answer: {error}", passing=True, hint="publish again later")
        return Trouble(
            f"AWS refused: {error}", passing=False, hint="check the rights and the names"
        )
    unknown = (
        known.NoCredentialsError,
        known.PartialCredentialsError,
        known.ProfileNotFound,
        known.NoRegionError,
        known.SSOError,
    )
    if isinstance(error, unknown):
        return Trouble(
            f"AWS can't be asked: {error}",
            passing=False,
            hint="give this machine a role, a profile, or the variables that boto3 knows",
        )
    if isinstance(error, known.BotoCoreError):
        return Trouble(f"AWS doesn't answer: {error}", passing=True, hint="publish again later")
    return None
