"""Entities as the screen names them, and as the API is asked for them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from liqbench.errors import UnknownResultError, did_you_mean
from liqbench.impact import Entity, ImpactAnalysis
from liqbench.ui.comparison import compare


class EntityKeys:
    """The entities of an analysis by what the rows of its table are called."""

    def __init__(self, analysis: ImpactAnalysis) -> None:
        self._analysis = analysis

    @cached_property
    def by_name(self) -> Mapping[str, Entity]:
        """The entities by what their rows are called."""
        return {row.name: row.entity for row in compare(self._analysis).rows}

    def key(self, row: str) -> dict[str, str]:
        """Return the fewest fields' values that tell a row's entity from all others.

        Raises ``UnknownResultError``.
        """
        known = self.by_name
        if row not in known:
            raise UnknownResultError(f"there is no entity {row!r}", hint=did_you_mean(row, known))
        fields, entity = self._analysis.measure.ratio.fields, known[row]
        others = [other for other in known.values() if other != entity]
        for n in sorted(range(len(fields)), key=lambda n: not isinstance(entity[n], str)):
            if all(str(other[n]) != str(entity[n]) for other in others):
                return {fields[n]: str(entity[n])}
        return dict(zip(fields, map(str, entity), strict=True))
