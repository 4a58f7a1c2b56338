"""A card: what became of something, what is known of it, and what to do next. Plain HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from liqbench.ui import page

Mark = Literal["good", "bad", ""]
_SIGNS: dict[Mark, str] = {"good": "✓", "bad": "✗", "": ""}


@dataclass(frozen=True)
class Figure:
    """A number as it is shown, aligned to the right."""

    shown: str


@dataclass(frozen=True)
class Verdict:
    """Whether something is well, as a sign."""

    well: bool


Cell = str | Figure | Verdict


@dataclass(frozen=True)
class Fact:
    """What is known of something; ``exact`` is what is shown on hover."""

    label: str
    words: str
    exact: str = ""


@dataclass(frozen=True)
class CardTable:
    """A small table: its caption, its headings, its rows, of which there is one at least."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Step:
    """What can be done next, and the call that does it."""

    words: str
    code: str = ""


@dataclass(frozen=True)
class Card:
    """Shows itself in a notebook, and needs nothing but itself."""

    title: str
    beside: str = ""
    mark: Mark = ""
    warnings: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    tables: tuple[CardTable, ...] = ()
    hidden: tuple[str, tuple[str, ...]] | None = None
    """What unfolds on a click: a heading and lines of code."""

    steps: tuple[Step, ...] = ()

    def _repr_html_(self) -> str:
        body = "".join(self._parts())
        style = f"<style>{page.asset('card.css')}</style>"
        return f'{style}<div class="lq-card {self.mark}">{body}</div>'

    def _parts(self) -> Iterator[str]:
        sign = f'<b class="{self.mark}">{_SIGNS[self.mark]}</b> ' if self.mark else ""
        beside = f"<span>{page.text(self.beside)}</span>" if self.beside else ""
        yield f'<p class="title">{sign}<strong>{page.text(self.title)}</strong> {beside}</p>'
        for warning in self.warnings:
            yield f'<p class="warning">⚠ {page.text(warning)}</p>'
        if self.facts:
            yield f"<dl>{''.join(map(_fact, self.facts))}</dl>"
        yield from map(_table, self.tables)
        if self.hidden is not None:
            heading, lines = self.hidden
            listed = "".join(f"<li><code>{page.text(line)}</code></li>" for line in lines)
            yield f"<details><summary>{page.text(heading)}</summary><ol>{listed}</ol></details>"
        yield from map(_step, self.steps)


def _fact(fact: Fact) -> str:
    title = f' title="{page.text(fact.exact)}"' if fact.exact else ""
    return f"<dt>{page.text(fact.label)}</dt><dd{title}>{page.text(fact.words)}</dd>"


def _table(table: CardTable) -> str:
    first = table.rows[0]
    head = "".join(
        f'<th scope="col"{_class(cell)}>{page.text(heading)}</th>'
        for heading, cell in zip(table.head, first, strict=True)
    )
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in table.rows)
    caption = f"<caption>{page.text(table.caption)}</caption>" if table.caption else ""
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _class(cell: Cell) -> str:
    return ' class="figure"' if isinstance(cell, Figure) else ""


def _cell(cell: Cell) -> str:
    if isinstance(cell, Figure):
        return f'<td class="figure">{page.text(cell.shown)}</td>'
    if isinstance(cell, Verdict):
        mark: Mark = "good" if cell.well else "bad"
        words = "well" if cell.well else "not well"
        return f'<td><b class="{mark}" aria-label="{words}">{_SIGNS[mark]}</b></td>'
    return f'<td class="words">{page.text(cell)}</td>'


def _step(step: Step) -> str:
    code = f": <code>{page.text(step.code)}</code>" if step.code else ""
    return f'<p class="next">→ {page.text(step.words)}{code}</p>'
