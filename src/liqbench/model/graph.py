"""The shape of a DAG: order, cycles with their path, edges to nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import networkx as nx

from liqbench.errors import CycleError, DanglingEdgeError, LiqbenchError, did_you_mean

Inputs = Mapping[str, Sequence[str]]


def graph_of(inputs: Inputs) -> nx.DiGraph[str]:
    """Return the directed graph of operators by id; an edge carries its input ``port``."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(inputs)
    for target, sources in inputs.items():
        for port, source in enumerate(sources):
            graph.add_edge(source, target, port=port)
    return graph


def shape_faults(inputs: Inputs) -> Iterator[LiqbenchError]:
    """Yield every edge to nowhere and one cycle per tangle, each with its path."""
    for target, sources in inputs.items():
        for source in sources:
            if source not in inputs:
                yield DanglingEdgeError(
                    f"is fed by {source!r}, which is not in the DAG",
                    where=f"operator {target!r}",
                    hint=did_you_mean(source, inputs),
                )
    graph = graph_of(inputs)
    for tangle in nx.strongly_connected_components(graph):
        start = min(tangle)
        if len(tangle) > 1 or graph.has_edge(start, start):
            path = [edge[0] for edge in nx.find_cycle(graph.subgraph(tangle), start)]
            yield CycleError(
                "the operators feed themselves: " + " → ".join([*path, path[0]]),
                where=f"operator {path[0]!r}",
                hint="remove one of these edges",
            )


def topological(inputs: Inputs) -> tuple[str, ...]:
    """Return the ids so that every operator stands behind its inputs, ties by given order."""
    position = {name: n for n, name in enumerate(inputs)}
    return tuple(nx.lexicographical_topological_sort(graph_of(inputs), key=position.__getitem__))
