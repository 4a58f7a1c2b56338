"""Calculated totals beside the printed ones: what differs, and by how much."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd

from liqbench.samples.disclosures import load_disclosures

__all__ = ["TOTALS", "compare_with_printed"]

# LIQ1 row of each total, and the field of the LCR that must equal it.
TOTALS = {"16": "outflows", "20": "inflows", "22": "net_outflows"}
_RATIO = "23"
_KEY = ["bank_id", "reference_date"]


def compare_with_printed(lcr: pd.DataFrame) -> pd.DataFrame:
    """Return a row per bank, date and total: calculated, printed, difference, whether it is off.

    ``lcr`` is the table of ``disclosure_dag``'s LCR. A total is off where it differs by more than
    the rounding of the print: one unit of currency, or 0.01 where amounts are printed in millions
    or crores. The printed ratio, an average of monthly ratios for EU banks, is set beside the
    calculated one and never off.
    """
    printed = load_disclosures()
    weighted = {
        (row.bank_id, row.reference_date, row.row): row.weighted
        for row in printed.itertuples(index=False)
    }
    rows = []
    for bank in lcr.itertuples(index=False):
        tolerance = Decimal(1) if bank.unit == bank.currency else Decimal("0.01")
        for number, field in TOTALS.items():
            calculated = getattr(bank, field)
            expected = weighted[bank.bank_id, bank.reference_date, number]
            difference = calculated - expected
            rows.append(
                {
                    "bank_id": bank.bank_id,
                    "reference_date": bank.reference_date,
                    "unit": bank.unit,
                    "row": number,
                    "calculated": calculated,
                    "printed": expected,
                    "difference": difference,
                    "off": abs(difference) > tolerance,
                    "lcr": bank.lcr,
                    "lcr_printed": weighted[bank.bank_id, bank.reference_date, _RATIO],
                    "inflow_cap_binds": bank.inflow_cap_binds,
                }
            )
    return pd.DataFrame(rows)
