"""Small tables on the driver: operators evaluated there, and their outputs stored from there.

What is stored has the fields, the digits and the description that Spark would have given it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq

from liqbench.engine.key_hash import key_hash
from liqbench.engine.resolve import Node
from liqbench.operators import Context
from liqbench.operators.grouping import GroupOperator
from liqbench.operators.local import LocalTable, Vector

Counts = Mapping[str, int]
MOST_LOCAL_ROWS = 100_000


class DriverTables:
    """Outputs of operators, a group's with its sums, computed as far as they are not there yet.

    ``stored`` returns what an operator outside of ``computed`` has stored.
    """

    def __init__(
        self,
        nodes: Mapping[str, Node],
        context: Context,
        stored: Callable[[str], LocalTable],
    ) -> None:
        self._nodes = nodes
        self._context = replace(context, counter=self._count)
        self._stored = stored
        self._tables: dict[str, LocalTable] = {}
        self._hashes: dict[tuple[Vector, ...], int] = {}
        self.counts: dict[str, dict[str, int]] = {}

    def _count(self, operator_id: str, counts: Counts) -> None:
        self.counts.setdefault(operator_id, {}).update(counts)

    def put(self, name: str, table: LocalTable) -> None:
        """Take a table as an operator's output."""
        self._tables[name] = table

    def compute(self, name: str) -> None:
        """Evaluate an operator. Raises ``LocalUnsupportedError``, or what Spark would raise."""
        node = self._nodes[name]
        context = self._context.within(name)
        inputs = [
            self[source].select(self._nodes[source].schema.fieldNames())
            for source in node.config.inputs
        ]
        if isinstance(node.operator, GroupOperator):
            self._tables[name] = node.operator.summed_locally(context, inputs[0])
        else:
            self._tables[name] = node.operator.local(context, *inputs)

    def __contains__(self, name: str) -> bool:
        return name in self._tables

    def __getitem__(self, name: str) -> LocalTable:
        if name not in self._tables:
            self._tables[name] = self._stored(name)
        return self._tables[name]

    def key_hash(self, name: str) -> int:
        """Return the hash of an output's keys; outputs of the same rows share their vectors."""
        table, keys = self._tables[name], self._nodes[name].keys
        vectors = tuple(table[key] for key in keys)
        if vectors not in self._hashes:
            self._hashes[vectors] = key_hash(table, keys)
        return self._hashes[vectors]


def write_table(table: LocalTable, folder: Path) -> None:
    """Write a table as the one file of a stage."""
    folder.mkdir(parents=True)
    pq.write_table(table.to_arrow(), folder / "part-0.parquet", compression="zstd")
