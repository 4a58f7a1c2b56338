"""Slowly changing dimensions (type 2): a member described otherwise is a new version of it.

A version is valid from the as-of date of the rows that brought it, never from the moment of
publishing, so publications can come in any order. The statements work on a small table of the
members that were staged, made before the lock is taken.
"""

from __future__ import annotations

from liqbench.operators.star.keys import attribute_hash_sql, version_key_sql
from liqbench.warehouse.columns import Column
from liqbench.warehouse.dialect import quote
from liqbench.warehouse.tables import Table

UNKNOWN = "(unknown)"
LAST_DAY = "CAST('9999-12-31' AS DATE)"
_KEY_AND_HISTORY = (1, -4)  # where a dimension's own fields begin, and where its history does


def fields_of(dimension: Table) -> tuple[Column, ...]:
    """Return the natural key and the attributes."""
    first, last = _KEY_AND_HISTORY
    return dimension.columns[first:last]


def member_of(dimension: Table) -> str:
    """Return the natural key's name, quoted."""
    return quote(fields_of(dimension)[0].name)


def _listed(dimension: Table, prefix: str = "") -> str:
    return ", ".join(prefix + quote(column.name) for column in fields_of(dimension))


def _hash(dimension: Table) -> str:
    """Return what tells two descriptions apart: the hash of the attributes."""
    return attribute_hash_sql([_text(column) for column in fields_of(dimension)[1:]])


def _text(column: Column) -> str:
    name = quote(column.name)
    if column.type.kind == "BOOLEAN":  # which Redshift doesn't cast to a text
        return f"CASE WHEN {name} THEN 'true' WHEN NOT {name} THEN 'false' END"
    return f"CAST({name} AS VARCHAR)"


def stage_members(dimension: Table, stage: str, members: str, date: str) -> str:
    """Return the CREATE of the table of the members in a stage, as of their date."""
    return (
        f"CREATE TEMP TABLE {quote(members)} AS SELECT DISTINCT {_listed(dimension)}, "
        f"{_hash(dimension)} AS attribute_hash, {quote(date)} AS valid_from FROM {quote(stage)}"
    )


def described_twice(dimension: Table, members: str) -> str:
    """Return the SELECT of members that are described in two ways on one day."""
    member = member_of(dimension)
    return (
        f"SELECT {member}, valid_from FROM {quote(members)} GROUP BY {member}, valid_from "
        f"HAVING COUNT(*) > 1 ORDER BY {member}, valid_from LIMIT 1"
    )


def _corrected(dimension: Table) -> str:
    """Return the condition of a version that is described otherwise on its own first day."""
    table, member = quote(dimension.name), member_of(dimension)
    return (
        f"{table}.{member} = m.{member} AND {table}.valid_from = m.valid_from "
        f"AND {table}.attribute_hash <> m.attribute_hash"
    )


def corrections(dimension: Table, members: str) -> str:
    """Return the SELECT of how many versions ``correct_members`` will change."""
    return (
        f"SELECT COUNT(*) FROM {quote(dimension.name)} JOIN {quote(members)} AS m "
        f"ON {_corrected(dimension)}"
    )


def correct_members(dimension: Table, members: str) -> str:
    """Return the UPDATE of versions that are corrected on their own first day; keys stay."""
    names = [quote(column.name) for column in fields_of(dimension)[1:]]
    changes = ", ".join(f"{name} = m.{name}" for name in (*names, "attribute_hash"))
    return (
        f"UPDATE {quote(dimension.name)} SET {changes} FROM {quote(members)} AS m "
        f"WHERE {_corrected(dimension)}"
    )


def add_members(dimension: Table, members: str) -> str:
    """Return the INSERT of members that are new, or described otherwise than the day before.

    The key is made of the natural key, the first day of the version and its attributes, so it is
    the same in every warehouse and after every rebuild.
    """
    table, member, fields = quote(dimension.name), member_of(dimension), _listed(dimension)
    version = quote(dimension.columns[0].name)
    key = version_key_sql([member], "valid_from", "attribute_hash")
    return f"""
INSERT INTO {table} ({version}, {fields}, attribute_hash, valid_from, valid_to, is_current)
SELECT {key}, {fields}, attribute_hash, valid_from, {LAST_DAY}, TRUE
FROM (
    SELECT {fields}, attribute_hash, valid_from, is_new,
           LAG(attribute_hash) OVER (PARTITION BY {member} ORDER BY valid_from) AS hash_before
    FROM (
        SELECT {_listed(dimension, "m.")}, m.attribute_hash, m.valid_from, 1 AS is_new
        FROM {quote(members)} AS m
        WHERE NOT EXISTS (
            SELECT 1 FROM {table} AS known
            WHERE known.{member} = m.{member} AND known.valid_from = m.valid_from
        )
        UNION ALL
        SELECT {fields}, attribute_hash, valid_from, 0 AS is_new
        FROM {table} WHERE {member} IN (SELECT {member} FROM {quote(members)})
    ) AS versions
) AS history
WHERE is_new = 1 AND (hash_before IS NULL OR hash_before <> attribute_hash)"""


def chain_members(dimension: Table, members: str) -> str:
    """Return the UPDATE that ends each version of the members the day before the next begins."""
    table, member = quote(dimension.name), member_of(dimension)
    version = quote(dimension.columns[0].name)
    following = f"LEAD(valid_from) OVER (PARTITION BY {member} ORDER BY valid_from)"
    return f"""
UPDATE {table} SET valid_to = chain.valid_to, is_current = chain.is_current
FROM (
    SELECT {version} AS version,
           COALESCE(CAST(DATEADD(day, -1, {following}) AS DATE), {LAST_DAY}) AS valid_to,
           {following} IS NULL AS is_current
    FROM {table} WHERE {member} IN (SELECT {member} FROM {quote(members)})
) AS chain
WHERE {table}.{version} = chain.version AND {table}.valid_to <> chain.valid_to"""


def shared_keys(dimension: Table) -> str:
    """Return the SELECT of how many surrogate keys several versions share; there should be none."""
    version = quote(dimension.columns[0].name)
    return (
        f"SELECT COUNT(*) FROM (SELECT 1 AS one FROM {quote(dimension.name)} "
        f"GROUP BY {version} HAVING COUNT(*) > 1) AS shared"
    )
