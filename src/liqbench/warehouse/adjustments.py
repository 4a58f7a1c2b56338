"""The statements that bring a variant's adjustments up to date, and those that restore them.

``lq_adjustment`` has one row for each value that rules wrote: of the newest publication of a DAG's
scenario at an injection point as of a date that was not withdrawn. A publication writes every
row of its set: those that it has are merged in, those that it no longer has are marked
``is_deleted``. Each writing makes a row's ``version`` one higher; where a row is no longer in the
version that was there when the call began, somebody else wrote it, and nothing is changed.
What is written over is kept in ``lq_adjustment_history``, from which a withdrawal restores it.
"""

from __future__ import annotations

from collections.abc import Sequence

from liqbench.operators.star import hash_key_sql
from liqbench.warehouse.dialect import quote
from liqbench.warehouse.tables import ADJUSTMENT, ADJUSTMENT_HISTORY

MOST_NAMED = 3
_TABLE, _HISTORY = quote(ADJUSTMENT.name), quote(ADJUSTMENT_HISTORY.name)
_NAMES = ", ".join(map(quote, ADJUSTMENT.names))
_KEY = "record_key"
# What a row is known by never changes; these do.
_WRITTEN = (
    "is_deleted", "publish_id", "scenario_key", "date_key", "field_type", "old_value", "new_value",
)  # fmt: skip
_VALUES = ("field_type", "old_value", "new_value")
_SCOPE = "dag = %s AND scenario = %s AND injection_point = %s AND as_of = CAST(%s AS DATE)"
_BOUND = (
    "CAST(%s AS VARCHAR(64)), CAST(%s AS BIGINT), CAST(%s AS INTEGER), CAST(%s AS VARCHAR(200)), "
    "CAST(%s AS VARCHAR(200)), CAST(%s AS VARCHAR(200)), CAST(%s AS DATE)"
)

VERSIONS = f"SELECT {_KEY}, version FROM {_TABLE} WHERE {_SCOPE}"


def _of(alias: str, first: str = "place") -> str:
    names = ADJUSTMENT.names[ADJUSTMENT.names.index(first) :]
    return ", ".join(f"{alias}.{quote(name)}" for name in names)


def totals(stage: str, names: Sequence[str]) -> str:
    """Return the SELECT of how many rows are staged, how many values each column has, a checksum.

    The checksum is the sum of 60 bits of each row's MD5.
    """
    filled = "".join(f", COUNT({quote(name)})" for name in names)
    row = " || '|' || ".join(f"COALESCE({quote(name)}, '')" for name in names)
    digests = f"COALESCE(SUM({hash_key_sql(row)}), 0)"
    return f"SELECT COUNT(*){filled}, {digests} FROM {quote(stage)}"


def add_changes(changes: str, stage: str, base: str) -> str:
    """Return the INSERT of the staged rows as changes.

    Bound are the publication's id, scenario key and date key, and the scope.
    """
    return (
        f"INSERT INTO {quote(changes)} ({_NAMES}) "
        f"SELECT s.{_KEY}, COALESCE(b.version, 0) + 1, FALSE, {_BOUND}, {_of('s')} "
        f"FROM {quote(stage)} AS s LEFT JOIN {quote(base)} AS b ON b.{_KEY} = s.{_KEY}"
    )


def add_deletions(changes: str, stage: str, base: str) -> str:
    """Return the INSERT of what was there and isn't staged, as changes: marked as deleted.

    Bound are the publication's id, scenario key and date key.
    """
    return (
        f"INSERT INTO {quote(changes)} ({_NAMES}) "
        f"SELECT a.{_KEY}, b.version + 1, TRUE, CAST(%s AS VARCHAR(64)), CAST(%s AS BIGINT), "
        f"CAST(%s AS INTEGER), {_of('a', 'dag')} "
        f"FROM {quote(base)} AS b JOIN {_TABLE} AS a ON a.{_KEY} = b.{_KEY} "
        f"WHERE b.{_KEY} NOT IN (SELECT {_KEY} FROM {quote(stage)})"
    )


def conflicts(base: str) -> str:
    """Return the SELECT of rows that are in another version than at first; bound is the scope.

    Columns: how many there are, rule, deal, field, the version at first and now, the publication
    that wrote it. Of all rows the first few.
    """
    return (
        f"SELECT COUNT(*) OVER () AS found, a.rule_id, a.deal_key, a.field, b.version AS at_first, "
        f"a.version, a.publish_id FROM (SELECT * FROM {_TABLE} WHERE {_SCOPE}) AS a "
        f"FULL JOIN {quote(base)} AS b ON b.{_KEY} = a.{_KEY} "
        "WHERE a.version IS NULL OR b.version IS NULL OR a.version <> b.version "
        f"ORDER BY a.rule_id, a.deal_key, a.field LIMIT {MOST_NAMED}"
    )


def keep_before(changes: str) -> str:
    """Return the INSERT into the history of the rows that will be written over."""
    return (
        f"INSERT INTO {_HISTORY} ({_NAMES}) SELECT {_of('a', _KEY)} FROM {_TABLE} AS a "
        f"JOIN {quote(changes)} AS c ON c.{_KEY} = a.{_KEY}"
    )


def merge(changes: str) -> str:
    """Return the MERGE of the changes."""
    written = ", ".join(f"{name} = c.{name}" for name in ("version", *_WRITTEN))
    return (
        f"MERGE INTO {_TABLE} USING {quote(changes)} AS c ON {_TABLE}.{_KEY} = c.{_KEY} "
        f"WHEN MATCHED THEN UPDATE SET {written} "
        f"WHEN NOT MATCHED THEN INSERT ({_NAMES}) VALUES ({_of('c', _KEY)})"
    )


def merged(changes: str) -> str:
    """Return the SELECT of what is there: rows of the publication, those that are as the changes.

    And how many changes there are, and how many of the rows are not deleted. Bound is the
    publication's id.
    """
    same = " AND ".join(
        f"(c.{name} = a.{name} OR (c.{name} IS NULL AND a.{name} IS NULL))" for name in _VALUES
    )
    return (
        f"SELECT COUNT(*), COUNT(c.{_KEY}), (SELECT COUNT(*) FROM {quote(changes)}), "
        "COALESCE(SUM(CASE WHEN a.is_deleted THEN 0 ELSE 1 END), 0) "
        f"FROM {_TABLE} AS a LEFT JOIN {quote(changes)} AS c ON c.{_KEY} = a.{_KEY} "
        f"AND c.version = a.version AND c.is_deleted = a.is_deleted AND {same} "
        "WHERE a.publish_id = %s"
    )


# A withdrawal; bound is the withdrawn publication's id. Its row in lq_withdrawal is there already.
KEEP_WITHDRAWN = (
    f"INSERT INTO {_HISTORY} ({_NAMES}) "
    f"SELECT {_of('a', _KEY)} FROM {_TABLE} AS a WHERE a.publish_id = %s"
)
_RESTORED = ", ".join(f"{name} = h.{name}" for name in _WRITTEN)
RESTORE = f"""
UPDATE {_TABLE} SET version = {_TABLE}.version + 1, {_RESTORED}
FROM (
    SELECT {_KEY}, {", ".join(_WRITTEN)},
           ROW_NUMBER() OVER (PARTITION BY {_KEY} ORDER BY version DESC) AS recency
    FROM {_HISTORY} WHERE publish_id NOT IN (SELECT publish_id FROM lq_withdrawal)
) AS h
WHERE {_TABLE}.publish_id = %s AND {_TABLE}.{_KEY} = h.{_KEY} AND h.recency = 1"""
DELETE_WITHDRAWN = (
    f"UPDATE {_TABLE} SET version = version + 1, is_deleted = TRUE "
    "WHERE publish_id = %s AND NOT is_deleted"
)
