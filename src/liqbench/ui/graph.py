"""A DAG or a run as a picture: a page of its own, and the same page framed in a notebook."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from liqbench.engine import OperatorResult, Run, Variant
from liqbench.errors import LiqbenchError
from liqbench.model import Dag, OperatorConfig
from liqbench.model.dag import ADJUST
from liqbench.operators import operator_types
from liqbench.ui import page
from liqbench.ui.layout import positions
from liqbench.ui.words import parameters_in_words

_ACROSS, _DOWN, _WIDTH = 176, 104, 146
_LONGEST_LABEL = 15
_HEAD_AND_FOOT, _TALLEST, _ROOM_FOR_DETAILS = 104, 640, 290

# A label is vis.js' own small markup, drawn and never parsed as HTML; these are its only signs.
_HARMLESS = str.maketrans(
    {
        "<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}",
        ">": "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}",
        "&": "+",
    }
)

KINDS = {
    "source": "reads a source",
    "row": "row by row",
    "group": "per group",
    "table": "the whole table",
    "adjust": "adjustment",
    "unknown": "unknown type, or missing",
}
_INLINE_SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.DOTALL)


@dataclass(frozen=True)
class GraphPicture:
    """The picture of a graph. In a notebook it shows itself; ``html`` is a page of its own."""

    title: str
    html: str = field(repr=False)
    height: int = field(repr=False)

    def _repr_html_(self) -> str:
        return page.frame(self.html, title=self.title, height=self.height)

    def save(self, path: str | Path) -> Path:
        """Write the page, which needs no other file and no internet; return its path."""
        return page.save(self.html, path)


def dag_picture(dag: Dag) -> GraphPicture:
    """Return the picture of a DAG, finished or not."""
    return _picture(dag, f"DAG {dag.name}", dag.description, {})


def variant_picture(variant: Variant) -> GraphPicture:
    """Return the picture of a variant's run. Raises the variant's own error where it failed."""
    run = variant.result()
    return run_picture(run, f"{variant.name}: run of {run.dag.name}")


def run_picture(run: Run, title: str = "") -> GraphPicture:
    """Return the picture of a run: its DAG with rows, seconds, and what was stored or reused."""
    computed = sum(result.stored and not result.reused for result in run.results.values())
    reused = sum(result.stored and result.reused for result in run.results.values())
    facts = f"as of {run.as_of} · {run.seconds:,.1f} s · {computed} stored, {reused} reused"
    return _picture(run.dag, title or f"Run of {run.dag.name}", facts, run.results, run.notices)


def _picture(
    dag: Dag,
    title: str,
    subtitle: str,
    results: Mapping[str, OperatorResult],
    notices: Sequence[str] = (),
) -> GraphPicture:
    graph = dag.graph
    places = positions(graph, across=_ACROSS, down=_DOWN)
    nodes = [
        _node(name, graph.nodes[name].get("config"), results.get(name), x, y)
        for name, (x, y) in places.items()
    ]
    edges = [{"from": source, "to": to, "arrows": "to"} for source, to in dag.edges]
    heights = [y for _, y in places.values()]
    tall = int(max(heights, default=0) - min(heights, default=0)) + _DOWN
    height = min(max(tall + _HEAD_AND_FOOT, _ROOM_FOR_DETAILS), _TALLEST)
    standalone = page.page(
        title,
        _body(title, subtitle, nodes, notices, with_results=bool(results)),
        style=page.asset("colours.css") + page.asset("graph.css"),
        scripts=(*_pyvis_scripts(nodes, edges), page.asset("graph.js")),
    )
    return GraphPicture(title, standalone, height)


def _node(
    name: str, config: OperatorConfig | None, result: OperatorResult | None, x: float, y: float
) -> dict[str, Any]:
    """Return a node for pyvis; ``kind``, ``heading`` and ``details`` are for our own script."""
    kind = kind_of(config)
    type_name = config.operator_type if config else "not in the DAG"
    figures = figures_in_words(result)
    lines = [f"<b>{_label(name)}</b>", _label(type_name), *(f"<i>{f}</i>" for f in figures)]
    details = [("type", f"{type_name}, {KINDS[kind]}")]
    if config:
        details += [("inputs", ", ".join(config.inputs))] if config.inputs else []
        details += parameters_in_words(config)
    details += [("run", figure) for figure in figures]
    return {
        "n_id": name,
        "label": "\n".join(lines),
        "x": x,
        "y": y,
        "shape": "box",
        "physics": False,
        "kind": kind,
        "heading": name,
        "description": config.description if config else "",
        "details": details,
    }


def kind_of(config: OperatorConfig | None) -> str:
    """Return how an operator is drawn: by its locality; sources and adjustments by themselves."""
    if config is None:
        return "unknown"
    if config.operator_type == ADJUST:
        return "adjust"
    try:
        operator = operator_types().get(config.operator_type)
    except LiqbenchError:  # another package's broken operator; validation tells of it
        operator = None
    if operator is None:
        return "unknown"
    return "source" if operator.fewest_inputs == 0 else str(operator.locality.value)


def figures_in_words(result: OperatorResult | None) -> list[str]:
    """Return an operator's rows, and whether its result was reused or how long it took."""
    if result is None:
        return []
    rows = [] if result.rows is None else [f"{result.rows:,} rows"]
    if not result.stored:
        return rows
    return [*rows, "↺ reused" if result.reused else f"● stored, {result.seconds:,.1f} s"]


def _label(words: str) -> str:
    if len(words) > _LONGEST_LABEL:
        half = (_LONGEST_LABEL - 1) // 2
        words = f"{words[:half]}…{words[-half:]}"
    return words.translate(_HARMLESS)


def _body(
    title: str,
    subtitle: str,
    nodes: list[dict[str, Any]],
    notices: Sequence[str],
    *,
    with_results: bool,
) -> str:
    kinds = [kind for kind in KINDS if any(node["kind"] == kind for node in nodes)]
    legend = "".join(
        f'<li><span class="chip {kind}"></span>{page.text(KINDS[kind])}</li>' for kind in kinds
    )
    if with_results:
        legend += "<li>● stored by this run</li><li>↺ reused from storage</li>"
    listed = "".join(
        "<li>{}: {}</li>".format(
            page.text(node["heading"]),
            page.text("; ".join(f"{what} {words}".strip() for what, words in node["details"])),
        )
        for node in nodes
    )
    told = page.text("; ".join(notices))
    note = f'<p class="note" title="{told}">Note: {told}</p>' if notices else ""
    return f"""
<header><h1>{page.text(title)}</h1><p>{page.text(subtitle)}</p>{note}</header>
<div id="mynetwork" role="img" aria-label="{page.text(title)}: {len(nodes)} operators"></div>
<aside id="details" hidden></aside>
<footer><ul>{legend}</ul><p>Point at an operator for its parameters; Ctrl + wheel zooms</p></footer>
<ol class="spoken">{listed}</ol>
"""


def _pyvis_scripts(nodes: list[dict[str, Any]], edges: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return vis.js and the graph's data as pyvis writes them.

    Only pyvis' inline scripts are taken: the rest of its page is Bootstrap from a CDN.
    """
    from pyvis.network import Network  # noqa: PLC0415 - heavy, and only for pictures

    network = Network(directed=True, cdn_resources="in_line", height="100%", width="100%")
    for node in nodes:
        network.add_node(**node)
    for edge in edges:
        network.add_edge(edge["from"], edge["to"])
    network.set_options(json.dumps(_OPTIONS))
    written = network.generate_html(notebook=False)
    inline = [m["code"] for m in _INLINE_SCRIPT.finditer(written) if "src=" not in m["attributes"]]
    return tuple(code for code in inline if "function neighbourhoodHighlight" not in code)


_OPTIONS: dict[str, Any] = {
    "physics": {"enabled": False},
    "layout": {"randomSeed": 1},
    "interaction": {
        "dragNodes": False,
        "hover": True,
        "hoverConnectedEdges": False,
        "selectConnectedEdges": False,
        "zoomView": False,
    },
    "nodes": {
        "borderWidth": 1.5,
        "borderWidthSelected": 3,
        "chosen": {"node": True, "label": False},
        "margin": {"top": 9, "bottom": 9, "left": 6, "right": 6},
        "shapeProperties": {"borderRadius": 6},
        "widthConstraint": {"minimum": _WIDTH, "maximum": _WIDTH},
        "font": {"multi": "html", "size": 14, "face": "system-ui, sans-serif"},
    },
    "edges": {
        "width": 1.5,
        "arrows": {"to": {"enabled": True, "scaleFactor": 0.6}},
        "smooth": {"enabled": True, "type": "cubicBezier", "forceDirection": "horizontal"},
    },
}
