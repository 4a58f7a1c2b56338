"""Whether what is declared of tables can be: names, types, number of columns, bridges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pyspark.sql.types import DataType, IntegralType

from liqbench.errors import FaultCollector, FieldTypeError, LiqbenchError, UnknownFieldError
from liqbench.operators.expressions.types import is_numeric, name_of
from liqbench.operators.star.errors import RelationshipError, UnknownTableError
from liqbench.operators.star.keys import has_text
from liqbench.operators.star.model import ColumnMetadata, RelationshipType, TableRelationship

Fields = Mapping[str, DataType]
Tables = Mapping[str, Fields]
Known = Mapping[str, Fields | None]  # of tables without fields only the names are known


def check_declared(
    tables: Known,
    relationships: Sequence[TableRelationship],
    metadata: Sequence[ColumnMetadata],
) -> None:
    """Raise every fault of the declarations, several together as ``FaultsError``.

    Of tables whose fields aren't known, only what concerns their names is checked.
    """
    faults = FaultCollector()
    for relationship in relationships:
        with faults.collect(str(relationship)):
            _check_relationship(tables, relationship)
    described: set[tuple[str, str]] = set()
    for column in metadata:
        place = (column.table, column.column)
        with faults.collect(f"metadata of {column.table}.{column.column}"):
            _check_columns(tables, column.table, (column.column,))
            if place in described:
                raise RelationshipError("the column is described twice", hint="keep one of them")
        described.add(place)
    for fault in _taken_names(relationships):
        faults.add(fault)
    faults.raise_all()


def _check_relationship(tables: Known, relationship: TableRelationship) -> None:
    faults = FaultCollector()
    left = (relationship.left, relationship.left_columns)
    right = (relationship.right, relationship.right_columns)
    with faults.collect():
        _check_pair(tables, left, right)
    if relationship.left == relationship.right:
        faults.add(
            RelationshipError(
                "a table that refers to itself makes no star",
                hint="make columns of its levels before, such as parent and group",
            )
        )
    bridge = relationship.bridge
    if (relationship.kind is RelationshipType.MANY_TO_MANY) != (bridge is not None):
        faults.add(
            RelationshipError(
                "only a many to many relationship has a bridge, and it needs one",
                hint="name the table that holds the pairs: bridge=Bridge(table=…, …)",
            )
        )
    if bridge is not None:
        with faults.collect("bridge, left"):
            _check_pair(tables, (bridge.table, bridge.left_columns), left)
        with faults.collect("bridge, right"):
            _check_pair(tables, (bridge.table, bridge.right_columns), right)
        if bridge.weight is not None and bridge.table in tables:
            with faults.collect("bridge, weight"):
                _check_weight(tables, bridge.table, bridge.weight)
    faults.raise_all()


def _check_pair(
    tables: Known, one: tuple[str, Sequence[str]], other: tuple[str, Sequence[str]]
) -> None:
    faults = FaultCollector()
    for table, columns in (one, other):
        with faults.collect():
            _check_columns(tables, table, columns)
    faults.raise_all()
    if len(one[1]) != len(other[1]):
        raise RelationshipError(
            f"{len(one[1])} columns of {one[0]} can't refer to {len(other[1])} of {other[0]}"
        )
    own, others = tables[one[0]], tables[other[0]]
    if own is None or others is None:
        return
    for a, b in zip(one[1], other[1], strict=True):
        check_alike((f"{one[0]}.{a}", own[a]), (f"{other[0]}.{b}", others[b]))


def check_alike(one: tuple[str, DataType], other: tuple[str, DataType]) -> None:
    """Raise ``FieldTypeError`` where one column's values can't be the other's keys."""
    first, second = one[1], other[1]
    whole = isinstance(first, IntegralType) and isinstance(second, IntegralType)
    if first != second and not whole:
        raise FieldTypeError(
            f"{one[0]} is {name_of(first)}, {other[0]} is {name_of(second)}",
            hint="cast one of them before",
        )
    if not has_text(first):
        raise FieldTypeError(
            f"{one[0]} is {name_of(first)}, which can't identify a member",
            hint="cast both before",
        )


def _check_columns(tables: Known, table: str, columns: Iterable[str]) -> None:
    if table not in tables:
        raise UnknownTableError.of(table, tables)
    if (fields := tables[table]) is None:
        return
    faults = FaultCollector()
    for column in columns:
        if column not in fields:
            faults.add(UnknownFieldError.of(column, fields, where=f"table {table!r}"))
    faults.raise_all()


def _check_weight(tables: Known, table: str, weight: str) -> None:
    _check_columns(tables, table, (weight,))
    if (fields := tables[table]) is None:
        return
    dtype = fields[weight]
    if not is_numeric(dtype):
        raise FieldTypeError(
            f"{table}.{weight} is {name_of(dtype)}, a weight is a whole number or a decimal"
        )


def _taken_names(relationships: Sequence[TableRelationship]) -> Iterator[LiqbenchError]:
    """Yield where one table would refer to two members by one name."""
    seen: dict[tuple[str, str], TableRelationship] = {}
    bridges: set[str] = set()
    for relationship in relationships:
        bridge = relationship.bridge
        if bridge is not None:
            name = relationship.role or bridge.table
            if name in bridges:
                yield RelationshipError(
                    f"another bridge is called {name!r} too",
                    where=str(relationship),
                    hint="give one of them a role of its own",
                )
            bridges.add(name)
        many, one = relationship.left, relationship.right
        if relationship.kind is RelationshipType.MANY_TO_MANY:
            continue
        if relationship.kind is RelationshipType.ONE_TO_MANY:
            many, one = one, many
        other = seen.setdefault((many, relationship.role or one), relationship)
        if other is not relationship:
            yield RelationshipError(
                f"{many} refers to {relationship.role or one!r} in another relationship too",
                where=str(relationship),
                hint="give each of them a role of its own, such as role='counterparty'",
            )
