"""A fact's rows as a warehouse loads them: its columns in their order, with their exact types.

Everything that could be refused is refused here, before anything is loaded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from liqbench.warehouse.columns import Column
from liqbench.warehouse.dimensions import UNKNOWN
from liqbench.warehouse.errors import AuditMismatchError, ValueTooWideError
from liqbench.warehouse.tables import StarTables

BATCH = 65_536


@dataclass(frozen=True)
class Filled:
    """How many rows there are, and in how many of them each column has a value."""

    rows: int
    values: Mapping[str, int]


@dataclass(frozen=True)
class StageRows:
    """The rows in a fact's files."""

    files: Sequence[str]
    tables: StarTables

    @property
    def schema(self) -> pa.Schema:
        """The files' schema after the types were made the stage's."""
        stage = self.tables.stage
        return pa.schema([(column.name, column.type.arrow) for column in stage.columns])

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows.

        A natural key is a text, ``(unknown)`` where there is none. Raises ``ValueTooWideError``
        naming the first row with a value that its column can't hold, ``AuditMismatchError`` for a
        row without a date.
        """
        stage = self.tables.stage
        dataset = ds.dataset(list(self.files), format="parquet")
        for batch in dataset.to_batches(columns=list(stage.names), batch_size=BATCH):
            if batch.num_rows:
                yield self._typed(batch)

    def count(self) -> Filled:
        """Read all of them once, and count. Raises as ``batches`` does."""
        rows, values = 0, Counter[str](dict.fromkeys(self.tables.stage.names, 0))
        for batch in self.batches():
            rows += batch.num_rows
            for name, array in zip(batch.schema.names, batch.columns, strict=True):
                values[name] += len(array) - array.null_count
        return Filled(rows, values)

    def _typed(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        date = self.tables.star.date
        keys = {dimension.key for dimension in self.tables.star.dimensions}
        arrays = []
        for column in self.tables.stage.columns:
            array = self._cast(batch, column)
            if column.name in keys:
                array = pc.fill_null(array, UNKNOWN)
            if column.type.kind == "VARCHAR" and column.type.size is not None:
                self._check_length(batch, column, array, column.type.size)
            if column.name == date and array.null_count:
                raise AuditMismatchError(
                    "a row has no date",
                    where=self._row(batch, pc.index(pc.is_null(array), True).as_py()),
                    hint="nothing was changed; every fact needs its as-of date",
                )
            arrays.append(array)
        return pa.record_batch(arrays, schema=self.schema)

    def _cast(self, batch: pa.RecordBatch, column: Column) -> pa.Array:
        array = batch.column(column.name)
        try:
            return array.cast(column.type.arrow)
        except pa.ArrowInvalid:
            for at in range(len(array)):
                try:
                    array.slice(at, 1).cast(column.type.arrow)
                except pa.ArrowInvalid:
                    raise self._too_wide(batch, column, at, str(array[at].as_py())) from None
            raise

    def _check_length(
        self, batch: pa.RecordBatch, column: Column, array: pa.Array, room: int
    ) -> None:
        lengths = pc.binary_length(array)
        longest = pc.max(lengths).as_py() or 0
        if longest > room:
            told = f"a text of {longest:,} bytes"
            raise self._too_wide(batch, column, pc.index(lengths, longest).as_py(), told)

    def _too_wide(
        self, batch: pa.RecordBatch, column: Column, at: int, value: str
    ) -> ValueTooWideError:
        return ValueTooWideError(
            f"{value} doesn't fit the column {column.name!r}, which is {column.type}",
            where=self._row(batch, at),
            hint="nothing was changed; publish a wider type, or set text_bytes for a longer text",
        )

    def _row(self, batch: pa.RecordBatch, at: int) -> str:
        """Name a row by its key: the date and the dimensions' members."""
        star = self.tables.star
        names = (star.date, *(dimension.key for dimension in star.dimensions))
        told = ", ".join(f"{name}={batch.column(name)[at].as_py()}" for name in names)
        return f"fact {star.fact!r}, row {told}"
