"""Why a deal counts as it does: the rules that decided, and what they read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from liqbench.engine.pushed import Conditions, Pushed
from liqbench.engine.tables import MOST_ROWS, to_pandas
from liqbench.errors import UnknownResultError
from liqbench.model.conditions import AllOf, AnyOf, ConditionNode
from liqbench.operators.classify import ClassifyOperator
from liqbench.regulation import NO_CATEGORY, ParameterSet, load_parameters
from liqbench.regulation.classification import RuleTable

_COLUMNS = [
    "table", "category", "description", "weight", "paragraph", "rule_id", "because", "values",
    "reason",
]  # fmt: skip


def explanation(pushed: Pushed, name: str, start: Conditions) -> pd.DataFrame:
    """Return why rows of a classify operator have their categories; see ``Lineage.explain``."""
    node = pushed.nodes[name]
    if not isinstance(node.operator, ClassifyOperator):
        raise UnknownResultError(
            f"{name!r} is of type {node.config.operator_type!r}",
            hint="name an operator of type 'classify'",
        )
    classification = node.operator.classification
    parameters = load_parameters(classification.parameter_set, pushed.run.context.folder)
    table = to_pandas(pushed.rows(name, start), list(node.keys), limit=MOST_ROWS, what="the deal")
    rows = [{str(field): value for field, value in row.items()} for row in table.to_dict("records")]
    found = [
        {
            **{field: row[field] for field in node.keys},
            "table": own,
            **_why(classification.tables[own], row, parameters),
        }
        for row in rows
        for own in node.operator.tables
    ]
    return pd.DataFrame(found, columns=[*node.keys, *_COLUMNS])


def _why(table: RuleTable, row: Mapping[str, Any], parameters: ParameterSet) -> dict[str, Any]:
    code, rule_id = row[table.assigns], row[table.rule_field]
    category = parameters.by_code.get(code)
    rule, conditions = next(
        (entry for entry in table.entries() if entry[0] and entry[0].id == rule_id), (None, ())
    )
    return {
        "category": code,
        "description": category.description if category else NO_CATEGORY.get(code, ""),
        "weight": category.weight if category else None,
        "paragraph": (rule and rule.paragraph) or (category.paragraph if category else ""),
        "rule_id": rule_id,
        "because": " and ".join(node.describe() for node in conditions),
        "values": ", ".join(
            f"{field} = {'null' if pd.isna(row.get(field)) else row[field]}"
            for field in dict.fromkeys(_fields(conditions))
        ),
        "reason": rule.reason if rule else "",
    }


def _fields(nodes: Sequence[ConditionNode]) -> Iterator[str]:
    """Yield the fields that conditions read, at every depth."""
    for node in nodes:
        if isinstance(node, AnyOf):
            yield from _fields(node.any)
        elif isinstance(node, AllOf):
            yield from _fields(node.all)
        else:
            yield node.field
