"""What a rule would touch, against the same question asked of the deals in plain Python."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from liqbench.engine import FieldValues, RuleMatch, field_values, match_rule
from liqbench.errors import (
    FaultsError,
    InvalidDagError,
    KeyFieldError,
    LiqbenchError,
    UnknownFieldError,
)
from liqbench.model import AdjustmentRule, Dag, Scenario
from liqbench.operators import Context
from liqbench.store import StageStore

Make = Callable[..., Any]


def rule(name: str, conditions: list[Any], *changes: tuple[str, str, Any], **more: Any) -> Any:
    adjustments = [
        {"field": field, "operation": operation, "value": value}
        for field, operation, value in changes
    ]
    return AdjustmentRule.from_json(
        {"rule_id": name, "conditions": conditions, "adjustments": adjustments, **more}
    )


IN_TWO = {"field": "entity", "operator": "in", "value": ["E1", "E2"]}
LARGE = {"field": "amount", "operator": ">=", "value": 100}
HALVED = rule("HALVED", [IN_TWO, LARGE], ("amount", "multiply", Decimal("0.5")))


@pytest.fixture
def match(dag: Dag, file: Path, context: Context, stages: StageStore) -> Callable[..., RuleMatch]:
    del file

    def ask(own: AdjustmentRule, at: str = "deals", **more: Any) -> RuleMatch:
        fields: dict[str, Any] = {"amount": "amount", "group": "entity", **more}
        return match_rule(dag, own, at, context, stages, **fields)

    return ask


def matching(deals: pa.Table) -> list[dict[str, Any]]:
    rows = deals.to_pylist()
    return [row for row in rows if row["entity"] in ("E1", "E2") and row["amount"] >= 100]


def test_rows_amounts_groups_and_examples(match: Callable[..., RuleMatch], deals: pa.Table) -> None:
    found, wanted = match(HALVED), matching(deals)
    assert (found.rows, found.of) == (len(wanted), 500)
    assert found.amount == sum(row["amount"] for row in wanted)
    assert found.of_amount == sum(row["amount"] for row in deals.to_pylist())
    assert found.all_groups == 7
    by_group = {
        name: [row["amount"] for row in wanted if row["entity"] == name] for name in ("E1", "E2")
    }
    assert {(each.group, each.rows, each.amount) for each in found.groups} == {
        (name, len(amounts), sum(amounts)) for name, amounts in by_group.items()
    }
    largest = sorted(wanted, key=lambda row: -row["amount"])[:5]
    assert [(each.key, each.group, each.amount) for each in found.examples] == [
        ((row["id"],), row["entity"], row["amount"]) for row in largest
    ]
    assert [each.changes["amount"] for each in found.examples] == [
        (row["amount"], row["amount"] / 2) for row in largest
    ]
    assert found.keys == ("id",)


def test_amounts_of_several_currencies_are_never_added(
    match: Callable[..., RuleMatch], deals: pa.Table
) -> None:
    """The entity stands for a currency: the sums are those of each."""
    found, wanted = match(HALVED, currency="entity"), matching(deals)
    assert (found.rows, found.amount, found.of_amount) == (len(wanted), None, None)
    assert sum(each.rows for each in found.groups) == len(wanted)
    assert {each.amount for each in found.groups} == {None}
    touched = {each.group: each.amount for each in found.currencies if each.rows}
    assert touched == {
        name: sum(row["amount"] for row in wanted if row["entity"] == name) for name in ("E1", "E2")
    }
    assert {each.group: each.of_amount for each in found.currencies} == {
        name: sum(row["amount"] for row in deals.to_pylist() if row["entity"] == name)
        for name in {row["entity"] for row in deals.to_pylist()}
    }
    largest = sorted(wanted, key=lambda row: -row["amount"])[:5]
    assert [each.currency for each in found.examples] == [row["entity"] for row in largest]


def test_amounts_of_one_currency_are_added(match: Callable[..., RuleMatch]) -> None:
    one = rule("ONE", [], ("entity", "set", "E1"), stage="deals")
    own = rule("OWN", [LARGE], ("amount", "set", 0), stage="large")
    scenario = Scenario(name="some", rules=(one, own))
    found = match(own, "large", scenario=scenario, currency="entity")
    (only,) = found.currencies
    assert (only.group, only.amount) == ("E1", found.amount)
    assert found.amount is not None


def test_a_rule_meets_what_earlier_ones_of_its_scenario_left(
    match: Callable[..., RuleMatch], deals: pa.Table
) -> None:
    """Another rule of the same place and one of a place before it: both move rows into it."""
    before = rule("BEFORE", [], ("amount", "add", 50), stage="deals")
    same = rule("SAME", [{"field": "entity", "operator": "=", "value": "E1"}],
                ("entity", "set", "E2"), stage="large")  # fmt: skip
    own = rule("OWN", [{"field": "entity", "operator": "=", "value": "E2"}, LARGE],
               ("amount", "set", 0), stage="large")  # fmt: skip
    after = rule("AFTER", [], ("amount", "set", 0), stage="large")
    scenario = Scenario(name="some", rules=(before, same, own, after))
    found = match(own, "large", scenario=scenario)
    raised = [{**row, "amount": row["amount"] + 50} for row in deals.to_pylist()]
    wanted = [r["amount"] for r in raised if r["entity"] in ("E1", "E2") and r["amount"] >= 100]
    assert (found.rows, found.amount) == (len(wanted), sum(wanted))
    assert found.of == sum(abs(row["amount"]) > 10 for row in raised)
    assert [each.group for each in found.groups] == ["E2"]


def test_a_rule_outside_its_dates_is_counted_and_told(match: Callable[..., RuleMatch]) -> None:
    late = AdjustmentRule.from_json({**HALVED.to_json(), "effective_date": "2026-01-01"})
    found = match(late)
    assert found.rows == match(HALVED).rows
    assert found.skipped == "takes effect on 2026-01-01, after the as-of date 2025-12-31"


def test_a_rule_that_matches_nothing_has_no_examples(match: Callable[..., RuleMatch]) -> None:
    nobody = rule("NOBODY", [{"field": "entity", "operator": "=", "value": "E9"}],
                  ("amount", "set", 0))  # fmt: skip
    found = match(nobody)
    assert (found.rows, found.amount, found.groups, found.examples) == (0, 0, (), ())


def test_without_fields_for_them_there_are_rows_only(match: Callable[..., RuleMatch]) -> None:
    found = match(HALVED, amount=None, group=None)
    assert found.rows == match(HALVED).rows
    assert (found.amount, found.groups, found.all_groups) == (None, (), 0)


@pytest.mark.parametrize(
    ("wrong", "at", "error", "told"),
    [
        (rule("R", [{"field": "amuont", "operator": ">", "value": 1}], ("amount", "set", 0)),
         "deals", UnknownFieldError, "did you mean 'amount'"),
        (rule("R", [], ("id", "set", "x")), "deals", KeyFieldError, "key"),
        (rule("R", [LARGE], ("amount", "set", 0)), "means", FaultsError, "amount"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_rule_is_told_before_anything_runs(
    match: Callable[..., RuleMatch],
    wrong: AdjustmentRule,
    at: str,
    error: type[LiqbenchError],
    told: str,
) -> None:
    with pytest.raises(error, match=told):
        match(wrong, at, amount=None, group=None)


def test_only_what_leads_there_must_be_valid(
    dag: Dag, file: Path, context: Context, stages: StageStore, config: Make
) -> None:
    del file
    broken = dag.model_copy(
        update={"operators": (*dag.operators, config("bad", "filter", "deals", expression="x > 1"))}
    )
    assert match_rule(broken, HALVED, "deals", context, stages).rows > 0
    with pytest.raises(InvalidDagError):
        match_rule(broken, HALVED, "bad", context, stages)


def test_the_values_of_a_field_come_with_their_counts(
    dag: Dag, file: Path, context: Context, stages: StageStore, deals: pa.Table
) -> None:
    del file
    told = field_values(dag, "deals", "entity", context, stages)
    assert told == FieldValues(
        "deals", "entity", "string", 500, 0, 7, None, None,
        (("E0", 72), ("E1", 72), ("E2", 72), ("E3", 71), ("E4", 71), ("E5", 71), ("E6", 71)),
    )  # fmt: skip
    amounts = [row["amount"] for row in deals.to_pylist()]
    figures = field_values(dag, "deals", "amount", context, stages)
    assert (figures.lowest, figures.highest) == (min(amounts), max(amounts))
    assert figures.distinct == len(set(amounts))
    assert figures.values[0][1] == 2  # n and 300 - n have the same amount
    with pytest.raises(UnknownFieldError, match="did you mean 'entity'"):
        field_values(dag, "deals", "entiti", context, stages)
