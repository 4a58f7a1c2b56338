"""A published table held to every identity of its template.

Tolerances follow from the print. Every figure that enters, the row's own among them, may have
been rounded by half a unit of its print (see ``figures.units_of``); the tolerance is how far that
can move printed and expected apart at most, so half units count with their coefficients: a cap of
75 % that binds counts a quarter of the outflows' half unit. Nothing is added to it for amounts.

A ratio of the EU's LIQ1 is an average of twelve monthly ratios, and the mean of H/N is not the
mean of H over the mean of N. Of the ratio r = H/N and the net outflows N it holds exactly that

    mean(r) − mean(H)/mean(N) = −cov(r, N)/mean(N)

which is at most mean(r) times the product of the two coefficients of variation. The tolerance
grants 5 % to each: 0.25 % of the ratio, or 0.4 percentage points at 150 %. Where inflows exceed
their cap, net outflows are what the cap leaves and vary as a small residual does; there it grants
22.4 % to each: 5 % of the ratio. Of sixteen published tables the first is used to 0.15 % at most,
the second to 4.6 %. What is smaller can't be told from averaging.

Row 22 is given no such allowance, though the cap may bind in only some months: a mean of capped
figures then lies above the cap on the means. None of the published tables needs it; a note says
so where row 22 is off upwards.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_UP, Decimal, localcontext

import pandas as pd

from liqbench.model._values import FrozenModel
from liqbench.regulation.disclosure.checks import Check, Verdict
from liqbench.regulation.disclosure.expected import (
    Printed,
    expected_of,
    inflow_cap_binds,
    rule_of,
)
from liqbench.regulation.disclosure.figures import DIGITS, Figure
from liqbench.regulation.disclosure.table import DisclosedTable
from liqbench.regulation.disclosure.template import WEIGHTED, Identity

AVERAGE_TOLERANCE = Decimal("0.0025")
AVERAGE_TOLERANCE_CAPPED = Decimal("0.05")

_NOTHING = Figure(Decimal(0), Decimal(0))
_LAST_PLACE = Decimal("0.00000001")


class Reconciliation(FrozenModel):
    """Every check of one table, in the order of its rows."""

    source: str
    bank: str
    reference_date: date | None
    template: str
    edition: str
    checks: tuple[Check, ...]

    @property
    def off(self) -> tuple[Check, ...]:
        """The checks that a rounding or an average doesn't explain, details among them."""
        return tuple(check for check in self.checks if check.is_off)

    @property
    def reconciles(self) -> bool:
        """Whether no total is off; how LIQ2 splits its rows are details."""
        return all(check.is_detail for check in self.off)

    @property
    def verdict(self) -> str:
        """``reconciles`` or ``off``."""
        return "reconciles" if self.reconciles else "off"

    @property
    def headline(self) -> str:
        """One line: whose table it is, and how many checks came out how."""
        counts = ", ".join(
            f"{count} {verdict}"
            for verdict in Verdict
            if (count := sum(check.verdict is verdict for check in self.checks))
        )
        day = "" if self.reference_date is None else f" {self.reference_date}"
        rows = ", ".join(dict.fromkeys(check.row for check in self.off if check.is_detail))
        detail = f"; the totals reconcile, how they are split doesn't: row {rows}" if rows else ""
        return f"{self.bank}{day}, {self.template}: {self.verdict} ({counts}{detail})"

    @property
    def summary(self) -> str:
        """The headline, and a line in words for each check that is off."""
        return "\n".join([self.headline, *(f"  {check.words}" for check in self.off)])

    def table(self) -> pd.DataFrame:
        """Return one line per check: row, label, column, rule, printed … verdict, note.

        Figures are ``Decimal``, in the bank's own unit; ``printed`` is ``None`` for a blank cell.
        """
        columns = [name for name in Check.model_fields if name not in ("is_ratio", "is_detail")]
        rows = [{name: getattr(check, name) for name in columns} for check in self.checks]
        return pd.DataFrame(rows, columns=columns, dtype=object)

    def document(self) -> dict[str, object]:
        """Return the reconciliation as JSON has it, figures as text."""
        return {
            "file": self.source,
            "bank": self.bank,
            "reference_date": None if self.reference_date is None else str(self.reference_date),
            "template": self.template,
            "edition": self.edition,
            "verdict": self.verdict,
            "rows": [check.document() for check in self.checks],
            "error": None,
        }


def reconcile(table: DisclosedTable) -> Reconciliation:
    """Hold a table to every identity of its template that its edition has.

    A blank cell counts as zero. Left out are an identity whose row and parts are all blank in a
    column, a split of a row into parts of which none is printed, and an unweighted total that is
    blank: not every bank prints these.
    """
    with localcontext(prec=DIGITS):
        checks = tuple(
            _check(table, identity, column)
            for identity in table.template.identities
            for column in identity.columns
            if _applies(table, identity, column)
        )
    return Reconciliation(
        source=table.source,
        bank=table.bank,
        reference_date=table.reference_date,
        template=table.template.name,
        edition=table.edition,
        checks=checks,
    )


def _applies(table: DisclosedTable, identity: Identity, column: str) -> bool:
    if identity.edition not in (None, table.edition):
        return False
    printed = Printed(table.figures, column)
    if column != WEIGHTED and not printed.has(identity.row):
        return False
    parts = [printed.has(row) for row, _ in identity.parts]
    match identity.relation:
        case "sum_if_any" | "at_least":
            return any(parts)
        case "sum_if_complete":
            return all(parts)
        case "sum":
            return any(parts) or printed.has(identity.row)
        case _:
            return True


def _check(table: DisclosedTable, identity: Identity, column: str) -> Check:
    figure = table.figures.get((identity.row, column))
    own = figure or _NOTHING
    printed = Printed(table.figures, column)
    expected = expected_of(identity, printed)
    moved = max(
        expected_of(identity, printed, 1) - expected, expected - expected_of(identity, printed, -1)
    )
    tolerance = own.half + moved
    is_ratio = identity.relation == "ratio"
    if _has_no_end(expected) or _has_no_end(tolerance):
        expected = expected.quantize(_LAST_PLACE)
        tolerance = tolerance.quantize(_LAST_PLACE, ROUND_UP)
    difference = own.value - expected
    if identity.relation == "at_least":
        difference = min(difference, Decimal(0))
    verdict, note = _verdict(difference, tolerance), ""
    if table.edition == "eu" and table.template.name == "LIQ1" and verdict is Verdict.OFF:
        if is_ratio:
            capped = inflow_cap_binds(table)
            share = AVERAGE_TOLERANCE_CAPPED if capped else AVERAGE_TOLERANCE
            tolerance += (share * own.value).quantize(_LAST_PLACE)
            verdict = Verdict.AVERAGE if abs(difference) <= tolerance else Verdict.OFF
        elif identity.relation == "net_outflows" and difference > 0:
            note = "a cap that binds in some months only would make the printed average higher"
    return Check(
        row=identity.row,
        label=table.template.by_row[identity.row].label,
        column=column,
        rule=rule_of(identity, printed),
        printed=None if figure is None else figure.value,
        expected=expected,
        difference=difference,
        tolerance=tolerance,
        verdict=verdict,
        is_ratio=is_ratio,
        is_detail=identity.level == "detail",
        note=note,
    )


def _has_no_end(figure: Decimal) -> bool:
    """Tell whether a figure comes from a division: by row 22, or by 0.9 for the EU's pots."""
    return figure != figure.quantize(_LAST_PLACE)


def _verdict(difference: Decimal, tolerance: Decimal) -> Verdict:
    if not difference:
        return Verdict.EXACT
    return Verdict.ROUNDING if abs(difference) <= tolerance else Verdict.OFF
