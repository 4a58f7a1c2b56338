"""Finishing a variant on the driver: from groups' changed sums to results stored like any other.

A stage that is written here has the fingerprint, the fields and the digits that a full run would
have given it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from liqbench.engine.changes import Change
from liqbench.engine.executor import OperatorResult
from liqbench.engine.key_hash import key_hash
from liqbench.engine.resolve import Node
from liqbench.engine.run import Run
from liqbench.operators.grouping import GroupOperator
from liqbench.operators.local import LocalTable

Counts = Mapping[str, int]


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
        self._counts = {name: dict(own) for name, own in counts.items()}
        self._moved = frozenset(name for f in change.frontiers for name in f.behind_filter())
        self._tables: dict[str, LocalTable] = {}
        for frontier in change.frontiers:
            node = frontier.group
            context = base.context.within(node.operator_id)
            own = sums[node.operator_id]
            self._tables[node.operator_id] = frontier.operator.finished(context, own, frontier.rows)
        for name in change.rest:
            self._tables[name] = self._computed(change.resolved.nodes[name])

    def table(self, name: str) -> LocalTable:
        """Return an operator's output, a group's with its sums."""
        if name not in self._tables:
            self._tables[name] = self._base.local(name)
        return self._tables[name]

    def _computed(self, node: Node) -> LocalTable:
        context = replace(self._base.context.within(node.operator_id), counter=self._count)
        inputs = [
            self.table(name).select(self._change.resolved.nodes[name].schema.fieldNames())
            for name in node.config.inputs
        ]
        if isinstance(node.operator, GroupOperator):
            return node.operator.summed_locally(context, inputs[0])
        return node.operator.local(context, *inputs)

    def _count(self, operator_id: str, counts: Counts) -> None:
        self._counts.setdefault(operator_id, {}).update(counts)

    def results(self) -> dict[str, OperatorResult]:
        """Return what is known of every operator of the variant."""
        return {name: self._result(name) for name in self._change.resolved.nodes}

    def _result(self, name: str) -> OperatorResult:
        resolved, prints = self._change.resolved, self._change.prints
        node, base = resolved.nodes[name], self._base.results
        if name in base and base[name].fingerprint == prints[name]:
            return replace(base[name], reused=True, seconds=0.0)
        result = OperatorResult(name, node.config.operator_type, prints[name])
        counts = self._counts.get(name, {})
        if name in self._tables:
            table = self._tables[name]
            return replace(
                result,
                rows=table.rows,
                key_hash=key_hash(table, node.keys),
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
                    partial(_write, self._tables[name]),
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


def _write(table: LocalTable, folder: Path) -> None:
    folder.mkdir(parents=True)
    pq.write_table(table.to_arrow(), folder / "part-0.parquet", compression="zstd")
