"""The tables of a warehouse: made where they are missing, refused where they are other ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from liqbench.warehouse.columns import Column, ColumnType
from liqbench.warehouse.connection import Connection
from liqbench.warehouse.ddl import COLUMNS, create_table
from liqbench.warehouse.dialect import folded
from liqbench.warehouse.dimensions import is_of_first_form
from liqbench.warehouse.errors import TargetDriftError
from liqbench.warehouse.tables import Table

Catalog = Mapping[str, Sequence[Column]]


def catalog(connection: Connection, schema: str) -> Catalog:
    """Return the columns of all tables of a schema."""
    found: dict[str, list[Column]] = {}
    for table, name, *kind in connection.fetch(COLUMNS, (schema,)):
        found.setdefault(table, []).append(Column(name, ColumnType.of_catalog(*kind)))
    return found


def missing(known: Catalog, tables: Sequence[Table]) -> Iterator[str]:
    """Yield the statements that make what is missing."""
    for table in tables:
        if table.name not in known:
            yield create_table(table)


def of_first_form(known: Catalog, tables: Sequence[Table]) -> Iterator[Table]:
    """Yield the dimensions whose tables have no ``confirmed_to`` yet."""
    for table in tables:
        if table.name in known and is_of_first_form(table, [c.name for c in known[table.name]]):
            yield table


def with_column(known: Catalog, name: str) -> list[str]:
    """Return the facts' tables that have a column, sorted."""
    return sorted(
        table
        for table, found in known.items()
        if table.startswith("fact_") and folded(name) in [folded(column.name) for column in found]
    )


def check_drift(known: Catalog, tables: Sequence[Table]) -> None:
    """Raise ``TargetDriftError`` for the first table that is there and can't take the rows."""
    for table in tables:
        if table.name in known:
            _check(table, known[table.name])


def _check(table: Table, found: Sequence[Column]) -> None:
    # DuckDB keeps the case of names, Redshift doesn't.
    if [folded(column.name) for column in found] != [folded(name) for name in table.names]:
        raise TargetDriftError(
            f"the table {table.name} has the columns {', '.join(c.name for c in found)}, "
            f"this publication has {', '.join(table.names)}",
            hint="publish under another fact name, or to another warehouse",
        )
    for wanted, there in zip(table.columns, found, strict=True):
        if not there.type.holds(wanted.type):
            raise TargetDriftError(
                f"the column {wanted.name!r} of the table {table.name} is {there.type}, this "
                f"publication needs {wanted.type}",
                hint="alter the table, publish another type or length, or under another name",
            )
