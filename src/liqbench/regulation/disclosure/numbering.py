"""How a published table numbers its rows, and which row of the template each of them is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from liqbench.errors import DisclosureError, did_you_mean
from liqbench.regulation.disclosure.template import Template, TemplateRow


@dataclass(frozen=True)
class Numbering:
    """The template's own numbers, or those that count main rows only (1, 2, 2i, 2ii, 3 … 15)."""

    name: str
    rows: dict[str, TemplateRow]
    needs_description: bool

    def row(self, number: str, description: str | None, *, where: str) -> str:
        """Return the template's row of a printed number.

        ``description`` is ``None`` in a layout without one. Raises ``DisclosureError`` for an
        unknown number, or a description that is not the row's.
        """
        known = self.rows.get(_plain(number))
        if known is None:
            raise DisclosureError(
                f"there is no row {number.strip()!r} in {self.name}",
                where=where,
                hint=did_you_mean(number.strip(), (row.row for row in self.rows.values())),
            )
        text = (description or "").strip()
        if (text or self.needs_description) and not known.is_described_by(text):
            raise DisclosureError(
                f"row {number.strip()} is {known.label!r} in {self.name}, "
                f"not {text or 'without a description'!r}",
                where=where,
                hint="check the number, and that all rows are numbered in one way",
            )
        return known.row


def own_numbering(template: Template) -> Numbering:
    """Return the template's own numbering."""
    rows = {_plain(row.row): row for row in template.rows}
    return Numbering(template.name, rows, needs_description=False)


def numbering_of(template: Template, numbers: Iterable[str]) -> Numbering:
    """Return the numbering of a published table with these rows.

    It counts main rows only where one is split by small Roman numbers (2i), or where no number
    that only the template's own has (16, EU-20c …) is among them; then descriptions are needed
    to be sure of it.
    """
    own = own_numbering(template)
    main = {_plain(row.row_15): row for row in template.rows if row.row_15}
    found = {_plain(number) for number in numbers}
    only_main, only_own = main.keys() - own.rows.keys(), own.rows.keys() - main.keys()
    if main and (found & only_main or not found & only_own):
        return Numbering(f"{template.name} numbered 1 to 15", main, needs_description=True)
    return own


def _plain(number: str) -> str:
    """Return a number without blanks, hyphens and brackets: eu19a for EU-19a, 2i for 2 (i)."""
    return "".join(sign for sign in number.casefold() if sign not in " -\u2010\u2011\u2013()")
