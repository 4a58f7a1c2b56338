"""Where the operators of a graph stand: in layers from left to right, the same every time."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean

import networkx as nx

_SWEEPS = 6
_NAMELESS = "\0"


def layers(graph: nx.DiGraph[str]) -> list[list[str]]:
    """Return the nodes in layers: each stands behind all that feed it, and close to what it feeds.

    Nodes of a cycle share a layer, so an unfinished DAG has a picture too. Within a layer, nodes
    are ordered so that few edges cross; an edge past a layer has a nameless place there.
    """
    tangles = nx.condensation(graph)
    depth: dict[int, int] = {}
    for n, generation in enumerate(nx.topological_generations(tangles)):
        depth |= dict.fromkeys(generation, n)
    for tangle in reversed(list(nx.topological_sort(tangles))):
        if behind := [depth[following] for following in tangles.successors(tangle)]:
            depth[tangle] = min(behind) - 1
    layer_of = {node: depth[tangles.graph["mapping"][node]] for node in graph}
    dense: nx.DiGraph[str] = nx.DiGraph(graph)
    found: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node in graph:
        found[layer_of[node]].append(node)
    for source, to in graph.edges:
        passed = range(layer_of[source] + 1, layer_of[to])
        steps = [f"{_NAMELESS}{source} {to} {n}" for n in passed]
        nx.add_path(dense, [source, *steps, to])
        for n, step in zip(passed, steps, strict=True):
            found[n].append(step)
    return _untangled(dense, found)


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
        if not node.startswith(_NAMELESS)
    }
