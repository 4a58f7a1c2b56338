"""What counts at a regulatory ratio: its categories, each with weight, paragraph and amount."""

from __future__ import annotations

import pandas as pd
from pyspark.sql import DataFrame

from liqbench.engine.resolve import Node
from liqbench.errors import UnknownResultError
from liqbench.operators import Context
from liqbench.operators.weighing import WEIGHTED, WeighingOperator

_COLUMNS = ["section", "category", "description", "weight", "paragraph", "amount"]


def weighing(node: Node) -> WeighingOperator:
    """Return the operator of a regulatory ratio. Raises ``UnknownResultError`` for another."""
    if not isinstance(node.operator, WeighingOperator):
        config = node.config
        raise UnknownResultError(
            f"{config.operator_id!r} is of type {config.operator_type!r}, which weighs nothing",
            hint="name an operator of type 'lcr' or 'nsfr'",
        )
    return node.operator


def weights(operator: WeighingOperator, context: Context, counted: DataFrame) -> pd.DataFrame:
    """Return the categories of the rows that a ratio counts; see ``Lineage.weights``."""
    found = operator.contributions(context, counted).toArrow().to_pylist()
    order = [section.value for section in operator.counted]
    found.sort(key=lambda each: (order.index(each["section"]), each["category"]))
    known = operator.parameters.by_code
    rows = [
        {
            "section": each["section"],
            "category": each["category"],
            "description": own.description if own else "",
            "weight": own.weight if own else None,
            "paragraph": own.paragraph if own else "",
            "amount": each[WEIGHTED],
        }
        for each in found
        for own in [known.get(each["category"])]
    ]
    return pd.DataFrame(rows, columns=_COLUMNS)
