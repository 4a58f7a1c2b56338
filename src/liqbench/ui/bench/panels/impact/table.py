"""The rows of the impact table as the screen shows them: few, in her order, all figures exact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from liqbench.impact import Position, RatioTable, difference, in_points, percent, total
from liqbench.ui.bench.panels.impact.view import View
from liqbench.ui.comparison import Cell, Comparison, EntityRow

Shown = list[Any]  # value, change, mark


@dataclass(frozen=True)
class ImpactRows:
    """A comparison through a view of it. Ratios are numbers; their changes percentage points."""

    comparison: Comparison
    ratio: RatioTable
    variants: tuple[str, ...]
    view: View

    @property
    def metric(self) -> str:
        """The figure that the rows show."""
        return self.view.metric or self.ratio.names.ratio

    def state(self) -> dict[str, Any]:
        """Return the table for the screen: what it is of, its heads, totals and first rows."""
        found = self.comparison
        rows = self.rows()
        return {
            "title": found.title,
            "as_of": found.as_of,
            "limit": found.limit,
            "unit": found.unit,
            "baseline": found.baseline,
            "metrics": self.metrics(),
            "metric": self.metric,
            "variants": [
                {"name": name, "ran": not column.error, **_head(column)}
                for name, column in zip(self.variants, found.columns, strict=True)
            ],
            "base_breaches": sum(r.baseline is not None and r.baseline.breach for r in found.rows),
            "totals": self.totals(),
            "rows": [self.shown(row, self.metric) for row in rows[: self.view.shown]],
            "count": len(rows),
            "of": len(found.rows),
            "view": self.view.model_dump(),
        }

    def metrics(self) -> list[dict[str, Any]]:
        """Return the figures that there are, the ratio first."""
        names = self.ratio.names
        order = (names.ratio, names.available, names.required, names.surplus)
        return [
            {
                "name": name,
                "title": names.title(name),
                "ratio": name == names.ratio,
                "burden": name == names.required,
            }
            for name in order
        ]

    def rows(self) -> list[EntityRow]:
        """Return all rows that the view asks for, in its order."""
        view = self.view
        wanted = view.filter.casefold().split()
        found = [
            row
            for row in self.comparison.rows
            if all(word in f"{row.name} {row.detail}".casefold() for word in wanted)
            and (not view.changed_only or any(cell and cell.changed for cell in row.cells))
        ]
        if view.by == "worst":
            return found[::-1] if view.descending else found
        if view.by == "name":
            return sorted(found, key=lambda row: row.name.casefold(), reverse=view.descending)
        with_figure = [(self._figure(row), row) for row in found]
        known = [(figure, row) for figure, row in with_figure if figure is not None]
        known.sort(key=lambda pair: pair[0], reverse=view.descending)
        return [row for _, row in known] + [row for figure, row in with_figure if figure is None]

    def _figure(self, row: EntityRow) -> Decimal | None:
        """Return what a row is ordered by."""
        own = None if self.view.by == "baseline" else row.cells[self.variants.index(self.view.by)]
        if self.view.by == "baseline":
            own = row.baseline
        if self.view.part == "value":
            return _value(own, self._part(self.metric))
        return self._change(own, row.baseline, self._part(self.metric))

    def shown(self, row: EntityRow, metric: str) -> dict[str, Any]:
        """Return a row for the screen."""
        part = self._part(metric)
        return {
            "name": row.name,
            "detail": row.detail,
            "unit": row.unit,
            "base": [_value(row.baseline, part), _breach(row.baseline)],
            "cells": [self._shown(cell, row.baseline, part) for cell in row.cells],
        }

    def details(self, row: EntityRow) -> list[dict[str, Any]]:
        """Return an entity's other figures as rows."""
        others = (item for item in self.metrics() if item["name"] != self.metric)
        return [{"metric": item, **self.shown(row, item["name"])} for item in others]

    def _part(self, metric: str) -> str:
        return self.ratio.metrics[metric]

    def _shown(self, cell: Cell | None, before: Cell | None, part: str) -> Shown | None:
        if cell is None:
            return None
        mark = "" if cell.changed else "="
        if part == "ratio":
            mark = "new" if cell.new_breach else "breach" if cell.breach else mark
        return [_value(cell, part), self._change(cell, before, part), mark]

    def _change(self, cell: Cell | None, before: Cell | None, part: str) -> Decimal | None:
        if cell is None:
            return None
        old = Decimal(0) if before is None and part != "ratio" else _value(before, part)
        change = difference(_value(cell, part), old)
        if change is None or old is None:
            return None
        if self.view.relative:
            return percent(change, old)
        return in_points(change) if part == "ratio" else change

    def totals(self) -> list[dict[str, Any]] | None:
        """Return the sums over all entities, a row per figure; nothing over several units."""
        if not self.comparison.one_unit:
            return None
        rows = self.comparison.rows
        before = _sum([row.baseline for row in rows])
        columns = [
            None if column.error else _sum([row.cells[n] for row in rows])
            for n, column in enumerate(self.comparison.columns)
        ]
        return [
            {
                "metric": item,
                "base": [_value(before, self._part(item["name"])), ""],
                "cells": [
                    cell
                    and [
                        _value(cell, self._part(item["name"])),
                        self._change(cell, before, self._part(item["name"])),
                        "" if (cell.available, cell.required) != (before.available, before.required)
                        else "=",
                    ]
                    for cell in columns
                ],
            }
            for item in self.metrics()
        ]  # fmt: skip


def _head(column: Any) -> dict[str, Any]:
    names = ("scenario", "point", "description", "records", "breaches", "new_breaches")
    return {name: getattr(column, name) for name in (*names, "error", "note")}


def _sum(cells: Sequence[Cell | None]) -> Cell:
    known = [Position(cell.available, cell.required, cell.ratio) for cell in cells if cell]
    found = total(known)
    return Cell(found.ratio, found.available, found.required)


def _value(cell: Cell | None, part: str) -> Decimal | None:
    if cell is None:
        return None
    found: Decimal | None = getattr(Position(cell.available, cell.required, cell.ratio), part)
    return found


def _breach(cell: Cell | None) -> str:
    return "breach" if cell is not None and cell.breach else ""


def flat(found: ImpactRows) -> Iterator[dict[str, Any]]:
    """Yield a row per entity and figure, a field per column: the table as a file has it."""
    for row in found.rows():
        for item in found.metrics():
            shown = found.shown(row, item["name"])
            yield {
                "entity": row.name,
                "detail": row.detail,
                "unit": "" if item["ratio"] else row.unit,
                "figure": item["title"],
                found.comparison.baseline: shown["base"][0],
                **{
                    name: value
                    for variant, cell in zip(found.variants, shown["cells"], strict=True)
                    for name, value in zip(
                        (variant, f"{variant}, change{' (pp)' if item['ratio'] else ''}"),
                        (cell or [None, None])[:2],
                        strict=True,
                    )
                },
            }
