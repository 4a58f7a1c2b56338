"""The rows that moved: deals before and after, joined by their keys, the largest first."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from liqbench.engine import Run, Variant
from liqbench.model.dag import ADJUST
from liqbench.operators import Locality
from liqbench.operators.adjust import AdjustmentOperator
from liqbench.operators.aggregate import AggregateOperator
from liqbench.operators.expressions import quoted
from liqbench.operators.expressions.types import is_numeric
from liqbench.operators.weighing import WeighingOperator


@dataclass(frozen=True)
class Level:
    """Where rows are compared: the last operator before they are put together, and by what."""

    operator_id: str
    keys: tuple[str, ...]
    measure: str | None
    adjusted: tuple[str, ...]


def level_of(variant: Variant) -> Level:
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
    return Level(name, keys, measure if measure in names else None, fields)


def _summed(operator: object) -> str | None:
    if isinstance(operator, AggregateOperator):
        sums = [m.field for m in operator.measures if m.function == "sum"]
        return sums[-1] if sums else None
    if isinstance(operator, WeighingOperator):
        return operator.weighted or operator.amount
    return None


def moved(base: Run, variant: Variant, limit: int) -> DataFrame:
    """Return the rows that changed most: keys, then each figure before, after and its change."""
    level = level_of(variant)
    run = variant.result()
    name = level.operator_id
    if name not in base.resolved.nodes:  # an injection right before rows are put together
        name = _before(variant, name)
    fields = list(dict.fromkeys([*([level.measure] if level.measure else []), *level.adjusted]))
    common = [field for field in fields if field in base.resolved.nodes[name].schema.fieldNames()]
    before = _renamed(base.frame(name), level.keys, common, "before")
    after = _renamed(run.frame(level.operator_id), level.keys, common, "after")
    joined = before.join(after, list(level.keys), "full_outer")
    types = {f.name: f.dataType for f in run.resolved.nodes[level.operator_id].schema.fields}
    differs = F.lit(False)  # noqa: FBT003
    for field in common:
        old, new = F.col(quoted(f"{field}_before")), F.col(quoted(f"{field}_after"))
        differs = differs | ~old.eqNullSafe(new)
    figures = [field for field in common if is_numeric(types[field])]
    for field in figures:
        old, new = F.col(quoted(f"{field}_before")), F.col(quoted(f"{field}_after"))
        zero = F.lit(0)
        change = F.coalesce(new, zero) - F.coalesce(old, zero)
        joined = joined.withColumn(f"{field}_change", change)
    order = [F.abs(F.col(quoted(f"{figures[0]}_change"))).desc()] if figures else []
    columns = [
        quoted(f"{field}_{part}")
        for field in common
        for part in ("before", "after", "change")
        if part != "change" or field in figures
    ]
    keys = [quoted(key) for key in level.keys]
    return joined.filter(differs).select(*keys, *columns).sort(*order, *keys).limit(limit)


def _before(variant: Variant, adjustment: str) -> str:
    nodes = variant.result().resolved.nodes
    name = adjustment
    while nodes[name].config.operator_type == ADJUST:
        name = nodes[name].config.inputs[0]
    return name


def _renamed(frame: DataFrame, keys: tuple[str, ...], fields: list[str], part: str) -> DataFrame:
    return frame.select(
        *(F.col(quoted(key)) for key in keys),
        *(F.col(quoted(field)).alias(f"{field}_{part}") for field in fields),
    )
