"""A DAG or a run drawn as one SVG: no script, so saved notebooks, mails and paper keep it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from itertools import groupby

from liqbench.engine import OperatorResult, Run
from liqbench.model import Dag, OperatorConfig
from liqbench.ui import page
from liqbench.ui.graph import KINDS, figures_in_words, kind_of
from liqbench.ui.layout import positions

_WIDTH, _HEIGHT = 168, 78  # of a box
_ACROSS, _DOWN = 206, 100  # from box to box
_LINE = 34  # between the lines of a long way
_COLUMNS = 5  # of one line; what is longer goes on in the next
_MARGIN = 16
_LONGEST = 22
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

Places = Mapping[str, tuple[float, float]]


def run_image(run: Run) -> str:
    """Return a run's drawing as images for a page: the dark one is hidden until a style shows it.

    An image is kept by what cleans the HTML of others' notebooks, and what is in it can't act.
    """
    listed = "; ".join(
        " ".join([config.operator_id, *figures_in_words(run.results.get(config.operator_id))])
        for config in run.dag.operators
    )
    told = page.text(f"Graph of the run of {run.dag.name}: {listed}")
    light, dark = (
        base64.b64encode(drawn(run.dag, run.results, dark=dark).encode("utf-8")).decode("ascii")
        for dark in (False, True)
    )
    return "".join(
        f'<img class="lq-graph-{name}"{hidden} alt="{told}" src="data:image/svg+xml;base64,{data}">'
        for name, hidden, data in (("light", "", light), ("dark", ' style="display:none"', dark))
    )


def drawn(dag: Dag, results: Mapping[str, OperatorResult], *, dark: bool = False) -> str:
    """Return a DAG as SVG, with the rows and times of what ran."""
    graph = dag.graph
    places, tops = _wrapped(positions(graph, across=_ACROSS, down=_DOWN))
    wide = max((x for x, _ in places.values()), default=0) + _WIDTH + 2 * _MARGIN
    tall = max((y for _, y in places.values()), default=0) + _HEIGHT + 2 * _MARGIN
    configs = {name: graph.nodes[name].get("config") for name in graph}
    boxes = (
        _box(name, places[name], config, figures_in_words(results.get(name)))
        for name, config in configs.items()
    )
    edges = (_edge(places[source], places[to], tops[to]) for source, to in dag.edges)
    present = {kind_of(config) for config in configs.values()}
    kinds = [kind for kind in KINDS if kind in present]
    theme = "dark" if dark else "light"
    style = page.asset("colours.css") + page.asset("drawing.css")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" data-theme="{theme}" width="{wide:g}" '
        f'height="{tall + 26:g}" viewBox="0 0 {wide:g} {tall + 26:g}">'
        f"<style>{style}</style>"
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>'
        f"{''.join(edges)}{''.join(boxes)}{''.join(_legend(kinds, tall))}</svg>"
    )


def _wrapped(places: Places) -> tuple[Places, Mapping[str, float]]:
    """Return places in as many lines as the columns need, and where each one's line begins."""
    at = {name: (int(x // _ACROSS), y) for name, (x, y) in places.items()}
    columns = max((column for column, _ in at.values()), default=0) + 1
    each = -(-columns // -(-columns // _COLUMNS))  # lines of the same length
    found: dict[str, tuple[float, float]] = {}
    tops: dict[str, float] = {}
    top = float(_MARGIN)
    by_line = sorted(at.items(), key=lambda item: item[1][0] // each)
    for _, line in groupby(by_line, key=lambda item: item[1][0] // each):
        members = list(line)
        first = min(y for _, (_, y) in members)
        for name, (column, y) in members:
            found[name] = (_MARGIN + (column % each) * _ACROSS, top + y - first)
            tops[name] = top
        top = max(found[name][1] for name, _ in members) + _HEIGHT + _LINE
    return {name: found[name] for name in places}, tops


def _box(
    name: str, at: tuple[float, float], config: OperatorConfig | None, figures: list[str]
) -> str:
    type_name = config.operator_type if config else "not in the DAG"
    facts = "".join(
        f'<text class="fact" x="14" y="{52 + 15 * n}">{_text(fact)}</text>'
        for n, fact in enumerate(figures)
    )
    return (
        f'<g class="{kind_of(config)}" transform="translate({at[0]:g} {at[1]:g})">'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" rx="6"/>'
        f'<text class="name" x="14" y="20">{_text(name)}</text>'
        f'<text class="kind" x="14" y="36">{_text(type_name)}</text>{facts}</g>'
    )


def _edge(source: tuple[float, float], to: tuple[float, float], top: float) -> str:
    (x, y), (left, at) = source, to
    x, y, at = x + _WIDTH, y + _HEIGHT / 2, at + _HEIGHT / 2
    if left > x:
        half = (left - x) / 2
        way = f"M{x:g} {y:g}C{x + half:g} {y:g} {left - half:g} {at:g} {left:g} {at:g}"
    else:  # back to where the next line begins, between both
        out, gap = _MARGIN * 0.6, top - _LINE / 2
        way = (
            f"M{x:g} {y:g}h{out - 5:g}q5 0 5 5V{gap - 5:g}q0 5 -5 5H{left - out + 5:g}"
            f"q-5 0 -5 5V{at - 5:g}q0 5 5 5H{left:g}"
        )
    return f'<path class="edge" d="{way}" marker-end="url(#tip)"/>'


def _legend(kinds: list[str], top: float) -> Iterator[str]:
    x = float(_MARGIN)
    for kind in kinds:
        yield (
            f'<g class="{kind}" transform="translate({x:g} {top:g})">'
            '<rect width="16" height="12" rx="3"/>'
            f'<text class="kind" x="22" y="10">{_text(KINDS[kind])}</text></g>'
        )
        x += 40 + 6.4 * len(KINDS[kind])


def _text(words: str) -> str:
    if len(words) > _LONGEST:
        half = (_LONGEST - 1) // 2
        words = f"{words[:half]}…{words[-half:]}"
    return page.text(_NOT_IN_XML.sub("\ufffd", words))
