"""What the rule that is being written touches: the question, its answer, and both on the screen."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from pyspark.sql.types import BooleanType, DecimalType, StringType

from liqbench.engine import Examination, FieldValues, Node, RuleMatch
from liqbench.errors import DocumentError
from liqbench.model import AdjustmentRule, Dag, Scenario
from liqbench.operators.expressions.types import is_numeric
from liqbench.operators.weighing import WeighingOperator
from liqbench.ui.bench.wire import to_wire
from liqbench.workbench import Workbench

_AMOUNTS = ("amount", "balance", "market_value", "nominal", "unweighted")
_GROUPS = ("entity_id", "entity", "bank", "bank_id")
_CURRENCIES = ("currency_code", "currency")
MOST_GROUPS = 12
NONE = "(none)"  # chosen by her: no sum, no groups


@dataclass(frozen=True)
class Looked:
    """A question: what a rule touches, as it is written, behind an operator.

    ``amount`` and ``group`` are the fields that she chose, ``NONE`` for none; without a choice
    they are those of the DAG's ratio, or what they are usually called.
    """

    dag: Dag
    as_of: date
    scenario: Scenario | None
    written: str
    at: str
    amount: str | None
    group: str | None


def look(
    workbench: Workbench, asked: Looked, inputs: Mapping[str, Any]
) -> tuple[RuleMatch, Sequence[str], Sequence[str], str | None]:
    """Return what the rule touches, the fields that could be summed and grouped by, the entity's.

    Raises what is wrong with the rule or on the way to it.
    """
    rule = rule_to_match(json.loads(asked.written))
    known = workbench.examine(asked.dag, as_of=asked.as_of, inputs=inputs)
    node = known.nodes.get(asked.at)
    if node is None:
        workbench.validate(asked.dag.up_to(asked.at), as_of=asked.as_of, inputs=inputs)
        raise DocumentError(f"nothing is known of {asked.at!r}")
    amounts, groups = _figures(node), _texts(node)
    operators = [each.operator for each in known.nodes.values()]
    ratios = [each for each in operators if isinstance(each, WeighingOperator)]
    own = [each.amount for each in ratios if each.amount], _entity_fields(ratios)
    amount = _chosen(asked.amount, (*own[0], *_AMOUNTS), amounts, otherwise=amounts)
    match = workbench.match_rule(
        asked.dag,
        rule,
        asked.at,
        as_of=asked.as_of,
        scenario=asked.scenario,
        amount=amount,
        currency=_currency(asked, known, amount),
        group=_chosen(asked.group, (*own[1], *_GROUPS), groups, otherwise=()),
        inputs=inputs,
    )
    return match, amounts, groups, next(iter(own[1]), None)


def rule_to_match(written: Mapping[str, Any]) -> AdjustmentRule:
    """Return the rule; one that changes nothing yet can be looked at for its conditions.

    Raises ``DocumentError`` with what is wrong with them.
    """
    if written.get("adjustments"):
        return AdjustmentRule.from_json(dict(written))
    blank = {"field": "nothing", "operation": "set", "value": 0}
    rule = AdjustmentRule.from_json({**written, "adjustments": [blank]})
    return rule.model_copy(update={"adjustments": ()})


def _figures(node: Node) -> list[str]:
    """Return the fields that can be summed, decimals first."""
    numeric = [each for each in node.schema.fields if is_numeric(each.dataType)]
    decimals = [each.name for each in numeric if isinstance(each.dataType, DecimalType)]
    return [*decimals, *(each.name for each in numeric if each.name not in decimals)]


def _texts(node: Node) -> list[str]:
    return [
        each.name
        for each in node.schema.fields
        if isinstance(each.dataType, StringType | BooleanType) and each.name not in node.keys[:1]
    ]


def _currency(asked: Looked, known: Examination, amount: str | None) -> str | None:
    """Return the field with the currency of an amount that is as its source gave it."""
    dag = asked.dag.up_to(asked.at)
    fields = {name: known.nodes[name].schema.fieldNames() for name in dag.inputs}
    given = any(amount in fields[each.operator_id] for each in dag.operators if not each.inputs)
    calculated = (
        step.get("name")
        for each in dag.operators
        for step in each.parameters.get("expressions", ())
    )
    if not given or amount in calculated:
        return None
    return next((name for name in _CURRENCIES if name in fields[asked.at]), None)


def _entity_fields(ratios: Sequence[WeighingOperator]) -> list[str]:
    """Return what the ratios are told apart by, the fields with a name for it first."""
    fields = [name for each in ratios for name in each.group_by]
    return sorted(fields, key=lambda name: not name.endswith("name"))


def _chosen(
    chosen: str | None, usual: Sequence[str], known: Sequence[str], *, otherwise: Sequence[str]
) -> str | None:
    if chosen == NONE:
        return None
    wanted = [*([chosen] if chosen else []), *usual, *otherwise]
    return next((name for name in wanted if name in known), None)


def match_to_wire(
    match: RuleMatch, amounts: Sequence[str], groups: Sequence[str], entity: str | None
) -> dict[str, Any]:
    """Return what a rule touches for the screen: the largest groups only."""
    return {
        "at": match.operator_id,
        "rows": match.rows,
        "of": match.of,
        "amount_field": match.amount_field,
        "amount": match.amount,
        "of_amount": match.of_amount,
        "currency_field": match.currency_field,
        "currencies": [asdict(each) for each in match.currencies if each.rows],
        "all_currencies": len(match.currencies),
        "group_field": match.group_field,
        "touched_groups": len(match.groups),
        "all_groups": match.all_groups,
        "by_entity": match.group_field is not None and match.group_field == entity,
        "groups": [asdict(each) for each in match.groups[:MOST_GROUPS]],
        "keys": list(match.keys),
        "examples": [
            {
                "key": list(each.key),
                "group": each.group,
                "currency": each.currency,
                "amount": each.amount,
                "changes": {field: list(pair) for field, pair in each.changes.items()},
            }
            for each in match.examples
        ],
        "skipped": match.skipped,
        "amounts": list(amounts),
        "group_fields": list(groups),
    }


def values_to_wire(found: FieldValues) -> dict[str, Any]:
    """Return a field's values for the screen."""
    plain: dict[str, Any] = to_wire(asdict(found))
    return plain
