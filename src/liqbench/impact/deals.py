"""The rows that moved: deals before and after, joined by their keys, the largest first."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from liqbench.engine import Run, Variant
from liqbench.engine.resolve import Node
from liqbench.impact.figures import Entity, RatioTable
from liqbench.model.dag import ADJUST
from liqbench.operators import Locality
from liqbench.operators.adjust import AdjustmentOperator
from liqbench.operators.aggregate import AggregateOperator
from liqbench.operators.expressions import quoted
from liqbench.operators.expressions.types import is_numeric
from liqbench.operators.weighing import WeighingOperator


@dataclass(frozen=True)
class Level:
    """Where rows are compared: the last operator before they are put together, and by what.

    ``operator_id`` is one that every run has; a variant's rows lie behind what it injects there.
    """

    operator_id: str
    keys: tuple[str, ...]
    measure: str | None
    adjusted: tuple[str, ...]

    def rows_of(self, run: Run) -> str:
        """Return the operator of a run that has its rows here: the last adjustment, if any."""
        nodes, name = run.resolved.nodes, self.operator_id
        while behind := [n for n, node in nodes.items() if _adjusts(node, name)]:
            (name,) = behind
        return name


def _adjusts(node: Node, source: str) -> bool:
    return node.config.operator_type == ADJUST and node.config.inputs == (source,)


def level_of(variant: Variant, base: Run) -> Level:
    """Return the level behind the first injection at which single rows still show the change."""
    run = variant.result()
    nodes = run.resolved.nodes
    start = next(name for name, node in nodes.items() if node.config.operator_type == ADJUST)
    keys, name, measure = nodes[start].keys, start, None
    for following, node in nodes.items():
        if name not in node.config.inputs:
            continue
        if node.operator.locality is Locality.ROW and node.keys == keys and node.config.inputs:
            name = following
            continue
        measure = _summed(node.operator)
        break
    operators = [node.operator for node in nodes.values()]
    changed = [
        change.field
        for operator in operators
        if isinstance(operator, AdjustmentOperator)
        for rule in operator.rules
        for change in rule.adjustments
    ]
    names = nodes[name].schema.fieldNames()
    fields = tuple(field for field in dict.fromkeys(changed) if field in names)
    while name not in base.resolved.nodes:  # injected right before rows are put together
        name = nodes[name].config.inputs[0]
    return Level(name, keys, measure if measure in names else None, fields)


def common_level(variant: Variant, other: Variant, base: Run) -> Level:
    """Return the later level of two variants, at which both show all that they changed."""
    order = list(base.resolved.nodes)
    first, last = sorted(
        (level_of(each, base) for each in (other, variant)),
        key=lambda level: order.index(level.operator_id),
    )
    return replace(last, adjusted=tuple(dict.fromkeys([*last.adjusted, *first.adjusted])))


def _summed(operator: object) -> str | None:
    if isinstance(operator, AggregateOperator):
        sums = [m.field for m in operator.measures if m.function == "sum"]
        return sums[-1] if sums else None
    if isinstance(operator, WeighingOperator):
        return operator.weighted or operator.amount
    return None


@dataclass(frozen=True)
class MovedDeals:
    """The rows that a variant moved, of one entity or category where these are given.

    They moved from the baseline, or from what another variant, ``against``, made of them.
    Nothing is computed before it is asked for; what was asked for is kept in Spark's memory
    until ``close``, so that the next page costs little.
    """

    base: Run
    variant: Variant
    ratio: RatioTable
    entity: Entity | None = None
    category: str | None = None
    against: Variant | None = None

    @functools.cached_property
    def _level(self) -> Level:
        if self.against is None:
            return level_of(self.variant, self.base)
        return common_level(self.variant, self.against, self.base)

    @property
    def _runs(self) -> tuple[Run, Run]:
        """Return the run before and the run after."""
        before = self.base if self.against is None else self.against.result()
        return before, self.variant.result()

    @property
    def keys(self) -> tuple[str, ...]:
        """The fields that identify a row."""
        return self._level.keys

    @functools.cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields that are compared: the one that is summed up, and those that rules change."""
        level = self._level
        known = self.base.resolved.nodes[level.operator_id].schema.fieldNames()
        asked = dict.fromkeys([*([level.measure] if level.measure else []), *level.adjusted])
        return tuple(field for field in asked if field in known)

    @functools.cached_property
    def figures(self) -> tuple[str, ...]:
        """Those of the fields that are numbers."""
        schema = self.base.resolved.nodes[self._level.operator_id].schema
        types = {f.name: f.dataType for f in schema.fields}
        return tuple(field for field in self.fields if is_numeric(types[field]))

    @functools.cached_property
    def frame(self) -> DataFrame:
        """The rows: keys, then each field before and after, and a figure's change."""
        keys = self.keys
        before, after = (
            _renamed(self._rows(run, self._level.rows_of(run)), keys, self.fields, part)
            for run, part in zip(self._runs, ("before", "after"), strict=True)
        )
        joined = before.join(after, list(keys), "full_outer")
        differs = F.lit(False)  # noqa: FBT003
        for field in self.fields:
            old, new = F.col(quoted(f"{field}_before")), F.col(quoted(f"{field}_after"))
            differs |= ~old.eqNullSafe(new)
        for field in self.figures:
            old, new = F.col(quoted(f"{field}_before")), F.col(quoted(f"{field}_after"))
            change = F.coalesce(new, F.lit(0)) - F.coalesce(old, F.lit(0))
            joined = joined.withColumn(f"{field}_change", change)
        columns = [
            quoted(f"{field}_{part}")
            for field in self.fields
            for part in ("before", "after", "change")
            if part != "change" or field in self.figures
        ]
        names = [quoted(key) for key in keys]
        return joined.filter(differs).select(*names, *columns).persist()

    def _rows(self, run: Run, name: str) -> DataFrame:
        """Return the rows of an output that count at the entity and in the category."""
        where: dict[str, Any] = {}
        if self.entity is not None:
            where |= zip(self.ratio.fields, self.entity, strict=True)
        if self.category is not None:
            where[self.ratio.operator.detail] = self.category
        if not where:
            return run.frame(name)
        counted = run.resolved.nodes[self.ratio.operator_id].config.inputs[0]
        return run.lineage.trace_where(counted, where, to=name).frame(name)

    def table(self, limit: int = 20, offset: int = 0) -> pd.DataFrame:
        """Return the rows as pandas, the largest change first, ``offset`` of them left out."""
        most = []
        if self.figures:
            most = [F.abs(F.col(quoted(f"{self.figures[0]}_change"))).desc()]
        ordered = self.frame.sort(*most, *(quoted(key) for key in self.keys))
        found: pd.DataFrame = (
            ordered.offset(offset).limit(limit).toArrow().to_pandas(date_as_object=True)
        )
        return found

    @functools.cached_property
    def count(self) -> int:
        """How many rows moved."""
        return self.frame.count()

    def histogram(self) -> pd.DataFrame:
        """Return how many rows moved how far, by the first figure's order of magnitude.

        Columns: ``low`` and ``high`` (powers of ten; negative where the figure fell), ``rows``,
        and ``change``, the sum over them. Rows of which the first figure stayed are not in it;
        without figures there are none.
        """
        columns = ["low", "high", "rows", "change"]
        if not self.figures:
            return pd.DataFrame(columns=columns)
        change = F.col(quoted(f"{self.figures[0]}_change"))
        size = F.floor(F.log10(F.abs(change).cast("double"))).cast("int")
        grouped = self.frame.filter(change != 0).groupBy(
            F.signum(change).cast("int").alias("sign"), size.alias("size")
        )
        counted = grouped.agg(F.count(F.lit(1)).alias("rows"), F.sum(change).alias("change"))
        found = []
        for row in counted.toArrow().to_pylist():
            near, far = (row["sign"] * Decimal(1).scaleb(row["size"] + n) for n in (0, 1))
            found.append([min(near, far), max(near, far), row["rows"], row["change"]])
        return pd.DataFrame(sorted(found), columns=columns)

    def close(self) -> None:
        """Give the memory back."""
        if "frame" in self.__dict__:
            self.frame.unpersist()


def _renamed(
    frame: DataFrame, keys: tuple[str, ...], fields: tuple[str, ...], part: str
) -> DataFrame:
    return frame.select(
        *(F.col(quoted(key)) for key in keys),
        *(F.col(quoted(field)).alias(f"{field}_{part}") for field in fields),
    )
