"""Texts on the driver: what Spark does with them, where every library agrees."""

from __future__ import annotations

import re
from collections.abc import Callable

from liqbench.errors import LocalUnsupportedError

_ESCAPE = "\\"
_SIGNS = {"%": ".*", "_": "."}


def plain(text: str) -> str:
    """Return a text whose letters every library changes in the same way.

    Raises ``LocalUnsupportedError`` for others, as versions of Unicode differ in them.
    """
    if not text.isascii():
        raise LocalUnsupportedError(f"the letters of {text!r} are changed by Spark only")
    return text


def matcher(pattern: str) -> Callable[[str], bool]:
    r"""Return the test of LIKE: % is any text, _ one character, \ takes one of these as it is.

    Raises ``LocalUnsupportedError`` for a backslash before anything else.
    """
    parts: list[str] = []
    signs = iter(pattern)
    for sign in signs:
        if sign != _ESCAPE:
            parts.append(_SIGNS.get(sign) or re.escape(sign))
            continue
        escaped = next(signs, "")
        if escaped not in (*_SIGNS, _ESCAPE):
            raise LocalUnsupportedError(
                f"LIKE {pattern!r} is matched by Spark only", hint=r"write \\ for a backslash"
            )
        parts.append(re.escape(escaped))
    read = re.compile("".join(parts), re.DOTALL)
    return lambda text: read.fullmatch(text) is not None


def substring(text: str, place: int, length: int) -> str:
    """Return so many characters from a place: 1 is the first, 0 too, −1 the last.

    A place before the first counts, so that substring('abc', -5, 3) is 'a'.
    """
    start = place - 1 if place > 0 else len(text) + place if place < 0 else 0
    return text[max(start, 0) : max(start + length, 0)]
