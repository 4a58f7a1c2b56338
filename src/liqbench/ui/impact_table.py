"""The impact of scenarios as a table of plain HTML: no script, and a saved notebook keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from itertools import groupby
from pathlib import Path

from liqbench.operators.weighing import RatioFigures
from liqbench.ui import page
from liqbench.ui.comparison import Cell, Column, Comparison, EntityRow

MOST_ROWS = 200
STEPS = (1, 3, 10, 30)  # percentage points at which a change gets a stronger colour
_LONGEST_ERROR = 400
_MANY = 4  # variants, from which on the names get less room
_NOTHING = "\N{EN DASH}"


def ratio(value: Decimal | None, limit: Decimal | None = None) -> str:
    """Return a ratio in percent with one decimal; more where rounding would hide a breach."""
    if value is None:
        return "undefined"
    shown = f"{100 * value:,.1f}"
    for digits in range(2, 7):
        if limit is None or (Decimal(shown.replace(",", "")) < 100 * limit) == (value < limit):
            break
        shown = f"{100 * value:,.{digits}f}"
    return shown


def points(change: Decimal | None, *, changed: bool = True) -> str:
    """Return a change in percentage points, signed: ``-0.0`` is a small one, ``=`` is none."""
    if change is None:
        return _NOTHING
    if change == 0:
        return "0.0" if changed else "="
    return f"{change:+,.1f}"


def amount(value: Decimal | None, *, signed: bool = False) -> str:
    """Return an amount with thousands separated, cents only where they matter."""
    if value is None:
        return _NOTHING
    digits = 0 if abs(value) >= 1000 or value == value.to_integral_value() else 2  # noqa: PLR2004
    return f"{value:+,.{digits}f}" if signed and value else f"{value:,.{digits}f}"


def tone(change: Decimal | None) -> str:
    """Return the class of colour: down or up, in five strengths; nothing where nothing moved."""
    if not change:
        return ""
    strength = 1 + sum(abs(change) >= step for step in STEPS)
    return f"{'down' if change < 0 else 'up'}{strength}"


@dataclass(frozen=True)
class ImpactTable:
    """Scenarios side by side. In a notebook it shows itself; ``to_html`` is a page of its own."""

    comparison: Comparison

    def __repr__(self) -> str:
        found = self.comparison
        return f"<ImpactTable {found.title}: {len(found.rows)} × {len(found.columns)} variants>"

    def _repr_html_(self) -> str:
        return f"<style>{page.asset('impact.css')}</style>{self._body()}"

    def to_html(self) -> str:
        """Return a page of its own, which needs no other file and no internet."""
        style = page.asset("page.css") + page.asset("impact.css")
        return page.page(f"Impact on {self.comparison.title}", self._body(), style=style)

    def save(self, path: str | Path) -> Path:
        """Write the page of its own; return its path."""
        return page.save(self.to_html(), path)

    def _body(self) -> str:
        found = self.comparison
        many = " many" if len(found.columns) > _MANY else ""
        return (
            f'<div class="lq-impact{many}"><div class="lq-scroll"><table>'
            f"<caption>{_caption(found)}</caption><thead>{''.join(_head(found))}</thead>"
            f'<tbody class="sums">{"".join(_sums(found))}</tbody>'
            f"<tbody>{''.join(_entities(found))}</tbody></table></div>{_foot(found)}</div>"
        )


def _title(found: Comparison) -> str:
    return found.names.title(found.names.ratio)


def _caption(found: Comparison) -> str:
    title = f"<strong>{_title(found)} by scenario: {page.text(found.title)}</strong>"
    count = len(found.rows)
    facts = f"as of {found.as_of} · {count:,} {'entity' if count == 1 else 'entities'}, worst first"
    return f"{title} <span>{page.text(facts)} · limit {ratio(found.limit)} %</span>"


def _head(found: Comparison) -> Iterator[str]:
    scenarios, points_, units = [], [], []
    for name, group in groupby(found.columns, key=lambda column: column.scenario):
        members = list(group)
        hint = page.text(members[0].description)
        scenarios.append(
            f'<th scope="colgroup" colspan="{2 * len(members)}" class="group first" '
            f'title="{hint}">{_breakable(name)}</th>'
        )
        for n, member in enumerate(members):
            first = " first" if n == 0 else ""
            points_.append(
                f'<th scope="colgroup" colspan="2" class="point{first}">'
                f"after {_breakable(member.point)}</th>"
            )
            units.append(f'<th scope="col" class="unit{first}">{_title(found)}, %</th>')
            units.append('<th scope="col" class="unit">change, pp</th>')
    yield (
        '<tr><th scope="col" rowspan="3" class="name">Entity</th>'
        '<th scope="colgroup" rowspan="2" class="group first">'
        f"{_breakable(found.baseline)}</th>"
        f"{''.join(scenarios)}</tr>"
    )
    yield f"<tr>{''.join(points_)}</tr>"
    yield f'<tr><th scope="col" class="unit first">{_title(found)}, %</th>{"".join(units)}</tr>'


def _breakable(name: str) -> str:
    return page.text(name).replace("_", "_<wbr>")


def _sums(found: Comparison) -> Iterator[str]:
    """Yield the rows above the entities; a failed variant has one cell through all of them."""
    unit = f", {found.unit}" if found.unit else ""
    rows: list[tuple[str, str, list[str]]] = []
    if found.one_unit:
        cells = [_total(column) for column in found.columns]
        base = f'<td class="first" title="{_exact(found.baseline_ratio)}">'
        rows.append(("All entities", f"{base}{ratio(found.baseline_ratio)}</td>", cells))
        cells = [
            _wide(amount(c.surplus_change, signed=True), title=_exact(c.surplus_change))
            for c in found.columns
        ]
        surplus = found.names.title(found.names.surplus).capitalize()
        rows.append((f"{surplus} change{unit}", _blank(), cells))
    cells = [_wide(_NOTHING if c.records is None else f"{c.records:,}") for c in found.columns]
    rows.append(("Records affected", _blank(), cells))
    cells = [_wide(_breaches(c)) for c in found.columns]
    now = sum(row.baseline is not None and row.baseline.breach for row in found.rows)
    rows.append(("Entities below the limit", f'<td class="first">{now:,}</td>', cells))
    for n, (label, base, cells) in enumerate(rows):
        shown = [
            cell if not column.error else "" if n else _failed(column, len(rows))
            for cell, column in zip(cells, found.columns, strict=True)
        ]
        heading = f'<th scope="row" class="name">{page.text(label)}</th>'
        yield f"<tr>{heading}{base}{''.join(shown)}</tr>"


def _failed(column: Column, rows: int, words: str = "✗ failed") -> str:
    title = page.text(column.error)
    return f'<td class="first failed" colspan="2" rowspan="{rows}" title="{title}">{words}</td>'


def _total(column: Column) -> str:
    colour = tone(column.change)
    return (
        f'<td class="first {colour}" title="{_exact(column.ratio)}">{ratio(column.ratio)}</td>'
        f'<td class="{colour}" title="{_exact(column.change)}">{points(column.change)}</td>'
    )


def _blank() -> str:
    return f'<td class="first none">{_NOTHING}</td>'


def _wide(words: str, *, title: str = "") -> str:
    return f'<td class="first wide" colspan="2" title="{title}">{words}</td>'


def _breaches(column: Column) -> str:
    new = f' <span class="new">({column.new_breaches:,} new)</span>' if column.new_breaches else ""
    return f"{column.breaches:,}{new}"


def _exact(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}" if value else "0"


def _entities(found: Comparison) -> Iterator[str]:
    shown = found.rows[:MOST_ROWS]
    for n, row in enumerate(shown):
        cells = [_baseline(row, found)]
        for column, cell in zip(found.columns, row.cells, strict=True):
            if not column.error:
                cells.append(_pair(row, cell, found))
            elif n == 0:
                words = column.error
                if len(words) > _LONGEST_ERROR:
                    words = words[:_LONGEST_ERROR] + "…"
                cells.append(_failed(column, len(shown), f"<span>{page.text(words)}</span>"))
        title = page.text(" · ".join(words for words in (row.name, row.detail, row.unit) if words))
        detail = f" <small>{page.text(row.detail)}</small>" if row.detail else ""
        name = f'<th scope="row" class="name" title="{title}">{page.text(row.name)}{detail}</th>'
        yield f"<tr>{name}{''.join(cells)}</tr>"


def _baseline(row: EntityRow, found: Comparison) -> str:
    if row.baseline is None:
        return _blank()
    breach = " breach" if row.baseline.breach else ""
    title = page.text(_position(row.baseline, row.unit, found.names))
    return f'<td class="first{breach}" title="{title}">{_marked(row.baseline, found.limit)}</td>'


def _pair(row: EntityRow, cell: Cell | None, found: Comparison) -> str:
    """Return an entity's two cells under a variant: the ratio, and its change."""
    if cell is None:
        return f'<td class="first none" colspan="2">{_NOTHING}</td>'
    names = ["first", tone(cell.change), "" if cell.changed else "same"]
    names += ["breach" if cell.breach else "", "new" if cell.new_breach else ""]
    title = page.text(_position(cell, row.unit, found.names))
    change = "unchanged" if not cell.changed else f"{_exact(cell.change)} percentage points"
    beside = " ".join(name for name in [*names[1:3], "change"] if name)
    return (
        f'<td class="{" ".join(name for name in names if name)}" title="{title}">'
        f"{_marked(cell, found.limit)}</td>"
        f'<td class="{beside}" title="{change}">{points(cell.change, changed=cell.changed)}</td>'
    )


def _marked(cell: Cell, limit: Decimal) -> str:
    mark = '<span class="mark" aria-label="below the limit">▼</span>' if cell.breach else ""
    return mark + ratio(cell.ratio, limit)


def _position(cell: Cell, unit: str, names: RatioFigures) -> str:
    own, has, needs = map(names.title, (names.ratio, names.available, names.required))
    shown = f"undefined: no {needs}" if cell.ratio is None else f"{_exact(100 * cell.ratio)} %"
    money = f" {unit}" if unit else ""
    return (
        f"{own} {shown}\n{has} {_plain(cell.available)}{money}\n"
        f"{needs} {_plain(cell.required)}{money}"
    )


def _plain(value: Decimal) -> str:
    """Return an amount with all its digits."""
    whole = value == value.to_integral_value(ROUND_FLOOR)
    return f"{value.to_integral_value():,f}" if whole else f"{value.normalize():,f}"


def _foot(found: Comparison) -> str:
    scale = [f'<i class="down{n}"></i>' for n in range(len(STEPS) + 1, 0, -1)]
    scale += [f'<i class="up{n}"></i>' for n in range(1, len(STEPS) + 2)]
    steps = ", ".join(map(str, STEPS))
    parts = [
        '<span><b class="mark">▼</b> below the limit; framed: only since the scenario</span>',
        f'<span><span class="scale">{"".join(scale)}</span> change; steps at {steps} pp</span>',
        '<span><span class="same">=</span> unchanged</span>',
    ]
    if len(found.rows) > MOST_ROWS:
        rest = len(found.rows) - MOST_ROWS
        parts.append(f"<span>{rest:,} more entities: by_entity() lists all</span>")
    if not found.one_unit:
        parts.append("<span>Amounts are in several units, so nothing is added up</span>")
    return f'<p class="legend">{"".join(parts)}</p>{_remarks(found.columns)}'


def _remarks(columns: Sequence[Column]) -> str:
    """Return what the scenarios mean, and what their runs had to tell."""
    meant = {c.scenario: c.description for c in columns if c.description}
    told = {f"{c.scenario} after {c.point}": c.note for c in columns if c.note}
    listed = "".join(
        f"<dt>{page.text(name)}</dt><dd>{page.text(words)}</dd>"
        for name, words in [*meant.items(), *told.items()]
    )
    return f"<dl>{listed}</dl>" if listed else ""
