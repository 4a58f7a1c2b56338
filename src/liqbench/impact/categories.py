"""An analysis by category: what each contributes to an entity, before and after."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from liqbench.engine import Run, Variant, to_pandas
from liqbench.engine.keys import Equal, matching
from liqbench.impact.figures import Entity, RatioTable, difference
from liqbench.operators.weighing import WEIGHTED

MOST_CATEGORIES = 100_000
_VARIANT = "__variant"


def by_category(
    before: Run, variants: list[Variant], ratio: RatioTable, entity: Entity | None
) -> pd.DataFrame:
    """Return a row per variant, entity, section and category: weighted amount before, after."""
    keys = [*ratio.fields, "section", "category"]
    runs = [("", before), *((variant.name, variant.result()) for variant in variants)]
    parts = [_contributions(run, ratio, entity).withColumn(_VARIANT, F.lit(n)) for n, run in runs]
    union = functools.reduce(DataFrame.unionByName, parts)
    found = to_pandas(union, keys, limit=MOST_CATEGORIES, what="the table by category")
    amounts: dict[str, dict[Entity, Decimal]] = {}
    for row in found[[_VARIANT, WEIGHTED, *keys]].itertuples(index=False):
        amounts.setdefault(row[0], {})[tuple(row[2:])] = row[1]
    return pd.DataFrame(
        [
            row
            for variant in variants
            for row in _compared(variant, amounts.get("", {}), amounts.get(variant.name, {}), keys)
        ]
    )


def _contributions(run: Run, ratio: RatioTable, entity: Entity | None) -> DataFrame:
    node = run.resolved.nodes[ratio.operator_id]
    rows = run.frame(node.config.inputs[0])
    if entity is not None:
        wanted = zip(ratio.fields, entity, strict=True)
        rows = matching(rows, [Equal(field, value) for field, value in wanted])
    return ratio.operator.contributions(run.context, rows)


def _compared(
    variant: Variant,
    before: Mapping[Entity, Decimal],
    after: Mapping[Entity, Decimal],
    keys: list[str],
) -> list[dict[str, Any]]:
    rows = []
    for key in sorted(before.keys() | after.keys(), key=str):
        a, b = before.get(key, Decimal(0)), after.get(key, Decimal(0))
        rows.append(
            {
                "scenario": variant.injections.scenario.name,
                "injection_point": variant.injections.point,
                **dict(zip(keys, key, strict=True)),
                "before": a,
                "after": b,
                "change": difference(b, a),
            }
        )
    return rows
