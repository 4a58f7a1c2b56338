"""DuckDB and Redshift hold the same after the same publications."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.redshift.stand_in import PASSWORD, Redshift
from tests.warehouse.publications import (
    STAGED,
    VARIABLE,
    duckdb_target,
    publication,
    publish,
    redshift_target,
    row,
    rows_of,
)

ENTITIES = (
    "SELECT entity_key, entity_id, name, is_bank, rated, attribute_hash, valid_from, valid_to, "
    "is_current FROM dim_entity ORDER BY entity_id, valid_from"
)
QUERIES = (
    ENTITIES,
    "SELECT * FROM dim_currency ORDER BY ccy, valid_from",
    "SELECT * FROM dim_date ORDER BY date_key",
    "SELECT * FROM dim_scenario ORDER BY scenario_key",
    "SELECT * FROM fact_position ORDER BY publish_id, date_key, entity_key, currency_key",
    "SELECT * FROM lq_ledger ORDER BY published_at",
)


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)


def test_the_same_publications_by_every_way_give_the_same_tables(
    redshift: Redshift, tmp_path: Path
) -> None:
    rows = [
        row("2025-12-31", "A", "Bänk A", "1.10"),
        row("2025-12-31", "A", "Bänk A", "2.20", "USD"),
        row("2025-12-31", "B", "Zweite", "3.30"),
        row("2025-11-30", "A", "Bänk A", "4.40"),
        row("2025-12-31", None, None, "5.50"),
    ]
    base = publication(tmp_path, rows)
    variant = publication(tmp_path, rows[:3], name="stress")
    late = publication(tmp_path, [row("2025-10-31", "B", "First", "9.99")])
    schemas = {"by_insert": "direct", "by_copy": "staged"}
    for schema in schemas:
        redshift.sql(f"CREATE SCHEMA {schema} AUTHORIZATION analyst")
    targets = {
        "duckdb": (duckdb_target(tmp_path), "direct"),
        "by_insert": (redshift_target(redshift, namespace="by_insert"), "direct"),
        "by_copy": (
            redshift_target(
                redshift, namespace="by_copy", bucket=redshift.s3.bucket(), routes=STAGED
            ),
            "staged",
        ),
    }
    found = {}
    for name, (target, method) in targets.items():
        first = publish(target, base, variant)
        assert (first.new, first.method, first.tries) == (True, method, 1)
        assert first.rows == {"fact_position": 8}
        assert publish(target, late).rows == {"fact_position": 1}
        again = publish(target, variant)
        assert (again.new, again.rows, again.method) == (False, {}, "")
        found[name] = [rows_of(target, query) for query in QUERIES]
    assert found["by_insert"] == found["duckdb"]
    assert found["by_copy"] == found["duckdb"]
    entities, currencies, dates, scenarios, facts, ledger = found["duckdb"]
    counts = [len(each) for each in (entities, currencies, dates, scenarios, facts, ledger)]
    assert counts == [4, 3, 3, 3, 9, 3]
