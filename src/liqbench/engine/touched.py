"""What a change of single rows touches: rows on its way to a group, and the group's keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from liqbench.operators.local import LocalTable


@dataclass(frozen=True, eq=False)
class Touched:
    """Rows by operator, and groups by the operator that a change of single rows flows into.

    ``rows`` are counted, and only where the strategy knows them: for an adjustment the rows that
    its own rules match, for any other operator the rows that a rule before it matches. ``groups``
    holds a row per touched group with its key: the groups of those rows as they were and as they
    become, new and vanishing ones among them.
    """

    rows: Mapping[str, int] = field(default_factory=dict)
    groups: Mapping[str, LocalTable] = field(default_factory=dict)

    @classmethod
    def together(cls, parts: Iterable[Touched]) -> Touched:
        """Return what several of a variant's ways to its groups touch."""
        rows: dict[str, int] = {}
        groups: dict[str, LocalTable] = {}
        for part in parts:
            rows |= part.rows
            groups |= part.groups
        return cls(rows, groups)
