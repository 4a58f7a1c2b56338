"""The statements of a publication's scenario, dates and facts, and what audits them."""

from __future__ import annotations

from collections.abc import Sequence

from liqbench.warehouse.dialect import quote
from liqbench.warehouse.dimensions import member_of
from liqbench.warehouse.tables import SCENARIO, StarTables, Table


def add_row(table: Table) -> str:
    """Return the INSERT of one row of a table; bound are its values."""
    names = ", ".join(map(quote, table.names))
    values = ", ".join(f"CAST(%s AS {column.type})" for column in table.columns)
    return f"INSERT INTO {quote(table.name)} ({names}) VALUES ({values})"


ADD_SCENARIO = add_row(SCENARIO)


def _date_key(day: str) -> str:
    parts = (f"EXTRACT({part} FROM {day})" for part in ("YEAR", "MONTH", "DAY"))
    year, month, of_month = parts
    return f"CAST({year} * 10000 + {month} * 100 + {of_month} AS INTEGER)"


def add_dates(stage: str, date: str) -> str:
    """Return the INSERT of dates that are new."""
    parts = ", ".join(
        f"CAST(EXTRACT({part} FROM d) AS INTEGER)"
        for part in ("YEAR", "QUARTER", "MONTH", "DAY", "WEEK")
    )
    return f"""
INSERT INTO dim_date
    (date_key, "date", year, quarter, month, day, iso_week, is_month_end, is_weekend)
SELECT {_date_key("d")}, d, {parts}, d = LAST_DAY(d), EXTRACT(DOW FROM d) IN (0, 6)
FROM (SELECT DISTINCT {quote(date)} AS d FROM {quote(stage)}) AS dates
WHERE NOT EXISTS (SELECT 1 FROM dim_date AS known WHERE known."date" = d)"""


def add_facts(tables: StarTables, stage: str) -> str:
    """Return the INSERT of the staged rows; bound are the publication's id and scenario key."""
    day = f"s.{quote(tables.star.date)}"
    names = ", ".join(map(quote, tables.fact.names))
    keys, joins = "", ""
    for number, dimension in enumerate(tables.dimensions):
        alias, member = f"d{number}", member_of(dimension)
        keys += f", {alias}.{quote(dimension.columns[0].name)}"
        joins += (
            f" JOIN {quote(dimension.name)} AS {alias} ON {alias}.{member} = s.{member}"
            f" AND {day} BETWEEN {alias}.valid_from AND {alias}.valid_to"
        )
    figures = "".join(f", s.{quote(measure.field)}" for measure in tables.star.measures)
    return (
        f"INSERT INTO {quote(tables.fact.name)} ({names}) "
        f"SELECT CAST(%s AS VARCHAR(64)), CAST(%s AS BIGINT), {_date_key(day)}{keys}{figures} "
        f"FROM {quote(stage)} AS s{joins}"
    )


def totals(table: str, summed: Sequence[str], counted: Sequence[str], condition: str = "") -> str:
    """Return the SELECT of the row count, the sums, and how many values are there at all."""
    sums = "".join(f", COALESCE(SUM({quote(name)}), 0)" for name in summed)
    filled = "".join(f", COUNT({quote(name)})" for name in counted)
    return f"SELECT COUNT(*){sums}{filled} FROM {quote(table)}{condition}"


def doubled(table: str, grain: Sequence[str], condition: str = "") -> str:
    """Return the SELECT of how many rows share their grain with another one."""
    keys = ", ".join(map(quote, grain))
    return (
        f"SELECT COUNT(*) FROM (SELECT 1 AS one FROM {quote(table)}{condition} "
        f"GROUP BY {keys} HAVING COUNT(*) > 1) AS doubled"
    )
