"""Spark frames as pandas tables: few rows, exact figures, in the order of their keys."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame

from liqbench.errors import UnknownResultError

MOST_ROWS = 100_000


def to_pandas(frame: DataFrame, keys: list[str], *, limit: int, what: str) -> pd.DataFrame:
    """Collect a frame of at most ``limit`` rows, sorted by the keys, decimals kept exact."""
    return sorted_by(few_rows(frame, limit, what), keys)


def few_rows(frame: DataFrame, limit: int, what: str) -> pa.Table:
    """Collect a frame of at most ``limit`` rows. Raises ``UnknownResultError`` for more."""
    found = frame.limit(limit + 1).toArrow()
    check_rows(found.num_rows, limit, what)
    return found


def check_rows(count: int, limit: int, what: str) -> None:
    """Raise ``UnknownResultError`` where there are more rows than wanted in pandas."""
    if count > limit:
        raise UnknownResultError(
            f"{what} has more than {limit:,} rows",
            hint="use frame(…) and let Spark work on it, or raise limit",
        )


def sorted_by(table: pa.Table, keys: list[str]) -> pd.DataFrame:
    """Return an Arrow table as pandas, its rows in the order of these fields."""
    found: pd.DataFrame = table.to_pandas(date_as_object=True)
    return found.sort_values(keys, ignore_index=True) if keys and len(found) else found
