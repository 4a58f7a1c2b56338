"""Staging by Spark: its executors read a stage's files and bring them to the bucket themselves.

The rows don't go through Spark. It is given the numbers of pieces, ``mapInArrow`` gives each task
one, and the task reads row groups by pyarrow as the driver would: a figure is never another type's
in between. So executors have to see the workspace's files under the same path, as for a run.

What a task is given is pickled by value: what to read, a bucket and a folder, a profile's name and
a region. So executors need pyarrow and boto3, and not liqbench. AWS's credentials are found where
the task runs, in a role, the environment or a profile; none is sent there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil

import pyarrow.parquet as pq
from pyspark import cloudpickle
from pyspark.sql import SparkSession

from liqbench.engine import SPARK_ERRORS, is_local, said_by_spark
from liqbench.warehouse import boto, errand, parts
from liqbench.warehouse.aws import fault_of
from liqbench.warehouse.boto import Trouble
from liqbench.warehouse.errand import ANSWER, Errand, Piece
from liqbench.warehouse.errors import StagingError
from liqbench.warehouse.parts import Part

_WORTH_A_TASK = 4 * 2**20  # bytes
_TASKS = "spark.sql.shuffle.partitions"

for _module in (boto, errand, parts):
    cloudpickle.register_pickle_by_value(_module)  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Executors:
    """Those of a Spark session, which starts when they are needed.

    ``apart`` says whether they are on other machines than the driver.
    """

    session: Callable[[], SparkSession]
    apart: bool

    @classmethod
    def of(cls, session: SparkSession) -> Executors:
        """Return those of a running session."""
        return cls(lambda: session, apart=not is_local(session))

    def tasks(self) -> int:
        """Return how many tasks the session makes of something large."""
        return int(str(self.session().conf.get(_TASKS)))

    def run(self, given: Errand) -> list[Part]:
        """Return the parts that are in the bucket, each piece's once.

        A task's parts count only if the task succeeds, so of one that Spark had to try again
        nothing is doubled. Raises ``StagingError``, ``TargetUnreachableError``.
        """
        session, count = self.session(), len(given.pieces)
        where = f"staging with Spark to s3://{given.bucket}/{given.folder}"
        try:
            rows = session.range(0, count, 1, count).mapInArrow(given.task(), ANSWER).collect()
        except SPARK_ERRORS as error:
            raise StagingError(
                f"Spark stopped: {said_by_spark(str(error))}",
                where=where,
                hint="executors need pyarrow, boto3 and the workspace's files; or let the driver "
                "stage: routes.staging='driver'",
            ) from error
        answers = [json.loads(row.answer) for row in rows]
        if troubles := [Trouble(**each["trouble"]) for each in answers if "trouble" in each]:
            # What stays is told before what may pass: trying again wouldn't help.
            raise fault_of(min(troubles, key=lambda trouble: trouble.passing), where)
        return [Part.from_json(each["part"]) for each in answers]


def pieces_of(files: Sequence[str], part_bytes: int, tasks: int) -> tuple[Piece, ...]:
    """Cut files between row groups into pieces of about one size.

    They are as many as the tasks where they are worth one, and more where they would be larger
    than a part. There is none of files without rows.
    """
    groups = list(_row_groups(files))
    stored = sum(size for _, _, size in groups)
    count = max(ceil(stored / part_bytes), min(tasks, ceil(stored / _WORTH_A_TASK)))
    pieces: dict[int, dict[str, list[int]]] = {}
    before = 0
    for name, number, size in groups:
        # A group goes where its middle falls.
        piece = pieces.setdefault((2 * before + size) * count // (2 * stored), {})
        piece.setdefault(name, []).append(number)
        before += size
    return tuple(
        Piece(tuple((name, tuple(numbers)) for name, numbers in piece.items()))
        for piece in pieces.values()
    )


def _row_groups(files: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Yield file, number and stored bytes of every row group that has rows."""
    for name in files:
        known = pq.read_metadata(name)
        for number in range(known.num_row_groups):
            group = known.row_group(number)
            if group.num_rows:
                stored = (group.column(at).total_compressed_size for at in range(group.num_columns))
                yield name, number, sum(stored)
