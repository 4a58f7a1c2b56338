"""Parts of a fact: rows in a warehouse's types, written as Parquet, with exact totals.

The driver and Spark's executors both write by this. Executors get it by value (``executors``), so
nothing of liqbench is imported here: they need pyarrow and boto3, not the bench.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

# Rows are gathered in memory and written as one row group.
GROUP_BYTES = 32 * 2**20
# Digits enough for any sum; should they not be, it is an error.
_EXACT = Context(prec=152, traps=[Inexact, InvalidOperation])
_WIDE = 76


@dataclass(frozen=True)
class Types:
    """The columns in their order and types; ``fill`` is what stands where there is nothing."""

    schema: pa.Schema
    fill: Mapping[str, str]

    def typed(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return a file's rows in the right types. Raises ``ArrowInvalid``: nothing is cut."""
        arrays = []
        for column in self.schema:
            array = batch.column(column.name).cast(column.type)
            if column.name in self.fill:
                array = pc.fill_null(array, self.fill[column.name])
            arrays.append(array)
        return pa.record_batch(arrays, schema=self.schema)


@dataclass(frozen=True)
class Layout:
    """How rows become parts.

    Row groups are sorted by ``sort``; a part is closed when it has ``part_bytes``. ``summed`` are
    decimal columns.
    """

    types: Types
    sort: tuple[str, ...]
    summed: tuple[str, ...]
    part_bytes: int


@dataclass
class Totals:
    """Rows, how many of them have a value in each column, and the exact sums of decimals."""

    rows: int = 0
    values: dict[str, int] = field(default_factory=dict)
    sums: dict[str, Decimal] = field(default_factory=dict)

    @classmethod
    def of(cls, table: pa.Table | pa.RecordBatch, summed: Iterable[str] = ()) -> Totals:
        """Count and sum rows."""
        values = {name: table.num_rows - table[name].null_count for name in table.schema.names}
        return cls(table.num_rows, values, {name: _sum(table[name]) for name in summed})

    def add(self, other: Totals) -> None:
        """Add what others have counted."""
        self.rows += other.rows
        for name, count in other.values.items():
            self.values[name] = self.values.get(name, 0) + count
        for name, total in other.sums.items():
            self.sums[name] = _EXACT.add(self.sums.get(name, Decimal(0)), total)


@dataclass(frozen=True)
class Part:
    """A file of a fact in the bucket, its size in bytes, and what is in it."""

    url: str
    bytes: int
    totals: Totals

    @property
    def entry(self) -> dict[str, Any]:
        """What the manifest says of it."""
        return {"url": self.url, "mandatory": True, "meta": {"content_length": self.bytes}}

    def to_json(self) -> dict[str, Any]:
        """Return all of it, sums as texts."""
        sums = {name: str(total) for name, total in self.totals.sums.items()}
        return {
            "url": self.url,
            "bytes": self.bytes,
            "rows": self.totals.rows,
            "values": self.totals.values,
            "sums": sums,
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Part:
        """Return what ``to_json`` told."""
        sums = {name: Decimal(total) for name, total in told["sums"].items()}
        return cls(told["url"], told["bytes"], Totals(told["rows"], told["values"], sums))


def put_parts(
    batches: Iterable[pa.RecordBatch], layout: Layout, s3: Any, bucket: str, prefix: str
) -> Iterator[Part]:
    """Write typed rows as parts, and upload each as ``<prefix><number>.parquet``.

    There is one at least, be it empty. Raises what boto3 does.
    """
    for number, (file, totals) in enumerate(_files(batches, layout)):
        with closing(file):
            key, size = f"{prefix}{number:05}.parquet", file.tell()
            file.seek(0)
            s3.upload_fileobj(file, bucket, key)
        yield Part(f"s3://{bucket}/{key}", size, totals)


def _files(batches: Iterable[pa.RecordBatch], layout: Layout) -> Iterator[tuple[IO[bytes], Totals]]:
    """Yield files without a name, so that nothing is left of them where a process is killed."""
    writer: pq.ParquetWriter | None = None
    for table in _groups(batches, layout):
        if writer is None:
            file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by who gets it
            totals = Totals()
            writer = pq.ParquetWriter(file, layout.types.schema, compression="zstd")
        writer.write_table(table)
        totals.add(Totals.of(table, layout.summed))
        if file.tell() >= layout.part_bytes:
            writer.close()
            writer = None
            yield file, totals
    if writer is not None:
        writer.close()
        yield file, totals


def _groups(batches: Iterable[pa.RecordBatch], layout: Layout) -> Iterator[pa.Table]:
    """Yield the rows in sorted tables for one row group each; of no rows one that is empty."""
    order = [(name, "ascending") for name in layout.sort]
    gathered: list[pa.RecordBatch] = []
    size, empty = 0, True
    for batch in batches:
        gathered.append(batch)
        size, empty = size + batch.nbytes, False
        if size >= GROUP_BYTES:
            yield _sorted(gathered, layout.types.schema, order)
            gathered, size = [], 0
    if gathered or empty:
        yield _sorted(gathered, layout.types.schema, order)


def _sorted(
    batches: list[pa.RecordBatch], schema: pa.Schema, order: list[tuple[str, str]]
) -> pa.Table:
    table = pa.Table.from_batches(batches, schema)
    return table.sort_by(order) if order else table


def _sum(column: pa.ChunkedArray) -> Decimal:
    total = pc.sum(column.cast(pa.decimal256(_WIDE, column.type.scale))).as_py()
    return Decimal(0) if total is None else total
