"""Published liquidity disclosures (LIQ1) of real banks, as printed.

Figures of the EU banks: EBA Pillar 3 Data Hub (averages over twelve month ends); of the Indian
banks: their RBI disclosures. One table as printed does not reconcile: the net outflows of
``hdfc_bank`` on 2025-09-30 are 419,548.96 million rupees below outflows less inflows.
"""

from __future__ import annotations

from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pandas as pd

__all__ = ["disclosures_path", "load_disclosures", "rows_path"]

_FIGURES = ("unweighted", "weighted")


def disclosures_path() -> Path:
    """Return the packaged CSV of figures, one line per bank, reference date and LIQ1 row."""
    return _packaged("liq1.csv")


def rows_path() -> Path:
    """Return the packaged CSV of the LIQ1 rows: row, label, section and role in the totals."""
    return _packaged("liq1_rows.csv")


def load_disclosures() -> pd.DataFrame:
    """Return the disclosed figures, sorted by bank, reference date and template row.

    The columns are those of the CSV. ``unweighted`` and ``weighted`` hold ``Decimal`` in the
    bank's own ``unit`` (row 23, the ratio, is a plain number: 1.5 is 150 %) and ``None`` where
    nothing is printed; ``reference_date`` holds ``datetime.date``; the rest is text, empty where
    unknown. A bank and date is unique with its row.
    """
    table = pd.read_csv(disclosures_path(), dtype=str, keep_default_na=False)
    for column in _FIGURES:
        figures = [Decimal(text) if text else None for text in table[column]]
        table[column] = pd.Series(figures, index=table.index, dtype=object)
    dates = pd.to_datetime(table["reference_date"], format="%Y-%m-%d")
    table["reference_date"] = dates.dt.date
    return table


def _packaged(name: str) -> Path:
    return Path(str(files("liqbench") / "samples" / "data" / name))
