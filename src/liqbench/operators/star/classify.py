"""Which table is a fact, a dimension or a bridge, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import networkx as nx

from liqbench.operators.star.declared import Known, check_declared
from liqbench.operators.star.errors import (
    DimensionCycleError,
    FactChoiceError,
    RelationshipError,
    UnknownTableError,
)
from liqbench.operators.star.model import (
    ColumnMetadata,
    RelationshipType,
    TableRelationship,
)
from liqbench.operators.star.structure import (
    BridgedPair,
    Classification,
    Decision,
    Reference,
    TableRole,
)


def classify(
    tables: Known,
    relationships: Sequence[TableRelationship],
    metadata: Sequence[ColumnMetadata] = (),
    target: str | None = None,
) -> Classification:
    """Decide what each table is: by the target first, then by measures, then by the graph.

    A fact has measures and nobody refers to it; without measures anywhere, it is the table with
    the most references. What facts refer to, directly, by a bridge or by another dimension, is a
    dimension. Raises ``UnknownTableError``, ``UnknownFieldError``, ``FieldTypeError``,
    ``RelationshipError``, ``DimensionCycleError``, ``FactChoiceError``; several faults of the
    declarations together as ``FaultsError``.
    """
    check_declared(tables, relationships, metadata)
    if target is not None and target not in tables:
        raise UnknownTableError.of(target, tables, where="target")
    return _Classifier(tables, relationships, metadata, target).classified()


class _Classifier:
    def __init__(
        self,
        tables: Known,
        relationships: Sequence[TableRelationship],
        metadata: Sequence[ColumnMetadata],
        target: str | None,
    ) -> None:
        self.tables = tables
        self.metadata = metadata
        self.measures = {
            table: sum(c.table == table and c.role == "measure" for c in metadata)
            for table in tables
        }
        self.pairs = [r for r in relationships if r.bridge is not None]
        self.bridges = {r.bridge.table: r for r in self.pairs if r.bridge is not None}
        self.references = [self._directed(r, target) for r in relationships if r.bridge is None]
        self.referred = {ref.dimension for ref in self.references}
        self.target = self._chosen() if target is None else target
        self.facts = [table for table in tables if self._is_fact(table)]

    def _directed(self, relationship: TableRelationship, target: str | None) -> Reference:
        """Return who refers to whom; of two equals the fact, or else the left one, refers."""
        left = (relationship.left, relationship.left_columns)
        right = (relationship.right, relationship.right_columns)
        turned = relationship.kind is RelationshipType.ONE_TO_MANY
        if relationship.kind is RelationshipType.ONE_TO_ONE:
            measured = self.measures[right[0]] > 0 and self.measures[left[0]] == 0
            turned = right[0] == target or (measured and left[0] != target)
        many, one = (right, left) if turned else (left, right)
        return Reference(*many, *one, role=relationship.role or one[0])

    def _chosen(self) -> str:
        """Return the only table that can be the fact."""
        free = [t for t in self.tables if t not in self.bridges and t not in self.referred]
        measured = [table for table in self.tables if self.measures[table]]
        found = [table for table in free if self.measures[table]]
        if not found and len(measured) == 1:
            found = measured
        if not measured:
            most = max((self._outgoing(table) for table in free), default=0)
            found = [table for table in free if most and self._outgoing(table) == most]
        if len(found) == 1:
            return found[0]
        counts = [f"{t} ({_count(self.measures[t], 'measure')}, " for t in found]
        counts = [
            f"{text}{_count(self._outgoing(t), 'reference')})"
            for text, t in zip(counts, found, strict=True)
        ]
        raise FactChoiceError(
            f"the fact could be {' or '.join(counts)}" if found else "no table can be the fact",
            hint="name it as the target"
            if found
            else "describe its figures as measures, or name it as the target",
        )

    def _is_fact(self, table: str) -> bool:
        free = table not in self.bridges and table not in self.referred
        return table == self.target or (free and self.measures[table] > 0)

    def _outgoing(self, table: str) -> int:
        return sum(ref.table == table for ref in self.references)

    def classified(self) -> Classification:
        if self.target in self.bridges:
            raise RelationshipError(
                f"{self.target!r} is the target, so it can't be a bridge",
                where=str(self.bridges[self.target]),
            )
        direct = {r.dimension: r for r in reversed(self.references) if r.table in self.facts}
        dimensions = self._reached(direct)
        used = [r for r in self.references if r.table in self.facts or r.table in dimensions]
        folds = [ref for ref in used if ref.table in dimensions]
        self._check_folds(folds)
        pairs = tuple(
            BridgedPair(
                r.role or r.bridge.table,
                r.left,
                r.left_columns,
                r.right,
                r.right_columns,
                r.bridge,
            )
            for r in self.pairs
            if r.bridge is not None and r.left in dimensions
        )
        keys = {
            table: self._natural_key(table, used, pairs)
            for table in _outer_first(folds, dimensions)
        }
        decisions = tuple(
            self._decision(table, dimensions, direct, pairs, folds) for table in self.tables
        )
        return Classification(
            target=self.target,
            decisions=decisions,
            references=tuple(
                r for r in used if r.table in self.facts and r.dimension not in self.facts
            ),
            folds=tuple(folds),
            between_facts=tuple(
                r for r in used if r.table in self.facts and r.dimension in self.facts
            ),
            bridges=pairs,
            keys=keys,
        )

    def _reached(self, direct: Iterable[str]) -> list[str]:
        """Return the tables that facts lead to, in the order given."""
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(direct)
        graph.add_edges_from((r.table, r.dimension) for r in self.references)
        for pair in self.pairs:
            if {pair.left, pair.right} & set(self.facts):
                raise RelationshipError(
                    "a bridge joins dimensions, and one of these is a fact",
                    where=str(pair),
                    hint="make a dimension of what the fact shares with others, such as a pool",
                )
            graph.add_edges_from([(pair.left, pair.right), (pair.right, pair.left)])
        graph.remove_nodes_from([*self.facts, *self.bridges])
        found = {n for start in direct if start in graph for n in nx.descendants(graph, start)}
        found |= set(direct) & set(graph)
        return [table for table in self.tables if table in found]

    def _check_folds(self, folds: Sequence[Reference]) -> None:
        for ref in folds:
            if ref.dimension in self.facts:
                raise RelationshipError(
                    f"the dimension {ref.table!r} can't refer to the fact {ref.dimension!r}",
                    where=f"{ref.table} ({', '.join(ref.columns)})",
                    hint="is the relationship the wrong way round?",
                )
        graph: nx.DiGraph[str] = nx.DiGraph((ref.table, ref.dimension) for ref in folds)
        try:
            cycle = [edge[0] for edge in nx.find_cycle(graph)]
        except nx.NetworkXNoCycle:
            return
        raise DimensionCycleError(
            "dimensions describe each other: " + " → ".join([*cycle, cycle[0]]),
            where=f"table {cycle[0]!r}",
            hint="leave one of these relationships out",
        )

    def _natural_key(
        self, table: str, used: Sequence[Reference], pairs: Sequence[BridgedPair]
    ) -> tuple[str, ...]:
        declared = tuple(c.column for c in self.metadata if c.table == table and c.role == "key")
        named = [(r.dimension_columns, r.table) for r in used if r.dimension == table]
        named += [(p.left_columns, p.bridge.table) for p in pairs if p.left == table]
        named += [(p.right_columns, p.bridge.table) for p in pairs if p.right == table]
        key = declared or named[0][0]
        for columns, by in named:
            if set(columns) != set(key):
                raise RelationshipError(
                    f"{by} refers to it by {', '.join(columns)}, its key is {', '.join(key)}",
                    where=f"dimension {table!r}",
                    hint="refer to the whole key, or correct the columns of the role 'key'",
                )
        return key

    def _decision(
        self,
        table: str,
        dimensions: Sequence[str],
        direct: Mapping[str, Reference],
        pairs: Sequence[BridgedPair],
        folds: Sequence[Reference],
    ) -> Decision:
        if table in self.facts:
            return Decision(table, TableRole.FACT, self._why_fact(table))
        if table in self.bridges:
            pair = self.bridges[table]
            if table in {p.bridge.table for p in pairs}:
                text = f"it holds the pairs of {pair.left} and {pair.right}"
                return Decision(table, TableRole.BRIDGE, text)
            text = f"no fact leads to {pair.left} or {pair.right}, whose pairs it holds"
            return Decision(table, TableRole.UNUSED, text)
        if table not in dimensions:
            refers = sorted({r.dimension for r in self.references if r.table == table})
            text = "no fact refers to it"
            if refers and not self.measures[table]:
                text += f", and it has no measure, though it refers to {', '.join(refers)}"
            return Decision(table, TableRole.UNUSED, text)
        inner = [ref.table for ref in folds if ref.dimension == table]
        bridged = [p for p in pairs if table in (p.left, p.right)]
        if table not in direct and not bridged:
            text = f"only {', '.join(inner)} refers to it, so its columns go there"
            return Decision(table, TableRole.FOLDED, text)
        why = [f"its columns also go into {', '.join(inner)}"] if inner else []
        other = [p.right if table == p.left else p.left for p in bridged]
        why = [f"a bridge joins it to {', '.join(other)}", *why] if other else why
        if table in direct:
            ref = direct[table]
            why = [f"{ref.table} refers to it by {', '.join(ref.columns)}", *why]
        if self.measures[table]:
            why.append(f"its {_count(self.measures[table], 'measure')} describe its members")
        return Decision(table, TableRole.DIMENSION, "; ".join(why))

    def _why_fact(self, table: str) -> str:
        counted = f"{_count(self.measures[table], 'measure')} and " if self.measures[table] else ""
        outgoing = _count(self._outgoing(table), "reference")
        kept = [r.dimension for r in self.references if r.table == table]
        kept = sorted(set(kept) & set(self.facts))
        more = f"; its columns that refer to {', '.join(kept)} stay, facts aren't joined"
        first = "it is the target, with" if table == self.target else "nobody refers to it; it has"
        return f"{first} {counted}{outgoing}{more if kept else ''}"


def _outer_first(folds: Sequence[Reference], dimensions: Sequence[str]) -> Iterator[str]:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(dimensions)
    graph.add_edges_from((ref.dimension, ref.table) for ref in folds)
    place = {name: n for n, name in enumerate(dimensions)}
    yield from nx.lexicographical_topological_sort(graph, key=place.__getitem__)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
