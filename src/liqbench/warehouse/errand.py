"""What a task of Spark's does: read its piece of a stage, and bring it to the bucket as parts.

Executors get this by value, as ``parts``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from liqbench.warehouse.boto import Access, trouble_of
from liqbench.warehouse.parts import Layout, Types, put_parts

BATCH = 65_536
# A JSON each: of a part that is in the bucket, or of AWS's trouble.
ANSWER = "answer string"
Batches = Iterator[pa.RecordBatch]


@dataclass(frozen=True)
class Piece:
    """Row groups of some files, by their number: what one task stages."""

    groups: tuple[tuple[str, tuple[int, ...]], ...]

    def batches(self, types: Types) -> Batches:
        """Yield the rows in the right types."""
        for name, numbers in self.groups:
            with pq.ParquetFile(name) as file:
                found = file.iter_batches(BATCH, list(numbers), types.schema.names)
                yield from (types.typed(batch) for batch in found)


@dataclass(frozen=True)
class Errand:
    """Where all tasks of one staging bring their pieces, under the names of partition and task.

    A task that is tried again has another number, so what its first try left is never taken for
    a part.
    """

    pieces: tuple[Piece, ...]
    layout: Layout
    access: Access
    bucket: str
    folder: str

    def task(self) -> Callable[[Batches], Batches]:
        """Return the function for ``mapInArrow``, over a frame of the pieces' numbers."""

        def run(numbers: Batches) -> Batches:
            from pyspark import TaskContext  # noqa: PLC0415 - of the task's own process

            context = TaskContext.get()
            assert context is not None  # noqa: S101 - Spark runs this
            for batch in numbers:
                for number in batch.column(0).to_pylist():
                    prefix = f"{self.folder}/part-{number:05}-{context.taskAttemptId()}-"
                    yield from self._bring(self.pieces[number], prefix)

        return run

    def _bring(self, piece: Piece, prefix: str) -> Batches:
        """Yield an answer for each part.

        What AWS refuses is an answer too: its words reach the driver whole, and a right that is
        missing isn't asked for once more. Everything else fails the task, for Spark to try again.
        """
        try:
            with self.access.client("s3") as s3:
                rows = piece.batches(self.layout.types)
                for part in put_parts(rows, self.layout, s3, self.bucket, prefix):
                    yield _answer(part=part.to_json())
        except Exception as error:
            trouble = trouble_of(error)
            if trouble is None:
                raise
            yield _answer(trouble=asdict(trouble))


def _answer(**told: dict[str, Any]) -> pa.RecordBatch:
    return pa.record_batch({"answer": [json.dumps(told)]})
