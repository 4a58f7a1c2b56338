"""Rows at fault: a few of them as text, and the stop of a computation at the first."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
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


def refusal(reason: str, type_name: str) -> Column:
    """Return a column that stops the computation when it is evaluated.

    The engine then asks the operators to ``diagnose`` and reports what they find.
    """
    return F.raise_error(F.lit(f"liqbench refuses: {reason}")).cast(type_name)
