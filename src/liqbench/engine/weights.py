"""What counts at a regulatory ratio: its categories, each with weight, paragraph and amount."""

from __future__ import annotations

import pandas as pd
from pyspark.sql import DataFrame

from liqbench.engine.pushed import Pushed
from liqbench.errors import UnknownResultError
from liqbench.operators.weighing import WEIGHTED, WeighingOperator

_COLUMNS = ["section", "category", "description", "weight", "paragraph", "amount"]


def weighed(pushed: Pushed, name: str) -> str:
    """Return the operator whose rows a ratio counts. Raises ``UnknownResultError``."""
    return _checked(pushed, name)[1]


def weights(pushed: Pushed, name: str, counted: DataFrame) -> pd.DataFrame:
    """Return the categories of counted rows at an operator; see ``Lineage.weights``."""
    operator, _ = _checked(pushed, name)
    found = operator.contributions(pushed.run.context, counted).toArrow().to_pylist()
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


def _checked(pushed: Pushed, name: str) -> tuple[WeighingOperator, str]:
    node = pushed.nodes[name]
    if not isinstance(node.operator, WeighingOperator):
        raise UnknownResultError(
            f"{name!r} is of type {node.config.operator_type!r}, which weighs nothing",
            hint="name an operator of type 'lcr' or 'nsfr'",
        )
    return node.operator, node.config.inputs[0]
