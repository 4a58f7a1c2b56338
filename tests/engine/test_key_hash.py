"""The hash of keys on the driver is the one that Spark observes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import SparkSession

from liqbench.engine.key_hash import key_hash, key_hash_column
from liqbench.operators.local import LocalTable

Make = Callable[..., Any]
FIELDS = (
    "text string, day date, at timestamp, flag boolean, small smallint, days int, big bigint, "
    "money decimal(12,2), wide decimal(30,4)"
)
ROWS = [
    ("LE001", date(2025, 12, 31), datetime(2025, 12, 31, 7, tzinfo=UTC), True, -3, 7, 2**40,
     Decimal("-12.34"), Decimal("123456789012345678901.5")),
    ("Łódź", date(1950, 1, 1), datetime(1969, 7, 20, tzinfo=UTC), False, 3, -7, -(2**63),
     Decimal("0.00"), Decimal("-128.0000")),
    ("", None, None, None, None, None, None, None, Decimal("0.0255")),
    (None, date(1970, 1, 1), datetime(2000, 1, 1, tzinfo=UTC), True, 0, 2**31 - 1, 0,
     Decimal("9999999999.99"), None),
]  # fmt: skip


@pytest.mark.parametrize(
    "names",
    [("text",), ("day",), ("at",), ("flag",), ("small", "days"), ("big",), ("money",), ("wide",),
     ("wide", "text", "flag", "day")],
)  # fmt: skip
def test_it_is_spark_s(spark: SparkSession, table: Make, names: tuple[str, ...]) -> None:
    given = table(FIELDS, ROWS)
    for rows in (given, given.slice(0, 1), given.slice(1, 3)):
        observed = spark.createDataFrame(rows).agg(key_hash_column(names).alias("hash")).first()
        assert observed is not None
        assert key_hash(LocalTable.from_arrow(rows), names) == observed["hash"]
