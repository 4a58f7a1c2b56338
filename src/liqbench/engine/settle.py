"""Finishing a variant on the driver: from groups' changed sums to results stored like any other.

A stage that is written here has the fingerprint, the fields and the digits that a full run would
have given it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from liqbench.engine.changes import Change
from liqbench.engine.executor import OperatorResult
from liqbench.engine.on_driver import Counts, DriverTables, write_table
from liqbench.engine.run import Run
from liqbench.operators.local import LocalTable


class Settlement:
    """The results of one variant's operators, computed on the driver.

    ``sums`` are the changed sums of the groups at the frontiers; ``counts`` what is known of
    operators on single rows, by their id.
    """

    def __init__(
        self,
        base: Run,
        change: Change,
        sums: Mapping[str, LocalTable],
        counts: Mapping[str, Counts],
    ) -> None:
        self._base = base
        self._change = change
        self._moved = frozenset(name for f in change.frontiers for name in f.behind_filter())
        self._tables = DriverTables(change.resolved.nodes, base.context, base.local)
        self._tables.counts |= {name: dict(own) for name, own in counts.items()}
        for frontier in change.frontiers:
            node = frontier.group
            context = base.context.within(node.operator_id)
            own = sums[node.operator_id]
            finished = frontier.operator.finished(context, own, frontier.rows)
            self._tables.put(node.operator_id, finished)
        for name in change.rest:
            self._tables.compute(name)
        self._own = frozenset((*(f.group.operator_id for f in change.frontiers), *change.rest))

    def table(self, name: str) -> LocalTable:
        """Return an operator's output, a group's with its sums."""
        return self._tables[name]

    def results(self) -> dict[str, OperatorResult]:
        """Return what is known of every operator of the variant."""
        return {name: self._result(name) for name in self._change.resolved.nodes}

    def _result(self, name: str) -> OperatorResult:
        resolved, prints = self._change.resolved, self._change.prints
        node, base = resolved.nodes[name], self._base.results
        if name in base and base[name].fingerprint == prints[name]:
            return replace(base[name], reused=True, seconds=0.0)
        result = OperatorResult(name, node.config.operator_type, prints[name])
        counts = self._tables.counts.get(name, {})
        if name in self._own:
            return replace(
                result,
                rows=self._tables[name].rows,
                key_hash=self._tables.key_hash(name),
                stored=name in resolved.stored(),
                metrics=counts,
            )
        before = base.get(name) or base[self._unadjusted(name)]
        metrics = counts if name not in base else before.metrics
        if name in self._moved:
            return replace(result, metrics=metrics)
        return replace(result, rows=before.rows, key_hash=before.key_hash, metrics=metrics)

    def _unadjusted(self, name: str) -> str:
        """Return the operator of the baseline behind which an adjustment stands."""
        while name not in self._base.results:
            name = self._change.resolved.nodes[name].config.inputs[0]
        return name

    def store(self, results: Mapping[str, OperatorResult]) -> None:
        """Write the stages that a full run of the variant would have stored."""
        for name, result in results.items():
            if result.stored and not result.reused:
                self._base.stages.write(
                    result.fingerprint,
                    partial(write_table, self._tables[name]),
                    partial(self._describe, name, results),
                )

    def _describe(self, name: str, results: Mapping[str, OperatorResult]) -> dict[str, Any]:
        node = self._change.resolved.nodes[name]
        upstream = self._change.resolved.dag.upstream(name) | {name}
        known = [asdict(own) for at, own in results.items() if at in upstream and not own.reused]
        return {
            "operator_id": name,
            "keys": list(node.keys),
            "schema": node.schema.jsonValue(),
            "operators": known,
        }
