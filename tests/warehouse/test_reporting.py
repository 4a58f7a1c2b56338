"""What a report reads, from rows written by hand into DuckDB: every figure once, the newest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp

from liqbench.operators.star_schema import StarSchemaOperator
from liqbench.warehouse import DesignSettings
from liqbench.warehouse.ddl import create_table
from liqbench.warehouse.dialect import to_duckdb
from liqbench.warehouse.reporting import Aggregation, reporting_views
from liqbench.warehouse.tables import DATE, LEDGER, SCENARIO, star_tables

STAR = StarSchemaOperator.model_validate(
    {
        "fact": "liquidity",
        "date": "day",
        "dimensions": [{"name": "entity", "key": "Entity Id", "attributes": ["O'Name"]}],
        "measures": [
            {"field": "HQLA", "type": "decimal(20,2)", "aggregation": "sum"},
            {"field": "late", "type": "boolean"},
        ],
    }
)
SCHEMA = pa.schema([("day", pa.date32()), ("Entity Id", pa.string()), ("O'Name", pa.string())])
OTHER = STAR.model_copy(update={"fact": "funding"})
TOTALS = Aggregation(name="liquidity_totals", fact="liquidity", dimensions=())
YEAR_END, MONTH_END = 20251231, 20251130


class Warehouse:
    """The tables that publications make, filled by hand, and the views over them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        made = [star_tables(star, SCHEMA, DesignSettings()) for star in (STAR, OTHER)]
        facts = [tables.fact for tables in made]
        for table in (LEDGER, SCENARIO, DATE, *made[0].dimensions, *facts):
            connection.execute(to_duckdb(create_table(table)))
        for entity in (1, 2):
            connection.execute(
                "INSERT INTO dim_entity VALUES (?, ?, ?, '', DATE '2020-01-01', "
                "DATE '9999-12-31', TRUE, DATE '2020-01-01')",
                [entity, f"E{entity}", f"Entity {entity}"],
            )
        for statement in reporting_views([STAR, OTHER], [TOTALS]):
            connection.execute(to_duckdb(statement))

    def publish(
        self,
        number: int,
        scenario: str,
        rows: Sequence[tuple[int, int, str]],
        *,
        point: str = "",
        hour: int | None = None,
        fact: str = "liquidity",
    ) -> None:
        """Publish figures (date key, entity, HQLA) at an hour, by default the number's."""
        publication = f"{number:064x}"
        at = f"2026-01-02 {number if hour is None else hour:02}:00:00"
        self.connection.execute(
            "INSERT INTO dim_scenario VALUES (?, ?, ?, ?, '', 'run', DATE '2025-12-31')",
            [number, publication, scenario, point],
        )
        self.connection.execute(
            "INSERT INTO lq_ledger VALUES (?, 'run', '', 0, 0, 1, CAST(? AS TIMESTAMP))",
            [publication, at],
        )
        for day, entity, amount in rows:
            self.connection.execute(
                f"INSERT INTO fact_{fact} VALUES (?, ?, ?, ?, ?, ?)",
                [publication, number, day, entity, Decimal(amount), entity == 1],
            )

    def withdraw(self, number: int) -> None:
        self.connection.execute(
            "INSERT INTO lq_withdrawal (publish_id, withdrawn_at) "
            "VALUES (?, TIMESTAMP '2026-01-03')",
            [f"{number:064x}"],
        )

    def add_days(self, *days: str) -> None:
        for day in days:
            self.connection.execute(
                "INSERT INTO dim_date (date_key, date) VALUES (0, CAST(? AS DATE))", [day]
            )

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def shown(self, fact: str = "liquidity") -> list[tuple[Any, ...]]:
        return self.ask(
            f"SELECT variant, date_key, entity_key, hqla FROM rpt_fact_{fact} "
            "JOIN rpt_dim_scenario USING (scenario_key) ORDER BY ALL"
        )


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    with duckdb.connect() as connection:
        yield Warehouse(connection)


def test_a_figure_published_twice_is_shown_once_the_newest(warehouse: Warehouse) -> None:
    warehouse.publish(1, "Base", [(YEAR_END, 1, "100.00"), (YEAR_END, 2, "7.00")])
    warehouse.publish(2, "stress", [(YEAR_END, 1, "90.00")], point="enrich")
    warehouse.publish(3, "Base", [(YEAR_END, 1, "101.00")])
    # The restatement has no entity 2, so nothing of it is left.
    assert warehouse.shown() == [
        ("Base", YEAR_END, 1, Decimal("101.00")),
        ("stress@enrich", YEAR_END, 1, Decimal("90.00")),
    ]


def test_a_withdrawn_publication_gives_way_to_the_one_before(warehouse: Warehouse) -> None:
    warehouse.publish(1, "Base", [(YEAR_END, 1, "100.00")])
    warehouse.publish(2, "Base", [(YEAR_END, 1, "101.00")])
    warehouse.withdraw(2)
    assert warehouse.shown() == [("Base", YEAR_END, 1, Decimal("100.00"))]
    warehouse.withdraw(1)
    assert warehouse.shown() == []
    assert warehouse.ask("SELECT * FROM rpt_dim_scenario") == []
    assert warehouse.ask("SELECT count(*) FROM fact_liquidity") == [(2,)]


def test_every_date_has_its_own_newest(warehouse: Warehouse) -> None:
    warehouse.publish(1, "Base", [(MONTH_END, 1, "1.00"), (YEAR_END, 1, "2.00")])
    warehouse.publish(2, "Base", [(YEAR_END, 1, "3.00")])
    assert warehouse.shown() == [
        ("Base", MONTH_END, 1, Decimal("1.00")),
        ("Base", YEAR_END, 1, Decimal("3.00")),
    ]


def test_another_facts_publication_of_the_scenario_hides_nothing(warehouse: Warehouse) -> None:
    warehouse.publish(1, "Base", [(YEAR_END, 1, "1.00")])
    warehouse.publish(2, "Base", [(YEAR_END, 1, "2.00")], fact="funding")
    assert warehouse.shown() == [("Base", YEAR_END, 1, Decimal("1.00"))]
    assert warehouse.shown("funding") == [("Base", YEAR_END, 1, Decimal("2.00"))]


def test_one_scenario_at_two_points_is_two_variants(warehouse: Warehouse) -> None:
    warehouse.publish(1, "stress", [(YEAR_END, 1, "1.00")], point="enrich")
    warehouse.publish(2, "stress", [(YEAR_END, 1, "2.00")], point="calc_base")
    warehouse.publish(3, "Base", [(YEAR_END, 1, "3.00")], point="enrich")
    warehouse.publish(4, "Base", [(YEAR_END, 1, "4.00")])
    found = warehouse.ask(
        "SELECT variant, is_base, variant_number = 0 FROM rpt_dim_scenario ORDER BY scenario_key"
    )
    assert found == [
        ("stress@enrich", 0, False),
        ("stress@calc_base", 0, False),
        ("Base@enrich", 0, False),
        ("Base", 1, True),
    ]
    assert len(warehouse.shown()) == 4


def test_names_that_differ_in_case_are_told_apart(warehouse: Warehouse) -> None:
    # Power BI shows both under one label; the number lets no measure add them.
    for number, name in enumerate(("stress", "Stress", "stress"), start=1):
        warehouse.publish(number, name, [(YEAR_END, 1, "1.00")])
    found = warehouse.ask("SELECT variant_number FROM rpt_dim_scenario ORDER BY scenario_key")
    assert found[0] == found[2] != found[1]


def test_of_two_publications_at_one_moment_one_is_shown(warehouse: Warehouse) -> None:
    for number in (1, 2):
        warehouse.publish(number, "Base", [(YEAR_END, 1, f"{number}.00")], hour=9)
    assert warehouse.shown() == [("Base", YEAR_END, 1, Decimal("2.00"))]


def test_an_aggregation_totals_what_is_shown(warehouse: Warehouse) -> None:
    warehouse.publish(1, "Base", [(YEAR_END, 1, "100.00"), (YEAR_END, 2, "7.00")])
    warehouse.publish(2, "Base", [(YEAR_END, 1, "0.10"), (YEAR_END, 2, "0.20")])
    found = warehouse.ask(
        "SELECT scenario_key, date_key, hqla, row_count FROM rpt_agg_liquidity_totals"
    )
    assert found == [(2, YEAR_END, Decimal("0.30"), 2)]


def test_columns_have_folded_names() -> None:
    # Read from the statements: DuckDB keeps the case of the tables' own columns.
    views = [sqlglot.parse_one(text, read="redshift") for text in reporting_views([STAR])]
    columns = {
        view.this.name: view.expression.named_selects
        for view in views
        if isinstance(view, exp.Create) and view.kind == "VIEW"
    }
    assert columns["rpt_fact_liquidity"] == [
        "scenario_key", "date_key", "entity_key", "hqla", "late",
    ]  # fmt: skip
    assert columns["rpt_dim_entity"] == [
        "entity_key", "entity id", "o'name", "valid_from", "valid_to", "is_current",
    ]  # fmt: skip


def test_yes_and_no_are_numbers(warehouse: Warehouse) -> None:
    warehouse.publish(1, "Base", [(YEAR_END, 1, "1.00"), (YEAR_END, 2, "1.00")])
    assert warehouse.ask("SELECT late FROM rpt_fact_liquidity ORDER BY entity_key") == [(1,), (0,)]
    assert warehouse.ask("SELECT is_current FROM rpt_dim_entity") == [(1,), (1,)]


def test_the_calendar_has_whole_years_without_a_gap(warehouse: Warehouse) -> None:
    warehouse.add_days("2024-11-30", "2025-12-31")
    days = warehouse.ask("SELECT date FROM rpt_dim_date ORDER BY date")
    first = date(2024, 1, 1).toordinal()
    assert [day.toordinal() for (day,) in days] == list(range(first, first + 366 + 365))
    found = warehouse.ask(
        "SELECT date_key, year, quarter, quarter_name, month, month_name, day, iso_week, "
        "is_month_end, is_weekend FROM rpt_dim_date "
        "WHERE date_key IN (20240229, 20241230, 20250601) ORDER BY date_key"
    )
    assert found == [
        (20240229, 2024, 1, "Q1", 2, "Feb", 29, 9, 1, 0),
        (20241230, 2024, 4, "Q4", 12, "Dec", 30, 1, 0, 0),  # a Monday in week 1 of 2025
        (20250601, 2025, 2, "Q2", 6, "Jun", 1, 22, 0, 1),  # a Sunday
    ]


def test_adjustments_are_shown_unless_they_are_deleted(warehouse: Warehouse) -> None:
    for key, is_deleted in (("1", False), ("2", True)):
        warehouse.connection.execute(
            "INSERT INTO lq_adjustment (record_key, is_deleted, scenario_key, date_key, "
            "rule_id, deal_key, field, old_value, new_value) VALUES (?, ?, 7, ?, 'R', ?, 'f', '1', "
            "'2')",
            [key, is_deleted, YEAR_END, key],
        )
    assert warehouse.ask(
        "SELECT scenario_key, date_key, rule_id, deal_key, field, old_value, new_value "
        "FROM rpt_adjustment"
    ) == [(7, YEAR_END, "R", "1", "f", "1", "2")]


def test_the_statements_can_run_again(warehouse: Warehouse) -> None:
    warehouse.publish(1, "Base", [(YEAR_END, 1, "1.00")])
    warehouse.withdraw(1)
    for statement in reporting_views([STAR]):
        warehouse.connection.execute(to_duckdb(statement))
    assert warehouse.shown() == []
