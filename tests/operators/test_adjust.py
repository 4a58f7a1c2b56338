from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from liqbench.engine import Run
from liqbench.errors import FaultsError, KeyFieldError, OperatorParameterError
from liqbench.model import Dag
from liqbench.operators import Context

Make = Callable[..., Any]

CONDITIONS: dict[str, tuple[dict[str, Any], str]] = {
    "equal": ({"field": "product", "operator": "=", "value": "BOND"}, "product = 'BOND'"),
    "other": ({"field": "product", "operator": "!=", "value": "BOND"}, "product <> 'BOND'"),
    "less": ({"field": "amount", "operator": "<", "value": 100}, "amount < 100"),
    "at most": ({"field": "amount", "operator": "<=", "value": 100}, "amount <= 100"),
    "more": ({"field": "amount", "operator": ">", "value": 99.995}, "amount > 99.995"),
    "at least": ({"field": "day", "operator": ">=", "value": "2025-06-30"}, "day >= '2025-06-30'"),
    "in": ({"field": "n", "operator": "in", "value": [1, 3]}, "n IN (1, 3)"),
    "not in": ({"field": "n", "operator": "not in", "value": [1, 3]}, "n NOT IN (1, 3)"),
    "between": (
        {"field": "amount", "operator": "between", "value": [-5, 100]},
        "amount BETWEEN -5 AND 100",
    ),
    "null": ({"field": "product", "operator": "is null"}, "product IS NULL"),
    "not null": ({"field": "amount", "operator": "is not null"}, "amount IS NOT NULL"),
    "starts": (
        {"field": "product", "operator": "starts with", "value": "LO"},
        "starts_with(product, 'LO')",
    ),
    "contains": (
        {"field": "product", "operator": "contains", "value": "%"},
        "contains(product, '%')",
    ),
    "flag": ({"field": "open", "operator": "=", "value": False}, "open = false"),
    "any of all": (
        {
            "any": [
                {"field": "n", "operator": "=", "value": 2},
                {
                    "all": [
                        {"field": "open", "operator": "=", "value": True},
                        {"any": [{"field": "amount", "operator": ">", "value": 0}]},
                    ]
                },
            ]
        },
        "n = 2 OR (open AND amount > 0)",
    ),
}


@pytest.fixture(scope="module")
def deals(table: Make) -> pa.Table:
    return table(
        "id string, product string, amount decimal(10,2), n int, open boolean, day date, seen int",
        [
            ("a", "BOND", Decimal("100.00"), 1, True, date(2025, 6, 30), 0),
            ("b", "LOAN 5%", Decimal("99.99"), 2, False, date(2025, 6, 29), 0),
            ("c", "LOCAL", Decimal("-5.00"), 3, None, date(2026, 1, 1), 0),
            ("d", None, None, None, True, None, 0),
            ("e", "bond", Decimal("100.01"), 1, False, date(2025, 12, 31), 0),
        ],
    )


def rule(name: str, *adjustments: tuple[str, str, Any], **more: Any) -> dict[str, Any]:
    changes = [{"field": f, "operation": o, "value": v} for f, o, v in adjustments]
    return {"rule_id": name, "adjustments": changes, **more}


def when(field: str, operator: str, value: Any) -> list[dict[str, Any]]:
    return [{"field": field, "operator": operator, "value": value}]


def test_every_condition_matches_the_rows_that_sql_matches_and_null_never(
    deals: pa.Table, spark: Any, context: Context, operator: Make, duck: Make
) -> None:
    rules = [
        rule(name, ("seen", "add", 1), conditions=[condition])
        for name, (condition, _) in CONDITIONS.items()
    ]
    changes = operator("adjust", rules=rules).records(
        context, spark.createDataFrame(deals), ("id",)
    )
    matched = {(row["rule_id"], row["id"]) for row in changes.collect()}
    by_sql = {
        (name, row[0])
        for name, (_, sql) in CONDITIONS.items()
        for row in duck(deals, f"select id from t where {sql}")
    }
    assert matched == by_sql


@pytest.mark.parametrize(
    ("operation", "value", "dtype", "figures"),
    [
        ("set", 7.125, "decimal(7,3)", ("7.125", "7.125", "7.125")),
        ("add", 0.005, "decimal(8,3)", ("10.255", None, "-2.995")),
        ("subtract", 1, "decimal(7,2)", ("9.25", None, "-4.00")),
        ("multiply", 0.5, "decimal(7,3)", ("5.125", None, "-1.500")),
        ("multiply", -1.5, "decimal(8,3)", ("-15.375", None, "4.500")),
        ("percent", 5, "decimal(9,4)", ("10.7625", None, "-3.1500")),
        ("percent", -100, "decimal(7,2)", ("0.00", None, "0.00")),
        ("cap", 5, "decimal(6,2)", ("5.00", None, "-3.00")),
        ("floor", "0.125", "decimal(7,3)", ("10.250", None, "0.125")),
    ],
)
def test_an_operation_widens_the_type_and_is_exact(
    operation: str,
    value: Any,
    dtype: str,
    figures: tuple[str | None, ...],
    frame: Make,
    operator: Make,
    applied: Make,
    rows: Make,
) -> None:
    deals = frame(
        "id string, x decimal(6,2)",
        [("a", Decimal("10.25")), ("b", None), ("c", Decimal("-3.00"))],
    )
    found = applied(operator("adjust", rules=[rule("r", ("x", operation, value))]), deals)
    assert found.schema["x"].dataType.simpleString() == dtype
    assert [None if row[1] is None else str(row[1]) for row in rows(found)] == list(figures)


def test_the_largest_figure_still_fits_the_widened_type(
    frame: Make, operator: Make, applied: Make, rows: Make
) -> None:
    deals = frame(
        "id string, x decimal(6,2), y int",
        [("a", Decimal("9999.99"), 2**31 - 1), ("b", Decimal("-9999.99"), -(2**31))],
    )
    rules = [rule("r", ("x", "multiply", 9.99), ("x", "add", 99.999), ("y", "multiply", 9))]
    found = applied(operator("adjust", rules=rules), deals)
    assert [tuple(row[1:]) for row in rows(found)] == [
        (Decimal("9999.99") * Decimal("9.99") + Decimal("99.999"), Decimal(9 * (2**31 - 1))),
        (Decimal("-9999.99") * Decimal("9.99") + Decimal("99.999"), Decimal(-9 * 2**31)),
    ]


def test_attributes_are_set(
    deals: pa.Table, spark: Any, operator: Make, applied: Make, rows: Make
) -> None:
    changes = [("product", "set", "x"), ("open", "set", True), ("day", "set", "2030-01-31")]
    rules = [rule("r", *changes, conditions=when("id", "=", "b"))]
    found = applied(operator("adjust", rules=rules), spark.createDataFrame(deals))
    assert {row[0]: (row[1], row[4], row[5]) for row in rows(found)} == {
        "a": ("BOND", True, date(2025, 6, 30)),
        "b": ("x", True, date(2030, 1, 31)),
        "c": ("LOCAL", None, date(2026, 1, 1)),
        "d": (None, True, None),
        "e": ("bond", False, date(2025, 12, 31)),
    }


@pytest.fixture(scope="module")
def amounts(table: Make) -> pa.Table:
    return table(
        "id string, amount decimal(10,2), note string",
        [("a", Decimal(300), "x"), ("b", Decimal(150), "x"), ("c", Decimal(90), "big")],
    )


OVERLAPPING = [
    # Both changes of the first rule happen, though its condition is false after the first one.
    rule("halve", ("amount", "multiply", 0.5), ("amount", "subtract", 10),
         conditions=when("amount", ">", 100)),
    rule("more", ("amount", "add", 1), conditions=when("amount", ">", 80)),
    rule("mark", ("note", "set", "big"), conditions=when("amount", ">", 80)),
    rule("never", ("note", "set", "!"), conditions=when("amount", ">", 1000)),
    rule("past", ("note", "set", "!"), expiry_date="2025-12-30"),
]  # fmt: skip


def test_a_later_rule_sees_what_an_earlier_one_changed(
    amounts: pa.Table, spark: Any, operator: Make, applied: Make, rows: Make
) -> None:
    found = applied(operator("adjust", rules=OVERLAPPING), spark.createDataFrame(amounts))
    assert rows(found) == [
        ("a", Decimal("141.000"), "big"),  # 300/2 - 10 = 140, then + 1
        ("b", Decimal("65.000"), "x"),  # 150/2 - 10 = 65, which the others don't match
        ("c", Decimal("91.000"), "big"),
    ]


def test_the_order_of_the_rules_decides(
    amounts: pa.Table, spark: Any, operator: Make, applied: Make, rows: Make
) -> None:
    rules = [OVERLAPPING[1], OVERLAPPING[0]]
    found = applied(operator("adjust", rules=rules), spark.createDataFrame(amounts))
    assert [row[1] for row in rows(found)] == [
        Decimal("140.500"), Decimal("65.500"), Decimal("91.000"),
    ]  # fmt: skip


def test_every_changed_value_is_recorded_and_no_unchanged_one(
    amounts: pa.Table, spark: Any, operator: Make, context: Context, rows: Make
) -> None:
    adjust = operator("adjust", rules=OVERLAPPING)
    records = adjust.records(context, spark.createDataFrame(amounts), ("id",))
    assert records.columns == ["id", "rule_id", "field", "old_value", "new_value"]
    assert sorted((r[0], r[1], r[2], r[3], r[4]) for r in rows(records)) == [
        ("a", "halve", "amount", "300.00", "140.000"),
        ("a", "mark", "note", "x", "big"),
        ("a", "more", "amount", "140.000", "141.000"),
        ("b", "halve", "amount", "150.00", "65.000"),
        ("c", "more", "amount", "90.000", "91.000"),
    ]


def test_without_an_effective_rule_nothing_is_recorded(
    amounts: pa.Table, spark: Any, operator: Make, context: Context, applied: Make, rows: Make
) -> None:
    late = operator("adjust", rules=[rule("r", ("amount", "add", 1), effective_date="2026-01-01")])
    frame = spark.createDataFrame(amounts)
    assert late.records(context, frame, ("id",)).collect() == []
    assert rows(applied(late, frame)) == rows(frame)


def test_matches_are_counted_and_idle_and_skipped_rules_are_told(
    amounts: pa.Table, config: Make, bound: Make, run_dag: Callable[..., Run]
) -> None:
    dag = Dag(operators=(bound("deals"), config("adj", "adjust", "deals", rules=OVERLAPPING)))
    run = run_dag(dag, deals=amounts)
    assert run.results["adj"].metrics == {
        "rule halve": 2, "rule more": 2, "rule mark": 2, "rule never": 0, "matched rows": 3,
    }  # fmt: skip
    assert run.notices == (
        "adj: rule 'past' is skipped: it expired on 2025-12-30, before the as-of date 2025-12-31",
        "adj: rule 'never' matched no row",
    )


def test_every_fault_of_every_rule_is_told(
    deals: pa.Table, spark: Any, operator: Make, context: Context
) -> None:
    wide = spark.createDataFrame(deals).selectExpr("*", "cast(1 as decimal(38,10)) as wide")
    wrong = operator(
        "adjust",
        rules=[
            rule("typo", ("amuont", "add", 1), conditions=when("prodct", "=", "x")),
            rule("word", ("amount", "add", "much"), conditions=when("day", ">", "soon")),
            rule("kind", ("product", "multiply", 2), conditions=when("n", "contains", "1")),
            rule("flag", ("open", "set", "maybe")),
            rule("digits", ("wide", "multiply", 1.5)),
        ],
    )
    with pytest.raises(FaultsError) as caught:
        wrong.outputs(context, wide.schema)
    assert [(type(fault).__name__, str(fault)) for fault in caught.value.faults] == [
        (
            "UnknownFieldError",
            "rule 'typo', conditions: there is no field 'prodct' (did you mean 'product'?)",
        ),
        (
            "UnknownFieldError",
            "rule 'typo': there is no field 'amuont' (did you mean 'amount'?)",
        ),
        (
            "ValueCoercionError",
            "rule 'word', conditions: 'soon' is no date, which the field 'day' is "
            "(write it as 2025-12-31)",
        ),
        (
            "ValueCoercionError",
            "rule 'word': 'much' is no decimal(10,2), which the field 'amount' is "
            "(write a number such as 0.95)",
        ),
        (
            "FieldTypeError",
            "rule 'kind', conditions: 'contains' takes text, but 'n' is int",
        ),
        (
            "FieldTypeError",
            "rule 'kind': 'multiply' takes a number, but 'product' is string (use 'set')",
        ),
        (
            "ValueCoercionError",
            "rule 'flag': 'maybe' is no boolean, which the field 'open' is (write true or false)",
        ),
        (
            "PrecisionError",
            "rule 'digits': multiply wide by 1.5: the result needs 41 digits (30 before and 11 "
            "behind the point), a decimal has 38 "
            "(narrow an operand: cast(x as decimal(p,s)), or round(x, s) where that is meant)",
        ),
    ]


def test_a_rule_on_a_key_field_is_refused(operator: Make) -> None:
    with pytest.raises(KeyFieldError) as caught:
        operator("adjust", rules=[rule("r", ("id", "set", "x"))]).keys(("id",))
    assert str(caught.value) == (
        "rule 'r': 'id' is a key, by which rows are traced "
        "(adjust a figure or an attribute instead)"
    )


def test_two_rules_of_one_name_are_refused(operator: Make) -> None:
    with pytest.raises(OperatorParameterError) as caught:
        operator("adjust", rules=[rule("r", ("x", "add", 1)), rule("r", ("x", "add", 2))])
    assert str(caught.value) == "parameters: several rules are called r"
