"""Rows of several operators that belong together: found lazily, counted in one job."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from liqbench.engine.pushed import Conditions, Pushed
from liqbench.engine.tables import MOST_ROWS, to_pandas
from liqbench.errors import UnknownResultError, did_you_mean
from liqbench.operators import Keys
from liqbench.operators.expressions import quoted


@dataclass(frozen=True)
class Pair:
    """A field that must have the value of another frame's field; null meets null if ``safe``."""

    field: str
    other: str
    safe: bool = True


@dataclass(frozen=True)
class Rows:
    """Which rows of an operator's output are meant.

    All of them have what the ``conditions`` say. With ``others`` they are those among them that
    meet one of these rows ``on`` their fields. ``exact`` is false where they could not be told
    apart from rows that don't belong.
    """

    conditions: Conditions = ()
    others: Callable[[], DataFrame] | None = None
    on: tuple[Pair, ...] = ()
    exact: bool = True

    @property
    def whole(self) -> bool:
        """Whether all rows are meant."""
        return not self.conditions and self.others is None

    def within(self, pushed: Pushed, name: str) -> DataFrame:
        """Return the rows themselves."""
        frame = pushed.rows(name, self.conditions)
        return frame if self.others is None else meeting(frame, self.others(), self.on)


def on_keys(keys: Keys) -> tuple[Pair, ...]:
    """Return that these fields are the same on both sides."""
    return tuple(Pair(key, key) for key in keys)


def meeting(frame: DataFrame, others: DataFrame, on: Sequence[Pair]) -> DataFrame:
    """Return the rows of a frame that meet at least one of the others, each once."""
    narrow = others.select(
        *(F.col(quoted(pair.other)).alias(f"__other_{n}") for n, pair in enumerate(on))
    )
    tests = [
        F.col(quoted(pair.field)).eqNullSafe(F.col(f"__other_{n}"))
        if pair.safe
        else F.col(quoted(pair.field)) == F.col(f"__other_{n}")
        for n, pair in enumerate(on)
    ]
    return frame.join(narrow, tests, "left_semi")


class Reached:
    """Rows of the operators on the way from or to some rows; nothing is computed before asked."""

    def __init__(self, pushed: Pushed, path: Sequence[str], what: str) -> None:
        self.path = tuple(path)
        self._pushed = pushed
        self._what = what
        self._routes: dict[str, list[Rows]] = {name: [] for name in path}
        self._like: dict[str, str] = {}  # has as many rows as
        self._frames: dict[str, DataFrame] = {}

    def _rows(self, name: str) -> Rows:
        """Return the rows that any of the ways leads to."""
        routes = list(dict.fromkeys(self._routes[name]))
        if len(routes) == 1:
            return routes[0]
        if whole := [route for route in routes if route.whole]:
            return Rows(exact=any(route.exact for route in whole))
        keys = self._pushed.nodes[name].keys

        def union() -> DataFrame:
            names = [F.col(quoted(key)) for key in keys]
            frames = [route.within(self._pushed, name).select(*names) for route in routes]
            return functools.reduce(DataFrame.unionByName, frames)

        return Rows(others=union, on=on_keys(keys), exact=all(route.exact for route in routes))

    def _on_the_way(self, operator_id: str) -> str:
        name = self._pushed.run.name_of(operator_id)
        if name not in self._routes:
            raise UnknownResultError(
                f"{name!r} is not on the way",
                where=self._what,
                hint=did_you_mean(name, self.path),
            )
        return name

    def frame(self, operator_id: str) -> DataFrame:
        """Return the rows of an operator as a Spark frame. Raises ``UnknownResultError``."""
        name = self._on_the_way(operator_id)
        if name not in self._frames:
            self._frames[name] = self._rows(name).within(self._pushed, name)
        return self._frames[name]

    def table(self, operator_id: str, *, limit: int = MOST_ROWS) -> pd.DataFrame:
        """Return the rows of an operator as pandas, figures as ``Decimal``, sorted by their key.

        Raises ``UnknownResultError``, also where there are more than ``limit`` rows.
        """
        name = self._on_the_way(operator_id)
        keys = list(self._pushed.nodes[name].keys)
        return to_pandas(self.frame(name), keys, limit=limit, what=f"{self._what}: {name!r}")

    @functools.cached_property
    def _counts(self) -> dict[str, int]:
        """The number of rows by operator; equal by construction or known from the run is free."""
        alike = {name: self._representative(name) for name in self.path}
        known: dict[str, int] = {}
        for name in dict.fromkeys(alike.values()):
            result = self._pushed.run.results.get(name)
            if result is not None and result.rows is not None and self._rows(name).whole:
                known[name] = result.rows
        asked = [name for name in dict.fromkeys(alike.values()) if name not in known]
        counts = [
            self.frame(name).agg(F.lit(name).alias("operator"), F.count(F.lit(1)).alias("rows"))
            for name in asked
        ]
        if counts:
            found = functools.reduce(DataFrame.unionByName, counts).toArrow().to_pylist()
            known |= {row["operator"]: row["rows"] for row in found}
        return {name: known[alike[name]] for name in self.path}

    def _representative(self, name: str) -> str:
        while name in self._like:
            name = self._like[name]
        return name

    def summary(self) -> pd.DataFrame:
        """Return an operator per row: its type, how many rows, and whether these are exact."""
        nodes = self._pushed.nodes
        return pd.DataFrame(
            [
                {
                    "operator": name,
                    "type": nodes[name].config.operator_type,
                    "rows": self._counts[name],
                    "exact": self._rows(name).exact,
                }
                for name in self.path
            ]
        )
