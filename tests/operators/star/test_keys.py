"""Surrogate keys: one text for one value, and the same key in Python, Spark and DuckDB."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from liqbench.operators.star import attribute_hash, encode, hash_key, version_key
from liqbench.operators.star.keys import attribute_hash_column, version_key_column

AWKWARD = st.text(alphabet="\\|0a", max_size=4) | st.text(max_size=6)
TEXTS = st.none() | AWKWARD


@given(st.lists(TEXTS, min_size=1, max_size=4), st.lists(TEXTS, min_size=1, max_size=4))
@example(["a|b"], ["a", "b"])
@example(["a\\"], ["a\\|"])
@example(["\\0"], [None])
@example(["", ""], ["|"])
def test_different_values_never_have_one_text(
    one: list[str | None], other: list[str | None]
) -> None:
    assert (encode(one) == encode(other)) == (one == other)


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_the_text_can_be_read_back(values: list[str | None]) -> None:
    parts = re.findall(r"((?:\\.|[^|\\])*)(?:\||\Z)", encode(values), re.DOTALL)[: len(values)]
    read = [None if part == "\\0" else re.sub(r"\\(.)", r"\1", part) for part in parts]
    assert read == values


def test_every_type_has_the_text_that_the_documentation_gives() -> None:
    values = ("a|b\\", True, False, -12, Decimal("1.50"), Decimal("1E+2"), date(2025, 12, 31), None)
    assert encode(values) == "a\\|b\\\\|true|false|-12|1.50|100|2025-12-31|\\0"
    assert encode((Decimal("-0.00"), Decimal("1E-7"))) == "0.00|0.0000001"


@pytest.mark.parametrize("value", [Decimal("NaN"), 1.5, datetime(2025, 1, 1, tzinfo=UTC)])
def test_what_has_no_text_everywhere_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="no text that is the same everywhere"):
        encode((value,))


def test_the_key_is_the_first_fifteen_digits_of_the_md5() -> None:
    # md5 of "a" is 0cc175b9c0f1b6a8 31c399e269772661
    assert hash_key(("a",)) == 0x0CC175B9C0F1B6A
    assert 0 <= hash_key(("",)) < 2**60


def test_a_key_of_values_without_separators_can_be_made_by_plain_sql() -> None:
    with duckdb.connect() as connection:
        found = connection.execute(
            """SELECT hash, CAST('0x' || left(md5(member || '|' || CAST(day AS VARCHAR) || '|' ||
                      hash), 15) AS BIGINT)
            FROM (SELECT 'Bank 1' AS member, DATE '2025-12-31' AS day,
                         md5(concat_ws('|', '', coalesce(CAST('EU' AS VARCHAR), '\\0'),
                             coalesce(CAST(NULL AS VARCHAR), '\\0'),
                             coalesce(CAST(TRUE AS VARCHAR), '\\0'),
                             coalesce(CAST(1.50 AS VARCHAR), '\\0'))) AS hash)"""
        ).fetchone()
    attributes = attribute_hash(("EU", None, True, Decimal("1.50")))
    assert found == (attributes, version_key(("Bank 1",), date(2025, 12, 31), attributes))
    assert attribute_hash(()) == "d41d8cd98f00b204e9800998ecf8427e"  # md5 of nothing


def test_spark_duckdb_and_python_make_the_same_keys(
    frame: Callable[..., DataFrame], table: Callable[..., Any], duck: Callable[..., Any]
) -> None:
    fields = "s string, b boolean, n int, d decimal(38,10), day date, t string"
    values = [
        ("plain", True, 1, Decimal("1.5000000000"), date(2025, 12, 31), "x"),
        ("a|b", False, -7, Decimal("0E-10"), date(1, 1, 1), "\\"),
        ("a", None, None, Decimal("0.0000000001"), date(9999, 12, 31), "b|"),
        ("\\0", True, 2**31 - 1, Decimal("-9999999999999999999999999999.9999999999"), None, None),
        ("Ärger €🏦", None, 0, None, date(2024, 2, 29), ""),
        ("", False, -(2**31), Decimal("-0.0000000001"), date(1582, 10, 10), "|\\|"),
    ]
    given_day = date(2025, 6, 30)
    columns = [F.col(name) for name in ("b", "n", "d", "day", "t")]
    made = frame(fields, values).select("s", attribute_hash_column(columns).alias("hash"))
    by_spark = made.select(
        "s", "hash", version_key_column([F.col("s")], F.lit(given_day), F.col("hash"))
    ).collect()

    def escaped(name: str) -> str:
        text = f"replace(replace(CAST({name} AS VARCHAR), '\\', '\\\\'), '|', '\\|')"
        return f"coalesce({text}, '\\0')"

    parts = ", ".join(escaped(name) for name in ("b", "n", "d", "day", "t"))
    by_duckdb = duck(
        table(fields, values),
        f"""SELECT s, hash, CAST('0x' || left(md5({escaped("s")} || '|2025-06-30|' || hash), 15)
                   AS BIGINT)
            FROM (SELECT s, md5(concat_ws('|', '', {parts})) AS hash FROM t)""",
    )
    by_python = []
    for natural, *attributes in values:
        digest = attribute_hash(attributes)
        by_python.append((natural, digest, version_key((natural,), given_day, digest)))
    assert sorted(map(tuple, by_spark)) == sorted(by_python)
    assert sorted(by_duckdb) == sorted(by_python)
