"""Figures as a table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.table import Table

# The ways in the order of the tables and pictures, with what they are called there.
WAYS = {
    "baseline": "baseline, checks included",
    "full_stored": "full, everything stored",
    "full": "full",
    "delta": "delta",
    "cube": "cube",
    "follow_up": "follow-up question, the slowest",
    "changed_value": "  changed value",
    "sweep": "  sweep of 50 values",
    "break_even": "  break-even",
    "trace": "trace to the deals",
    "compute": "computing the row-level stage",
    "store": "storing it, in addition",
    "duckdb_each": "DuckDB by hand, a query each",
    "duckdb_one": "DuckDB by hand, one query",
}


def table_of(cell: Mapping[str, Any]) -> Table:
    """Return a row per way: seconds, multiples of the baseline and the cube, peak memory."""
    title = f"{cell['deals']:,} deals × {cell['scenarios']} scenarios"
    table = Table(title=title, caption=_caption(cell), title_justify="left")
    table.add_column("way")
    for name in ("seconds", "× baseline", "× cube", "peak MiB"):
        table.add_column(name, justify="right")
    peaks = dict(cell["peak_rss_mb_by"])
    for way, words in WAYS.items():
        if f"{way}_s" not in cell:
            continue
        peak = peaks.pop(way, None)
        table.add_row(
            words,
            f"{cell[f'{way}_s']:,.2f}",
            *(_times(cell["ratios"].get(f"{way}/{unit}")) for unit in ("baseline", "cube")),
            "" if peak is None else f"{peak:,.0f}",
        )
    for name, peak in peaks.items():
        table.add_row(f"all ways of {name} in one process", "", "", "", f"{peak:,.0f}")
    return table


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:,.3g}"


def _caption(cell: Mapping[str, Any]) -> str:
    machine = cell["machine"]
    text = (
        f"{machine['cores']} cores, load {machine['load']}, driver memory "
        f"{machine['driver_memory']}; every ratio is equal to the last digit"
    )
    clones = cell.get("full_stored_measured", cell["scenarios"])
    if clones < cell["scenarios"]:
        text += f"; everything stored: {clones} clones measured, scaled up"
    return text


def write_json(file: Path, figures: Mapping[str, Any]) -> None:
    """Write figures to a file, its folder too."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
