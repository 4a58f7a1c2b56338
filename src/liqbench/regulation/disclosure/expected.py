"""What an identity makes of the printed figures, and how far their rounding may move it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Literal

from liqbench.regulation.disclosure.figures import Figure
from liqbench.regulation.disclosure.table import Cell, DisclosedTable
from liqbench.regulation.disclosure.template import WEIGHTED, Identity

Shift = Literal[-1, 0, 1]
_ZERO = Figure(Decimal(0), Decimal(0))
_CAP = Decimal("0.75")
_CAP_90 = Decimal("0.90")
_OUTFLOWS, _INFLOWS = "16", "20"
_EXEMPT, _POT_90, _POT_75 = "EU-20a", "EU-20b", "EU-20c"
POTS = (_EXEMPT, _POT_90, _POT_75)


class Printed:
    """The figures of one column, each as printed or half a unit of its print up or down."""

    def __init__(self, figures: Mapping[Cell, Figure], column: str) -> None:
        self._figures = figures
        self._column = column

    def has(self, row: str) -> bool:
        """Tell whether the row's cell isn't blank."""
        return (row, self._column) in self._figures

    def at(self, row: str, shift: int = 0) -> Decimal:
        """Return the row's figure, shifted by -1, 0 or 1 halves of its unit; a blank is zero."""
        figure = self._figures.get((row, self._column), _ZERO)
        return figure.value + shift * figure.half


def expected_of(identity: Identity, printed: Printed, shift: Shift = 0) -> Decimal:
    """Return the figure that the identity expects in its row.

    ``shift`` moves every figure by half a unit of its print, each the way that raises (1) or
    lowers (-1) the expected one: every identity rises or falls with each of its figures, so
    these are the bounds of what rounding can do.
    """
    match identity.relation:
        case "net_outflows":
            return net_outflows(
                lambda row, way: printed.at(row, way * shift), in_pots=_in_pots(printed)
            )
        case "ratio":
            (above, _), (below, _) = identity.parts
            return printed.at(above, shift) / printed.at(below, -shift)
        case _:
            return sum(
                (sign * printed.at(row, sign * shift) for row, sign in identity.parts), Decimal(0)
            )


def rule_of(identity: Identity, printed: Printed) -> str:
    """Return the identity as it is written: "16 = 2 + 5 + 9 + 10 + 14 + 15"."""
    match identity.relation:
        case "net_outflows" if _in_pots(printed):
            return "22 = 16 - EU-20a - EU-20b up to 90 % - EU-20c up to 75 %"
        case "net_outflows":
            return "22 = 16 - min(20, 75 % of 16)"
        case "ratio":
            return f"{identity.row} = {' / '.join(row for row, _ in identity.parts)}"
        case relation:
            signed = " ".join(f"{'-' if sign < 0 else '+'} {row}" for row, sign in identity.parts)
            sign = "\u2265" if relation == "at_least" else "="
            return f"{identity.row} {sign} {signed.removeprefix('+ ')}"


def _in_pots(printed: Printed) -> bool:
    return any(printed.has(pot) for pot in POTS)


def net_outflows(amount: Callable[[str, int], Decimal], *, in_pots: bool) -> Decimal:
    """Return outflows less inflows under their caps, from weighted LIQ1 amounts.

        outflows − min(inflows, 75 % of outflows)                      (BCBS 238, paragraph 69)

    or, where the EU's pots are printed (lines 340 to 370 of C 76.00),

        outflows − min(exempt, outflows)
                 − min(pot 90, 90 % of max(outflows − exempt, 0))
                 − min(pot 75, 75 % of max(outflows − exempt − pot 90 / 0.9, 0))

    ``amount`` takes a row and which way it moves the result: up (1) or down (-1).
    """
    outflows = amount(_OUTFLOWS, 1)
    if not in_pots:
        return outflows - min(amount(_INFLOWS, -1), _CAP * outflows)
    exempt, pot_90, pot_75 = (amount(pot, -1) for pot in POTS)
    after_exempt = outflows - exempt
    return (
        outflows
        - min(exempt, outflows)
        - min(pot_90, _CAP_90 * max(after_exempt, Decimal(0)))
        - min(pot_75, _CAP * max(after_exempt - pot_90 / _CAP_90, Decimal(0)))
    )


def inflow_cap_binds(table: DisclosedTable) -> bool:
    """Tell whether a LIQ1 table's inflows exceed 75 % of its outflows."""
    printed = Printed(table.figures, WEIGHTED)
    return printed.at(_INFLOWS) > _CAP * printed.at(_OUTFLOWS)
