"""Slowly changing dimensions (type 2): a member described otherwise is a new version of it.

A version is valid from the as-of date of the rows that brought it, never from the moment of
publishing, so publications can come in any order. ``confirmed_to`` is the last as-of date for
which a publication found the version as it is: until then it is known to hold, behind it, until
the next version, it is taken to. So a publication for a day in the past changes what is said of
that day, and nothing that another one has said of its own.

What a row describes and the day from which it was valid never change: facts keep showing what was
published with them. Only ``valid_to``, ``is_current`` and ``confirmed_to`` do. A version that no
day has any more is retired, for the facts that refer to it: its ``valid_to`` lies before its
``valid_from``. It is valid again where a publication says again what it says.

The statements work on two small temporary tables, made before the lock is taken: the members that
were staged, and the members' versions as they shall be, which is filled under the lock.
"""

from __future__ import annotations

from collections.abc import Sequence

from liqbench.operators.star.keys import attribute_hash_sql, version_key_sql
from liqbench.warehouse.columns import Column
from liqbench.warehouse.dialect import quote
from liqbench.warehouse.tables import Table

UNKNOWN = "(unknown)"
CONFIRMED = "confirmed_to"
LAST_DAY = "CAST('9999-12-31' AS DATE)"
_KEY_AND_HISTORY = (1, -5)  # where a dimension's own fields begin, and where its history does


def fields_of(dimension: Table) -> tuple[Column, ...]:
    """Return the natural key and the attributes."""
    first, last = _KEY_AND_HISTORY
    return dimension.columns[first:last]


def member_of(dimension: Table) -> str:
    """Return the natural key's name, quoted."""
    return quote(fields_of(dimension)[0].name)


def _key_of(dimension: Table) -> str:
    return quote(dimension.columns[0].name)


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


def _day(days: int, date: str) -> str:
    return f"CAST(DATEADD(day, {days}, {date}) AS DATE)"


def is_of_first_form(dimension: Table, found: Sequence[str]) -> bool:
    """Tell whether a dimension's table has no ``confirmed_to``, as the first ones hadn't."""
    return dimension.names[-1] == CONFIRMED and [*found, CONFIRMED] == [*dimension.names]


def add_confirmed(dimension: Table, facts: Sequence[str]) -> tuple[str, str]:
    """Return the statements that add ``confirmed_to`` to a table, and fill it.

    A version is confirmed by the last date of which facts refer to it; ``facts`` are the tables of
    all that have such a key.
    """
    table, key = quote(dimension.name), _key_of(dimension)
    referring = "".join(
        f' UNION ALL SELECT f.{key}, MAX(p."date") FROM {quote(fact)} AS f '
        f"JOIN dim_date AS p ON p.date_key = f.date_key GROUP BY f.{key}"
        for fact in facts
    )
    fill = (
        f"UPDATE {table} SET {CONFIRMED} = known.until FROM ("
        f"SELECT version, MAX(day) AS until FROM ("
        f"SELECT {key} AS version, valid_from AS day FROM {table}{referring}"
        f") AS days GROUP BY version) AS known WHERE {table}.{key} = known.version"
    )
    return f"ALTER TABLE {table} ADD COLUMN {CONFIRMED} DATE", fill


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


def corrections(dimension: Table, members: str) -> str:
    """Return the SELECT of how many members are known otherwise on a day that was published."""
    member = member_of(dimension)
    return (
        f"SELECT COUNT(*) FROM {quote(members)} AS m JOIN {quote(dimension.name)} AS known "
        f"ON known.{member} = m.{member} AND m.valid_from BETWEEN known.valid_from "
        "AND LEAST(known.confirmed_to, known.valid_to) "
        "AND known.attribute_hash <> m.attribute_hash "
        'JOIN dim_date AS published ON published."date" = m.valid_from'
    )


def chain_members(dimension: Table, members: str, versions: str) -> str:
    """Return the INSERT of the staged members' versions as they shall be.

    The days on which a version is known to hold are its segment. A staged member is a segment of
    one day; where the version of that day is described otherwise, the day is cut out of its
    segment. Then each version begins with the segment of one that was there before, or where a
    segment is described otherwise than the one before it; it is confirmed by its last segment.

    A version's key is made of the natural key, its first day and its attributes, so it is the
    same in every warehouse and after every rebuild.
    """
    member, key, fields = member_of(dimension), _key_of(dimension), _listed(dimension)
    version_key = version_key_sql([member], "lq_begins", "attribute_hash")
    in_order = f"OVER (PARTITION BY {member} ORDER BY lq_begins"
    next_cut = "LEAD(s.lq_begins) OVER (PARTITION BY s.lq_version ORDER BY s.lq_begins)"
    return f"""
INSERT INTO {quote(versions)}
    ({key}, {fields}, attribute_hash, valid_from, valid_to, is_current, confirmed_to)
WITH held AS (
    SELECT {key}, {fields}, attribute_hash, valid_from, valid_to,
           LEAST(confirmed_to, valid_to) AS lq_known_to
    FROM {quote(dimension.name)}
    WHERE valid_to >= valid_from AND {member} IN (SELECT {member} FROM {quote(members)})
),
met AS (
    SELECT {_listed(dimension, "m.")}, m.attribute_hash, m.valid_from AS lq_day,
           v.{key} AS lq_version, v.attribute_hash AS lq_held, v.lq_known_to
    FROM {quote(members)} AS m LEFT JOIN held AS v
      ON v.{member} = m.{member} AND m.valid_from BETWEEN v.valid_from AND v.valid_to
),
starts AS (
    SELECT {key} AS lq_version, valid_from AS lq_begins, 1 AS lq_was_there FROM held
    UNION ALL
    SELECT lq_version, {_day(1, "lq_day")}, 0
    FROM met WHERE lq_day <= lq_known_to AND attribute_hash <> lq_held
),
rests AS (
    SELECT {_listed(dimension, "v.")}, v.attribute_hash, s.lq_begins, s.lq_was_there,
           COALESCE({_day(-2, next_cut)}, v.lq_known_to) AS lq_ends
    FROM starts AS s JOIN held AS v ON v.{key} = s.lq_version
),
segments AS (
    SELECT {fields}, attribute_hash, lq_begins, lq_ends, lq_was_there
    FROM rests WHERE lq_begins <= lq_ends
    UNION ALL
    SELECT {fields}, attribute_hash, lq_day, lq_day, 0
    FROM met WHERE lq_known_to IS NULL OR lq_day > lq_known_to OR attribute_hash <> lq_held
),
compared AS (
    SELECT {fields}, attribute_hash, lq_begins, lq_ends, lq_was_there,
           LAG(attribute_hash) {in_order}) AS lq_before
    FROM segments
),
marked AS (
    SELECT {fields}, attribute_hash, lq_begins, lq_ends,
           CASE WHEN lq_was_there = 1 OR lq_before IS NULL OR lq_before <> attribute_hash
                THEN 1 ELSE 0 END AS lq_first
    FROM compared
),
numbered AS (
    SELECT {fields}, attribute_hash, lq_begins, lq_ends, lq_first,
           SUM(lq_first) {in_order} ROWS UNBOUNDED PRECEDING) AS lq_number
    FROM marked
),
confirmed AS (
    SELECT {fields}, attribute_hash, lq_begins, lq_first,
           MAX(lq_ends) OVER (PARTITION BY {member}, lq_number) AS lq_confirmed
    FROM numbered
),
chained AS (
    SELECT {fields}, attribute_hash, lq_begins, lq_confirmed, LEAD(lq_begins) {in_order}) AS lq_next
    FROM confirmed WHERE lq_first = 1
)
SELECT {version_key}, {fields}, attribute_hash, lq_begins,
       COALESCE({_day(-1, "lq_next")}, {LAST_DAY}), lq_next IS NULL, lq_confirmed
FROM chained"""


def _same(dimension: Table, one: str, other: str) -> str:
    """Return the condition that two rows are one version."""
    names = (member_of(dimension), "valid_from", "attribute_hash")
    return " AND ".join(f"{one}.{name} = {other}.{name}" for name in names)


def retire_members(dimension: Table, members: str, versions: str) -> str:
    """Return the UPDATE of versions of the staged members that no day has any more."""
    table, member, key = quote(dimension.name), member_of(dimension), _key_of(dimension)
    return (
        f"UPDATE {table} SET valid_to = {_day(-1, 'valid_from')}, is_current = FALSE FROM ("
        f"SELECT d.{key} AS version FROM {table} AS d LEFT JOIN {quote(versions)} AS v "
        f"ON {_same(dimension, 'v', 'd')} WHERE v.{member} IS NULL "
        f"AND d.valid_to >= d.valid_from AND d.{member} IN (SELECT {member} FROM {quote(members)})"
        f") AS gone WHERE {table}.{key} = gone.version"
    )


def renew_members(dimension: Table, versions: str) -> str:
    """Return the UPDATE of how long versions are valid, where it changed."""
    table = quote(dimension.name)
    return (
        f"UPDATE {table} SET valid_to = v.valid_to, is_current = v.is_current, "
        f"confirmed_to = v.confirmed_to FROM {quote(versions)} AS v "
        f"WHERE {_same(dimension, 'v', table)} "
        f"AND ({table}.valid_to <> v.valid_to OR {table}.confirmed_to <> v.confirmed_to)"
    )


def add_members(dimension: Table, versions: str) -> str:
    """Return the INSERT of versions that are new."""
    table = quote(dimension.name)
    names = ", ".join(map(quote, dimension.names))
    return (
        f"INSERT INTO {table} ({names}) SELECT {names} FROM {quote(versions)} AS v "
        f"WHERE NOT EXISTS (SELECT 1 FROM {table} AS known "
        f"WHERE {_same(dimension, 'known', 'v')})"
    )


def shared_keys(dimension: Table) -> str:
    """Return the SELECT of how many surrogate keys several versions share; there should be none."""
    version = _key_of(dimension)
    return (
        f"SELECT COUNT(*) FROM (SELECT 1 AS one FROM {quote(dimension.name)} "
        f"GROUP BY {version} HAVING COUNT(*) > 1) AS shared"
    )
