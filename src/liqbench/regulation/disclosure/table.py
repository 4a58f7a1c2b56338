"""One published table: the figures of a bank at a reference date, by row and column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from liqbench.errors import DisclosureError
from liqbench.regulation.disclosure.figures import Figure, unit_of_ratio, units_of
from liqbench.regulation.disclosure.template import WEIGHTED, Edition, Template

Cell = tuple[str, str]

_PERCENT_IF_TIMES = 10
# What is finer comes from averaging and from systems; the EBA has Pillar 3 reported to the million.
_EU_FLOOR = Decimal(1)


@dataclass(frozen=True, slots=True)
class DisclosedTable:
    """The figures that one table prints, by template row and column; blanks are not in it.

    Amounts are in the bank's own unit; the ratio is a plain number, 1.5 for 150 %.
    """

    template: Template
    edition: Edition
    bank: str
    reference_date: date | None
    source: str
    figures: Mapping[Cell, Figure]

    @classmethod
    def of(
        cls,
        template: Template,
        printed: Mapping[Cell, Decimal],
        *,
        bank: str,
        reference_date: date | None,
        source: str,
    ) -> DisclosedTable:
        """Return the table of what is printed.

        The edition is the EU's where a row of the EU's is printed. Figures of the EU's tables
        are taken as printed in whole units of currency at the finest: for LIQ1 they are averages
        of twelve month ends, whose cents need not add up.

        The ratio is printed as 1.526 or as 152.6. It is read as percent where it is more than
        ten times the quotient of the two rows that it is made of, so these must be printed and
        the denominator above zero. Raises ``DisclosureError`` otherwise.
        """
        edition = template.edition_of({row for row, _ in printed})
        ratio = (template.ratio.row, WEIGHTED)
        (above, _), (below, _) = template.ratio.parts
        for row in (above, below, template.ratio.row):
            if (row, WEIGHTED) not in printed:
                raise DisclosureError(
                    f"row {row}, {template.by_row[row].label}, has no weighted figure",
                    where=source,
                    hint="without it the table can't be reconciled; add what the bank prints",
                )
        if printed[below, WEIGHTED] <= 0:
            raise DisclosureError(
                f"row {below}, {template.by_row[below].label}, is {printed[below, WEIGHTED]}, "
                f"so that the ratio of row {template.ratio.row} is undefined",
                where=source,
                hint="check the figure against the bank's print",
            )
        amounts = {cell: value for cell, value in printed.items() if cell[0] != ratio[0]}
        units = units_of(amounts.values(), _EU_FLOOR if edition == "eu" else Decimal(0))
        figures = {cell: Figure(value, units[value]) for cell, value in amounts.items()}
        value = printed[ratio]
        in_percent = value * printed[below, WEIGHTED] > _PERCENT_IF_TIMES * printed[above, WEIGHTED]
        figures[ratio] = Figure(
            value / 100 if in_percent else value, unit_of_ratio(value, in_percent=in_percent)
        )
        return cls(template, edition, bank, reference_date, source, figures)
