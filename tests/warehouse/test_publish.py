"""What the warehouse holds after publications, against what was approved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from tests.governance.desk import STAR, Desk, Row

from liqbench import DuckDbTarget, ImpactAnalysis, Workbench
from liqbench.errors import PublicationError
from liqbench.operators.star import hash_key_sql
from liqbench.operators.star_schema import StarSchemaOperator
from liqbench.warehouse import Publication
from liqbench.warehouse.dialect import to_duckdb

RECORD = {"rule_id", "field", "old", "new", "type", "place", "scenario"}


def test_published_sums_are_the_runs_to_the_last_digit(
    bench: Workbench, banks: ImpactAnalysis, tmp_path: Path
) -> None:
    bench.targets["sums"] = DuckDbTarget(tmp_path / "sums.duckdb")
    variant = banks["less_stable_plus_5"]
    submission = bench.submit(variant, by="ann", comment="stress")
    approval = bench.approve(submission.id, by="ben", comment="agreed")
    receipt = bench.publish(approval.id, target="sums")
    recorded = variant.adjustments()
    assert receipt.rows == {"fact_disclosed_lcr": 40, "lq_adjustment": len(recorded)}
    assert receipt.method == "upsert, direct"
    keys = [name for name in recorded if name not in RECORD]
    known = {
        (json.dumps(dict(zip(keys, key, strict=True)), separators=(",", ":"),
                    ensure_ascii=False, default=str),
         *rest)
        for key, *rest in zip(
            recorded[keys].itertuples(index=False, name=None),
            *(recorded[name] for name in ("rule_id", "field", "old", "new", "type", "place")),
            strict=True,
        )
    }  # fmt: skip
    there = bench.target("sums").query(
        "SELECT deal_key, rule_id, field, old_value, new_value, field_type, place "
        "FROM lq_adjustment WHERE NOT is_deleted AND version = 1"
    )
    assert set(there.itertuples(index=False, name=None)) == known
    assert len(there) == len(known) > 0
    found = bench.target("sums").query(
        "SELECT scenario, count(*) AS rows, sum(hqla) AS hqla, sum(net_outflows) AS net, "
        "sum(lcr) AS lcr FROM fact_disclosed_lcr JOIN dim_scenario USING (scenario_key) "
        "GROUP BY scenario ORDER BY scenario"
    )
    for row, run in zip(found.itertuples(), (banks.base, variant.result()), strict=True):
        table = run.table("star_schema")
        assert row.rows == len(table) == 20
        assert row.hqla == sum(table["hqla"])
        assert row.net == sum(table["net_outflows"])
        assert row.lcr == sum(table["lcr"])
    before = bench.target("sums").query("SELECT * FROM lq_ledger ORDER BY publish_id")
    again = bench.publish(approval.id, target="sums")
    assert not again.new
    assert str(again).endswith("was published to 'sums' before: nothing changed")
    after = bench.target("sums").query("SELECT * FROM lq_ledger ORDER BY publish_id")
    assert before.equals(after)
    assert list(before["row_count"]) == [20, 20]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.workspace.records.close()


def publication(
    desk: Desk,
    rows: Sequence[Row],
    *,
    star: StarSchemaOperator = STAR,
    total: str | None = None,
) -> Publication:
    """Approved facts (day, entity, name, amount); ``total`` is what was approved as their sum."""
    return desk.publications(desk.approved(rows=rows, star=star, total=total))[0]


@pytest.fixture
def target(desk: Desk) -> DuckDbTarget:
    return desk.target


MEMBERS = "SELECT entity_id, name, valid_from, valid_to, is_current FROM dim_entity ORDER BY 1, 3"


def test_a_member_described_otherwise_is_a_new_version(desk: Desk, target: DuckDbTarget) -> None:
    end = date(9999, 12, 31)
    target.publish((publication(desk, [("2025-10-31", "A", "Old name", "1.00")]),), name="local")
    target.publish((publication(desk, [("2025-11-30", "A", "Old name", "2.00")]),), name="local")
    target.publish((publication(desk, [("2025-12-31", "A", "New name", "3.00")]),), name="local")
    assert [tuple(row) for row in target.query(MEMBERS).itertuples(index=False)] == [
        ("A", "Old name", date(2025, 10, 31), date(2025, 12, 30), False),
        ("A", "New name", date(2025, 12, 31), end, True),
    ]
    facts = target.query(
        "SELECT date_key, name, amount FROM fact_position JOIN dim_entity USING (entity_key) "
        "ORDER BY date_key"
    )
    assert [tuple(row) for row in facts.itertuples(index=False)] == [
        (20251031, "Old name", Decimal("1.00")),
        (20251130, "Old name", Decimal("2.00")),
        (20251231, "New name", Decimal("3.00")),
    ]


def test_the_surrogate_key_is_sixty_bits_of_an_md5() -> None:
    # md5("A|2025-12-31|x"), its first 15 hex digits, worked out by Python.
    expected = int(hashlib.md5(b"A|2025-12-31|x").hexdigest()[:15], 16)  # noqa: S324
    key = hash_key_sql("'A|2025-12-31|x'")
    found = duckdb.execute(to_duckdb(f"SELECT {key}")).fetchone()
    assert found == (expected,)


def test_dates_are_described(desk: Desk, target: DuckDbTarget) -> None:
    rows = [("2025-12-31", "A", "a", "1.00"), ("2026-02-28", "A", "a", "1.00")]
    rows.append(("2025-11-15", "A", "a", "1.00"))
    target.publish((publication(desk, rows),), name="local")
    found = target.query(
        "SELECT date_key, quarter, iso_week, is_month_end, is_weekend FROM dim_date ORDER BY 1"
    )
    assert [tuple(row) for row in found.itertuples(index=False)] == [
        (20251115, 4, 46, False, True),  # a Saturday
        (20251231, 4, 1, True, False),  # a Wednesday in ISO week 1 of 2026
        (20260228, 1, 9, True, True),
    ]


def counts(target: DuckDbTarget) -> list[int]:
    tables = ("fact_position", "dim_entity", "dim_scenario", "dim_date", "lq_ledger")
    return [int(target.query(f"SELECT count(*) AS n FROM {t}")["n"][0]) for t in tables]


def test_facts_that_are_not_the_approved_ones_change_nothing(
    desk: Desk, target: DuckDbTarget
) -> None:
    target.publish((publication(desk, [("2025-12-31", "A", "a", "1.00")]),), name="local")
    before = counts(target)
    good = publication(desk, [("2026-01-31", "B", "b", "1.00")])
    wrong = publication(desk, [("2026-01-31", "C", "c", "5.00")], total="5.01")
    with pytest.raises(PublicationError) as caught:
        target.publish((good, wrong), name="local")
    assert str(caught.value) == (
        "what was staged: the totals are not the approved ones: amount 5.00 instead of 5.01 "
        "(nothing was changed; run and submit again)"
    )
    assert counts(target) == before == [1, 1, 1, 1, 1]


def test_two_facts_of_one_grain_are_refused(desk: Desk, target: DuckDbTarget) -> None:
    rows = [("2025-12-31", "A", "a", "1.00"), ("2025-12-31", "A", "a", "2.00")]
    with pytest.raises(PublicationError, match="1 facts share their date and dimensions"):
        target.publish((publication(desk, rows),), name="local")
    assert counts(target) == [0, 0, 0, 0, 0]


def test_a_member_with_two_descriptions_in_one_publication_is_refused(
    desk: Desk, target: DuckDbTarget
) -> None:
    rows = [("2025-12-31", "A", "a", "1.00"), ("2025-12-31", "A", "b", "2.00")]
    with pytest.raises(PublicationError, match="share their date and dimensions"):
        target.publish((publication(desk, rows),), name="local")
    assert counts(target) == [0, 0, 0, 0, 0]


def test_an_unknown_member_is_kept_and_named(desk: Desk, target: DuckDbTarget) -> None:
    made = publication(desk, [("2025-12-31", None, None, "1.00")])
    target.publish((made,), name="local")
    found = target.query("SELECT entity_id FROM fact_position JOIN dim_entity USING (entity_key)")
    assert list(found["entity_id"]) == ["(unknown)"]


def test_a_fact_of_another_shape_is_refused(desk: Desk, target: DuckDbTarget) -> None:
    target.publish((publication(desk, [("2025-12-31", "A", "a", "1.00")]),), name="local")
    other = StarSchemaOperator.model_validate(
        {**STAR.model_dump(), "measures": [{"field": "amount", "type": "decimal(20,2)"}],
         "dimensions": [{"name": "entity", "key": "entity_id"}]}
    )  # fmt: skip
    changed = publication(desk, [("2026-01-31", "A", "a", "1.00")], star=other)
    with pytest.raises(PublicationError, match="the table dim_entity has the columns"):
        target.publish((changed,), name="local")


def test_a_warehouse_that_somebody_has_open_is_named(tmp_path: Path) -> None:
    file = tmp_path / "warehouse.duckdb"
    file.write_bytes(b"this is no database")
    with pytest.raises(PublicationError, match="the warehouse can't be opened"):
        DuckDbTarget(file).query("SELECT 1")


def test_an_unknown_table_in_a_query_is_told_as_the_warehouse_says_it(
    target: DuckDbTarget,
) -> None:
    with pytest.raises(PublicationError, match="fact_nothing does not exist"):
        target.query("SELECT * FROM fact_nothing")
