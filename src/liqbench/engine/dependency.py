"""Who depends on whom: the stages of a DAG, how their keys follow from each other, what changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import networkx as nx

from liqbench.engine.resolve import ResolvedDag
from liqbench.operators import KeyMapping, Keys, Locality


@dataclass(frozen=True)
class Dependency:
    """One operator among the others.

    ``mapping`` says how its keys follow from those of its first input; ``stored`` whether a run
    stores its output; ``keeps_rows`` whether it has exactly one row for each of its first input.
    """

    operator_id: str
    kind: str
    locality: Locality
    mapping: KeyMapping
    stored: bool
    keeps_rows: bool
    fingerprint: str
    inputs: tuple[str, ...]

    @property
    def keys(self) -> Keys:
        """The fields that tell its rows apart."""
        return self.mapping.keys


@dataclass(frozen=True)
class DependencyGraph:
    """The operators of a resolved DAG with their fingerprints; nothing is read for it."""

    resolved: ResolvedDag
    prints: Mapping[str, str]

    @cached_property
    def steps(self) -> tuple[Dependency, ...]:
        """The operators, in an order in which they can run."""
        return tuple(self._step(name) for name in self.resolved.nodes)

    def _step(self, name: str) -> Dependency:
        nodes = self.resolved.nodes
        node = nodes[name]
        mapping = node.operator.keys(*(nodes[source].keys for source in node.config.inputs))
        return Dependency(
            operator_id=name,
            kind=node.config.operator_type,
            locality=node.operator.locality,
            mapping=mapping,
            stored=name in self.resolved.stored(),
            keeps_rows=node.operator.keeps_rows and mapping.kind == "identity",
            fingerprint=self.prints[name],
            inputs=node.config.inputs,
        )

    @cached_property
    def graph(self) -> nx.DiGraph[str]:
        """The same as a graph: a node has its ``step``, an edge the ``place`` of the input."""
        found: nx.DiGraph[str] = nx.DiGraph()
        for step in self.steps:
            found.add_node(step.operator_id, step=step)
            for place, source in enumerate(step.inputs):
                found.add_edge(source, step.operator_id, place=place)
        return found

    def step(self, name: str) -> Dependency:
        """Return an operator by its id."""
        found: Dependency = self.graph.nodes[name]["step"]
        return found

    def changed(self, fingerprints: Mapping[str, str]) -> tuple[str, ...]:
        """Return the operators that don't have these fingerprints, by id; new ones are changed."""
        return self._ordered({n for n, own in self.prints.items() if fingerprints.get(n) != own})

    def downstream(self, name: str) -> tuple[str, ...]:
        """Return all operators that follow from an operator."""
        return self._ordered(nx.descendants(self.graph, name))

    def upstream(self, name: str) -> tuple[str, ...]:
        """Return all operators that an operator follows from."""
        return self._ordered(nx.ancestors(self.graph, name))

    def needed(self, has: Callable[[str], bool]) -> tuple[str, ...]:
        """Return what a full run calculates; ``has`` tells which fingerprints are stored already.

        These are the stages that are missing, and what lies between them and those that are there.
        """
        wanted: set[str] = set()
        waiting = [step.operator_id for step in self.steps if step.stored]
        while waiting:
            name = waiting.pop()
            if name not in wanted and not has(self.prints[name]):
                wanted.add(name)
                waiting += self.step(name).inputs
        return self._ordered(wanted)

    def _ordered(self, names: set[str]) -> tuple[str, ...]:
        return tuple(name for name in self.resolved.nodes if name in names)
