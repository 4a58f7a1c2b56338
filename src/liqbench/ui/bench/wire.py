"""What goes to the screen: JSON with exact figures, and errors in their three parts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd

from liqbench.errors import InvalidDagError, LiqbenchError


def to_wire(value: Any) -> Any:
    """Return JSON for a value: decimals as their exact text, dates in ISO form, no NaN.

    Raises ``LiqbenchError`` for what has no such form, rather than showing something else.
    """
    if isinstance(value, Mapping):
        return {str(name): to_wire(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_wire(item) for item in value]
    if hasattr(value, "item"):  # a scalar of numpy's
        value = value.item()
    if value is None or pd.isna(value):
        return None
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, str | bool | int | float):
        return value
    raise LiqbenchError(f"a {type(value).__name__} can't be shown")


def table_to_wire(table: pd.DataFrame) -> dict[str, Any]:
    """Return a table for the screen: its columns' names and its rows."""
    rows = [to_wire(list(row)) for row in table.itertuples(index=False, name=None)]
    return {"columns": [str(name) for name in table.columns], "rows": rows}


def error_to_wire(error: BaseException) -> dict[str, Any]:
    """Return an error for the screen: what was wrong, where, and what to do next."""
    if isinstance(error, InvalidDagError):
        faults = [error_to_wire(fault) for fault in error.faults]
        return {"kind": "InvalidDagError", "what": str(error), "faults": faults}
    if isinstance(error, LiqbenchError):
        kind = type(error).__name__
        return {"kind": kind, "what": error.what, "where": error.where, "hint": error.hint}
    return {
        "kind": type(error).__name__,
        "what": f"{type(error).__name__}: {error}",
        "hint": "this is a fault of liqbench itself; the log of the kernel has more",
    }
