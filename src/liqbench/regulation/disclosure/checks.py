"""What came out of holding one printed figure to one identity."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from liqbench.model._values import FrozenModel
from liqbench.regulation.disclosure.template import WEIGHTED

_CENTS = 2


class Verdict(StrEnum):
    """How a printed figure stands to the one expected.

    ``exact``: equal; ``rounding``: within the rounding of the print; ``average``: a ratio within
    what an average of monthly ratios may lie off the ratio of averages; ``off``: none of these.
    """

    EXACT = "exact"
    ROUNDING = "rounding"
    AVERAGE = "average"
    OFF = "off"


class Check(FrozenModel):
    """One identity in one column.

    Amounts are in the bank's own unit, ratios plain numbers. ``printed`` is ``None`` where the
    cell is blank, which counts as zero. ``difference`` is printed less expected; where the row
    need only be at least the expected, it is zero for what lies above. ``tolerance`` is the most
    that the difference may be. A detail says nothing about the table's totals.
    """

    row: str
    label: str
    column: str
    rule: str
    printed: Decimal | None
    expected: Decimal
    difference: Decimal
    tolerance: Decimal
    verdict: Verdict
    is_ratio: bool
    is_detail: bool = False
    note: str = ""

    @property
    def is_off(self) -> bool:
        """Whether neither rounding nor averaging explains the difference."""
        return self.verdict is Verdict.OFF

    @property
    def is_bound(self) -> bool:
        """Whether the row need only be at least the expected."""
        return "\u2265" in self.rule

    @property
    def words(self) -> str:
        """The check as a sentence: "row 22, total …: printed …, expected …, off by …"."""
        column = "" if self.column == WEIGHTED else f" ({self.column})"
        bound = "at least " if self.is_bound else ""
        printed = "nothing" if self.printed is None else self.written(self.printed)
        outcome = {
            Verdict.EXACT: "exact",
            Verdict.ROUNDING: f"within the rounding of the print, {self.written(self.tolerance)}",
            Verdict.AVERAGE: f"within {self.written(self.tolerance)}, as an average may be",
            Verdict.OFF: f"off by {self.written(self.difference)}",
        }[self.verdict]
        text = (
            f"row {self.row}{column}, {self.label}: printed {printed}, "
            f"expected {bound}{self.written(self.expected)}, {outcome}"
        )
        return f"{text}; {self.note}" if self.note else text

    def written(self, figure: Decimal) -> str:
        """Write a figure of this check: an amount with its thousands grouped, or a percentage."""
        if self.is_ratio:
            return f"{figure.scaleb(2).quantize(Decimal('0.0001')):,f} %"
        places = len(plain(figure).partition(".")[2])
        return f"{figure:,.{max(places, _CENTS)}f}"

    def document(self) -> dict[str, str | None]:
        """Return the check as JSON has it, figures as text."""
        return {
            "row": self.row,
            "label": self.label,
            "column": self.column,
            "rule": self.rule,
            "printed": None if self.printed is None else plain(self.printed),
            "expected": plain(self.expected),
            "difference": plain(self.difference),
            "tolerance": plain(self.tolerance),
            "verdict": self.verdict.value,
            "level": "detail" if self.is_detail else "total",
            "note": self.note,
        }


def plain(figure: Decimal) -> str:
    """Write a figure with all of its digits, but no zeros at the end of its decimals."""
    text = f"{figure:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
