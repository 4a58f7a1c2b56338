"""Published liquidity disclosures (LIQ1 and LIQ2) of real banks, as printed.

Figures of the EU banks: EBA Pillar 3 Data Hub (LIQ1: averages over twelve month ends); of the
Indian banks: their RBI disclosures. Two tables as printed do not reconcile. LIQ1: the net outflows
of ``hdfc_bank`` on 2025-09-30 are 419,548.96 million rupees below outflows less inflows. LIQ2: the
weighted figures of ``handelsbanken`` in rows 17 to 24 stand one row too high, in rows 16 to 23.
"""

from __future__ import annotations

from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pandas as pd

from liqbench.regulation.disclosure import DisclosedTable, load_template, read_disclosures

__all__ = ["disclosed_tables", "disclosures_path", "load_disclosures", "rows_path"]


def disclosures_path(template: str = "LIQ1") -> Path:
    """Return the packaged CSV of a template's figures, one line per bank, reference date and row.

    ``template`` is ``LIQ1`` or ``LIQ2``. Raises ``DisclosureError`` for another.
    """
    return _packaged(f"{load_template(template).name.lower()}.csv")


def rows_path() -> Path:
    """Return the packaged CSV of the LIQ1 rows: row, label, section and role in the totals."""
    return _packaged("liq1_rows.csv")


def disclosed_tables(template: str = "LIQ1") -> tuple[DisclosedTable, ...]:
    """Return the disclosed figures as tables to reconcile, one per bank and reference date.

    ``[reconcile(table) for table in disclosed_tables("LIQ2")]``. Raises ``DisclosureError``.
    """
    return read_disclosures(disclosures_path(template))


def load_disclosures(template: str = "LIQ1") -> pd.DataFrame:
    """Return the disclosed figures of a template, sorted by bank, reference date and row.

    The columns are those of the CSV. Those of figures (LIQ1: ``unweighted`` and ``weighted``;
    LIQ2: ``no_maturity``, ``lt_6m``, ``6m_to_lt_1y``, ``ge_1y`` and ``weighted``) hold ``Decimal``
    in the bank's own ``unit`` (the ratio, row 23 or 34, is a plain number: 1.5 is 150 %) and
    ``None`` where nothing is printed; ``reference_date`` holds ``datetime.date``; the rest is
    text, empty where unknown. A bank and date is unique with its row. Raises ``DisclosureError``.
    """
    table = pd.read_csv(disclosures_path(template), dtype=str, keep_default_na=False)
    for column in load_template(template).columns:
        figures = [Decimal(text) if text else None for text in table[column]]
        table[column] = pd.Series(figures, index=table.index, dtype=object)
    dates = pd.to_datetime(table["reference_date"], format="%Y-%m-%d")
    table["reference_date"] = dates.dt.date
    return table


def _packaged(name: str) -> Path:
    return Path(str(files("liqbench") / "samples" / "data" / name))
