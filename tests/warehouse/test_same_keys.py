"""One member has one key: by hand, in Spark, and in what DuckDB and Redshift make at publishing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812
from tests.redshift.stand_in import PASSWORD, Redshift
from tests.warehouse.publications import (
    VARIABLE,
    duckdb_target,
    publication,
    publish,
    redshift_target,
    rows_of,
)

from liqbench.operators.star.keys import attribute_hash_column, version_key_column
from liqbench.operators.star_schema import StarSchemaOperator

STAR = StarSchemaOperator.model_validate(
    {
        "fact": "position",
        "date": "day",
        "dimensions": [
            {"name": "entity", "key": "id", "attributes": ["name", "note", "bank", "rated", "cap"]}
        ],
        "measures": [{"field": "amount", "type": "decimal(20,2)"}],
    }
)
FIELDS = (
    "day date, id string, name string, note string, bank boolean, rated date, cap decimal(20,4), "
    "amount decimal(20,2)"
)
DAY = date(2025, 12, 31)
MEMBERS = {  # id: what describes it, and the text of that, written out by hand
    "plain": (("Bank", "ok", True, date(2024, 2, 29), Decimal("1.5")),
              "|Bank|ok|true|2024-02-29|1.5000"),
    "a|b": (("c", "d", False, None, Decimal("-0.0001")), "|c|d|false|\\0|-0.0001"),
    "a": (("b|c", "d", False, None, Decimal(0)), "|b\\|c|d|false|\\0|0.0000"),
    "a\\": (("b", "c|d", None, date(1, 1, 1), None), "|b|c\\|d|\\0|0001-01-01|\\0"),
    "\\0": ((None, "\\0", None, None, None), "|\\0|\\\\0|\\0|\\0|\\0"),
    "": (("", None, True, None, Decimal("9999999999999999.9999")),
         "||\\0|true|\\0|9999999999999999.9999"),
    "Ärger €🏦": (("日本|銀行", "\\|", True, date(9999, 12, 31), None),
                  "|日本\\|銀行|\\\\\\||true|9999-12-31|\\0"),
    "it's %s": (('"', "--", None, None, None), '|"|--|\\0|\\0|\\0'),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)


def digest(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324


def by_hand() -> list[tuple[str, str, int]]:
    """Return every member's id, hash of attributes and key."""
    found = []
    for member, (_, text) in MEMBERS.items():
        described = digest(text)
        natural = member.replace("\\", "\\\\").replace("|", "\\|")
        found.append((member, described, int(digest(f"{natural}|2025-12-31|{described}")[:15], 16)))
    return sorted(found)


def test_a_member_has_one_key_everywhere(
    redshift: Redshift,
    tmp_path: Path,
    table: Callable[..., object],
    frame: Callable[..., DataFrame],
) -> None:
    rows = [(DAY, member, *values, Decimal("1.00")) for member, (values, _) in MEMBERS.items()]
    wanted = by_hand()
    assert len({key for _, _, key in wanted}) == len(MEMBERS)

    hashed = attribute_hash_column([F.col(n) for n in ("name", "note", "bank", "rated", "cap")])
    spark = frame(FIELDS, rows).select("id", hashed.alias("hash"))
    key = version_key_column([F.col("id")], F.lit(DAY), F.col("hash"))
    assert sorted(map(tuple, spark.select("id", "hash", key).collect())) == wanted

    published = publication(tmp_path, table(FIELDS, rows), star=STAR)
    for target in (duckdb_target(tmp_path), redshift_target(redshift)):
        publish(target, published)
        query = "SELECT id, attribute_hash, entity_key FROM dim_entity"
        assert sorted(rows_of(target, query)) == wanted, target.identity
