from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from liqbench.errors import DocumentError
from liqbench.model import AdjustmentRule, AllOf, AnyOf, Condition

SINGLE = ("=", "!=", "<", "<=", ">", ">=", "starts with", "contains")
OPERATORS = "!=, <, <=, =, >, >=, between, contains, in, is not null, is null, not in, starts with"


def rule_with(*conditions: Any) -> AdjustmentRule:
    return AdjustmentRule.from_json(
        {
            "rule_id": "R1",
            "conditions": list(conditions),
            "adjustments": [{"field": "haircut", "operation": "add", "value": 0.05}],
        }
    )


def condition(operator: str, value: Any = None) -> Condition:
    (node,) = rule_with({"field": "f", "operator": operator, "value": value}).conditions
    assert isinstance(node, Condition)
    return node


def fault(*conditions: Any) -> str:
    """Return what is said of the conditions, without the rule's name in front."""
    with pytest.raises(DocumentError) as caught:
        rule_with(*conditions)
    return str(caught.value).removeprefix("rule 'R1': ")


class TestValid:
    @pytest.mark.parametrize("operator", SINGLE)
    @pytest.mark.parametrize(
        ("value", "kept"),
        [("BOND", "BOND"), (0.95, Decimal("0.95")), (0, 0), (False, False), ("", "")],
    )
    def test_a_comparison_takes_one_value(self, operator: str, value: Any, kept: Any) -> None:
        assert condition(operator, value).value == kept

    @pytest.mark.parametrize("operator", ["in", "not in"])
    def test_a_list_takes_one_value_or_more(self, operator: str) -> None:
        assert condition(operator, ["BOND"]).value == ("BOND",)
        assert condition(operator, ["BOND", "LOAN"]).value == ("BOND", "LOAN")

    def test_between_takes_two_values(self) -> None:
        assert condition("between", [1, 2]).value == (1, 2)

    @pytest.mark.parametrize("operator", ["is null", "is not null"])
    def test_a_test_for_null_takes_no_value(self, operator: str) -> None:
        assert condition(operator).value is None

    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("IN", "in"),
            ("Not  In", "not in"),
            ("not_in", "not in"),
            ("IS_NOT_NULL", "is not null"),
            ("startswith", "starts with"),
            ("==", "="),
            ("<>", "!="),
        ],
    )
    def test_other_spellings_of_an_operator_are_understood(self, written: str, meant: str) -> None:
        value = ["x"] if "in" in meant.split() else None if "null" in meant else "x"
        assert condition(written, value).operator == meant

    def test_groups_nest(self) -> None:
        (group,) = rule_with(
            {
                "any": [
                    {"field": "a", "operator": "=", "value": 1},
                    {"all": [{"field": "b", "operator": "is null"}]},
                ]
            }
        ).conditions
        assert group == AnyOf(
            any=(
                Condition(field="a", operator="=", value=1),
                AllOf(all=(Condition(field="b", operator="is null"),)),
            )
        )

    def test_a_condition_reads_as_a_sentence(self) -> None:
        rule = rule_with(
            {"field": "product_type", "operator": "in", "value": ["BOND", "LOAN"]},
            {
                "any": [
                    {"field": "amount", "operator": "between", "value": [1, 2.5]},
                    {
                        "all": [
                            {"field": "rating", "operator": "is null"},
                            {"field": "ccy", "operator": "!=", "value": "EUR"},
                        ]
                    },
                ]
            },
        )
        assert rule.describe() == (
            "where product_type in (BOND, LOAN) and (amount between 1 and 2.5 or "
            "(rating is null and ccy != EUR)): add 0.05 to haircut"
        )

    def test_a_condition_is_a_value(self) -> None:
        with pytest.raises(ValidationError, match="frozen"):
            condition("=", 1).value = 2  # type: ignore[misc]

    def test_a_date_may_be_given_as_one(self) -> None:
        assert Condition(field="d", operator=">", value=date(2025, 1, 1)).value == date(2025, 1, 1)


class TestInvalid:
    @pytest.mark.parametrize("operator", SINGLE)
    def test_a_comparison_with_null(self, operator: str) -> None:
        assert fault({"field": "f", "operator": operator, "value": None}) == (
            f"conditions.0: '{operator}' with null never matches; use 'is null' or 'is not null'"
        )

    @pytest.mark.parametrize("operator", SINGLE)
    @pytest.mark.parametrize(("value", "kind"), [([1], "a list"), ({"a": 1}, "an object")])
    def test_a_comparison_with_several(self, operator: str, value: Any, kind: str) -> None:
        assert fault({"field": "f", "operator": operator, "value": value}) == (
            f"conditions.0: '{operator}' takes one value, not {kind}"
        )

    @pytest.mark.parametrize("operator", ["in", "not in"])
    @pytest.mark.parametrize("value", [None, "BOND", 5, [], {"a": 1}])
    def test_a_list_that_is_none(self, operator: str, value: Any) -> None:
        assert fault({"field": "f", "operator": operator, "value": value}) == (
            f"conditions.0: '{operator}' takes a list of at least one value"
        )

    @pytest.mark.parametrize("operator", ["in", "not in"])
    def test_null_in_a_list(self, operator: str) -> None:
        assert fault({"field": "f", "operator": operator, "value": ["BOND", None]}) == (
            f"conditions.0: null is in the list of '{operator}'; use 'is null'"
        )

    @pytest.mark.parametrize("operator", ["in", "between"])
    def test_a_list_in_a_list(self, operator: str) -> None:
        assert fault({"field": "f", "operator": operator, "value": [[1], 2]}) == (
            f"conditions.0: a list is in the list of '{operator}', which takes single values"
        )

    @pytest.mark.parametrize("value", [None, 1, "ab", [], [1], [1, 2, 3]])
    def test_between_other_than_two(self, value: Any) -> None:
        assert fault({"field": "f", "operator": "between", "value": value}) == (
            "conditions.0: 'between' takes a list of two values, both included"
        )

    def test_between_null(self) -> None:
        assert fault({"field": "f", "operator": "between", "value": [None, 1]}) == (
            "conditions.0: 'between' takes no null"
        )

    @pytest.mark.parametrize("operator", ["is null", "is not null"])
    def test_a_test_for_null_with_a_value(self, operator: str) -> None:
        assert fault({"field": "f", "operator": operator, "value": 0}) == (
            f"conditions.0: '{operator}' takes no value, but got 0"
        )

    def test_an_unknown_operator(self) -> None:
        assert fault({"field": "f", "operator": "~", "value": 1}) == (
            f"conditions.0.operator: '~' is not known here (known are: {OPERATORS})"
        )
        assert fault({"field": "f", "operator": "strats with", "value": 1}) == (
            "conditions.0.operator: 'strats with' is not known here (did you mean 'starts with'?)"
        )

    def test_an_empty_field(self) -> None:
        assert fault({"field": "", "operator": "=", "value": 1}) == "conditions.0.field: is empty"

    def test_a_slip_in_a_name_is_compared_with_the_names_of_that_place(self) -> None:
        assert fault({"field": "f", "operatr": "=", "value": 1}) == (
            "conditions.0.operator: is missing; "
            "conditions.0.operatr: is not known here (did you mean 'operator'?)"
        )
        assert fault({"any": [{"field": "f", "operator": "=", "valeu": 1}]}) == (
            "conditions.0.any.0.valeu: is not known here (did you mean 'value'?)"
        )

    def test_a_group_of_both_forms(self) -> None:
        comparison = {"field": "f", "operator": "=", "value": 1}
        assert fault({"any": [comparison], "all": [comparison]}) == (
            "conditions.0.all: is not known here (known are: any)"
        )

    @pytest.mark.parametrize("form", ["any", "all"])
    def test_an_empty_group(self, form: str) -> None:
        assert fault({form: []}) == f"conditions.0.{form}: is empty"

    @pytest.mark.parametrize("form", ["any", "all"])
    def test_a_fault_inside_a_group_is_told_once_with_its_path(self, form: str) -> None:
        nested = {"field": "f", "operator": "in", "value": 1}
        good = {"field": "f", "operator": "=", "value": 1}
        assert fault({form: [good, nested]}) == (
            f"conditions.0.{form}.1: 'in' takes a list of at least one value"
        )
        assert fault({form: [nested]}) == (
            f"conditions.0.{form}.0: 'in' takes a list of at least one value"
        )

    def test_all_faults_are_told_at_once(self) -> None:
        assert fault(
            {"field": "f", "operator": "in", "value": 1},
            {"field": "f", "operator": "between", "value": 1},
        ) == (
            "conditions.0: 'in' takes a list of at least one value; "
            "conditions.1: 'between' takes a list of two values, both included"
        )

    def test_what_is_no_condition_at_all(self) -> None:
        assert fault(5).startswith("conditions.0: Input should be a valid dictionary")

    def test_a_number_that_is_none(self) -> None:
        assert fault({"field": "f", "operator": "=", "value": float("nan")}) == (
            "conditions.0.value: nan is no number to calculate with"
        )
