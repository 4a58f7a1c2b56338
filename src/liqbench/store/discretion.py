"""Where credentials would come out of a bench that never tells them: addresses, options, drivers.

Drivers write request headers and answers to their DEBUG logs, session tokens and temporary
passwords among them, and hold passwords in variables that a verbose traceback shows.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from liqbench.errors import SettingError

E = TypeVar("E", bound=BaseException)
_SECRET = re.compile(
    r"secret|passw|passphrase|credential|access_?key|account_?key|connection_string|sas_token"
    r"|authorization|^(key|token)$",
    re.IGNORECASE,
)


def quiet(*loggers: str) -> None:
    """Let these drivers log nothing below INFO, whatever the level of the loggers above them."""
    for name in loggers:
        logger = logging.getLogger(name)
        if logger.level < logging.INFO:
            logger.setLevel(max(logging.INFO, logger.getEffectiveLevel()))


def without_frames(error: E) -> E:
    """Forget where in a driver an error and its causes arose; what they say stays."""
    for each in _chain(error):
        each.__traceback__ = None
    return error


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    found = [error]
    while found:
        each = found.pop()
        if each is not None and each not in seen:
            seen.append(each)
            found += [each.__cause__, each.__context__]
            yield each


def check_address(address: str, what: str, hint: str) -> None:
    """Raise ``SettingError``, which repeats nothing of it, where an address has a password."""
    try:
        parts = urlsplit(address)
        names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
        secret = parts.password is not None or any(map(_SECRET.search, names))
    except ValueError:
        raise SettingError(f"{what} is no address", where="StoreSettings", hint=hint) from None
    if secret:
        raise SettingError(
            f"the address of {what} has a password in it", where="StoreSettings", hint=hint
        )


def check_options(options: Mapping[str, Any], what: str, hint: str) -> None:
    """Raise ``SettingError``, which repeats no value, for options that are credentials."""
    for name, value in options.items():
        if _SECRET.search(str(name)):
            raise SettingError(
                f"{what} has credentials in it: {name}", where="StoreSettings", hint=hint
            )
        if isinstance(value, Mapping):
            check_options(value, what, hint)
