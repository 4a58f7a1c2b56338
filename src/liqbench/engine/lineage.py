"""Lineage of a finished run (the seed's ``LineageTracker``): rows and fields, back and forth.

Nothing is stored for it: key mappings compose, so a filter on stored stages, or on what is
computed again from the same inputs, gives the rows. Keys of rows never come to the driver; only
the one key that a question is about does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import networkx as nx
import pandas as pd

from liqbench.engine.columns import FieldOf, column_graph, column_table
from liqbench.engine.consequences import Consequences
from liqbench.engine.explanation import explanation
from liqbench.engine.keys import completed, read_key
from liqbench.engine.pushed import Conditions, Pushed
from liqbench.engine.tables import MOST_ROWS, to_pandas
from liqbench.engine.trace import Trace
from liqbench.engine.weights import weighing, weights
from liqbench.errors import UnknownFieldError, UnknownKeyError, UnknownResultError, did_you_mean
from liqbench.operators.adjust import AdjustmentOperator

if TYPE_CHECKING:
    from liqbench.engine.run import Run

_HISTORY = ["operator", "rule_id", "field", "old_value", "new_value"]


class Lineage:
    """Where the rows and fields of a run come from, and what they feed.

    A ``key`` is a mapping of key fields (some of them may do: then several rows may be meant), a
    tuple of all of them in their order, or the value of the only one. ``None`` is null.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._pushed = Pushed(run)

    def trace(self, table: str, key: Any, *, to: str | None = None) -> Trace:
        """Return the rows behind a row of an operator's output, back to the ingests or ``to`` one.

        Raises ``UnknownResultError`` for the operators, ``UnknownKeyError`` for the key,
        ``UnknownFieldError`` for its fields, ``InputChangedError`` where rows would have to be
        computed again from inputs that changed.
        """
        name = self._run.name_of(table)
        path = self._behind(name, to)
        return Trace(self._pushed, name, self._start(name, key), path)

    def trace_where(self, table: str, where: Mapping[str, Any], *, to: str | None = None) -> Trace:
        """Return the rows behind all rows of an output in which these fields have these values.

        Any fields may be named, of the key or not, and there may be no such row. Raises as
        ``trace`` does, but for the key.
        """
        name = self._run.name_of(table)
        schema = self._pushed.nodes[name].schema
        names = tuple(schema.fieldNames())
        start = read_key(where, names, schema, where=f"table {name!r}")
        return Trace(self._pushed, name, start, self._behind(name, to))

    def _behind(self, name: str, to: str | None) -> tuple[str, ...]:
        """Return the way back from an operator, itself first."""
        dag = self._run.dag
        behind = dag.upstream(name)
        if to is not None:
            end = self._run.name_of(to)
            if end not in behind | {name}:
                raise UnknownResultError(
                    f"{end!r} does not feed {name!r}", where="to", hint=did_you_mean(end, behind)
                )
            behind &= dag.downstream(end) | {end}
        return (name, *(n for n in reversed(list(self._pushed.nodes)) if n in behind))

    def impact(self, operator_id: str, key: Any) -> Consequences:
        """Return the rows of all operators that a row of an operator's output feeds.

        Raises as ``trace`` does.
        """
        name = self._run.name_of(operator_id)
        start = self._start(name, key)
        ahead = self._run.dag.downstream(name)
        ordered = [other for other in self._pushed.nodes if other in ahead]
        return Consequences(self._pushed, name, start, (name, *ordered))

    def _start(self, name: str, key: Any) -> Conditions:
        node, where = self._pushed.nodes[name], f"table {name!r}"
        given = read_key(key, node.keys, node.schema, where=where)
        whole, rows = self._pushed.rows(name), self._pushed.rows(name, given)
        return completed(rows, given, node.keys, whole=whole, where=where)

    def history(self, key: Any) -> pd.DataFrame:
        """Return the adjustments that touched a row, in the order in which they were applied.

        Columns: operator, rule_id, field, old_value, new_value (values as exact text); in front,
        key fields that the key leaves open. The key is that of an ingest's row, or, as a mapping,
        of any adjusted table's. Raises ``UnknownKeyError`` and ``UnknownFieldError``.
        """
        nodes = self._pushed.nodes
        fields = self._named(key)
        holders = [name for name, node in nodes.items() if set(fields) <= set(node.keys)]
        if not holders:
            raise UnknownKeyError(
                f"no table's key has all of {', '.join(fields)}", hint="name fields of one key"
            )
        found: list[pd.DataFrame] = []
        for name in holders:
            node = nodes[name]
            if not isinstance(node.operator, AdjustmentOperator):
                continue
            source = node.config.inputs[0]
            wanted = read_key(fields, node.keys, nodes[source].schema, where=f"operator {name!r}")
            rows = self._pushed.rows(source, wanted)
            records = node.operator.records(self._run.context.within(name), rows, node.keys)
            records = records.drop(*fields)
            changes = to_pandas(records, [], limit=MOST_ROWS, what=f"the history at {name!r}")
            found += [changes.assign(operator=name)] if len(changes) else []
        if not found:
            self._start(holders[0], fields)
            return pd.DataFrame(columns=_HISTORY)
        history = pd.concat(found, ignore_index=True)
        more = [name for name in history.columns if name not in _HISTORY]
        return history[[*more, *_HISTORY]]

    def _named(self, key: Any) -> Mapping[str, Any]:
        """Return the key of an ingest's row with its fields' names."""
        nodes = self._pushed.nodes.values()
        if isinstance(key, Mapping):
            known = {name for node in nodes for name in node.keys}
            for field in key:
                if field not in known:
                    raise UnknownFieldError.of(field, known, where="key")
            return key
        values = key if isinstance(key, tuple | list) else (key,)
        keys = {node.keys for node in nodes if not node.config.inputs}
        fitting = [names for names in keys if len(names) == len(values)]
        if len(fitting) != 1:
            shown = " or ".join(f"({', '.join(names)})" for names in sorted(keys))
            raise UnknownKeyError(
                f"it is open which row is meant: the keys of the ingests are {shown}",
                hint=f'name the fields: {{"{min(keys)[0]}": …}}',
            )
        return dict(zip(fitting[0], values, strict=True))

    def explain(self, key: Any, *, at: str = "classify") -> pd.DataFrame:
        """Return why a deal has its categories: a row per part of it and table of rules.

        Columns: the key; table (lcr, nsfr, unwind), category, its description, weight and
        paragraph; rule_id, the rule that decided; because, the conditions that held, and values,
        what the deal has in the fields that they read; reason. ``at`` is the classify operator;
        the key is as for ``history``, which tells what adjustments changed afterwards. Raises
        ``UnknownResultError``, ``UnknownKeyError``, ``UnknownFieldError`` and
        ``InputChangedError``.
        """
        name = self._run.name_of(at)
        return explanation(self._pushed, name, self._start(name, self._named(key)))

    def weights(self, table: str, key: Mapping[str, Any]) -> pd.DataFrame:
        """Return what counts at a regulatory ratio (``lcr``, ``nsfr``): a row per category.

        Columns: section, category, its description, weight and paragraph, and the weighted amount
        (before caps). ``key`` names what the ratio is of. Raises ``UnknownResultError`` for
        another operator, ``UnknownFieldError`` and ``InputChangedError``.
        """
        name = self._run.name_of(table)
        node = self._pushed.nodes[name]
        operator, counted = weighing(node), node.config.inputs[0]
        rows = self.trace_where(counted, key, to=counted).frame(counted)
        return weights(operator, self._run.context, rows)

    def columns(self, table: str, field: str) -> pd.DataFrame:
        """Return what a field follows from, back to the sources: an edge per row.

        ``how``: same, calculated, reference, aggregated, adjusted, source, unknown, or condition,
        where the other field decides whether or which value there is. Raises
        ``UnknownFieldError`` and ``UnknownResultError``.
        """
        return column_table(self._pushed, self._run.name_of(table), field)

    def column_graph(self, table: str, field: str) -> nx.DiGraph[FieldOf]:
        """Return the same as a graph of (operator, field); an edge has all its ``how``."""
        return column_graph(self._pushed, self._run.name_of(table), field)
