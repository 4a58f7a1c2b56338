"""Which values occur in a field, and how often: what a rule's conditions choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyspark.sql import functions as F  # noqa: N812

from liqbench.engine.failures import failure_of
from liqbench.engine.frames import computed_frame
from liqbench.engine.resolve import fingerprints, resolve
from liqbench.engine.session import SPARK_ERRORS
from liqbench.errors import UnknownFieldError
from liqbench.model import Dag
from liqbench.operators import Context
from liqbench.operators.expressions import quoted
from liqbench.operators.expressions.types import is_numeric, name_of
from liqbench.store import StageStore

MOST_VALUES = 200


@dataclass(frozen=True)
class FieldValues:
    """The values of a field behind an operator, of all its rows, the most frequent first.

    ``values`` are up to ``MOST_VALUES`` of ``distinct`` ones, each with its rows; figures and dates
    also have ``lowest`` and ``highest``.
    """

    operator_id: str
    field: str
    type: str
    rows: int
    nulls: int
    distinct: int
    lowest: Any
    highest: Any
    values: tuple[tuple[Any, int], ...]


def field_values(
    dag: Dag, at: str, field: str, context: Context, stages: StageStore
) -> FieldValues:
    """Return which values occur in a field behind an operator, and how often.

    Raises ``InvalidDagError`` with what is wrong up to there, ``UnknownFieldError``, and what
    Spark stops at.
    """
    resolved = resolve(dag.up_to(at), context)
    prints = fingerprints(resolved, context)
    schema = resolved.nodes[at].schema
    if field not in schema.fieldNames():
        raise UnknownFieldError.of(field, schema.fieldNames(), where=f"behind {at!r}")
    frame = computed_frame(resolved.nodes, at, context, stages, prints)
    column = F.col(quoted(field))
    dtype = schema[field].dataType
    counted = frame.groupBy(column.alias("value")).agg(F.count(F.lit(1)).alias("rows"))
    whole = counted.agg(
        F.coalesce(F.sum("rows"), F.lit(0)).alias("rows"),
        F.coalesce(F.sum(F.when(F.col("value").isNull(), F.col("rows"))), F.lit(0)).alias("nulls"),
        F.count("value").alias("distinct"),
        F.min("value").alias("lowest"),
        F.max("value").alias("highest"),
    )
    order = [F.col("rows").desc(), F.col("value")]
    try:
        (told,) = whole.toArrow().to_pylist()
        present = counted.filter(F.col("value").isNotNull())
        top = present.orderBy(*order).limit(MOST_VALUES).toArrow().to_pylist()
    except SPARK_ERRORS as error:
        raise failure_of(at, error) from error
    ordered = is_numeric(dtype) or name_of(dtype) in ("date", "timestamp")
    return FieldValues(
        operator_id=at,
        field=field,
        type=name_of(dtype),
        rows=int(told["rows"]),
        nulls=int(told["nulls"]),
        distinct=int(told["distinct"]),
        lowest=told["lowest"] if ordered else None,
        highest=told["highest"] if ordered else None,
        values=tuple((row["value"], int(row["rows"])) for row in top),
    )
