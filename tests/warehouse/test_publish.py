"""What the warehouse holds after publications, against what was approved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from liqbench import DuckDbTarget, ImpactAnalysis, Workbench, samples
from liqbench.errors import PublicationError
from liqbench.operators.star_schema import StarSchemaOperator
from liqbench.warehouse import Fact, Publication
from liqbench.warehouse import statements as sql


@pytest.fixture
def own_bench(spark: SparkSession, tmp_path: Path) -> Iterator[Workbench]:
    bench = Workbench(tmp_path / "workspace", session=spark)
    yield bench
    bench.close()


def test_published_sums_are_the_runs_to_the_last_digit(own_bench: Workbench) -> None:
    analysis: ImpactAnalysis = own_bench.analyze(
        samples.disclosure_dag(), samples.disclosure_scenarios()[:1], as_of="2025-12-31"
    )
    variant = analysis["less_stable_plus_5"]
    submission = own_bench.submit(variant, by="ann", comment="stress")
    approval = own_bench.approve(submission.id, by="ben", comment="agreed")
    receipt = own_bench.publish(approval.id)
    assert receipt.rows == {"fact_disclosed_lcr": 40}
    found = own_bench.target().query(
        "SELECT scenario, count(*) AS rows, sum(hqla) AS hqla, sum(net_outflows) AS net, "
        "sum(lcr) AS lcr FROM fact_disclosed_lcr JOIN dim_scenario USING (scenario_key) "
        "GROUP BY scenario ORDER BY scenario"
    )
    for row, run in zip(found.itertuples(), (analysis.base, variant.result()), strict=True):
        table = run.table("star_schema")
        assert row.rows == len(table) == 20
        assert row.hqla == sum(table["hqla"])
        assert row.net == sum(table["net_outflows"])
        assert row.lcr == sum(table["lcr"])
    before = own_bench.target().query("SELECT * FROM lq_ledger ORDER BY publish_id")
    again = own_bench.publish(approval.id)
    assert not again.new
    assert str(again).endswith("was published to 'local' before: nothing changed")
    after = own_bench.target().query("SELECT * FROM lq_ledger ORDER BY publish_id")
    assert before.equals(after)
    assert list(before["row_count"]) == [20, 20]


STAR = StarSchemaOperator.model_validate(
    {
        "fact": "position",
        "date": "day",
        "dimensions": [{"name": "entity", "key": "entity_id", "attributes": ["name"]}],
        "measures": [{"field": "amount", "type": "decimal(20,2)"}],
    }
)


def publication(folder: Path, number: int, rows: list[tuple[str, str, str, str]]) -> Publication:
    """Facts (day, entity, name, amount) as a stage would hold them."""
    table = pa.table(
        {
            "day": [date.fromisoformat(row[0]) for row in rows],
            "entity_id": [row[1] for row in rows],
            "name": [row[2] for row in rows],
            "amount": pa.array([Decimal(row[3]) for row in rows], pa.decimal128(20, 2)),
        }
    )
    file = folder / f"part-{number}.parquet"
    pq.write_table(table, file)
    total = sum((Decimal(row[3]) for row in rows), Decimal("0.00"))
    fact = Fact(STAR, (str(file),), len(rows), {"amount": total})
    return Publication(
        publish_id=f"{number:064x}",
        run_id=f"run-{number}",
        content_sha=f"{number:064x}",
        scenario="Base",
        injection_point="",
        description="",
        as_of=rows[0][0],
        facts=(fact,),
    )


@pytest.fixture
def target(tmp_path: Path) -> DuckDbTarget:
    return DuckDbTarget(tmp_path / "warehouse.duckdb")


MEMBERS = "SELECT entity_id, name, valid_from, valid_to, is_current FROM dim_entity ORDER BY 1, 3"


def test_a_member_described_otherwise_is_a_new_version(
    target: DuckDbTarget, tmp_path: Path
) -> None:
    end = date(9999, 12, 31)
    target.publish((publication(tmp_path, 1, [("2025-10-31", "A", "Old name", "1.00")]),), name="t")
    target.publish((publication(tmp_path, 2, [("2025-11-30", "A", "Old name", "2.00")]),), name="t")
    target.publish((publication(tmp_path, 3, [("2025-12-31", "A", "New name", "3.00")]),), name="t")
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
    found = duckdb.execute(
        f"SELECT {sql.hash_key(chr(39) + 'A|2025-12-31|x' + chr(39))}"
    ).fetchone()
    assert found == (expected,)


def test_dates_are_described(target: DuckDbTarget, tmp_path: Path) -> None:
    rows = [("2025-12-31", "A", "a", "1.00"), ("2026-02-28", "A", "a", "1.00")]
    rows.append(("2025-11-15", "A", "a", "1.00"))
    target.publish((publication(tmp_path, 1, rows),), name="t")
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
    target: DuckDbTarget, tmp_path: Path
) -> None:
    target.publish((publication(tmp_path, 1, [("2025-12-31", "A", "a", "1.00")]),), name="t")
    before = counts(target)
    good = publication(tmp_path, 2, [("2026-01-31", "B", "b", "1.00")])
    wrong = publication(tmp_path, 3, [("2026-01-31", "C", "c", "5.00")])
    fact = Fact(STAR, wrong.facts[0].files, 1, {"amount": Decimal("5.01")})
    tampered = Publication(**{**vars(wrong), "facts": (fact,)})
    with pytest.raises(PublicationError) as caught:
        target.publish((good, tampered), name="t")
    assert str(caught.value) == (
        "what was staged: the totals are not the approved ones: amount 5.00 instead of 5.01 "
        "(nothing was changed; run and submit again)"
    )
    assert counts(target) == before == [1, 1, 1, 1, 1]


def test_two_facts_of_one_grain_are_refused(target: DuckDbTarget, tmp_path: Path) -> None:
    rows = [("2025-12-31", "A", "a", "1.00"), ("2025-12-31", "A", "a", "2.00")]
    with pytest.raises(PublicationError, match="1 facts share their date and dimensions"):
        target.publish((publication(tmp_path, 1, rows),), name="t")
    assert counts(target) == [0, 0, 0, 0, 0]


def test_a_member_with_two_descriptions_in_one_publication_is_refused(
    target: DuckDbTarget, tmp_path: Path
) -> None:
    rows = [("2025-12-31", "A", "a", "1.00"), ("2025-12-31", "A", "b", "2.00")]
    with pytest.raises(PublicationError, match="share their date and dimensions"):
        target.publish((publication(tmp_path, 1, rows),), name="t")
    assert counts(target) == [0, 0, 0, 0, 0]


def test_an_unknown_member_is_kept_and_named(target: DuckDbTarget, tmp_path: Path) -> None:
    made = publication(tmp_path, 1, [("2025-12-31", "A", "a", "1.00")])
    table = pa.table(
        {
            "day": [date(2025, 12, 31)],
            "entity_id": pa.array([None], pa.string()),
            "name": pa.array([None], pa.string()),
            "amount": pa.array([Decimal("1.00")], pa.decimal128(20, 2)),
        }
    )
    pq.write_table(table, made.facts[0].files[0])
    target.publish((made,), name="t")
    found = target.query("SELECT entity_id FROM fact_position JOIN dim_entity USING (entity_key)")
    assert list(found["entity_id"]) == ["(unknown)"]


def test_a_fact_of_another_shape_is_refused(target: DuckDbTarget, tmp_path: Path) -> None:
    target.publish((publication(tmp_path, 1, [("2025-12-31", "A", "a", "1.00")]),), name="t")
    other = StarSchemaOperator.model_validate(
        {**STAR.model_dump(), "measures": [{"field": "amount", "type": "decimal(20,2)"}],
         "dimensions": [{"name": "entity", "key": "entity_id"}]}
    )  # fmt: skip
    made = publication(tmp_path, 2, [("2026-01-31", "A", "a", "1.00")])
    changed = Publication(
        **{**vars(made), "facts": (Fact(other, made.facts[0].files, 1, made.facts[0].sums),)}
    )
    with pytest.raises(PublicationError, match="the table dim_entity has the columns"):
        target.publish((changed,), name="t")


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
