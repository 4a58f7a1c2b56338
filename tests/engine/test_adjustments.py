"""Adjustment records against rules applied a second time, deal by deal, in plain Python."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from pyspark.sql import DataFrame

from liqbench.engine import (
    AdjustmentRecords,
    Run,
    Variant,
    execute,
    injections_of,
    plan_variants,
    run_variants,
)
from liqbench.errors import FieldTypeError, InputChangedError, UnknownResultError
from liqbench.model import Dag, Scenario
from liqbench.operators import Context
from liqbench.store import StageStore

Make = Callable[..., Any]
Deal = dict[str, Any]
KEYS = ("id", "leg")
CENT = Decimal("0.01")
DEALS: list[Deal] = [
    {
        "id": n,
        "leg": date(2025, 1, 1 + n % 2),
        "product": ("BOND", "LOAN", None)[n % 3],
        "amount": None if n % 5 == 0 else CENT * (13 * n % 70 - 25) * 10,
        "rate": None if n % 7 == 0 else Decimal(n % 4).scaleb(-1).quantize(Decimal("0.0001")),
        "open": None if n % 4 == 0 else n % 2 == 0,
        "due": date(2026, 1, 1 + n % 20),
    }
    for n in range(40)
]  # fmt: skip
FIELDS = (
    "id bigint, leg date, product string, amount decimal(8,2), rate decimal(5,4), "
    "open boolean, due date"
)
OVERLAPPING: list[dict[str, Any]] = [
    {
        "rule_id": "z-first",
        "conditions": [{"field": "product", "operator": "=", "value": "BOND"}],
        "adjustments": [
            {"field": "amount", "operation": "multiply", "value": 2},
            {"field": "rate", "operation": "add", "value": "0.0005"},
            {"field": "amount", "operation": "subtract", "value": "0.5"},
        ],
    },
    {
        "rule_id": "a-second",
        "conditions": [{"field": "amount", "operator": ">", "value": 1}],
        "adjustments": [
            {"field": "amount", "operation": "cap", "value": 3},
            {"field": "product", "operation": "set", "value": "LOAN"},
            {"field": "open", "operation": "set", "value": True},
        ],
    },
    {
        "rule_id": "third",
        "conditions": [{"field": "product", "operator": "=", "value": "LOAN"}],
        "adjustments": [
            {"field": "rate", "operation": "floor", "value": "0.15"},
            {"field": "amount", "operation": "percent", "value": 10},
            {"field": "due", "operation": "set", "value": "2027-06-30"},
        ],
    },
    {
        "rule_id": "nothing",
        "conditions": [{"field": "rate", "operator": "is null"}],
        "adjustments": [{"field": "amount", "operation": "multiply", "value": 1}],
    },
    {
        "rule_id": "filled",
        "conditions": [{"field": "amount", "operator": "is null"}],
        "adjustments": [{"field": "amount", "operation": "set", "value": 0}],
    },
]
# What a field is typed as behind each rule, worked out by hand: integer digits and scales.
TYPES = {
    ("z-first", "amount"): "decimal(10,2)",  # 6+1 digits by the product, +1 by the difference
    ("z-first", "rate"): "decimal(6,4)",
    ("a-second", "amount"): "decimal(10,2)",
    ("a-second", "product"): "string",
    ("a-second", "open"): "boolean",
    ("third", "rate"): "decimal(6,4)",
    ("third", "amount"): "decimal(12,3)",
    ("third", "due"): "date",
    ("nothing", "amount"): "decimal(13,3)",
    ("filled", "amount"): "decimal(13,3)",
}


def apply(rule_id: str, deal: Deal) -> dict[str, Any] | None:
    """Return what a rule writes into a deal, or nothing where it doesn't match."""
    amount, rate = deal["amount"], deal["rate"]
    if rule_id == "z-first" and deal["product"] == "BOND":
        return {
            "amount": None if amount is None else amount * 2 - Decimal("0.5"),
            "rate": None if rate is None else rate + Decimal("0.0005"),
        }
    if rule_id == "a-second" and amount is not None and amount > 1:
        return {"amount": min(amount, Decimal(3)), "product": "LOAN", "open": True}
    if rule_id == "third" and deal["product"] == "LOAN":
        return {
            "rate": None if rate is None else max(rate, Decimal("0.15")),
            "amount": None if amount is None else amount * Decimal("1.1"),
            "due": date(2027, 6, 30),
        }
    if rule_id == "nothing" and rate is None:
        return {"amount": amount}
    if rule_id == "filled" and amount is None:
        return {"amount": Decimal(0)}
    return None


def expected() -> list[tuple[Any, ...]]:
    found = []
    for each in sorted(DEALS, key=lambda d: (d["id"], d["leg"])):
        deal = dict(each)
        for rule in OVERLAPPING:
            written = apply(rule["rule_id"], deal)
            for field, new in (written or {}).items():
                key = tuple(deal[name] for name in KEYS)
                found.append((*key, rule["rule_id"], field, deal[field], new))
            deal |= written or {}
    return found


def read(text: Any, dtype: str) -> Any:
    """Read a record's text by its type; a decimal has to be written without an exponent."""
    if text is None or pd.isna(text):
        return None
    if dtype.startswith("decimal"):
        assert "E" not in text
        return Decimal(text)
    if dtype == "date":
        return date.fromisoformat(text)
    return {"true": True, "false": False}[text] if dtype == "boolean" else text


@pytest.fixture(scope="module")
def deals(table: Make) -> pa.Table:
    return table(FIELDS, [tuple(deal.values()) for deal in DEALS])


@pytest.fixture
def dag(config: Make, bound: Make) -> Dag:
    measures = [
        {"name": "amount", "function": "sum", "field": "amount"},
        {"name": "deals", "function": "count"},
    ]
    return Dag(
        operators=(
            bound("deals", *KEYS),
            config("large", "filter", "deals", expression="id <> 3"),
            config("sums", "aggregate", "large", group_by=["product"], measures=measures),
        )
    )


@pytest.fixture
def base(
    context: Context, deals: pa.Table, dag: Dag, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Run]:
    """Run the DAG in a store of its own."""

    def run() -> Run:
        own = Context(as_of=date(2025, 12, 31), session=context.session, inputs={"deals": deals})
        return execute(dag, own, StageStore(tmp_path_factory.mktemp("stages")))

    return run


def variant_of(run: Run, rules: list[Any], strategy: str, *points: str) -> Variant:
    scenario = Scenario.from_json({"name": "stress", "rules": rules})
    injections = injections_of(run.dag, [scenario], points or None)
    (variant,) = run_variants(run, plan_variants(run, injections, strategy)).variants
    return variant


AMOUNT = {
    "rule_id": "more",
    "stage": "large",
    "conditions": [{"field": "product", "operator": "=", "value": "LOAN"}],
    "adjustments": [{"field": "amount", "operation": "multiply", "value": "1.5"}],
}
SUMS = {
    "rule_id": "less",
    "stage": "sums",
    "conditions": [{"field": "product", "operator": "=", "value": "BOND"}],
    "adjustments": [{"field": "amount", "operation": "add", "value": -1}],
}


def test_overlapping_rules_are_recorded_as_they_acted(base: Callable[[], Run]) -> None:
    records = variant_of(base(), OVERLAPPING, "full", "deals").adjustments()
    assert list(records.columns) == [
        *KEYS, "rule_id", "field", "old", "new", "type", "place", "scenario",
    ]  # fmt: skip
    assert set(records["place"]) == {"deals"}
    assert set(records["scenario"]) == {"stress"}
    found = [
        (
            *(r[name] for name in (*KEYS, "rule_id", "field")),
            read(r["old"], r["type"]),
            read(r["new"], r["type"]),
        )
        for r in records.to_dict("records")
    ]
    assert found == expected()
    assert any(old == new for *_, old, new in found)
    types = zip(records["rule_id"], records["field"], records["type"], strict=True)
    assert {(rule_id, field): dtype for rule_id, field, dtype in types} == TYPES


def test_text_is_exact_in_the_type_that_the_rule_met_and_left(base: Callable[[], Run]) -> None:
    records = variant_of(base(), [AMOUNT], "full").adjustments()
    loans = [d for d in DEALS if d["product"] == "LOAN"]
    texts = dict(zip(records["id"], zip(records["old"], records["new"], strict=True), strict=True))
    assert texts == {
        d["id"]: (None, None)
        if d["amount"] is None
        else (f"{d['amount']:.2f}", f"{d['amount'] * Decimal('1.5'):.3f}")
        for d in loans
    }


def test_every_strategy_leaves_the_same_records(base: Callable[[], Run]) -> None:
    tables = [
        variant_of(base(), [AMOUNT], strategy).adjustments()
        for strategy in ("full", "cube", "delta")
    ]
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table, tables[0])
    assert len(tables[0]) == 13


def test_they_are_stored_once_and_collected_by_the_table_only(
    base: Callable[[], Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    variant = variant_of(base(), [AMOUNT], "cube")
    run = variant.result()

    def forbidden(*_: Any, **__: Any) -> None:
        raise AssertionError

    (name,) = AdjustmentRecords.of(run).places
    fingerprint = AdjustmentRecords.of(run).fingerprint(name)
    assert not run.stages.has(fingerprint)  # the analysis itself doesn't wait for them
    with monkeypatch.context() as patch:
        for method in ("collect", "toArrow", "toPandas", "take", "count"):
            patch.setattr(DataFrame, method, forbidden)
        frame = variant.adjustments_frame()
    assert run.stages.has(fingerprint)
    assert frame.count() == 13
    with monkeypatch.context() as patch:
        patch.setattr(StageStore, "write", forbidden)
        patch.setattr(Run, "frame", forbidden)
        assert len(variant.adjustments()) == len(run.adjustments()) == 13
        assert run.adjustments_frame().columns == frame.columns
    assert set(run.adjustments()["scenario"]) == {None}


def test_places_with_other_keys_stand_in_one_table(base: Callable[[], Run]) -> None:
    variant = variant_of(base(), [AMOUNT, SUMS], "auto")
    records = variant.adjustments()
    assert list(records.columns[:3]) == ["id", "leg", "product"]
    at_sums = records[records["place"] == "sums"]
    bonds = [d["amount"] or 0 for d in DEALS if d["product"] == "BOND" and d["id"] != 3]
    assert at_sums[["id", "product", "rule_id", "field"]].to_numpy().tolist() == [
        [None, "BOND", "less", "amount"]
    ]
    assert [Decimal(text) for text in at_sums.iloc[0][["old", "new"]]] == [
        sum(bonds), sum(bonds) - 1,
    ]  # fmt: skip
    assert len(records) == 13 + 1
    assert records["place"].tolist() == ["large"] * 13 + ["sums"]
    assert variant.adjustments("sums").columns[0] == "product"
    assert len(variant.adjustments("large")) == 13
    assert variant.adjustments_frame().count() == 14
    assert variant.adjustments_frame("sums").columns == list(variant.adjustments("sums").columns)


def test_what_is_not_there_or_too_much_is_refused(base: Callable[[], Run]) -> None:
    run = base()
    variant = variant_of(run, [AMOUNT], "cube")
    with pytest.raises(UnknownResultError) as nowhere:
        variant.adjustments("lagre")
    assert str(nowhere.value) == (
        "DAG 'dag': nothing is adjusted behind 'lagre' (did you mean 'large'?)"
    )
    with pytest.raises(UnknownResultError) as nothing:
        run.adjustments()
    assert str(nothing.value) == "DAG 'dag': nothing is adjusted (there is none to choose from)"
    with pytest.raises(UnknownResultError, match="the table of adjustments has more than 12 rows"):
        variant.adjustments(limit=12)
    assert len(variant.adjustments(limit=13)) == 13


def test_without_a_rule_in_force_the_table_is_empty(base: Callable[[], Run]) -> None:
    variant = variant_of(base(), [{**AMOUNT, "expiry_date": "2020-01-01"}], "full")
    assert variant.adjustments().empty
    assert list(variant.adjustments().columns)[:3] == ["id", "leg", "rule_id"]


@pytest.fixture
def keyed(config: Make, bound: Make) -> Dag:
    """Rows with keys that are called like columns of a record."""
    return Dag(
        operators=(
            bound("rows", "Type", "a.b", "key_type", "x"),
            config("sums", "aggregate", "rows", group_by=["x"],
                   measures=[{"name": "figure", "function": "sum", "field": "figure"}]),
            config("again", "aggregate", "sums", group_by=["x"],
                   measures=[{"name": "figure", "function": "sum", "field": "figure"}]),
        )
    )  # fmt: skip


def test_keys_of_any_name_and_type_are_told_apart(keyed: Dag, run_dag: Make, table: Make) -> None:
    fields = "`Type` decimal(38,0), `a.b` boolean, key_type timestamp, x int, figure decimal(20,10)"
    large = Decimal(10**37 + 1)
    moment = pd.Timestamp("2025-03-01 12:00:00.000001")  # in UTC, as in the run's tables
    at = moment.tz_localize("UTC")
    rows = [(large, True, at, 2, Decimal(0)), (Decimal(-1), False, at, 1, Decimal(1))]
    run = run_dag(keyed, rows=table(fields, rows))
    zero = {"rule_id": "r", "adjustments": [{"field": "figure", "operation": "add", "value": 0}]}
    variant = variant_of(run, [{**zero, "stage": "rows"}], "cube")
    records = variant.adjustments()
    assert list(records.columns)[:5] == ["key_key_Type", "a.b", "key_type", "x", "rule_id"]
    assert records.iloc[:, :4].to_numpy().tolist() == [
        [Decimal(-1), False, moment, 1], [large, True, moment, 2],
    ]  # fmt: skip
    assert records[["old", "new"]].to_numpy().tolist() == [
        ["1.0000000000", "1.0000000000"], ["0.0000000000", "0.0000000000"],
    ]  # fmt: skip
    assert variant.adjustments_frame().columns == list(records.columns)


def test_records_of_an_input_that_is_gone_are_told(keyed: Dag, run_dag: Make, table: Make) -> None:
    fields = "`Type` string, `a.b` int, key_type int, x int, figure decimal(8,2)"
    run = run_dag(keyed, rows=table(fields, [("a", 1, 1, 1, Decimal(1))]))
    one = {"rule_id": "r", "adjustments": [{"field": "figure", "operation": "add", "value": 1}]}
    result = variant_of(run, [{**one, "stage": "rows"}], "cube").result()
    other = table(fields, [("a", 1, 1, 1, Decimal(2))])
    context = Context(**{**vars(result.context), "inputs": {"rows": other}})
    with pytest.raises(InputChangedError, match="is not what it was when the run read it"):
        Run(**{**vars(result), "context": context}).adjustments()


def test_one_key_of_two_types_has_no_place_in_one_table(
    config: Make, bound: Make, run_dag: Make, table: Make
) -> None:
    item = {"name": "code", "expression": "cast(n as bigint)"}
    measure = {"name": "figure", "function": "sum", "field": "figure"}
    dag = Dag(
        operators=(
            bound("texts", "code"),
            bound("numbers"),
            config("coded", "calculate", "numbers", expressions=[item]),
            config("by_code", "aggregate", "coded", group_by=["code"], measures=[measure]),
            config("again", "aggregate", "by_code", group_by=["code"], measures=[measure]),
            config("by_text", "aggregate", "texts", group_by=["code"], measures=[measure]),
        )
    )
    run = run_dag(
        dag,
        texts=table("code string, figure decimal(8,2)", [("a", Decimal(1))]),
        numbers=table("id string, n int, figure decimal(8,2)", [("d", 7, Decimal(2))]),
    )
    change = {"adjustments": [{"field": "figure", "operation": "add", "value": 1}]}
    rules = [
        {"rule_id": "a", "stage": "texts", **change},
        {"rule_id": "b", "stage": "by_code", **change},
    ]
    variant = variant_of(run, rules, "auto")
    with pytest.raises(FieldTypeError) as caught:
        variant.adjustments()
    assert str(caught.value) == (
        "the records of several adjustments: the key field 'code' is string and bigint "
        "(name one place: texts, by_code)"
    )
    assert len(variant.adjustments("texts")) == len(variant.adjustments("by_code")) == 1
