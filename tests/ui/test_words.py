from __future__ import annotations

from typing import Any

import pytest

from liqbench.model import OperatorConfig
from liqbench.ui.words import LONGEST, Lines, parameters_in_words, shortened


def words(**parameters: Any) -> Lines:
    return parameters_in_words(
        OperatorConfig(operator_id="a", operator_type="t", parameters=parameters)
    )


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"expression": "a > 1"}, [("expression", "a > 1")]),
        ({"group_by": ["a", "b"]}, [("group by", "a, b")]),
        ({"fill": True, "rest": None}, [("fill", "yes"), ("rest", "none")]),
        ({"source": {"format": "csv", "path": "x.csv"}}, [("source", "x.csv (csv)")]),
        (
            {"fields": [{"name": "a", "type": "string"}, {"field": "b", "type": "date"}]},
            [("fields", "a string, b date")],
        ),
        (
            {"expressions": [{"name": "a", "expression": "b + 1", "type": "int"}]},
            [("expressions", "a = b + 1 as int")],
        ),
        (
            {
                "measures": [
                    {"name": "a", "function": "sum", "field": "b"},
                    {"name": "n", "function": "count"},
                ]
            },
            [("measures", "a = sum(b)"), ("", "n = count(*)")],
        ),
        (
            {
                "references": [
                    {
                        "name": "fx",
                        "source": {"format": "parquet", "path": "fx"},
                        "on": {"c": "c"},
                        "fields": {"quote": "quote"},
                    }
                ]
            },
            [("references", "fx from fx (parquet) by c, takes quote")],
        ),
        ({"other": {"a_b": 1, "c": [2, 3]}}, [("other", "a b: 1; c: 2, 3")]),
    ],
)
def test_parameters_are_told_in_words(parameters: dict[str, Any], expected: Lines) -> None:
    assert words(**parameters) == expected


def test_a_rule_is_told_as_a_sentence_with_its_reason() -> None:
    rule = {
        "rule_id": "R1",
        "conditions": [{"field": "region", "operator": "=", "value": "EU"}],
        "adjustments": [{"field": "rate", "operation": "add", "value": 0.05}],
        "reason": "faster",
    }
    assert words(rules=[rule]) == [("rule R1", "where region = EU: add 0.05 to rate (faster)")]


def test_a_broken_rule_tells_what_is_wrong_instead_of_failing() -> None:
    ((what, told),) = words(rules=[{"rule_id": "R1"}])
    assert what == "rule"
    assert "R1" in told


def test_long_texts_are_cut() -> None:
    assert len(shortened("x" * 10_000)) == LONGEST
    assert shortened("short") == "short"
