"""A small table: named vectors of one length."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.errors import PySparkTypeError
from pyspark.sql.pandas.types import from_arrow_type
from pyspark.sql.types import DataType, DecimalType, StructField, StructType

from liqbench.errors import FieldTypeError, LocalUnsupportedError
from liqbench.operators.local.numbers import rescaled
from liqbench.operators.local.vector import Flags, Vector


class LocalTable:
    """An immutable table on the driver. A table without fields has no rows.

    ``known`` keeps what was evaluated over the table, as several figures often share a part.
    """

    __slots__ = ("_columns", "known")

    def __init__(self, columns: Mapping[str, Vector]) -> None:
        self._columns = dict(columns)
        self.known: dict[Hashable, Vector] = {}

    def __getitem__(self, name: str) -> Vector:
        return self._columns[name]

    def __contains__(self, name: str) -> bool:
        return name in self._columns

    @property
    def names(self) -> tuple[str, ...]:
        """The fields' names, in order."""
        return tuple(self._columns)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return next((len(vector) for vector in self._columns.values()), 0)

    @property
    def schema(self) -> StructType:
        """The fields with their types."""
        return StructType([StructField(n, vector.dtype) for n, vector in self._columns.items()])

    def select(self, names: Sequence[str]) -> LocalTable:
        """Return these fields in this order."""
        return LocalTable({name: self._columns[name] for name in names})

    def with_column(self, name: str, vector: Vector) -> LocalTable:
        """Return the table with a field added or replaced."""
        return LocalTable({**self._columns, name: vector})

    def take(self, places: npt.NDArray[np.int64] | Flags) -> LocalTable:
        """Return the rows at these places, or where a flag is set."""
        return LocalTable({name: vector.take(places) for name, vector in self._columns.items()})

    def cast(self, types: Mapping[str, DataType]) -> LocalTable:
        """Return the table with these figures in wider types."""
        return LocalTable(
            {
                name: rescaled(vector, types[name])
                if name in types and isinstance(types[name], DecimalType)
                else vector
                for name, vector in self._columns.items()
            }
        )

    def keys(self, names: Sequence[str]) -> Iterator[tuple[object, ...]]:
        """Yield these fields of every row; a null is ``None``."""
        return zip(*(self._columns[name].items() for name in names), strict=True)

    @staticmethod
    def concat(tables: Sequence[LocalTable]) -> LocalTable:
        """Return the rows of tables of the same fields, one table behind the other."""
        first = tables[0]
        for table in tables[1:]:
            if table.schema != first.schema:
                raise FieldTypeError(
                    f"tables of {table.schema.simpleString()} and {first.schema.simpleString()} "
                    "are not put together",
                    hint="cast them to the same types first",
                )
        return LocalTable(
            {
                name: Vector(
                    first[name].dtype,
                    np.concatenate([table[name].values for table in tables]),
                    np.concatenate([table[name].valid for table in tables]),
                )
                for name in first.names
            }
        )

    @classmethod
    def from_arrow(cls, table: pa.Table) -> LocalTable:
        """Read an Arrow table as Spark wrote it.

        Raises ``LocalUnsupportedError`` for a field of a type that isn't calculated with.
        """
        columns: dict[str, Vector] = {}
        for n, field in enumerate(table.schema):
            try:
                dtype = from_arrow_type(field.type, prefer_timestamp_ntz=False)
                columns[field.name] = Vector.from_arrow(table.column(n), dtype)
            except PySparkTypeError:
                raise LocalUnsupportedError(
                    f"{field.type} is held by Spark only", where=f"field {field.name!r}"
                ) from None
            except LocalUnsupportedError as error:
                raise error.at(f"field {field.name!r}") from None
        return cls(columns)

    def to_arrow(self) -> pa.Table:
        """Return the table with the Arrow types that Spark writes."""
        return pa.table({name: vector.to_arrow() for name, vector in self._columns.items()})
