"""The types of dimensions' attributes as a warehouse keeps them, which a star doesn't say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from liqbench.errors import PublicationError
from liqbench.operators.star_schema import StarSchemaOperator
from liqbench.warehouse.columns import Column
from liqbench.warehouse.dialect import folded
from liqbench.warehouse.reporting import AttributeTypes, dimensions_of
from liqbench.warehouse.schema import Catalog

_PUBLISHED_TYPES = {
    "BIGINT": "bigint",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "INTEGER": "int",
    "SMALLINT": "smallint",
    "TIMESTAMP": "timestamp",
    "VARCHAR": "string",
}


def attribute_types(
    stars: Sequence[StarSchemaOperator], known: Catalog, place: str
) -> AttributeTypes:
    """Return the types of the dimensions' attributes, as the warehouse has them.

    Raises ``PublicationError`` for a published table that is not there.
    """
    facts = ["fact_" + star.fact for star in stars]
    dimensions = dimensions_of(stars)
    for table in (*facts, *("dim_" + dimension.name for dimension in dimensions)):
        if table not in known:
            raise PublicationError(
                f"the published table {table} is not there",
                where=place,
                hint="find out who removed it; a publication that is in the ledger isn't loaded "
                "again",
            )
    return {
        (dimension.name, name): kind
        for dimension in dimensions
        for name, kind in _typed(dimension.attributes, known["dim_" + dimension.name])
    }


def _typed(names: Sequence[str], columns: Sequence[Column]) -> Iterator[tuple[str, str]]:
    by_name: Mapping[str, Column] = {folded(column.name): column for column in columns}
    for name in names:
        kind = by_name[folded(name)].type
        yield name, str(kind).lower() if kind.kind == "DECIMAL" else _PUBLISHED_TYPES[kind.kind]
