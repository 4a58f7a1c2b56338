"""Column lineage over a whole DAG: a field, back to the fields of the sources."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx
import pandas as pd

from liqbench.engine.pushed import Pushed
from liqbench.errors import UnknownFieldError

FieldOf = tuple[str, str]  # (operator, field)


def column_graph(pushed: Pushed, table: str, field: str) -> nx.DiGraph[FieldOf]:
    """Return what a field follows from, as a graph of (operator, field).

    An edge runs from the origin and carries ``how``, the ways in which it is one. What an
    operator reads itself is the node (``operator: source``, field). Raises ``UnknownFieldError``.
    """
    schema = pushed.nodes[table].schema
    if field not in schema.fieldNames():
        raise UnknownFieldError.of(field, schema.fieldNames(), where=f"table {table!r}")
    graph: nx.DiGraph[FieldOf] = nx.DiGraph()
    graph.add_node((table, field))
    open_ones = [(table, field)]
    while open_ones:
        at = open_ones.pop()
        for origin, how in _origins(pushed, at):
            if origin not in graph and origin[0] in pushed.nodes:
                open_ones.append(origin)
            ways = graph.edges[origin, at]["how"] if graph.has_edge(origin, at) else ()
            graph.add_edge(origin, at, how=tuple(dict.fromkeys((*ways, how))))
    return graph


def column_table(pushed: Pushed, table: str, field: str) -> pd.DataFrame:
    """Return the graph's edges in the DAG's order, the field first: what follows from what."""
    graph = column_graph(pushed, table, field)
    order = {name: place for place, name in enumerate(pushed.nodes)}
    edges = [
        {
            "operator": to[0],
            "field": to[1],
            "from_operator": origin[0],
            "from_field": origin[1],
            "how": way,
        }
        for origin, to, edge in graph.edges(data=True)
        for way in edge["how"]
    ]
    edges.sort(key=lambda row: (-order[row["operator"]], *row.values()))
    return pd.DataFrame(edges, columns=["operator", "field", "from_operator", "from_field", "how"])


def _origins(pushed: Pushed, at: FieldOf) -> Iterator[tuple[FieldOf, str]]:
    name, field = at
    inputs = pushed.nodes[name].config.inputs
    for origin in pushed.origins(name).get(field, ()):
        read = isinstance(origin.input, str)
        place = f"{name}: {origin.input}" if read else inputs[int(origin.input)]
        yield (place, origin.field), origin.how
