"""Backwards from a row: the rows of every operator behind it, and the references they met."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from liqbench.engine.keys import Equal, matching
from liqbench.engine.pushed import Conditions, Pushed
from liqbench.engine.reached import Pair, Reached, Rows, meeting, on_keys
from liqbench.errors import UnknownResultError, did_you_mean
from liqbench.operators import Locality
from liqbench.operators.adjust import AdjustmentOperator
from liqbench.operators.enrich import EnrichOperator, Reference
from liqbench.operators.expressions import quoted
from liqbench.operators.sources import read


class Trace(Reached):
    """All rows that a row follows from, operator by operator, from its table to the ingests.

    ``exact`` is false behind an operator that works on whole tables (sql, python): which of its
    input's rows an output row follows from can't be told, so all of them are there.
    """

    def __init__(
        self, pushed: Pushed, table: str, start: Conditions, path: tuple[str, ...]
    ) -> None:
        super().__init__(pushed, path, f"the trace of {table!r}")
        self._routes[table].append(Rows(start))
        consumers = [
            source for name in path for source in pushed.nodes[name].config.inputs if source in path
        ]
        for name in path:
            for place, source in enumerate(pushed.nodes[name].config.inputs):
                if source not in self._routes:
                    continue
                self._routes[source].append(self._behind(name, place, source))
                if (
                    place == 0
                    and consumers.count(source) == 1
                    and pushed.run.resolved.one_to_one(name)
                ):
                    self._like[name] = source

    def adjustments(self) -> pd.DataFrame:
        """Return the rules on the way, and how many of these rows each changed.

        Columns: operator, after (what feeds it), rule_id, rows; in the DAG's order, rules that
        changed none of them too.
        """
        found = []
        for name, node in self._pushed.nodes.items():
            if name not in self.path or not isinstance(node.operator, AdjustmentOperator):
                continue
            (place,) = node.config.inputs
            keys = self._pushed.nodes[place].keys
            context = self._pushed.run.context.within(name)
            records = node.operator.records(context, self.frame(place), keys)
            named = [F.col(quoted(key)) for key in keys]
            counted = records.select("rule_id", *named).distinct().groupBy("rule_id").count()
            touched = {row["rule_id"]: row["count"] for row in counted.toArrow().to_pylist()}
            found += [
                (name, place, rule.rule_id, touched.get(rule.rule_id, 0))
                for rule in node.operator.rules
            ]
        return pd.DataFrame(found, columns=["operator", "after", "rule_id", "rows"])

    def _behind(self, name: str, place: int, source: str) -> Rows:
        """Return the rows of an input that the operator's rows follow from."""
        rows, operator = self._rows(name), self._pushed.nodes[name].operator
        if place and isinstance(operator, EnrichOperator):
            (ref,) = (
                ref for ref, at in operator.paired(range(1, self._inputs(name))) if at == place
            )
            return self._met(name, ref)
        if place or not self._pushed.by_row_or_group(name):
            return Rows(exact=False)
        grouped = operator.locality is Locality.GROUP
        moved, lost = self._pushed.behind(name, rows.conditions)
        if rows.others is None and not lost and (grouped or operator.keeps_rows):
            return Rows(moved, exact=rows.exact)
        on = on_keys(self._pushed.nodes[name if grouped else source].keys)
        others: Callable[[], DataFrame] = partial(self.frame, name)
        if operator.keeps_rows and not grouped and not lost and rows.on == on and rows.others:
            others = rows.others
        return Rows(moved, others, on, rows.exact)

    def _inputs(self, name: str) -> int:
        return len(self._pushed.nodes[name].config.inputs)

    def _met(self, name: str, ref: Reference) -> Rows:
        """Return the rows of a reference that the enriched rows were joined with."""
        rows = self._rows(name)
        conditions = tuple(
            Equal(ref.on[one.field], one.value, implied=True)
            for one in rows.conditions
            if one.field in ref.on and one.value is not None
        )
        return Rows(conditions, partial(self.frame, name), pairs_of(ref), rows.exact)

    def reference(self, operator_id: str, name: str) -> DataFrame:
        """Return the rows of a reference that an enrich joined to the rows of this trace.

        Raises ``UnknownResultError`` for an operator or reference that there is not.
        """
        enrich = self._on_the_way(operator_id)
        operator = self._pushed.nodes[enrich].operator
        paired = (
            operator.paired(range(1, self._inputs(enrich)))
            if isinstance(operator, EnrichOperator)
            else []
        )
        known = {ref.name: (ref, place) for ref, place in paired}
        if name not in known:
            raise UnknownResultError(
                f"{enrich!r} has no reference {name!r}",
                where=self._what,
                hint=did_you_mean(name, known),
            )
        ref, place = known[name]
        rows = self._met(enrich, ref)
        if place is not None:
            return rows.within(self._pushed, self._pushed.nodes[enrich].config.inputs[place])
        self._pushed.run.check_sources(enrich)
        assert ref.source is not None  # noqa: S101 - without an input it has a source
        table = read(ref.source, self._pushed.run.context.within(enrich))
        return meeting(matching(table, rows.conditions), self.frame(enrich), rows.on)


def pairs_of(ref: Reference) -> tuple[Pair, ...]:
    """Return the fields by which a row of the reference and an enriched row are a pair."""
    new = {new: old for old, new in ref.fields.items()}
    return (
        *(Pair(theirs, own, safe=False) for own, theirs in ref.on.items()),
        *(Pair(new[extra], extra) for extra in ref.extra_key),
    )
