"""The trail of one number or deal through a run: stages, rows, rules, parameters."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any

from liqbench.engine import Consequences, Run, Trace
from liqbench.errors import UnknownKeyError
from liqbench.impact import RatioTable
from liqbench.operators.adjust import AdjustmentOperator
from liqbench.operators.classify import ClassifyOperator
from liqbench.operators.expressions import quoted
from liqbench.ui.bench.told import rule_told
from liqbench.ui.bench.wire import table_to_wire
from liqbench.ui.graph import kind_of

_MOST_EXPLAINED = 50
_PAGES_KEPT = 32


class Trail:
    """Rows that belong together, operator by operator: ``table`` is where they start.

    What was read of it once is kept, as a run doesn't change.
    """

    def __init__(self, run: Run, table: str, reached: Trace | Consequences) -> None:
        self.run, self.table, self._reached = run, table, reached
        self._page = lru_cache(maxsize=_PAGES_KEPT)(self._read)

    @cached_property
    def stages(self) -> list[dict[str, Any]]:
        """The operators on the way in the DAG's order: type, rows of how many, whether exact."""
        summary = {row["operator"]: row for row in self._reached.summary().to_dict("records")}
        return [
            {
                **{str(name): value for name, value in summary[name].items()},
                "family": kind_of(node.config),
                "description": node.config.description,
                "inputs": [source for source in node.config.inputs if source in summary],
                "of": self.run.results[name].rows if name in self.run.results else None,
                "fields": node.schema.fieldNames(),
            }
            for name, node in self.run.resolved.nodes.items()
            if name in summary
        ]

    def rows(self, operator: str, limit: int, offset: int) -> dict[str, Any]:
        """Return a page of the rows that an operator has on the way, by their key."""
        return self._page(operator, limit, offset)

    def _read(self, operator: str, limit: int, offset: int) -> dict[str, Any]:
        frame = self._reached.frame(operator)
        keys = self.run.resolved.nodes[self.run.name_of(operator)].keys
        page = frame.sort(*map(quoted, keys)).offset(offset).limit(limit)
        table = page.toArrow().to_pandas(date_as_object=True)
        return {"keys": list(keys), "offset": offset, **table_to_wire(table)}


class Backwards(Trail):
    """What an entity's ratio, or a category of it, follows from."""

    def __init__(
        self, run: Run, ratio: RatioTable, key: Mapping[str, str], category: str = ""
    ) -> None:
        self._ratio, self._key, self._category = ratio, dict(key), category
        if category:
            table = run.resolved.nodes[ratio.operator_id].config.inputs[0]
            where = {**key, ratio.operator.detail: category}
            self._trace = run.lineage.trace_where(table, where)
        else:
            table = ratio.output(run)
            self._trace = run.lineage.trace(table, self._key)
        super().__init__(run, table, self._trace)

    @cached_property
    def rules(self) -> list[dict[str, Any]]:
        """The adjustments on the way, in the DAG's order, and how many rows each changed."""
        nodes = self.run.resolved.nodes
        own = {
            (name, rule.rule_id): rule_told(rule)
            for name, node in nodes.items()
            if isinstance(node.operator, AdjustmentOperator)
            for rule in node.operator.rules
        }
        return [
            {"operator": row["operator"], "after": row["after"], "rows": row["rows"],
             **own[row["operator"], row["rule_id"]]}
            for row in self._trace.adjustments().to_dict("records")
        ]  # fmt: skip

    @property
    def weighed(self) -> tuple[str, dict[str, str]]:
        """The ratio's operator, and the key of the number."""
        return self._ratio.operator_id, self._key

    @cached_property
    def parameters(self) -> list[dict[str, Any]]:
        """The categories that count at the number: weight, paragraph, and how much."""
        found = self.run.lineage.weights(*self.weighed)
        if self._category:
            found = found[found["category"] == self._category]
        return [
            {str(name): value for name, value in row.items()} for row in found.to_dict("records")
        ]


class Forwards(Trail):
    """What a deal is, why it counts as it does, and every number that it feeds."""

    def __init__(self, run: Run, key: Mapping[str, Any]) -> None:
        self._key = dict(key)
        table = home_of(run, key)
        super().__init__(run, table, run.lineage.impact(table, self._key))

    @cached_property
    def told(self) -> dict[str, Any]:
        """Its fields, the adjustments that touched it, and why it counts as it does."""
        lineage, row = self.run.lineage, self._reached.frame(self.table)
        fields = table_to_wire(row.limit(1).toArrow().to_pandas(date_as_object=True))
        nodes = self.run.resolved.nodes.items()
        at = [name for name, node in nodes if isinstance(node.operator, ClassifyOperator)]
        why = lineage.explain(self._key, at=at[0]).head(_MOST_EXPLAINED) if at else None
        return {
            "fields": dict(zip(fields["columns"], fields["rows"][0], strict=True)),
            "history": table_to_wire(lineage.history(self._key)),
            "why": None if why is None else table_to_wire(why),
        }


def home_of(run: Run, key: Mapping[str, Any]) -> str:
    """Return the first operator whose rows have these key fields. Raises ``UnknownKeyError``."""
    for name, node in run.resolved.nodes.items():
        if set(key) <= set(node.keys):
            return name
    raise UnknownKeyError(f"no table's key has {', '.join(key)}", hint="choose a row of a table")
