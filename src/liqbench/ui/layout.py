"""Where the operators of a graph stand: in layers from left to right, the same every time."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean

import networkx as nx

_SWEEPS = 6


def layers(graph: nx.DiGraph[str]) -> list[list[str]]:
    """Return the nodes in layers: each stands behind all that feed it, sources close to their use.

    Nodes of a cycle share a layer, so an unfinished DAG has a picture too. Within a layer, nodes
    are ordered so that few edges cross.
    """
    tangles = nx.condensation(graph)
    depth = {
        tangle: n
        for n, generation in enumerate(nx.topological_generations(tangles))
        for tangle in generation
    }
    for tangle in tangles:
        if not tangles.in_degree(tangle) and tangles.out_degree(tangle):
            depth[tangle] = min(depth[following] for following in tangles.successors(tangle)) - 1
    place = tangles.graph["mapping"]
    found: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node in graph:
        found[depth[place[node]]].append(node)
    return _untangled(graph, found)


def _untangled(graph: nx.DiGraph[str], found: list[list[str]]) -> list[list[str]]:
    """Order each layer by the middle of its neighbours in the layer beside it, there and back."""
    for sweep in range(_SWEEPS):
        forth = sweep % 2 == 0
        order = range(1, len(found)) if forth else range(len(found) - 2, -1, -1)
        for n in order:
            beside = _heights(found[n - 1 if forth else n + 1])
            own = _heights(found[n])
            near = graph.predecessors if forth else graph.successors
            middle = {
                node: fmean([beside[m] for m in near(node) if m in beside] or [own[node]])
                for node in found[n]
            }
            found[n].sort(key=middle.__getitem__)
    return found


def _heights(layer: list[str]) -> dict[str, float]:
    return {node: n - (len(layer) - 1) / 2 for n, node in enumerate(layer)}


def positions(
    graph: nx.DiGraph[str], *, across: int, down: int
) -> Mapping[str, tuple[float, float]]:
    """Return x and y of every node: ``across`` from layer to layer, ``down`` within one."""
    return {
        node: (n * across, height * down)
        for n, layer in enumerate(layers(graph))
        for node, height in _heights(layer).items()
    }
