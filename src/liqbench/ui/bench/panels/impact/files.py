"""The impact table as a file: CSV and Excel for figures, HTML as it is seen."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Sequence
from decimal import Decimal
from importlib.util import find_spec
from typing import Any, Literal

from liqbench.ui.bench.errors import ExcelMissingError
from liqbench.ui.bench.panels.impact.table import ImpactRows, flat
from liqbench.ui.impact_table import ImpactTable

Kind = Literal["csv", "xlsx", "html"]
_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet might run when it opens a file


def exported(table: ImpactRows, kind: Kind) -> dict[str, str]:
    """Return the whole table, not only the rows shown: name, type, and bytes in base64.

    CSV and Excel have a row per entity and figure, figures with all their digits; ratios are
    numbers, their changes percentage points. Raises ``ExcelMissingError``.
    """
    write = {"csv": _csv, "xlsx": _excel, "html": _html}[kind]
    return {
        "name": f"impact-{table.comparison.as_of}.{kind}",
        "type": _TYPES[kind],
        "base64": base64.b64encode(write(table)).decode("ascii"),
    }


def _html(table: ImpactRows) -> bytes:
    return ImpactTable(table.comparison).to_html().encode("utf-8")


def _lines(table: ImpactRows) -> list[Sequence[Any]]:
    rows = list(flat(table))
    return [list(rows[0]), *(list(row.values()) for row in rows)] if rows else []


def _csv(table: ImpactRows) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([_plain(value) for value in line] for line in _lines(table))
    return text.getvalue().encode("utf-8-sig")  # Excel takes it for UTF-8 by its mark only


def _plain(value: Any) -> str:
    """Return a figure's exact text; a text that a spreadsheet would run gets a ' in front."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _excel(table: ImpactRows) -> bytes:
    if find_spec("openpyxl") is None:
        raise ExcelMissingError(
            "no Excel file can be written, as openpyxl is not installed",
            hint="pip install 'liqbench[excel]', or export CSV, which Excel opens",
        )
    from openpyxl import Workbook  # noqa: PLC0415 - optional
    from openpyxl.styles import Font  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    book = Workbook()
    sheet = book.active
    sheet.title = "Impact"
    for n, line in enumerate(_lines(table), start=1):
        for m, value in enumerate(line, start=1):
            cell = sheet.cell(n, m)
            if isinstance(value, Decimal):
                cell.value = value
                cell.number_format = "#,##0.00####"
            else:
                cell.value = "" if value is None else str(value)
                cell.data_type = "s"  # a text, whatever it begins with
            if n == 1:
                cell.font = Font(bold=True)
                sheet.column_dimensions[get_column_letter(m)].width = max(12, min(40, len(value)))
    sheet.freeze_panes = "B2"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
