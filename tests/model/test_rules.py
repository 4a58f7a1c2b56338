from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from liqbench.errors import DocumentError
from liqbench.model import Adjustment, AdjustmentRule, Condition
from liqbench.model._values import canonical_json, read_json

# The rule of the design, as a file holds it.
DOCUMENT = """
{"rule_id": "ADJ_2024_001", "stage": "enrich",
 "conditions": [{"field": "product_type", "operator": "in", "value": ["BOND", "LOAN"]},
                {"field": "maturity_date", "operator": ">", "value": "2025-01-01"}],
 "adjustments": [{"field": "liquidity_factor", "operation": "multiply", "value": 0.95},
                 {"field": "haircut", "operation": "add", "value": 0.05}],
 "effective_date": "2024-01-15", "expiry_date": "2024-12-31",
 "approval": {"user": "risk_admin", "timestamp": "2024-01-14T10:00:00Z"},
 "reason": "stressed market", "evidence": "memo 17"}
"""
OPERATIONS = ("set", "add", "subtract", "multiply", "percent", "cap", "floor")


@pytest.fixture
def rule() -> AdjustmentRule:
    return AdjustmentRule.from_json(read_json(DOCUMENT, where="design.md"))


def fault(**fields: Any) -> str:
    document = {
        "rule_id": "R1",
        "adjustments": [{"field": "x", "operation": "add", "value": 1}],
        **fields,
    }
    with pytest.raises(DocumentError) as caught:
        AdjustmentRule.from_json({name: value for name, value in document.items() if value != ...})
    return str(caught.value)


class TestValid:
    def test_every_part_of_the_document_is_read(self, rule: AdjustmentRule) -> None:
        assert rule.rule_id == "ADJ_2024_001"
        assert rule.stage == "enrich"
        assert rule.conditions == (
            Condition(field="product_type", operator="in", value=["BOND", "LOAN"]),
            Condition(field="maturity_date", operator=">", value="2025-01-01"),
        )
        assert rule.effective_date == date(2024, 1, 15)
        assert rule.expiry_date == date(2024, 12, 31)
        assert rule.approval is not None
        assert rule.approval.user == "risk_admin"
        assert rule.approval.timestamp == datetime(2024, 1, 14, 10, tzinfo=UTC)
        assert (rule.reason, rule.evidence) == ("stressed market", "memo 17")

    def test_its_numbers_are_exact_decimals(self, rule: AdjustmentRule) -> None:
        factor, haircut = (change.value for change in rule.adjustments)
        assert type(factor) is Decimal
        assert str(factor) == "0.95"
        assert str(haircut) == "0.05"

    def test_it_is_written_as_it_was_read(self, rule: AdjustmentRule) -> None:
        assert rule.to_json() == json.loads(DOCUMENT)
        text = canonical_json(rule.to_json())
        again = AdjustmentRule.from_json(read_json(text, where="again"))
        assert again == rule
        assert canonical_json(again.to_json()) == text

    def test_a_number_beyond_a_float_keeps_its_digits_in_the_file(self) -> None:
        long = "0.123456789012345678901234567891"
        change = Adjustment(field="x", operation="multiply", value=Decimal(long))
        rule = AdjustmentRule(rule_id="R1", adjustments=(change,))
        assert rule.to_json()["adjustments"][0]["value"] == long

    def test_a_short_rule_is_written_short(self) -> None:
        document = {
            "rule_id": "R1",
            "adjustments": [{"field": "x", "operation": "set", "value": False}],
        }
        rule = AdjustmentRule.from_json(document)
        assert {name: value for name, value in rule.to_json().items() if value} == document
        assert rule.describe() == "on every row: set x to False"

    @pytest.mark.parametrize(
        ("operation", "words"),
        [
            ("set", "set x to 5"),
            ("add", "add 5 to x"),
            ("subtract", "subtract 5 from x"),
            ("multiply", "multiply x by 5"),
            ("percent", "change x by 5 %"),
            ("cap", "cap x at 5"),
            ("floor", "raise x to at least 5"),
        ],
    )
    def test_an_adjustment_reads_as_a_sentence(self, operation: Any, words: str) -> None:
        assert Adjustment(field="x", operation=operation, value=5).describe() == words

    def test_dates_are_inclusive(self, rule: AdjustmentRule) -> None:
        assert rule.skipped_because(date(2024, 1, 15)) is None
        assert rule.skipped_because(date(2024, 6, 30)) is None
        assert rule.skipped_because(date(2024, 12, 31)) is None

    def test_a_rule_that_is_not_yet_effective_says_so(self, rule: AdjustmentRule) -> None:
        assert rule.skipped_because(date(2024, 1, 14)) == (
            "takes effect on 2024-01-15, after the as-of date 2024-01-14"
        )

    def test_an_expired_rule_says_so(self, rule: AdjustmentRule) -> None:
        assert rule.skipped_because(date(2025, 1, 1)) == (
            "expired on 2024-12-31, before the as-of date 2025-01-01"
        )

    def test_a_rule_without_dates_always_applies(self) -> None:
        change = Adjustment(field="x", operation="add", value=1)
        rule = AdjustmentRule(rule_id="R1", adjustments=(change,))
        assert rule.skipped_because(date.min) is None
        assert rule.skipped_because(date.max) is None

    def test_a_rule_may_last_one_day(self) -> None:
        change = Adjustment(field="x", operation="add", value=1)
        day = date(2024, 2, 29)
        rule = AdjustmentRule(
            rule_id="R1", adjustments=(change,), effective_date=day, expiry_date=day
        )
        assert rule.skipped_because(day) is None

    def test_a_rule_is_a_value(self, rule: AdjustmentRule) -> None:
        assert hash(rule) == hash(AdjustmentRule.from_json(read_json(DOCUMENT, where="")))
        with pytest.raises(ValidationError, match="frozen"):
            rule.reason = "another"  # type: ignore[misc]


class TestInvalid:
    @pytest.mark.parametrize(
        ("value", "kind"), [([1], "a list"), ([], "a list"), ({"a": 1}, "an object")]
    )
    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_several_values(self, operation: str, value: Any, kind: str) -> None:
        change = {"field": "x", "operation": operation, "value": value}
        assert fault(adjustments=[change]) == (
            f"rule 'R1': adjustments.0: '{operation}' takes one value, not {kind}"
        )

    @pytest.mark.parametrize("operation", OPERATIONS[1:])
    def test_no_value(self, operation: str) -> None:
        change = {"field": "x", "operation": operation, "value": None}
        assert fault(adjustments=[change]) == (
            f"rule 'R1': adjustments.0: '{operation}' needs a value"
        )

    def test_set_to_null(self) -> None:
        change = {"field": "x", "operation": "set", "value": None}
        assert fault(adjustments=[change]) == (
            "rule 'R1': adjustments.0: a field can't be set to null; filter the rows out instead"
        )

    def test_an_unknown_operation(self) -> None:
        change = {"field": "x", "operation": "multply", "value": 2}
        assert fault(adjustments=[change]) == (
            "rule 'R1': adjustments.0.operation: 'multply' is not known here "
            "(did you mean 'multiply'?)"
        )

    def test_a_slip_in_the_name_of_a_part(self) -> None:
        assert fault(efective_date="2024-01-15") == (
            "rule 'R1': efective_date: is not known here (did you mean 'effective_date'?)"
        )
        change = {"field": "x", "oparation": "add", "value": 1}
        assert fault(adjustments=[change]) == (
            "rule 'R1': adjustments.0.operation: is missing; "
            "adjustments.0.oparation: is not known here (did you mean 'operation'?)"
        )
        assert fault(approval={"usr": "a", "timestamp": "2024-01-14T10:00:00Z"}) == (
            "rule 'R1': approval.user: is missing; "
            "approval.usr: is not known here (did you mean 'user'?)"
        )

    def test_no_adjustment(self) -> None:
        assert fault(adjustments=[]) == "rule 'R1': adjustments: is empty"
        assert fault(adjustments=...) == "rule 'R1': adjustments: is missing"

    def test_no_name(self) -> None:
        assert fault(rule_id="") == "rule: rule_id: is empty"
        assert fault(rule_id=...) == "rule: rule_id: is missing"

    def test_what_is_no_rule_at_all(self) -> None:
        with pytest.raises(DocumentError) as caught:
            AdjustmentRule.from_json(["R1"])
        assert str(caught.value) == "rule: an object is needed, not list"

    def test_an_expiry_before_the_beginning(self) -> None:
        assert fault(effective_date="2024-02-01", expiry_date="2024-01-31") == (
            "rule 'R1': expires on 2024-01-31, before it takes effect on 2024-02-01"
        )

    @pytest.mark.parametrize("name", ["effective_date", "expiry_date"])
    @pytest.mark.parametrize(
        # 20304000 is a whole number of days in seconds, which pydantic would take for 1970-08-24
        "value",
        ["2024-13-01", "15.01.2024", "", 20304000, 1.5, True, "2024-01-15T10:00:00"],
    )
    def test_what_is_no_date(self, name: str, value: Any) -> None:
        assert fault(**{name: value}) == (
            f"rule 'R1': {name}: {value!r} is no date; write it as 2025-12-31"
        )

    def test_an_approval_by_nobody(self) -> None:
        assert fault(approval={"user": "", "timestamp": "2024-01-14T10:00:00Z"}) == (
            "rule 'R1': approval.user: is empty"
        )
