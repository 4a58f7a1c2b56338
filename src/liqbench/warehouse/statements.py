"""The statements of a publication.

Identifiers come from validated models and are quoted all the same; values are bound.
"""

from __future__ import annotations

from collections.abc import Mapping

from liqbench.operators.star_schema import Dimension, FactMeasure

UNKNOWN = "(unknown)"
_TYPES = {"string": "VARCHAR(200)"}

LEDGER = """
CREATE TABLE IF NOT EXISTS lq_ledger (
    publish_id VARCHAR(64), run_id VARCHAR(80), content_sha VARCHAR(64), row_count BIGINT,
    amount_sum DECIMAL(38,6), attempt INTEGER, published_at TIMESTAMP
)"""

SCENARIO = """
CREATE TABLE IF NOT EXISTS dim_scenario (
    scenario_key BIGINT, publish_id VARCHAR(64), scenario VARCHAR(200),
    injection_point VARCHAR(200), description VARCHAR(2000), run_id VARCHAR(80), as_of DATE
)"""

DATE = """
CREATE TABLE IF NOT EXISTS dim_date (
    date_key INTEGER, date DATE, year INTEGER, quarter INTEGER, month INTEGER, day INTEGER,
    iso_week INTEGER, is_month_end BOOLEAN, is_weekend BOOLEAN
)"""

ADD_DATES = """
INSERT INTO dim_date
SELECT DISTINCT CAST(strftime(d, '%Y%m%d') AS INTEGER), d, year(d), quarter(d), month(d), day(d),
       weekofyear(d), d = last_day(d), isodow(d) > 5
FROM (SELECT {date} AS d FROM stage) AS dates
WHERE d IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dim_date WHERE dim_date.date = d)"""


def quote(name: str) -> str:
    """Return an identifier in quotes."""
    return '"' + name.replace('"', '""') + '"'


def hash_key(text: str) -> str:
    """Return the surrogate key of an SQL text expression: 60 bits of its MD5, as a BIGINT."""
    return f"CAST('0x' || left(md5({text}), 15) AS BIGINT)"


def create_dimension(dimension: Dimension, types: Mapping[str, str]) -> str:
    """Return the DDL of a slowly changing dimension (type 2)."""
    columns = ", ".join(
        f"{quote(name)} {types[name]}" for name in (dimension.key, *dimension.attributes)
    )
    return (
        f"CREATE TABLE IF NOT EXISTS {quote('dim_' + dimension.name)} "
        f"({quote(dimension.name + '_key')} BIGINT, {columns}, attribute_hash VARCHAR(32), "
        "valid_from DATE, valid_to DATE, is_current BOOLEAN)"
    )


def create_fact(
    fact: str, dimensions: tuple[Dimension, ...], measures: tuple[FactMeasure, ...]
) -> str:
    """Return the DDL of a fact; its grain is publication, date and dimensions."""
    keys = ", ".join(f"{quote(d.name + '_key')} BIGINT" for d in dimensions)
    figures = ", ".join(f"{quote(m.field)} {_TYPES.get(m.type, m.type)}" for m in measures)
    return (
        f"CREATE TABLE IF NOT EXISTS {quote('fact_' + fact)} "
        f"(publish_id VARCHAR(64), scenario_key BIGINT, date_key INTEGER, {keys}, {figures})"
    )


def _member(dimension: Dimension, alias: str = "stage") -> str:
    return f"coalesce(CAST({alias}.{quote(dimension.key)} AS VARCHAR), '{UNKNOWN}')"


def _attributes(dimension: Dimension, alias: str = "stage") -> str:
    parts = [f"coalesce(CAST({alias}.{quote(a)} AS VARCHAR), '\\0')" for a in dimension.attributes]
    return f"md5(concat_ws('|', '', {', '.join(parts)}))" if parts else "md5('')"


def add_members(dimension: Dimension, date: str) -> str:
    """Return the INSERT of members that are new, or described otherwise, as of the rows' date.

    The key is made of the natural key, the first day of the version and its attributes, so it is
    the same in every warehouse and after every rebuild.
    """
    table, key = quote("dim_" + dimension.name), quote(dimension.name + "_key")
    names = ", ".join(quote(name) for name in (dimension.key, *dimension.attributes))
    attributes = "".join(
        f", any_value(stage.{quote(a)}) AS {quote(a)}" for a in dimension.attributes
    )
    text = "member || '|' || CAST(day AS VARCHAR) || '|' || hash"
    return f"""
INSERT INTO {table} ({key}, {names}, attribute_hash, valid_from, valid_to, is_current)
SELECT {hash_key(text)}, member{"".join(f", {quote(a)}" for a in dimension.attributes)}, hash, day,
       DATE '9999-12-31', TRUE
FROM (
    SELECT {_member(dimension)} AS member, stage.{quote(date)} AS day,
           {_attributes(dimension)} AS hash{attributes}
    FROM stage GROUP BY 1, 2, 3
) AS members
WHERE NOT EXISTS (
    SELECT 1 FROM {table} AS known
    WHERE known.{quote(dimension.key)} = member AND known.attribute_hash = hash
      AND day BETWEEN known.valid_from AND known.valid_to
)"""


def chain_members(dimension: Dimension) -> str:
    """Return the UPDATE that ends each version the day before the next one begins."""
    table, key = quote("dim_" + dimension.name), quote(dimension.name + "_key")
    return f"""
UPDATE {table} SET valid_to = chain.valid_to, is_current = chain.is_current
FROM (
    SELECT {key} AS version,
           coalesce(lead(valid_from) OVER versions - INTERVAL 1 DAY, DATE '9999-12-31') AS valid_to,
           lead(valid_from) OVER versions IS NULL AS is_current
    FROM {table} WINDOW versions AS (PARTITION BY {quote(dimension.key)} ORDER BY valid_from)
) AS chain
WHERE {table}.{key} = chain.version"""


def add_facts(
    fact: str, date: str, dimensions: tuple[Dimension, ...], measures: tuple[FactMeasure, ...]
) -> str:
    """Return the INSERT of the staged rows; bound are the publication's id and scenario key."""
    keys = "".join(f", {quote('d_' + d.name)}.{quote(d.name + '_key')}" for d in dimensions)
    figures = "".join(f", stage.{quote(m.field)}" for m in measures)
    joins = "".join(
        f" JOIN {quote('dim_' + d.name)} AS {quote('d_' + d.name)}"
        f" ON {quote('d_' + d.name)}.{quote(d.key)} = {_member(d)}"
        f" AND stage.{quote(date)} BETWEEN {quote('d_' + d.name)}.valid_from"
        f" AND {quote('d_' + d.name)}.valid_to"
        for d in dimensions
    )
    day = f"CAST(strftime(stage.{quote(date)}, '%Y%m%d') AS INTEGER)"
    return (
        f"INSERT INTO {quote('fact_' + fact)} "
        f"SELECT ?, CAST(? AS BIGINT), {day}{keys}{figures} FROM stage{joins}"
    )


def totals(table: str, measures: tuple[str, ...], condition: str = "TRUE") -> str:
    """Return the SELECT of the row count and the sum of every measure."""
    sums = "".join(f", coalesce(sum({quote(m)}), 0)" for m in measures)
    return f"SELECT count(*){sums} FROM {quote(table)} WHERE {condition}"


def doubled(fact: str, dimensions: tuple[Dimension, ...]) -> str:
    """Return the SELECT of how many rows of a publication share their grain with another one."""
    keys = ", ".join(["date_key", *(quote(d.name + "_key") for d in dimensions)])
    return (
        f"SELECT count(*) FROM (SELECT 1 FROM {quote('fact_' + fact)} WHERE publish_id = ? "
        f"GROUP BY {keys} HAVING count(*) > 1) AS doubled"
    )
