"""Every value arrives as it was approved, or nothing does."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from tests.redshift.stand_in import PASSWORD, Redshift
from tests.warehouse.publications import (
    SCHEMA,
    STAGED,
    STAR,
    VARIABLE,
    duckdb_target,
    publication,
    publish,
    redshift_target,
    row,
    rows_of,
    table_of,
)

from liqbench.errors import PublicationError, SettingError
from liqbench.operators.star_schema import StarSchemaOperator
from liqbench.warehouse import DesignSettings, DuckDbTarget, TableSettings
from liqbench.warehouse.columns import ColumnType
from liqbench.warehouse.errors import AuditMismatchError, TargetDriftError, ValueTooWideError
from liqbench.warehouse.tables import star_tables
from liqbench.warehouse.target import WarehouseTarget

DAY = date(2025, 12, 31)


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)


def decimals_star() -> StarSchemaOperator:
    measures = [{"field": f"s{scale}", "type": f"decimal(38,{scale})"} for scale in range(19)]
    dimensions = [{"name": "entity", "key": "entity_id"}]
    return StarSchemaOperator.model_validate(
        {"fact": "figures", "date": "day", "dimensions": dimensions, "measures": measures}
    )


def figures() -> pa.Table:
    """Per scale, numbers of many digits whose sum no double could hold."""
    numbers = [10**19 + 1, -(10**18) - 7, 123_456_789_012_345_678_9, 1]
    columns: dict[str, Any] = {
        "day": pa.array([DAY] * 4),
        "entity_id": pa.array(list("ABCD")),
    }
    for scale in range(19):
        made = [Decimal(number).scaleb(-scale) for number in numbers]
        columns[f"s{scale}"] = pa.array(made, pa.decimal128(38, scale))
    return pa.table(columns)


def test_sums_of_all_scales_are_equal_to_the_last_digit_by_every_way(
    redshift: Redshift, tmp_path: Path
) -> None:
    redshift.sql("CREATE SCHEMA copied AUTHORIZATION analyst")
    wanted = tuple(Decimal(10_234_567_890_123_456_784).scaleb(-scale) for scale in range(19))
    sums = ", ".join(f"SUM(s{scale}) AS s{scale}" for scale in range(19))
    targets: list[WarehouseTarget] = [
        duckdb_target(tmp_path),
        redshift_target(redshift),
        redshift_target(redshift, namespace="copied", bucket=redshift.s3.bucket(), routes=STAGED),
    ]
    made = publication(tmp_path, figures(), star=decimals_star())
    for target in targets:
        publish(target, made)
        assert rows_of(target, f"SELECT {sums} FROM fact_figures") == [wanted], target.identity
        ((amount,),) = rows_of(target, "SELECT amount_sum FROM lq_ledger")
        assert amount == round(sum(wanted, Decimal(0)), 6)


def test_a_figure_with_too_many_digits_is_refused_before_anything_is_loaded(
    redshift: Redshift, tmp_path: Path
) -> None:
    table = table_of([row("2025-12-31", "A", "a", "1.00"), row("2025-12-31", "B", "b", "1.00")])
    wide = pa.array([Decimal("1.00"), Decimal("1e18").quantize(Decimal("0.01"))],
                    pa.decimal128(38, 2))  # fmt: skip
    at = table.schema.get_field_index("amount")
    made = publication(tmp_path, table.set_column(at, "amount", wide))
    star = StarSchemaOperator.model_validate(
        {**STAR.model_dump(), "measures": [{"field": "amount", "type": "decimal(20,2)"}]}
    )
    assert star.measures[0].type == "decimal(20,2)"
    with pytest.raises(ValueTooWideError) as caught:
        publish(redshift_target(redshift), made)
    assert str(caught.value) == (
        "fact 'position', row day=2025-12-31, entity_id=B, ccy=EUR: 1000000000000000000.00 "
        "doesn't fit the column 'amount', which is DECIMAL(20,2) (nothing was changed; publish a "
        "wider type, or set text_bytes for a longer text)"
    )
    assert redshift.statements == ()


def test_a_text_is_measured_in_bytes(redshift: Redshift, tmp_path: Path) -> None:
    tables = {"dim_entity": TableSettings(text_bytes={"name": 4})}
    design = DesignSettings(tables=tables)
    target = redshift_target(redshift, design=design)
    fits = publication(tmp_path, [row("2025-12-31", "A", "üü", "1.00")])
    publish(target, fits)
    wide = publication(tmp_path, [row("2025-12-31", "B", "üüü", "1.00")])
    known = len(redshift.statements)
    with pytest.raises(ValueTooWideError, match="entity_id=B, ccy=EUR: a text of 6 bytes doesn't"):
        publish(target, wide)
    assert len(redshift.statements) == known
    with pytest.raises(ValueTooWideError, match="a text of 6 bytes"):
        publish(DuckDbTarget(tmp_path / "w.duckdb", design=design), wide)
    assert not (tmp_path / "w.duckdb").exists()


def test_a_row_without_a_date_is_named(tmp_path: Path) -> None:
    table = table_of([row("2025-12-31", "A", "a", "1.00")])
    table = table.set_column(0, "day", pa.array([None], pa.date32()))
    with pytest.raises(AuditMismatchError, match="row day=None, entity_id=A, ccy=EUR: a row has"):
        publish(duckdb_target(tmp_path), publication(tmp_path, table))


def test_tables_are_laid_out_by_their_schema_and_as_the_settings_want(
    redshift: Redshift, tmp_path: Path
) -> None:
    tables = {
        "fact_position": TableSettings(distkey="entity_key", sortkey=("publish_id",)),
        "dim_currency": TableSettings(diststyle="EVEN", encode={"ccy": "bytedict"}),
    }
    made = publication(tmp_path, [row("2025-12-31", "A", "a", "1.00")])
    publish(redshift_target(redshift, design=DesignSettings(tables=tables)), made)
    shown = redshift.sql(
        'SELECT "table", diststyle, sortkey1 FROM svv_table_info '
        "WHERE \"table\" LIKE 'dim%' OR \"table\" LIKE 'fact%' ORDER BY 1"
    )
    assert shown == [
        ("dim_currency", "EVEN", "currency_key"),
        ("dim_date", "ALL", "date_key"),
        ("dim_entity", "ALL", "entity_key"),
        ("dim_scenario", "ALL", "scenario_key"),
        ("fact_position", "KEY(entity_key)", "publish_id"),
    ]
    encoded = redshift.sql(
        "SELECT column_name, data_type, encoding FROM svv_redshift_columns "
        "WHERE table_name IN ('fact_position', 'dim_currency') AND column_name IN "
        "('publish_id', 'amount', 'note', 'ccy') ORDER BY 1"
    )
    assert encoded == [
        ("amount", "numeric(20,2)", "az64"),
        ("ccy", "character varying(512)", "bytedict"),
        ("note", "character varying(512)", "zstd"),
        ("publish_id", "character varying(64)", "raw"),
    ]
    wrong = DesignSettings(tables={"fact_position": TableSettings(distkey="entity")})
    with pytest.raises(SettingError, match="did you mean 'entity_key'"):
        publish(redshift_target(redshift, design=wrong), made)


def test_a_column_of_another_type_is_refused_with_both_types(
    redshift: Redshift, tmp_path: Path
) -> None:
    made = publication(tmp_path, [row("2025-12-31", "A", "a", "1.00")])
    publish(redshift_target(redshift), made)
    wide = DesignSettings(text_bytes=1024)
    with pytest.raises(TargetDriftError, match=r"is VARCHAR\(512\), this publication needs VARCH"):
        publish(redshift_target(redshift, design=wide), made)
    narrow = DesignSettings(text_bytes=100)
    assert not publish(redshift_target(redshift, design=narrow), made).new


def test_a_file_of_the_first_form_of_liqbench_can_be_published_to(tmp_path: Path) -> None:
    """The tables as version 0.1 made them: texts without a length, other digests."""
    target = duckdb_target(tmp_path)
    with duckdb.connect(str(target.file)) as old:
        old.execute(
            "CREATE TABLE lq_ledger (publish_id VARCHAR(64), run_id VARCHAR(80), content_sha "
            "VARCHAR(64), row_count BIGINT, amount_sum DECIMAL(38,6), attempt INTEGER, "
            "published_at TIMESTAMP)"
        )
        old.execute(
            "CREATE TABLE dim_currency (currency_key BIGINT, ccy VARCHAR, attribute_hash "
            "VARCHAR(32), valid_from DATE, valid_to DATE, is_current BOOLEAN)"
        )
        old.execute(
            "INSERT INTO dim_currency VALUES (7, 'EUR', 'd41d8cd98f00b204e9800998ecf8427e', "
            "DATE '2025-01-01', DATE '9999-12-31', TRUE)"
        )
    publish(target, publication(tmp_path, [row("2025-12-31", "A", "a", "1.00")]))
    assert rows_of(target, "SELECT currency_key FROM fact_position") == [(7,)]
    assert rows_of(target, "SELECT * FROM dim_currency") == [
        (7, "EUR", "d41d8cd98f00b204e9800998ecf8427e", date(2025, 1, 1), date(9999, 12, 31), True,
         date(2025, 12, 31)),
    ]  # fmt: skip
    with duckdb.connect(str(target.file)) as old:
        old.execute("ALTER TABLE dim_currency DROP COLUMN confirmed_to")
    publish(target, publication(tmp_path, [row("2025-11-30", "A", "a", "1.00", "USD")]))
    assert rows_of(target, "SELECT ccy, confirmed_to FROM dim_currency ORDER BY 1") == [
        ("EUR", date(2025, 12, 31)),  # as the fact of that day says
        ("USD", date(2025, 11, 30)),
    ]
    with duckdb.connect(str(target.file)) as old:
        old.execute("ALTER TABLE fact_position DROP COLUMN note")
    with pytest.raises(TargetDriftError, match="the table fact_position has the columns"):
        publish(target, publication(tmp_path, [row("2026-01-31", "A", "a", "1.00")]))


def test_names_that_differ_by_case_only_are_refused(tmp_path: Path) -> None:
    star = StarSchemaOperator.model_validate(
        {**STAR.model_dump(), "measures": [
            {"field": "amount", "type": "decimal(20,2)"}, {"field": "Amount", "type": "int"}]}
    )  # fmt: skip
    table = table_of([row("2025-12-31", "A", "a", "1.00")]).append_column(
        "Amount", pa.array([1], pa.int32())
    )
    with pytest.raises(PublicationError, match="which knows no capital letters"):
        publish(duckdb_target(tmp_path), publication(tmp_path, table, star=star))


@pytest.mark.parametrize(
    ("wide", "narrow", "holds"),
    [
        ("DECIMAL(20,2)", "DECIMAL(18,2)", True),
        ("DECIMAL(18,2)", "DECIMAL(20,2)", False),
        ("DECIMAL(38,4)", "DECIMAL(18,2)", False),
        ("character varying(10)", "VARCHAR(10)", True),
        ("VARCHAR", "VARCHAR(10)", True),
        ("BIGINT", "INTEGER", False),
    ],
)
def test_a_type_holds_another(wide: str, narrow: str, holds: bool) -> None:
    assert ColumnType.of(wide).holds(ColumnType.of(narrow)) is holds


@pytest.mark.parametrize(
    ("sortkey", "expected"),
    [
        (None, ("day",)),
        (("publish_id", "amount", "date_key"), ("amount", "day")),
        # In what order a dimension's keys are is not known before they are given.
        (("date_key", "entity_key", "amount"), ("day",)),
        ((), ()),
    ],
)
def test_rows_are_staged_in_the_order_of_the_facts_sort_key(
    sortkey: tuple[str, ...] | None, expected: tuple[str, ...]
) -> None:
    settings = DesignSettings(tables={"fact_position": TableSettings(sortkey=sortkey)})
    assert star_tables(STAR, SCHEMA, settings).sort == expected
