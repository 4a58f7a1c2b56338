"""What is counted of operators' rows in the pass that computes them anyway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pyspark.sql import Column, DataFrame, Observation

from liqbench.engine.session import observed

Counts = Mapping[str, Column]


@dataclass(frozen=True)
class Way:
    """The way to an output, and by operator what is still to be counted of its rows."""

    frame: DataFrame
    due: Mapping[str, Counts] = field(default_factory=dict)

    def through(self, name: str, metrics: Counts) -> Way:
        """Return the same way with more to be counted of its rows."""
        return Way(self.frame, {**self.due, name: metrics})


class Observations:
    """Spark's observations of one execution, and what they gave by operator.

    Each costs a copy of every row, so what is due of rows waits for the next one of the same rows.
    """

    def __init__(self) -> None:
        self._of: dict[str, list[tuple[Observation, int]]] = {}
        self._number = 0

    def __contains__(self, name: str) -> bool:
        """Tell whether anything of the operator is counted."""
        return name in self._of

    def taken(self, way: Way) -> DataFrame:
        """Return the frame with all that is due of it observed at once."""
        due = [(name, metrics) for name, metrics in way.due.items() if metrics]
        if not due:
            return way.frame
        self._number += 1
        observation = Observation(f"{due[-1][0]} {self._number}")
        columns: list[Column] = []
        for place, (name, metrics) in enumerate(due):
            self._of.setdefault(name, []).append((observation, place))
            columns += (column.alias(f"{place} {metric}") for metric, column in metrics.items())
        return way.frame.observe(observation, *columns)

    def counts(self, name: str) -> dict[str, int] | None:
        """Return an operator's counts; ``None`` where Spark cut it off beside something empty."""
        counts: dict[str, int] = {}
        for observation, place in self._of.get(name, []):
            found = observed(observation)
            if not found:
                return None
            for key, value in found.items():
                own, _, metric = key.partition(" ")
                if int(own) == place and value is not None:
                    counts[metric] = value
        return counts
