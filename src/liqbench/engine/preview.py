"""A look at an operator's data before anything is run: of a stored result, or of a sample."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from liqbench.engine.failures import failure_of
from liqbench.engine.frames import applied, computed_frame, stored_frame
from liqbench.engine.profile import FieldProfile, profile
from liqbench.engine.resolve import ResolvedDag, fingerprints, resolve
from liqbench.engine.session import SPARK_ERRORS
from liqbench.model import Dag
from liqbench.operators import Context
from liqbench.operators.expressions import quoted
from liqbench.operators.expressions.types import name_of
from liqbench.operators.sources import rows_of
from liqbench.store import StageStore

SAMPLE_ROWS = 5_000
MOST_PROFILED = 500_000
_SEED = 7


@dataclass(frozen=True)
class Preview:
    """Rows of an operator's output and what its fields hold.

    ``rows`` is how many it has: of all data where ``read`` is ``None``, else of the ``read`` rows
    of input that were sampled. ``available`` is how many rows that input has, where that is known.
    ``types`` are the fields' as Spark calls them.
    ``fields`` are of the rows in ``table``, which are all of them up to ``MOST_PROFILED``.
    """

    operator_id: str
    keys: tuple[str, ...]
    types: tuple[str, ...]
    table: pa.Table
    rows: int
    read: int | None
    available: int | None
    fields: tuple[FieldProfile, ...]


def preview(
    dag: Dag, at: str, context: Context, stages: StageStore, *, rows: int = SAMPLE_ROWS
) -> Preview:
    """Return a look at one operator of a DAG, of which only what feeds it must be valid.

    A stored output is shown as it is. Else the operator is applied to about ``rows`` rows of its
    main input's source, spread over all of it; reference data and further inputs are read whole.
    Nothing is stored, and sources are not checked as a run checks them. Raises ``InvalidDagError``
    with what is wrong up to the operator, ``UnknownOperatorError``, and what Spark stops at.
    """
    resolved = resolve(dag.up_to(at), context)
    prints = fingerprints(resolved, context)
    keys = resolved.nodes[at].keys
    schema = resolved.nodes[at].schema
    names, types = schema.fieldNames(), tuple(name_of(each.dataType) for each in schema.fields)
    if stages.has(prints[at]):
        stored = stages.dataset(prints[at])
        table = stored.head(MOST_PROFILED, columns=names)
        return Preview(at, keys, types, table, stored.count_rows(), None, None, profile(table))
    sample = _Sample(resolved, context, stages, prints, rows)
    try:
        frame = sample.frame(at, main=True).select(*(F.col(quoted(name)) for name in names))
        table = frame.limit(max(rows, MOST_PROFILED)).toArrow()
    except SPARK_ERRORS as error:
        raise failure_of(at, error) from error
    complete = sample.available is not None and sample.read >= sample.available
    read = None if complete else sample.read
    return Preview(at, keys, types, table, table.num_rows, read, sample.available, profile(table))


class _Sample:
    """The way to an operator from some rows of where its main input begins."""

    def __init__(
        self,
        resolved: ResolvedDag,
        context: Context,
        stages: StageStore,
        prints: dict[str, str],
        rows: int,
    ) -> None:
        self._resolved = resolved
        self._context = context
        self._stages = stages
        self._prints = prints
        self.read = rows
        self.available: int | None = None

    def frame(self, name: str, *, main: bool) -> DataFrame:
        """Return an output: of a sample on the main way, of everything beside it."""
        if not main:
            return computed_frame(
                self._resolved.nodes, name, self._context, self._stages, self._prints
            )
        node, fingerprint = self._resolved.nodes[name], self._prints[name]
        context = self._context.within(name)
        if self._stages.has(fingerprint):
            found = stored_frame(node, context, self._stages, fingerprint)
            return self._sampled(found, self._stages.dataset(fingerprint).count_rows())
        inputs = [
            self.frame(source, main=place == 0) for place, source in enumerate(node.config.inputs)
        ]
        found = applied(node, context, inputs)
        if inputs:
            return found
        counts = [rows_of(source, context) for source in node.operator.sources()]
        return self._sampled(found, counts[0] if len(counts) == 1 else None)

    def _sampled(self, frame: DataFrame, available: int | None) -> DataFrame:
        self.available = available
        if available is not None and available <= self.read:
            self.read = available
            return frame
        if available is not None:
            frame = frame.sample(fraction=min(1.0, 1.2 * self.read / available), seed=_SEED)
        return frame.limit(self.read)
