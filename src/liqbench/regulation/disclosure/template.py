"""The templates LIQ1 and LIQ2: their rows, and the identities that hold between them."""

from __future__ import annotations

import csv
from functools import cached_property, lru_cache
from importlib import resources
from typing import Literal

from liqbench.errors import DisclosureError, did_you_mean
from liqbench.model._values import FrozenModel

Edition = Literal["basel", "eu"]
Relation = Literal["sum", "sum_if_any", "sum_if_complete", "at_least", "net_outflows", "ratio"]

WEIGHTED = "weighted"
_EU_ROW = "EU-"


class TemplateRow(FrozenModel):
    """One row of a template.

    ``row_15`` is its number where only main rows are counted, 1 to 15, as in India ("" for none);
    ``columns`` are those with figures that identities hold for; ``description`` lists the
    beginnings of words that a printed description must have, "!" before those that it must not
    have, "|" between alternatives.
    """

    row: str
    row_15: str
    label: str
    section: Literal["HQLA", "OUTFLOW", "INFLOW", "NET", "ASF", "RSF", "RATIO"]
    columns: tuple[str, ...]
    description: str

    def is_described_by(self, text: str) -> bool:
        """Tell whether a printed description can be this row's."""
        found = "".join(sign if sign.isalnum() else " " for sign in text.casefold()).split()

        def has(beginning: str) -> bool:
            return any(word.startswith(beginning) for word in found)

        return any(
            all(not has(word[1:]) if word[0] == "!" else has(word) for word in alternative.split())
            for alternative in self.description.split("|")
        )


class Identity(FrozenModel):
    """What must hold between a row and others, in each of the columns.

    ``parts`` are rows with their sign. ``sum``: the row is the sum of its parts; ``sum_if_any``:
    where any part is printed; ``sum_if_complete``: where all are; ``at_least``: the row is no
    less than their sum; ``ratio``: the first part divided by the second; ``net_outflows``: see
    ``net_outflows``. ``edition`` is empty where the identity holds in both. A ``detail`` is the
    split of a row of LIQ2 that the totals don't depend on; a table reconciles by its totals.
    """

    row: str
    relation: Relation
    parts: tuple[tuple[str, Literal[1, -1]], ...]
    columns: tuple[str, ...]
    edition: Edition | None
    level: Literal["total", "detail"]
    source: str


class Template(FrozenModel):
    """Rows in the order of the print, and identities."""

    name: str
    rows: tuple[TemplateRow, ...]
    identities: tuple[Identity, ...]

    @cached_property
    def by_row(self) -> dict[str, TemplateRow]:
        """The rows by their number."""
        return {row.row: row for row in self.rows}

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Every column of figures, in the order of the print."""
        return max((row.columns for row in self.rows), key=len)

    @cached_property
    def ratio(self) -> Identity:
        """The identity of the ratio: its row, numerator and denominator."""
        return next(identity for identity in self.identities if identity.relation == "ratio")

    def edition_of(self, rows: set[str]) -> Edition:
        """Return whose edition a table with these rows is: the EU's if it prints a row of it."""
        return "eu" if any(row.startswith(_EU_ROW) for row in rows) else "basel"


_TEMPLATES = {"LIQ1": "liq1", "LIQ2": "liq2"}


@lru_cache
def load_template(name: str) -> Template:
    """Return the template ``LIQ1`` or ``LIQ2``. Raises ``DisclosureError`` for another name."""
    if name not in _TEMPLATES:
        raise DisclosureError(f"there is no template {name!r}", hint=did_you_mean(name, _TEMPLATES))
    rows = tuple(
        TemplateRow.model_validate({**row, "columns": tuple(row["columns"].split())})
        for row in packaged_table(f"{_TEMPLATES[name]}_template.csv")
    )
    columns = {row.row: row.columns for row in rows}
    identities = tuple(
        Identity.model_validate(
            {
                **row,
                "parts": _parts(row["parts"]),
                "columns": tuple(row["columns"].split()) or columns[row["row"]],
                "edition": row["edition"] or None,
            }
        )
        for row in packaged_table(f"{_TEMPLATES[name]}_identities.csv")
    )
    return Template(name=name, rows=rows, identities=identities)


def _parts(text: str) -> tuple[tuple[str, int], ...]:
    """Read "17 + 18 - EU-19a": rows and signs between blanks."""
    words = ["+", *text.replace("/", "+").split()] if text else []
    return tuple(
        (row, -1 if sign == "-" else 1) for sign, row in zip(words[::2], words[1::2], strict=True)
    )


def packaged_table(name: str) -> list[dict[str, str]]:
    """Return the rows of a table that comes with the package."""
    text = resources.files("liqbench.regulation").joinpath("data", name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
