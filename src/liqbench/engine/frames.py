"""Operators' outputs as Spark frames: computed, counted, written, and read back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from liqbench.engine.key_hash import key_hash_column
from liqbench.engine.keys import check_declared
from liqbench.engine.resolve import Node
from liqbench.engine.session import SPARK_ERRORS
from liqbench.errors import LiqbenchError, RunFailedError
from liqbench.operators import Context, Locality
from liqbench.operators.grouping import GroupOperator
from liqbench.store import StageStore


def stored_frame(node: Node, context: Context, stages: StageStore, fingerprint: str) -> DataFrame:
    """Return a stored output without the sums beside it."""
    return context.spark.read.schema(node.schema).parquet(str(stages.data_path(fingerprint)))


def applied(node: Node, context: Context, inputs: list[DataFrame]) -> DataFrame:
    """Return an operator's output; a group's with its sums, which are stored beside it."""
    where = f"operator {node.operator_id!r}"
    try:
        if isinstance(node.operator, GroupOperator):
            return node.operator.summed(context, inputs[0])
        return node.operator.apply(context, *inputs)
    except SPARK_ERRORS:
        raise
    except LiqbenchError as fault:
        raise fault.at(where) from None
    except Exception as error:
        raise RunFailedError(f"{type(error).__name__}: {error}", where=where) from error


def computed_frame(
    nodes: Mapping[str, Node],
    name: str,
    context: Context,
    stages: StageStore,
    prints: Mapping[str, str],
) -> DataFrame:
    """Return an operator's output for a look at it: the stored one, or the way to it, uncounted.

    Sources are not checked as a run checks them.
    """
    node, own = nodes[name], context.within(name)
    if stages.has(prints[name]):
        return stored_frame(node, own, stages, prints[name])
    inputs = [
        computed_frame(nodes, source, context, stages, prints) for source in node.config.inputs
    ]
    return applied(node, own, inputs)


def counts_of(keys: tuple[str, ...]) -> dict[str, Column]:
    """Return the count of rows and the order-independent hash of their keys."""
    return {"rows": F.count(F.lit(1)), "key hash": key_hash_column(keys)}


def pass_through(frame: DataFrame) -> None:
    """Compute a frame and keep nothing of it but what is observed."""
    frame.write.format("noop").mode("overwrite").save()


def write_frame(node: Node, frame: DataFrame, folder: Path) -> None:
    """Write an operator's output as parquet; declared keys are checked in what was written."""
    frame.write.option("compression", "zstd").parquet(str(folder))
    if node.operator.locality is Locality.TABLE:  # its keys are only what its author declares
        stored = frame.sparkSession.read.parquet(str(folder))
        check_declared(stored, node.keys, where=f"operator {node.operator_id!r}")
