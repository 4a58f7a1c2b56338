"""What renamed things go by now.

She goes on before the screen has seen the new name, on a busy kernel for seconds: what it asks for
by the old one is meant for the same thing.
"""

from __future__ import annotations

from collections.abc import Container


class Renames:
    """The names that things of one kind had, and what they were called next."""

    def __init__(self) -> None:
        self._next: dict[str, str] = {}

    def add(self, old: str, new: str) -> None:
        """Remember that a thing was called otherwise."""
        self._next[old] = new

    def now(self, name: str, there: Container[str]) -> str:
        """Return which of those that are there a name means; the name itself where none."""
        found, met = name, set[str]()
        while found not in there and found in self._next and found not in met:
            met.add(found)
            found = self._next[found]
        return found if found in there else name
