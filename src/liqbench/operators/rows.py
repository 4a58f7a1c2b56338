"""Rows at fault: a few of them as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from liqbench.operators.expressions import quoted
from liqbench.operators.local import LocalTable

_SHOWN = 3


def examples(frame: DataFrame, columns: Sequence[str]) -> str:
    """Return up to three rows of a frame in words, in the order of these columns' values."""
    wanted = [F.col(quoted(name)) for name in columns]
    rows = frame.select(*wanted).sort(*wanted).take(_SHOWN)
    return _in_words(columns, ([row[name] for name in columns] for row in rows))


def _in_words(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    return "; ".join(
        "(" + ", ".join(f"{n} {value}" for n, value in zip(columns, row, strict=True)) + ")"
        for row in rows
    )


def local_examples(table: LocalTable, columns: Sequence[str]) -> str:
    """Return up to three rows of a table on the driver in words, in their order there."""
    shown = table.take(np.arange(min(_SHOWN, table.rows)))
    return _in_words(columns, shown.keys(columns))
