"""Statements are written once, in Redshift's dialect; DuckDB gets them translated.

Values are bound as ``%s``. Identifiers come from validated models and are quoted all the same.
"""

from __future__ import annotations

import re
import string
from functools import lru_cache

import sqlglot
from sqlglot import expressions as exp

BEGIN, COMMIT = "BEGIN", "COMMIT"
_FOLDED = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_BINDS = re.compile(r"""("(?:[^"]|"")*"|'(?:[^']|'')*')|%s""")
_PHYSICAL = (exp.DistStyleProperty, exp.DistKeyProperty, exp.SortKeyProperty)
# What a catalog tells of columns; Redshift's view has late-bound and external tables as well.
_CATALOGS = {"svv_columns": "information_schema.columns"}


def quote(name: str) -> str:
    """Return an identifier in quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text in quotes."""
    return "'" + text.replace("'", "''") + "'"


def folded(name: str) -> str:
    """Return an identifier as Redshift stores it: ASCII letters in lower case."""
    return name.translate(_FOLDED)


@lru_cache(maxsize=1024)
def to_duckdb(statement: str) -> str:
    """Translate a statement of Redshift's dialect to DuckDB's.

    sqlglot does most of it. By hand: binds, what says how Redshift distributes, sorts and encodes
    a table, numbers written to a base, the time, and the catalog.
    """
    bound = _BINDS.sub(lambda found: found[1] or "?", statement)
    tree = sqlglot.parse_one(bound, read="redshift")
    for column in list(tree.find_all(exp.EncodeColumnConstraint)):
        column.parent.pop()  # type: ignore[union-attr] # a constraint's kind is in a constraint
    for physical in list(tree.find_all(*_PHYSICAL)):
        physical.pop()
    for number in list(tree.find_all(exp.FromBase)):
        digits = exp.DPipe(this=exp.Literal.string("0x"), expression=number.this.copy())
        number.replace(exp.cast(digits, "BIGINT"))
    for now in list(tree.find_all(exp.CurrentTimestamp)):
        now.replace(exp.AtTimeZone(this=now.copy(), zone=exp.Literal.string("UTC")))
    for table in list(tree.find_all(exp.Table)):
        if table.name in _CATALOGS:
            table.replace(exp.to_table(_CATALOGS[table.name]))
    return tree.sql("duckdb")
