"""The figures as a picture: seconds over deals and over scenarios, or the ways of one cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.report import WAYS

_COLOURS = {
    "baseline": "#7f7f7f",
    "full_stored": "#8c2d04",
    "full": "#d94801",
    "delta": "#3182bd",
    "cube": "#08519c",
    "follow_up": "#6a51a3",
    "trace": "#9e9ac8",
    "store": "#c7a252",
    "duckdb_each": "#31a354",
    "duckdb_one": "#006d2c",
}
_OVER_SCENARIOS = ("baseline", "delta", "cube", "duckdb_each", "duckdb_one")
Cell = Mapping[str, Any]


def draw(cells: Sequence[Cell], file: Path, *, whole: int) -> None:
    """Write the picture, SVG or PNG by the file's name.

    ``whole`` is the number of scenarios for which all ways were measured.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    if len(cells) == 1:
        figure = Figure(figsize=(8, 4.5), layout="constrained")
        _one_cell(figure.subplots(), cells[0])
    else:
        figure = Figure(figsize=(13, 6.5), layout="constrained")
        left, right = figure.subplots(1, 2)
        _over_deals(left, [cell for cell in cells if cell["scenarios"] == whole], whole)
        most = max(cell["deals"] for cell in cells)
        _over_scenarios(right, [cell for cell in cells if cell["deals"] == most], most)
    figure.savefig(file)


def _one_cell(axes: Axes, cell: Cell) -> None:
    ways = [way for way in _COLOURS if f"{way}_s" in cell][::-1]
    values = [cell[f"{way}_s"] for way in ways]
    bars = axes.barh([_words(w) for w in ways], values, color=[_COLOURS[w] for w in ways])
    axes.bar_label(bars, [f"{value:,.2f}" for value in values], padding=3)
    axes.set_xscale("log")
    axes.margins(x=0.15)
    axes.set_xlabel("seconds")
    scaled = cell.get("full_stored_measured", cell["scenarios"]) < cell["scenarios"]
    title = f"{cell['deals']:,} deals × {cell['scenarios']} scenarios"
    axes.set_title(title + (" (everything stored: scaled up)" if scaled else ""))


def _words(way: str) -> str:
    return "storing the row-level stage" if way == "store" else WAYS[way].strip()


def _over_deals(axes: Axes, cells: Sequence[Cell], scenarios: int) -> None:
    for way, colour in _COLOURS.items():
        points = [(cell["deals"], cell[f"{way}_s"]) for cell in cells if f"{way}_s" in cell]
        if points:
            style = "--" if way.startswith("duckdb") else "-"
            deals, values = zip(*points, strict=True)
            axes.plot(deals, values, style, marker="o", color=colour, label=_words(way))
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("deals")
    axes.set_ylabel("seconds")
    axes.set_title(f"{scenarios} scenarios")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize="small", ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.12))


def _over_scenarios(axes: Axes, cells: Sequence[Cell], deals: int) -> None:
    width = 0.8 / len(_OVER_SCENARIOS)
    for n, way in enumerate(_OVER_SCENARIOS):
        places = [place - 0.4 + (n + 0.5) * width for place in range(len(cells))]
        values = [cell[f"{way}_s"] for cell in cells]
        axes.bar(places, values, width, color=_COLOURS[way], label=_words(way))
    axes.set_xticks(range(len(cells)), [str(cell["scenarios"]) for cell in cells])
    axes.set_yscale("log")
    axes.set_xlabel("scenarios")
    axes.set_ylabel("seconds")
    axes.set_title(f"{deals:,} deals")
    axes.grid(visible=True, axis="y", alpha=0.3)
    axes.legend(fontsize="small", ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.12))
