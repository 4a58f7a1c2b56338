"""Forwards from a row: the rows of every operator that it feeds, and where it is filtered out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd
from pyspark.sql import DataFrame

from liqbench.engine.keys import Equal
from liqbench.engine.pushed import Conditions, Pushed
from liqbench.engine.reached import Pair, Reached, Rows, on_keys
from liqbench.engine.trace import pairs_of
from liqbench.operators import Locality
from liqbench.operators.enrich import EnrichOperator


class Consequences(Reached):
    """All rows that a row feeds, operator by operator, up to the DAG's results.

    ``exact`` is false behind an operator that works on whole tables (sql, python): any of its
    rows may follow from the row.
    """

    def __init__(self, pushed: Pushed, start: str, key: Conditions, path: tuple[str, ...]) -> None:
        super().__init__(pushed, path, f"the consequences of a row of {start!r}")
        self._routes[start].append(Rows(key))
        for name in path[1:]:
            inputs = pushed.nodes[name].config.inputs
            for place, source in enumerate(inputs):
                if source in self._routes:
                    self._routes[name].append(self._ahead(source, place, name))
            fed = [source for source in inputs if source in self._routes]
            if fed == [inputs[0]] and pushed.run.resolved.one_to_one(name):
                self._like[name] = inputs[0]

    def _ahead(self, source: str, place: int, name: str) -> Rows:
        """Return the rows of an operator that the rows of an input feed."""
        rows, operator = self._rows(source), self._pushed.nodes[name].operator
        if place and isinstance(operator, EnrichOperator):
            return self._joined(source, place, name, operator)
        if place or not self._pushed.by_row_or_group(name):
            return Rows(exact=False)
        moved, lost = self._pushed.ahead(name, rows.conditions)
        if rows.others is None and not lost:
            return Rows(moved, exact=rows.exact)
        grouped = operator.locality is Locality.GROUP
        on = on_keys(self._pushed.nodes[name if grouped else source].keys)
        others: Callable[[], DataFrame] = partial(self.frame, source)
        if not grouped and not lost and rows.on == on and rows.others:
            others = rows.others
        return Rows(moved, others, on, rows.exact)

    def _joined(self, source: str, place: int, name: str, operator: EnrichOperator) -> Rows:
        """Return the enriched rows that the rows of a reference were joined to."""
        rows, inputs = self._rows(source), self._pushed.nodes[name].config.inputs
        (ref,) = (ref for ref, at in operator.paired(range(1, len(inputs))) if at == place)
        given = {one.field: one.value for one in rows.conditions if one.value is not None}
        conditions = tuple(
            Equal(own, given[theirs], implied=True)
            for own, theirs in ref.on.items()
            if theirs in given
        )
        pairs = tuple(Pair(pair.other, pair.field, pair.safe) for pair in pairs_of(ref))
        return Rows(conditions, partial(self.frame, source), pairs, rows.exact)

    @property
    def filtered_out(self) -> Mapping[str, int]:
        """How many of the rows came in and did not come out, for the operators where any did."""
        found: dict[str, int] = {}
        for name in self.path[1:]:
            node = self._pushed.nodes[name]
            if self._pushed.may_drop(name) and node.config.inputs[0] in self._routes:
                found[name] = self._counts[node.config.inputs[0]] - self._counts[name]
        return {name: count for name, count in found.items() if count}

    def summary(self) -> pd.DataFrame:
        """Return an operator per row: type, rows, exact, and the rows that it filtered out."""
        dropped = [self.filtered_out.get(name, 0) for name in self.path]
        return super().summary().assign(filtered_out=dropped)
