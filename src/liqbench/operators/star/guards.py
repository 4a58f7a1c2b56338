"""Rows that must be told apart: doubled and keyless ones stop the calculation they are part of.

An operator computes lazily, so it can't look before it joins; what was wrong is found afterwards,
by ``check_data``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from liqbench.operators.expressions import quoted, refusal
from liqbench.operators.star.checks import any_null
from liqbench.operators.star.history import valid_on

_FIT = "__fit"


def identified(rows: DataFrame, names: Sequence[str], what: str) -> DataFrame:
    """Return the rows; one without these fields, or with those of another, stops Spark."""
    twins = F.count(F.lit(1)).over(Window.partitionBy(*map(_column, names)))
    return _refused(rows, (twins == 1) & ~any_null(names), f"rows of {what} can't be told apart")


def members_apart(members: DataFrame, surrogate: str, names: Sequence[str], what: str) -> DataFrame:
    """Return a dimension's members on a day, special ones too; two of one key stop Spark."""
    special = F.when(_column(surrogate) < 0, _column(surrogate))
    window = Window.partitionBy(*map(_column, names), special)
    fit = F.count(F.lit(1)).over(window) == 1
    return _refused(members, fit, f"members of {what} can't be told apart")


def identified_on(versions: DataFrame, names: Sequence[str], day: date, what: str) -> DataFrame:
    """Return versions of members; two of one member that are valid on the day stop Spark."""
    window = Window.partitionBy(*map(_column, names), valid_on(day))
    fit = (F.count(F.lit(1)).over(window) == 1) | ~valid_on(day)
    return _refused(versions, fit, f"versions of {what} can't be told apart")


def weighed(pairs: DataFrame, weight: str, what: str) -> DataFrame:
    """Return the pairs; one without a positive weight stops Spark."""
    positive = F.coalesce(_column(weight) > 0, F.lit(False))  # noqa: FBT003
    return _refused(pairs, positive, f"pairs of {what} have no weight")


def _refused(rows: DataFrame, fit: Column, reason: str) -> DataFrame:
    marked = rows.withColumn(_FIT, fit)
    stopped = F.when(F.col(_FIT), F.col(_FIT)).otherwise(refusal(reason, "boolean"))
    return marked.filter(stopped).drop(_FIT)


def _column(name: str) -> Column:
    return F.col(quoted(name))
