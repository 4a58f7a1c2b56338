"""CREATE TABLE, with how Redshift distributes, sorts and encodes."""

from __future__ import annotations

from liqbench.warehouse.dialect import quote
from liqbench.warehouse.tables import Table


def create_table(table: Table) -> str:
    """Return the DDL of a table that stays.

    The first column of the sort key is not compressed: Redshift skips blocks by it.
    """
    lead = table.sortkey[:1]
    written = []
    for column in table.columns:
        encoding = column.encoding or ("raw" if column.name in lead else column.type.encoding)
        written.append(f"{quote(column.name)} {column.type} ENCODE {encoding}")
    key = f" DISTKEY ({quote(table.distkey)})" if table.distkey else ""
    sort = ", ".join(map(quote, table.sortkey))
    return (
        f"CREATE TABLE IF NOT EXISTS {quote(table.name)} ({', '.join(written)}) "
        f"DISTSTYLE {table.diststyle}{key}{f' COMPOUND SORTKEY ({sort})' if sort else ''}"
    )


def create_stage(table: Table, name: str) -> str:
    """Return the DDL of a temporary table; its columns are in the order of the files'."""
    written = ", ".join(f"{quote(column.name)} {column.type}" for column in table.columns)
    return f"CREATE TEMP TABLE {quote(name)} ({written})"


# The catalog's answer is in the order of the tables' columns; bound is the schema.
COLUMNS = """
SELECT table_name, column_name, data_type, character_maximum_length, numeric_precision,
       numeric_scale
FROM svv_columns WHERE table_schema = %s ORDER BY table_name, ordinal_position"""
