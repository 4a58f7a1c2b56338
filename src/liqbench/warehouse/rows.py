"""A fact's rows as a warehouse loads them: its columns in their order, with their exact types.

Everything that could be refused is refused here, before anything is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from liqbench.warehouse.columns import Column
from liqbench.warehouse.dimensions import UNKNOWN
from liqbench.warehouse.errors import AuditMismatchError, ValueTooWideError
from liqbench.warehouse.parts import Totals, Types
from liqbench.warehouse.tables import StarTables

BATCH = 65_536


@dataclass(frozen=True)
class StageRows:
    """The rows in a fact's files."""

    files: Sequence[str]
    tables: StarTables

    @property
    def types(self) -> Types:
        """The stage's columns. A natural key is a text, ``(unknown)`` where there is none."""
        stage, star = self.tables.stage, self.tables.star
        schema = pa.schema([(column.name, column.type.arrow) for column in stage.columns])
        return Types(schema, {dimension.key: UNKNOWN for dimension in star.dimensions})

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows in their types.

        Raises ``ValueTooWideError`` naming the first row with a value that its column can't hold,
        ``AuditMismatchError`` for a row without a date.
        """
        stage, types = self.tables.stage, self.types
        dataset = ds.dataset(list(self.files), format="parquet")
        for batch in dataset.to_batches(columns=list(stage.names), batch_size=BATCH):
            if batch.num_rows:
                yield self._checked(batch, types)

    def count(self) -> Totals:
        """Read all of them once, and count. Raises as ``batches`` does."""
        counted = Totals(values=dict.fromkeys(self.tables.stage.names, 0))
        for batch in self.batches():
            counted.add(Totals.of(batch))
        return counted

    def _checked(self, batch: pa.RecordBatch, types: Types) -> pa.RecordBatch:
        try:
            typed = types.typed(batch)
        except pa.ArrowInvalid:
            self._refuse_cast(batch)
            raise
        for column in self.tables.stage.columns:
            array = typed.column(column.name)
            if column.type.kind == "VARCHAR" and column.type.size is not None:
                self._check_length(batch, column, array, column.type.size)
            if column.name == self.tables.star.date and array.null_count:
                raise AuditMismatchError(
                    "a row has no date",
                    where=self._row(batch, pc.index(pc.is_null(array), True).as_py()),
                    hint="nothing was changed; every fact needs its as-of date",
                )
        return typed

    def _refuse_cast(self, batch: pa.RecordBatch) -> None:
        """Name the first value that is of no use as its column's type."""
        for column in self.tables.stage.columns:
            array = batch.column(column.name)
            for at in range(len(array)):
                try:
                    array.slice(at, 1).cast(column.type.arrow)
                except pa.ArrowInvalid:
                    raise self._too_wide(batch, column, at, str(array[at].as_py())) from None

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
