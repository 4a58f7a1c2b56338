"""Some rows of an operator's output, sought as far upstream as the column lineage allows."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame

from liqbench.engine.keys import Equal, matching
from liqbench.engine.resolve import Node
from liqbench.operators import KeyMapping, Locality, Origins

if TYPE_CHECKING:
    from liqbench.engine.run import Run

Conditions = tuple[Equal, ...]


class Pushed:
    """The outputs of a run's operators, each reduced to rows of which some fields are given."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.nodes: Mapping[str, Node] = run.resolved.nodes
        self.rows = functools.cache(self._rows)
        self.origins = functools.cache(self._origins)
        self.same = functools.cache(self._same)
        self._check_sources = functools.cache(run.check_sources)

    def mapping(self, name: str) -> KeyMapping:
        """Return how the operator's keys follow from those of its inputs."""
        node = self.nodes[name]
        return node.operator.keys(*(self.nodes[source].keys for source in node.config.inputs))

    def _origins(self, name: str) -> Origins:
        """Return the fields that each field of the operator's output follows from."""
        node = self.nodes[name]
        inputs = [self.nodes[source].schema for source in node.config.inputs]
        return node.operator.origins(self.run.context.within(name), node.schema, *inputs)

    def _same(self, name: str) -> Mapping[str, str]:
        """Return the output's fields that are the first input's, row by row or group by group.

        That is what makes it right to filter the input by them instead of the output.
        """
        node, mapping = self.nodes[name], self.mapping(name)
        if not node.config.inputs or node.operator.locality is Locality.TABLE:
            return {}
        if node.operator.locality is Locality.GROUP:
            return {key: key for key in mapping.keys}
        found = {
            field: origin.field
            for field, origins in self.origins(name).items()
            for origin in origins
            if (origin.input, origin.how) == (0, "same")
        }
        keys = self.nodes[node.config.inputs[0]].keys
        return found | {key: key for key in keys if key in mapping.keys}

    def by_row_or_group(self, name: str) -> bool:
        """Tell whether the operator's key says which rows of its first input a row follows from."""
        node = self.nodes[name]
        if node.operator.locality is Locality.ROW:
            return set(self.nodes[node.config.inputs[0]].keys) <= set(node.keys)
        return node.operator.locality is Locality.GROUP

    def may_drop(self, name: str) -> bool:
        """Tell whether the operator has at most one row for each of its first input."""
        resolved = self.run.resolved
        return not self.nodes[name].operator.keeps_rows and resolved.same_keys(name)

    def behind(self, name: str, conditions: Conditions) -> tuple[Conditions, bool]:
        """Return the conditions as the first input has them, and whether one got lost."""
        same = self.same(name)
        kept = [one for one in conditions if one.field in same]
        lost = any(not one.implied for one in conditions if one.field not in same)
        return tuple(replace(one, field=same[one.field]) for one in kept), lost

    def ahead(self, name: str, conditions: Conditions) -> tuple[Conditions, bool]:
        """Return the first input's conditions as the output has them, and whether one got lost."""
        same = self.same(name)
        moved = tuple(
            replace(one, field=field)
            for one in conditions
            for field, before in same.items()
            if before == one.field
        )
        lost = any(not one.implied for one in conditions if one.field not in same.values())
        return moved, lost

    def _rows(self, name: str, conditions: Conditions = ()) -> DataFrame:
        """Return the rows that the conditions hold for, from the stage or computed again.

        Raises ``InputChangedError`` where what is not stored can't be computed again.
        """
        run, node = self.run, self.nodes[name]
        result = run.results.get(name)
        if result is not None and run.stages.has(result.fingerprint):
            return matching(run.frame(name), conditions)
        self._check_sources(name)
        moved, _ = self.behind(name, conditions)
        feeds = [
            self.rows(source, () if place else moved)
            for place, source in enumerate(node.config.inputs)
        ]
        frame = node.operator.apply(run.context.within(name), *feeds)
        return matching(frame, [one for one in conditions if one.field not in self.same(name)])
