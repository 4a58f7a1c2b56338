"""Reading published tables from CSV files: four layouts, nothing guessed.

* As published, one table in a file: ``row_id``, ``description`` and the columns ``unweighted``,
  ``weighted`` (LIQ1) or ``unw_no_maturity``, ``unw_lt_6m``, ``unw_6m_to_lt_1y``, ``unw_ge_1y``,
  ``weighted`` (LIQ2). The rows are numbered as in the template, or 1, 2, 2i, 2ii … 15 as where
  only main rows are counted; the description must be that of the row in either numbering.
* liqbench's own, many tables in a file: ``bank_id``, ``reference_date``, ``row`` and the
  template's columns.

Other columns are not looked at.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from liqbench.errors import DisclosureError, did_you_mean
from liqbench.regulation.disclosure.figures import read_figure
from liqbench.regulation.disclosure.numbering import Numbering, numbering_of, own_numbering
from liqbench.regulation.disclosure.table import Cell, DisclosedTable
from liqbench.regulation.disclosure.template import Template, load_template


@dataclass(frozen=True)
class _Layout:
    """A layout: its template, what identifies a row, and the file's name of each column.

    ``row`` is the column of the row's number.
    """

    template: str
    row: str
    identifying: tuple[str, ...]
    columns: dict[str, str]

    @property
    def required(self) -> tuple[str, ...]:
        return (*self.identifying, *self.columns)


_PUBLISHED = ("row_id", "description")
_OWN = ("bank_id", "reference_date", "row")
_LIQ1 = ("unweighted", "weighted")
_LIQ2 = ("no_maturity", "lt_6m", "6m_to_lt_1y", "ge_1y", "weighted")
_LAYOUTS = (
    _Layout("LIQ1", "row_id", _PUBLISHED, {name: name for name in _LIQ1}),
    _Layout(
        "LIQ2",
        "row_id",
        _PUBLISHED,
        {name if name == "weighted" else f"unw_{name}": name for name in _LIQ2},
    ),
    _Layout("LIQ1", "row", _OWN, {name: name for name in _LIQ1}),
    _Layout("LIQ2", "row", _OWN, {name: name for name in _LIQ2}),
)


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    cells: dict[str, str]


def read_disclosures(path: str | os.PathLike[str]) -> tuple[DisclosedTable, ...]:
    """Return the tables of a CSV file, in its order.

    A table as published is named after its file and has no reference date. Raises
    ``DisclosureError`` for a file that can't be read, lacks a column or holds an unknown or
    doubled row or a text where a figure should be; it says file, line and row.
    """
    file = Path(path)
    header, lines = _read(file)
    layout = _layout_of(header, str(file))
    template = load_template(layout.template)
    if layout.identifying == _OWN:
        return tuple(_own_tables(file, layout, template, lines))
    numbering = numbering_of(template, [line.cells["row_id"] for line in lines])
    printed = _printed(file, layout, template, numbering, lines)
    return (
        DisclosedTable.of(template, printed, bank=file.stem, reference_date=None, source=str(file)),
    )


def _own_tables(
    file: Path, layout: _Layout, template: Template, lines: Sequence[_Line]
) -> Iterator[DisclosedTable]:
    numbering = own_numbering(template)
    tables: dict[tuple[str, date], list[_Line]] = {}
    for line in lines:
        where = f"{file}, line {line.number}"
        bank, day = line.cells["bank_id"].strip(), line.cells["reference_date"].strip()
        if not bank:
            raise DisclosureError("there is no bank_id", where=where, hint="name the bank")
        try:
            key = (bank, date.fromisoformat(day))
        except ValueError:
            raise DisclosureError(
                f"the reference date {day!r} is no date", where=where, hint="write it as 2025-12-31"
            ) from None
        tables.setdefault(key, []).append(line)
    for (bank, reference_date), own in tables.items():
        printed = _printed(file, layout, template, numbering, own)
        yield DisclosedTable.of(
            template, printed, bank=bank, reference_date=reference_date, source=str(file)
        )


def _printed(
    file: Path, layout: _Layout, template: Template, numbering: Numbering, lines: Sequence[_Line]
) -> dict[Cell, Decimal]:
    """Return the figures of one table's lines by template row and column."""
    found: dict[Cell, Decimal] = {}
    seen: dict[str, int] = {}
    for line in lines:
        number = line.cells[layout.row].strip()
        where = f"{file}, line {line.number}"
        row = numbering.row(number, line.cells.get("description"), where=where)
        if row in seen:
            raise DisclosureError(
                f"row {number} stands here and in line {seen[row]} already",
                where=where,
                hint="keep the one that the bank prints",
            )
        seen[row] = line.number
        for name, column in layout.columns.items():
            cell = f"{where}, row {number}, {name}"
            value = _figure(line.cells[name], cell, may_be_percent=row == template.ratio.row)
            if value is not None:
                found[row, column] = value
    return found


def _figure(text: str, where: str, *, may_be_percent: bool) -> Decimal | None:
    """Read a cell; a ratio may carry its percent sign."""
    percent = may_be_percent and text.rstrip().endswith("%")
    try:
        value = read_figure(text.rstrip().removesuffix("%") if percent else text)
    except ValueError as fault:
        raise DisclosureError(
            f"{text.strip()!r} {fault}", where=where, hint="correct the cell, or leave it empty"
        ) from None
    return value.scaleb(-2) if percent and value is not None else value


def _read(file: Path) -> tuple[list[str], list[_Line]]:
    """Return a CSV file's header and its lines that aren't empty."""
    where = str(file)
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            rows = [(reader.line_num, row) for row in reader if any(map(str.strip, row))]
    except FileNotFoundError:
        raise DisclosureError("there is no such file", where=where, hint="check the path") from None
    except OSError as error:
        raise DisclosureError(
            f"the file can't be read: {error.strerror}", where=where, hint="check the path"
        ) from error
    except UnicodeDecodeError:
        raise DisclosureError(
            "the file is no text in UTF-8", where=where, hint="save it as CSV in UTF-8"
        ) from None
    except csv.Error as error:
        raise DisclosureError(
            f"the file is no CSV: {error}", where=where, hint="save it as CSV with commas"
        ) from None
    if len(rows) < 2:  # noqa: PLR2004 - the header and one line
        raise DisclosureError(
            "there is no table in the file", where=where, hint="a header and its rows are needed"
        )
    header = [name.strip() for name in rows[0][1]]
    twice = next((name for name in header if name and header.count(name) > 1), None)
    if twice is not None:
        raise DisclosureError(
            f"the column {twice!r} is there twice", where=where, hint="remove one of them"
        )
    lines = []
    for number, row in rows[1:]:
        if len(row) != len(header):
            raise DisclosureError(
                f"{len(row)} cells where the header has {len(header)}",
                where=f"{where}, line {number}",
                hint="quote a text that holds commas",
            )
        lines.append(_Line(number, dict(zip(header, row, strict=True))))
    return header, lines


def _layout_of(header: Sequence[str], where: str) -> _Layout:
    """Return the layout whose columns are all there."""

    def missing(layout: _Layout) -> list[str]:
        return [name for name in layout.required if name not in header]

    closest = min(_LAYOUTS, key=lambda layout: len(missing(layout)) / len(layout.required))
    lacking = missing(closest)
    if lacking:
        raise DisclosureError(
            f"the file lacks the column {lacking[0]!r} of a {closest.template} table, "
            f"whose columns are {', '.join(closest.required)}",
            where=where,
            hint=did_you_mean(lacking[0], header),
        )
    return closest
