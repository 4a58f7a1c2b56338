"""Rows at fault: a few of them as text."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from liqbench.operators.expressions import quoted

_SHOWN = 3


def examples(frame: DataFrame, columns: Sequence[str]) -> str:
    """Return up to three rows of a frame in words, in the order of these columns' values."""
    wanted = [F.col(quoted(name)) for name in columns]
    rows = frame.select(*wanted).sort(*wanted).take(_SHOWN)
    return "; ".join(
        "(" + ", ".join(f"{name} {row[name]}" for name in columns) + ")" for row in rows
    )
