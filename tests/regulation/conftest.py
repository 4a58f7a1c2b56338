"""Published tables in the layouts that banks and supervisors print them in."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from liqbench.regulation.disclosure import DisclosedTable

Lines = Iterable[tuple[str, ...]]
Write = Callable[[str, Lines], Path]

HEADERS = {
    "LIQ1": ("row_id", "description", "unweighted", "weighted"),
    "LIQ2": (
        "row_id", "description",
        "unw_no_maturity", "unw_lt_6m", "unw_6m_to_lt_1y", "unw_ge_1y", "weighted",
    ),
}  # fmt: skip

# Made up; every sum worked out by hand: outflows 360, inflows 90, net 270, ratio 405 / 270.
BASEL = {
    "1": ("Total HQLA", "", "420"),
    "2": ("Retail deposits", "1,000", "70"),
    "3": ("Stable deposits", "600", "30"),
    "4": ("Less stable deposits", "400", "40"),
    "5": ("Unsecured wholesale funding", "530", "200"),
    "6": ("Operational deposits", "200", "50"),
    "7": ("Non-operational deposits", "300", "120"),
    "8": ("Unsecured debt", "30", "30"),
    "9": ("Secured wholesale funding", "", "10"),
    "10": ("Additional requirements", "200", "60"),
    "11": ("Derivative exposures", "40", "40"),
    "12": ("Loss of funding on debt products", "0", "0"),
    "13": ("Credit and liquidity facilities", "160", "20"),
    "14": ("Other contractual funding obligations", "15", "15"),
    "15": ("Other contingent funding obligations", "90", "5"),
    "16": ("TOTAL CASH OUTFLOWS", "", "360"),
    "17": ("Secured lending", "100", "20"),
    "18": ("Inflows from fully performing exposures", "80", "60"),
    "19": ("Other cash inflows", "11", "10"),
    "20": ("TOTAL CASH INFLOWS", "191", "90"),
    "21": ("Total HQLA", "", "405"),
    "22": ("Total net cash outflows", "", "270"),
    "23": ("Liquidity coverage ratio", "", "1.50"),
}


def lines_of(rows: Mapping[str, tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [(row, *cells) for row, cells in rows.items()]


def published(table: DisclosedTable, *, main_rows: bool = False) -> list[tuple[str, ...]]:
    """Return a table's lines as published, in the template's numbering or that of main rows."""
    lines = []
    for row in table.template.rows:
        figures = {
            column: table.figures[row.row, column].value
            for column in table.template.columns
            if (row.row, column) in table.figures
        }
        if figures:
            cells = [f"{figures[c]:f}" if c in figures else "" for c in table.template.columns]
            lines.append((row.row_15 if main_rows else row.row, row.label, *cells))
    return lines


def values(table: DisclosedTable) -> dict[tuple[str, str], Decimal]:
    return {cell: figure.value for cell, figure in table.figures.items()}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a table as published: ``write("LIQ1", lines)``; returns its path."""

    def write(template: str, lines: Lines, name: str = "some_bank.csv") -> Path:
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([HEADERS[template], *lines])
        return path

    return write
