"""The star of a small bank, worked out by hand and, a second time, by DuckDB."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, Observation, SparkSession
from tests.operators.star.example import (
    AS_OF,
    COLUMNS,
    METADATA,
    PRODUCT_REGULATION,
    RELATIONSHIPS,
    ROWS,
)

from liqbench.errors import (
    DuplicateKeysError,
    FaultsError,
    InvalidFigureError,
    NullKeysError,
    SchemaDriftError,
)
from liqbench.operators.star import (
    NONE_KEY,
    UNKNOWN_KEY,
    AggregationLevel,
    StarSchema,
    StarSettings,
    attribute_hash,
    generate_star_schema,
    hash_key,
    version_key,
)
from liqbench.operators.star.bridges import bridge_frame
from liqbench.operators.star.errors import UnknownTableError

Make = Callable[..., Any]
Tables = dict[str, DataFrame]

SETTINGS = StarSettings(
    as_of=AS_OF,
    run_id="run 1",
    scd2=("entity",),
    fiscal_year_start=4,
    levels=(AggregationLevel(name="by_entity", by=("entity_key", "currency")),),
)
A = version_key(("A",), AS_OF, attribute_hash(("Alpha | Bank", "DE", "Germany")))
B = version_key(("B",), AS_OF, attribute_hash(("Beta", "XX", None)))
BOND, LOAN, REPO = (hash_key((name,)) for name in ("bond", "loan", "repo"))
SEVEN, EIGHT, NINE = (hash_key((number,)) for number in (7, 8, 9))
LOADED = ("run 1", AS_OF, None)


@pytest.fixture(scope="module")
def tables(frame: Make) -> Tables:
    return {name: frame(fields.replace(";", ","), ROWS[name]) for name, fields in COLUMNS.items()}


@pytest.fixture(scope="module")
def star(tables: Tables) -> StarSchema:
    return generate_star_schema(tables, RELATIONSHIPS, METADATA, SETTINGS)


@pytest.fixture(scope="module")
def entity(star: StarSchema) -> pa.Table:
    return star.dimensions["entity"].toArrow()


@pytest.fixture(scope="module")
def positions(star: StarSchema) -> tuple[pa.Table, dict[str, Any]]:
    """The fact, and what was observed in the pass that computed it."""
    observation = Observation("positions")
    counts = [column.alias(name) for name, column in star.counts("positions").items()]
    found = star.facts["positions"].observe(observation, *counts).toArrow()
    return found, observation.get


def test_every_position_is_there_once_with_its_keys(
    positions: tuple[pa.Table, dict[str, Any]],
) -> None:
    found = {row.pop("position_id"): tuple(row.values()) for row in positions[0].to_pylist()}
    given = {row[0]: row for row in ROWS["positions"]}
    keys = {
        "1": (A, BOND, SEVEN, 20240229),
        "2": (A, BOND, EIGHT, 20250331),
        "3": (B, LOAN, SEVEN, 20250331),
        "4": (B, UNKNOWN_KEY, SEVEN, NONE_KEY),
        "5": (A, LOAN, NONE_KEY, 20251231),
        "6": (NONE_KEY, REPO, NINE, UNKNOWN_KEY),  # booked in 2250, behind the last date
        "7": (B, REPO, EIGHT, 20251231),
    }
    assert positions[0].num_rows == 7
    assert found == {name: (*keys[name], *given[name][5:], *LOADED) for name in keys}
    assert positions[0].column_names == [
        "entity_key",
        "product_key",
        "counterparty_key",
        "booked_key",
        "position_id",
        "currency",
        "amount",
        "rate",
        "lcr",
        "outflow",
        "days",
        "run_id",
        "as_of",
        "publish_id",
    ]


def test_references_to_nobody_are_counted_in_the_pass_that_computes_the_fact(
    positions: tuple[pa.Table, dict[str, Any]],
) -> None:
    assert positions[1] == {
        "rows": 7,
        "unknown entity_key": 0,
        "none entity_key": 1,
        "unknown product_key": 1,
        "none product_key": 0,
        "unknown counterparty_key": 0,
        "none counterparty_key": 1,
        "unknown booked_key": 1,
        "none booked_key": 1,
    }


def test_duckdb_makes_the_same_star_of_the_same_tables(
    positions: tuple[pa.Table, dict[str, Any]], table: Make
) -> None:
    """The query uses none of the generator's words: md5 and joins as an analyst writes them."""
    with duckdb.connect() as connection:
        for name, fields in COLUMNS.items():
            connection.register(name, table(fields.replace(";", ","), ROWS[name]))
        connection.register("fact", positions[0])
        both = connection.execute(
            r"""
            WITH entities AS (
                SELECT e.entity_id, CAST('0x' || left(md5(e.entity_id || '|2025-12-31|' || md5(
                    '|' || replace(e.name, '|', '\|') || '|' || e.country_code || '|' ||
                    coalesce(c.label, '\0'))), 15) AS BIGINT) AS k
                FROM entity e LEFT JOIN country c USING (country_code)
            ), wanted AS (
                SELECT CASE WHEN p.entity_id IS NULL THEN -2 ELSE coalesce(e.k, -1) END,
                       CASE WHEN p.product_id IS NULL THEN -2
                            WHEN d.product_id IS NULL THEN -1
                            ELSE CAST('0x' || left(md5(d.product_id), 15) AS BIGINT) END,
                       CASE WHEN p.counterparty_id IS NULL THEN -2
                            ELSE CAST('0x' || left(md5(p.counterparty_id::VARCHAR), 15) AS BIGINT)
                       END,
                       p.position_id, p.amount, p.rate, p.outflow
                FROM positions p
                LEFT JOIN entities e ON e.entity_id = p.entity_id
                LEFT JOIN product d ON d.product_id = p.product_id
            ), found AS (
                SELECT entity_key, product_key, counterparty_key, position_id, amount, rate, outflow
                FROM fact
            )
            SELECT (SELECT count(*) FROM (FROM wanted EXCEPT ALL FROM found)),
                   (SELECT count(*) FROM (FROM found EXCEPT ALL FROM wanted)),
                   (SELECT count(*) FROM wanted)"""
        ).fetchone()
        before, after = (
            connection.execute(f"SELECT count(*), sum(amount), sum(rate) FROM {name}").fetchone()
            for name in ("positions", "fact")
        )
    assert both == (0, 0, 7)
    assert before == after == (7, Decimal("1000101.58"), Decimal("0.060001"))


def test_dimensions_have_every_member_and_the_two_special_ones(
    star: StarSchema, entity: pa.Table, rows: Make
) -> None:
    ever, forever = date(1900, 1, 1), date(9999, 12, 31)
    begun = (AS_OF, forever, True, AS_OF)
    special = ("", ever, forever, True, forever)
    of_a = attribute_hash(("Alpha | Bank", "DE", "Germany"))
    of_b = attribute_hash(("Beta", "XX", None))
    assert entity.column_names[:5] == [
        "entity_key",
        "entity_id",
        "name",
        "country_code",
        "country_label",
    ]
    assert {row[0]: row[1:] for row in map(tuple, map(dict.values, entity.to_pylist()))} == {
        A: ("A", "Alpha | Bank", "DE", "Germany", of_a, *begun),
        B: ("B", "Beta", "XX", None, of_b, *begun),
        UNKNOWN_KEY: (*["(unknown)"] * 4, *special),
        NONE_KEY: (*["(none)"] * 4, *special),
    }
    assert {row[0]: row[1:] for row in rows(star.dimensions["counterparty"])} == {
        SEVEN: (7, "bank", True),
        EIGHT: (8, None, False),
        NINE: (9, "retail", None),
        UNKNOWN_KEY: (None, "(unknown)", None),
        NONE_KEY: (None, "(none)", None),
    }


def test_a_bridge_has_the_real_pairs_and_shares_that_add_up_to_one(
    star: StarSchema, rows: Make
) -> None:
    lcr40, lcr50, nsfr = (hash_key((name,)) for name in ("LCR40", "LCR50", "NSFR"))
    third, rest = Decimal("0.333333333333"), Decimal("0.333333333334")
    first = min(lcr40, lcr50, nsfr)  # of equal weights the first key gets what is left
    shares = {(BOND, rule): rest if rule == first else third for rule in (lcr40, lcr50, nsfr)}
    shares |= {(LOAN, nsfr): Decimal("0.5"), (LOAN, UNKNOWN_KEY): Decimal("0.5")}
    shares |= {(key, NONE_KEY): Decimal(1) for key in (REPO, UNKNOWN_KEY, NONE_KEY)}
    bridge = star.bridges["product_regulation"]
    found = rows(bridge)
    assert bridge.columns[:3] == ["product_key", "regulation_key", "allocation"]
    assert {row[:2]: row[2] for row in found} == shares
    assert len(found) == len(shares)
    assert {row[3:] for row in found} == {LOADED}
    assert star.orphans == {"product_regulation": 1}  # a swap, which is no product


def test_a_bridge_may_be_weighted_and_its_totals_stay(
    star: StarSchema, tables: Tables, positions: tuple[pa.Table, dict[str, Any]]
) -> None:
    (pair,) = star.layout.bridges
    weighted = replace(pair, bridge=pair.bridge.model_copy(update={"weight": "share"}))
    found = bridge_frame(
        weighted,
        tables["product_regulation"],
        star.dimensions["product"],
        star.dimensions["regulation"],
    )
    shares = {tuple(row)[:2]: row["allocation"] for row in found.collect()}
    assert shares[LOAN, hash_key(("NSFR",))] == Decimal("0.666666666667")
    assert shares[LOAN, UNKNOWN_KEY] == Decimal("0.333333333333")
    split = sum(
        row["amount"] * share
        for row in positions[0].to_pylist()
        for (product, _), share in shares.items()
        if product == row["product_key"] and row["amount"] is not None
    )
    assert split == Decimal("1000101.58")


def test_figures_are_aggregated_as_their_own_metadata_says(star: StarSchema, rows: Make) -> None:
    by_entity = star.aggregates["by_entity"]
    assert by_entity.columns == [
        "entity_key",
        "currency",
        "amount",
        "lcr",
        "outflow",
        "days_sum",
        "days_count",
        "row_count",
        "run_id",
        "as_of",
        "publish_id",
    ]
    assert {row[:2]: row[2:8] for row in rows(by_entity)} == {
        # 107.03 / 53.01 = 2.01905…; 999994.45 / 3 = 333331.48333…
        (A, "EUR"): (Decimal("107.03"), Decimal("2.0191"), Decimal("53.01"), 41, 3, 3),
        (B, "USD"): (Decimal("999994.45"), Decimal("333331.4833"), Decimal("3.00"), 5, 1, 2),
        (B, "EUR"): (Decimal("0.10"), None, Decimal("0.00"), 3, 1, 1),
        (NONE_KEY, "EUR"): (None, None, Decimal("0.00"), 2, 1, 1),
    }


def test_the_calendar_has_the_whole_years_that_the_facts_need(star: StarSchema) -> None:
    found = {row["date_key"]: row.asDict() for row in star.dates.collect()}
    assert found.pop(UNKNOWN_KEY)["month_name"] == "(unknown)"
    assert found.pop(NONE_KEY)["date"] is None
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(366 + 365)]
    assert found == {int(day.strftime("%Y%m%d")): by_python(day) for day in days}


def by_python(day: date) -> dict[str, Any]:
    """Return what the calendar says of a day, from Python's own; the fiscal year is from April."""
    last = day.day == calendar.monthrange(day.year, day.month)[1]
    iso = day.isocalendar()
    return {
        "date_key": day.year * 10_000 + day.month * 100 + day.day,
        "date": day,
        "year": day.year,
        "quarter": (day.month + 2) // 3,
        "month": day.month,
        "month_name": calendar.month_name[day.month],
        "day": day.day,
        "day_of_week": iso.weekday,
        "day_name": calendar.day_name[day.weekday()],
        "iso_year": iso.year,
        "iso_week": iso.week,
        "is_month_end": last,
        "is_quarter_end": last and day.month in {3, 6, 9, 12},
        "is_year_end": (day.month, day.day) == (12, 31),
        "is_weekend": iso.weekday >= 6,
        "fiscal_year": day.year + (day.month >= 4),
        "fiscal_quarter": {1: 4, 2: 1, 3: 2, 4: 3}[(day.month + 2) // 3],
    }


def test_the_next_day_changes_the_keys_of_those_members_only_that_changed(
    tables: Tables, entity: pa.Table, frame: Make, spark: SparkSession
) -> None:
    before = {"entity": spark.createDataFrame(entity)}
    entities = frame(COLUMNS["entity"].replace(";", ","), [("B", "Beta plc", "FR")])
    given = {name: tables[name] for name in ("positions", "country")} | {"entity": entities}
    settings = SETTINGS.model_copy(update={"as_of": date(2026, 3, 31), "levels": ()})
    links = [link for link in RELATIONSHIPS if {link.left, link.right} <= {*given}]
    later = generate_star_schema(given, links, METADATA, settings, before)
    of_b = attribute_hash(("Beta plc", "FR", "France"))
    new_b = version_key(("B",), date(2026, 3, 31), of_b)
    found = {row["position_id"]: row["entity_key"] for row in later.facts["positions"].collect()}
    assert found == {"1": A, "2": A, "3": new_b, "4": new_b, "5": A, "6": NONE_KEY, "7": new_b}
    versions = {
        row["entity_key"]: (row["valid_from"], row["valid_to"], row["is_current"])
        for row in later.dimensions["entity"].collect()
        if row["entity_key"] >= 0
    }
    assert versions == {
        A: (AS_OF, date(9999, 12, 31), True),
        B: (AS_OF, date(2026, 3, 30), False),
        new_b: (date(2026, 3, 31), date(9999, 12, 31), True),
    }


def test_keys_and_weights_that_would_change_the_facts_are_refused_together(
    tables: Tables, frame: Make
) -> None:
    wrong = {
        "product": [*ROWS["product"], ("loan", "Loan"), ("repo", "Repo"), (None, "nothing")],
        "product_regulation": [
            *ROWS["product_regulation"],
            ("bond", "NSFR", Decimal("0.00")),
            ("repo", None, Decimal("1.00")),
        ],
    }
    given = {name: frame(COLUMNS[name].replace(";", ","), wrong[name]) for name in wrong}
    bridge = PRODUCT_REGULATION.bridge
    assert bridge is not None
    weighted = PRODUCT_REGULATION.model_copy(
        update={"bridge": bridge.model_copy(update={"weight": "share"})}
    )
    with pytest.raises(FaultsError) as caught:
        generate_star_schema(tables | given, [*RELATIONSHIPS[:-1], weighted], METADATA, SETTINGS)
    assert [(type(fault), fault.where, fault.what) for fault in caught.value.faults] == [
        (
            DuplicateKeysError,
            "dimension 'product'",
            "2 members have several rows of one product_id, such as loan and repo",
        ),
        (NullKeysError, "dimension 'product'", "1 rows have no product_id, such as null"),
        (
            DuplicateKeysError,
            "bridge 'product_regulation'",
            "1 pairs have several rows of one product, rule, such as bond, NSFR",
        ),
        (
            NullKeysError,
            "bridge 'product_regulation'",
            "1 rows lack a part of product, rule, such as repo, null",
        ),
        (
            InvalidFigureError,
            "bridge 'product_regulation'",
            "1 rows have no positive share, such as bond, NSFR, 0.00",
        ),
    ]


def test_a_previous_state_has_the_columns_of_today(star: StarSchema, tables: Tables) -> None:
    before = {"entity": star.dimensions["entity"].drop("country_label")}
    with pytest.raises(SchemaDriftError, match="the previous state differs in country_label"):
        generate_star_schema(tables, RELATIONSHIPS, METADATA, SETTINGS, before)
    with pytest.raises(UnknownTableError, match="previous: there is no table 'product'"):
        generate_star_schema(
            tables, RELATIONSHIPS, METADATA, SETTINGS, {"product": star.dimensions["product"]}
        )


def test_all_tables_have_the_names_of_a_warehouse(star: StarSchema) -> None:
    assert list(star.tables()) == [
        "dim_date",
        "dim_entity",
        "dim_product",
        "dim_counterparty",
        "dim_regulation",
        "fact_positions",
        "bridge_product_regulation",
        "agg_by_entity",
    ]
