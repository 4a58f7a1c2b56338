"""What a rule would touch, before anything is run: rows, amounts, groups and examples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from liqbench.engine.failures import failure_of
from liqbench.engine.frames import computed_frame
from liqbench.engine.resolve import fingerprints, resolve
from liqbench.engine.session import SPARK_ERRORS
from liqbench.errors import UnknownFieldError
from liqbench.model import AdjustmentRule, Dag, Scenario
from liqbench.operators import Context, Keys
from liqbench.operators.adjust import AdjustmentOperator
from liqbench.operators.conditions import conditions_expression
from liqbench.operators.expressions import fields_of_schema, quoted, type_expression
from liqbench.store import StageStore

EXAMPLES = 5
_DIGITS = 100
_OLD, _ROWS, _OF, _AMOUNT, _OF_AMOUNT = "__old_{}", "__rows", "__of", "__amount", "__of_amount"
Figure = Decimal | int | None


@dataclass(frozen=True)
class GroupMatch:
    """What a rule touches in one group: its value, rows of how many, amount of how much."""

    group: Any
    rows: int
    of: int
    amount: Figure
    of_amount: Figure


@dataclass(frozen=True)
class Example:
    """A row that a rule matches, before and after."""

    key: tuple[Any, ...]
    group: Any
    currency: str | None
    amount: Figure
    changes: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True)
class RuleMatch:
    """What a rule would touch behind an operator, of all data and whatever its dates.

    ``amount`` and ``of_amount`` are sums of the field ``amount_field``, ``groups`` those values of
    the field ``group_field`` of which a row matches, the largest first. ``examples`` are the
    matching rows with the largest amounts: the keys, the group, the amount, and per adjusted field
    its value before and after (``field: (old, new)`` in ``changes``). ``skipped`` says why the rule
    would not be applied on the day.

    Where the amounts are of the currencies in ``currency_field``, ``currencies`` holds the sums of
    each, the most frequent first. Of several there is no other sum: every other amount but those
    of the examples is None.
    """

    operator_id: str
    rows: int
    of: int
    amount_field: str | None
    amount: Figure
    of_amount: Figure
    currency_field: str | None
    currencies: tuple[GroupMatch, ...]
    group_field: str | None
    groups: tuple[GroupMatch, ...]
    all_groups: int
    keys: tuple[str, ...]
    examples: tuple[Example, ...]
    skipped: str | None


def match_rule(
    dag: Dag,
    rule: AdjustmentRule,
    at: str,
    context: Context,
    stages: StageStore,
    *,
    scenario: Scenario | None = None,
    amount: str | None = None,
    currency: str | None = None,
    group: str | None = None,
) -> RuleMatch:
    """Return what a rule touches behind an operator, where the scenario's earlier rules applied.

    A rule that changes nothing yet matches too. ``scenario`` holds the earlier ones: all its
    rules for operators before this one, and for this one those that stand before the rule of this
    id. ``amount`` and ``group`` are fields there; ``currency`` is the field with the currency that
    the amount of a row is in, where they are not all in one. Nothing is stored. Raises
    ``InvalidDagError`` with what is wrong up to there, the faults of the rule,
    ``UnknownFieldError``, and what Spark stops at.
    """
    adjusted, place = _before(dag, scenario, rule, at)
    resolved = resolve(adjusted.up_to(place), context)
    prints = fingerprints(resolved, context)
    node = resolved.nodes[place]
    for field in filter(None, (amount, currency, group)):
        if field not in node.schema.fieldNames():
            raise UnknownFieldError.of(field, node.schema.fieldNames(), where=f"behind {at!r}")
    frame = computed_frame(resolved.nodes, place, context, stages, prints)
    always = rule.model_copy(update={"effective_date": None, "expiry_date": None})
    operator = AdjustmentOperator(rules=(always,)) if rule.adjustments else None
    fields = fields_of_schema(node.schema)
    if operator is not None:
        operator.keys(node.keys)
        operator.plan(context, node.schema)
    typed = type_expression(conditions_expression(rule.conditions, fields), fields)
    hit = F.coalesce(typed.column(), F.lit(False))  # noqa: FBT003
    try:
        counts = _counted(frame, hit, amount, currency, group)
        few = _few(frame.filter(hit), node.keys, amount)
        own = {"amount": amount, "currency": currency, "group": group}
        examples = _examples(few, operator, context, node.keys, own)
    except SPARK_ERRORS as error:
        raise failure_of(at, error) from error
    currencies = _together(counts, "currency") if amount and currency else []
    one = amount is not None and len(currencies) <= 1
    groups = _together(counts, "group", summed=one)
    (every,) = _together(counts, summed=one) or [
        GroupMatch(None, 0, 0, *((0, 0) if one else (None, None)))
    ]
    touched = tuple(sorted((each for each in groups if each.rows), key=_largest_first))
    return RuleMatch(
        operator_id=at,
        rows=every.rows,
        of=every.of,
        amount_field=amount,
        amount=every.amount,
        of_amount=every.of_amount,
        currency_field=currency if amount else None,
        currencies=tuple(sorted(currencies, key=lambda each: (-each.rows, str(each.group)))),
        group_field=group,
        groups=touched if group else (),
        all_groups=len(groups) if group else 0,
        keys=node.keys,
        examples=tuple(examples),
        skipped=rule.skipped_because(context.as_of),
    )


def _before(dag: Dag, scenario: Scenario | None, rule: AdjustmentRule, at: str) -> tuple[Dag, str]:
    """Return the DAG with the rules that apply before this one, and the operator behind them."""
    place = dag.operator(at).operator_id
    rules = () if scenario is None else scenario.rules
    for point in (*(name for name in dag.order() if name in dag.upstream(at)), at):
        own = [each for each in rules if (each.stage or at) == point]
        if point == at:
            ids = [each.rule_id for each in own]
            own = own[: ids.index(rule.rule_id)] if rule.rule_id in ids else own
        if own:
            known = set(dag.inputs)
            dag = dag.inject_adjustment(point, own)
            if point == at:
                (place,) = set(dag.inputs) - known
    return dag, place


def _counted(
    frame: DataFrame, hit: Column, amount: str | None, currency: str | None, group: str | None
) -> list[dict[str, Any]]:
    """Return the counts and sums of each group in each currency."""
    aggregates = [F.count_if(hit).alias(_ROWS), F.count(F.lit(1)).alias(_OF)]
    if amount is not None:
        figure = F.col(quoted(amount))
        aggregates += [
            F.sum(F.when(hit, figure)).alias(_AMOUNT),
            F.sum(figure).alias(_OF_AMOUNT),
        ]
    keys = {"group": group, "currency": currency}
    by = [F.col(quoted(field)).alias(name) for name, field in keys.items() if field is not None]
    rows: list[dict[str, Any]] = frame.groupBy(*by).agg(*aggregates).toArrow().to_pylist()
    return rows


def _together(
    counts: Sequence[Mapping[str, Any]], key: str = "", *, summed: bool = True
) -> list[GroupMatch]:
    """Return the counts of each value of the key together, and their sums if they are summed."""
    found: dict[Any, list[Mapping[str, Any]]] = {}
    for row in counts:
        found.setdefault(row.get(key), []).append(row)
    return [
        GroupMatch(
            group,
            sum(row[_ROWS] for row in rows),
            sum(row[_OF] for row in rows),
            _total(row[_AMOUNT] for row in rows) if summed else None,
            _total(row[_OF_AMOUNT] for row in rows) if summed else None,
        )
        for group, rows in found.items()
    ]


def _few(matching: DataFrame, keys: Keys, amount: str | None) -> DataFrame:
    order = [F.col(quoted(name)) for name in keys]
    if amount is not None:
        order = [F.abs(F.col(quoted(amount))).desc_nulls_last(), *order]
    return matching.orderBy(*order).limit(EXAMPLES)


def _examples(
    few: DataFrame,
    operator: AdjustmentOperator | None,
    context: Context,
    keys: Keys,
    own: Mapping[str, str | None],
) -> list[Example]:
    changes = () if operator is None else operator.rules[0].adjustments
    fields = list(dict.fromkeys(change.field for change in changes))
    kept = [*fields, *(name for name in own.values() if name is not None)]
    seen = few.withColumns({_OLD.format(name): F.col(quoted(name)) for name in kept})
    changed = seen if operator is None else operator.apply(context, seen)
    return [
        Example(
            key=tuple(row[name] for name in keys),
            changes={name: (row[_OLD.format(name)], row[name]) for name in fields},
            **{
                part: None if name is None else row[_OLD.format(name)] for part, name in own.items()
            },
        )
        for row in changed.toArrow().to_pylist()
    ]


def _largest_first(each: GroupMatch) -> tuple[Any, ...]:
    return (-abs(Decimal(each.amount or 0)), -each.rows, str(each.group))


def _total(figures: Iterable[Figure]) -> Figure:
    present = [figure for figure in figures if figure is not None]
    if not present:
        return 0
    with localcontext(prec=_DIGITS):
        return sum(present[1:], start=present[0])
