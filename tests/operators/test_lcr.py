from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from liqbench.engine import Run
from liqbench.errors import FaultsError, OperatorParameterError, ParameterSetError
from liqbench.model import Dag
from liqbench.operators import Context

Make = Callable[..., Any]

SECTIONS = "id string, bank string, section string, weighted decimal(12,2)"
BY_SECTION = {"group_by": ["bank"], "section": "section", "weighted": "weighted"}


def lines(bank: str, **amounts: str) -> list[tuple[str, str, str, Decimal]]:
    return [
        (f"{bank}{n}", bank, section, Decimal(amount))
        for n, (section, amount) in enumerate(amounts.items())
    ]


BANKS = [
    # The caps bind or don't; worked out by hand from BCBS 238, Annex 1.
    *lines("cap40", L1="100", L2A="85", OUTFLOW="100"),
    *lines("noL1", L2A="85", L2B="50", OUTFLOW="100"),
    *lines("cap15", L1="100", L2A="20", L2B="50", OUTFLOW="100"),
    # Inflows count up to 75 % of outflows (paragraph 69).
    *lines("bound", L1="50", OUTFLOW="200", INFLOW="150.01"),
    *lines("at_cap", L1="50", OUTFLOW="200", INFLOW="150"),
    *lines("below", L1="50", OUTFLOW="200", INFLOW="20"),
    # Without net outflows there is no ratio.
    *lines("nothing", L1="50"),
    *lines("negative", L1="50", OUTFLOW="-200"),
    *lines("paid_out", L1="50", OUTFLOW="200", INFLOW="-50"),
]


@pytest.fixture
def by_bank(frame: Make, operator: Make, applied: Make) -> dict[str, Any]:
    found = applied(operator("lcr", **BY_SECTION), frame(SECTIONS, BANKS))
    return {row["bank"]: row for row in found.collect()}


@pytest.mark.parametrize(
    ("bank", "adjustment_15", "adjustment_40", "hqla"),
    [
        ("cap40", "0.0000", "18.3333", "166.6667"),
        ("noL1", "50.0000", "85.0000", "0.0000"),
        ("cap15", "28.8235", "0.0000", "141.1765"),
    ],
)
def test_level_2_is_capped(
    bank: str, adjustment_15: str, adjustment_40: str, hqla: str, by_bank: dict[str, Any]
) -> None:
    row = by_bank[bank]
    found = (row["adjustment_15"], row["adjustment_40"], row["hqla"])
    assert [str(figure) for figure in found] == [adjustment_15, adjustment_40, hqla]


@pytest.mark.parametrize(
    ("bank", "capped", "binds", "net", "lcr"),
    [
        ("bound", "150.0000", True, "50.0000", "1.000000"),
        ("at_cap", "150.0000", False, "50.0000", "1.000000"),
        ("below", "20.0000", False, "180.0000", "0.277778"),
        ("paid_out", "-50.0000", False, "250.0000", "0.200000"),
    ],
)
def test_inflows_are_capped_at_three_quarters_of_outflows(
    bank: str, capped: str, binds: bool, net: str, lcr: str, by_bank: dict[str, Any]
) -> None:
    row = by_bank[bank]
    assert (str(row["capped_inflows"]), row["inflow_cap_binds"]) == (capped, binds)
    assert (str(row["net_outflows"]), str(row["lcr"])) == (net, lcr)
    assert row["lcr_status"] == "defined"


@pytest.mark.parametrize(("bank", "net"), [("nothing", "0.0000"), ("negative", "-50.0000")])
def test_without_net_outflows_the_ratio_is_undefined_and_not_infinite(
    bank: str, net: str, by_bank: dict[str, Any]
) -> None:
    row = by_bank[bank]
    assert (str(row["net_outflows"]), row["lcr"]) == (net, None)
    assert row["lcr_status"] == "undefined: no net outflows"


def test_rows_are_counted_and_sums_are_by_section(by_bank: dict[str, Any]) -> None:
    row = by_bank["cap15"]
    sums = [str(row[name]) for name in ("level_1", "level_2a", "level_2b", "outflows", "inflows")]
    assert sums == ["100.0000", "20.0000", "50.0000", "100.0000", "0.0000"]
    assert row["rows"] == 4


CODES = "id string, bank string, code string, amount decimal(12,2)"
BY_CODE = {"group_by": ["bank"], "category": "code", "amount": "amount"}
DEALS = [
    ("1", "B", "L1.CASH", Decimal("100.00")),  # weight 1
    ("2", "B", "L2A.CORP", Decimal("40.10")),  # 0.85 -> 34.085
    ("3", "B", "L2B.EQ", Decimal("10.00")),  # 0.5 -> 5
    ("4", "B", "O.RET.STABLE5", Decimal("1000.30")),  # 0.05 -> 50.015
    ("5", "B", "O.WHL.OTHER", Decimal("60.00")),  # 1
    ("6", "B", "I.RET", Decimal("30.01")),  # 0.5 -> 15.005
]


def test_a_category_is_weighted_by_the_parameter_set(
    frame: Make, operator: Make, applied: Make
) -> None:
    found = applied(operator("lcr", **BY_CODE, scale=2, ratio_scale=4), frame(CODES, DEALS))
    (row,) = (row.asDict() for row in found.collect())
    assert {name: str(value) for name, value in row.items() if value is not None} == {
        "bank": "B",
        "level_1": "100.00",
        "level_2a": "34.09",  # 34.085, half up
        "level_2b": "5.00",
        "adjustment_15": "0.00",
        "adjustment_40": "0.00",
        "hqla": "139.09",
        "outflows": "110.02",  # 110.015
        "inflows": "15.01",  # 15.005
        "capped_inflows": "15.01",
        "net_outflows": "95.01",
        "inflow_cap_binds": "False",
        "lcr": "1.4640",  # 139.09 / 95.01 = 1.46395…
        "lcr_status": "defined",
        "rows": "6",
    }


def test_contributions_are_the_unrounded_weighted_sums(
    frame: Make, operator: Make, context: Context, rows: Make
) -> None:
    found = operator("lcr", **BY_CODE).contributions(context, frame(CODES, [*DEALS, DEALS[1]]))
    assert [(row[1], row[2], str(row[3])) for row in rows(found)] == [
        ("INFLOW", "I.RET", "15.005000"),
        ("L1", "L1.CASH", "100.000000"),
        ("L2A", "L2A.CORP", "68.170000"),
        ("L2B", "L2B.EQ", "5.000000"),
        ("OUTFLOW", "O.RET.STABLE5", "50.015000"),
        ("OUTFLOW", "O.WHL.OTHER", "60.000000"),
    ]


def refused(run_dag: Callable[..., Run], bound: Make, lcr: Any, deals: Any) -> str:
    with pytest.raises(ParameterSetError) as caught:
        run_dag(Dag(operators=(bound("deals"), lcr)), deals=deals)
    return str(caught.value)


def test_an_unknown_category_is_refused_with_examples(
    table: Make, config: Make, bound: Make, run_dag: Callable[..., Run]
) -> None:
    strange = [("7", "B", "L1.GOLD", Decimal(1)), ("8", "B", None, Decimal(1)),
               ("9", "B", "I.OTH", Decimal(1))]  # fmt: skip
    deals = table(CODES, [*DEALS, *strange])
    assert refused(run_dag, bound, config("lcr", "lcr", "deals", **BY_CODE), deals) == (
        "operator 'lcr': 3 rows have no weight or section in parameter set 'basel', such as "
        "(code None); (code I.OTH); (code L1.GOLD) "
        "(correct the category, or give its weight (national discretion) yourself)"
    )


def test_a_null_amount_is_refused_with_examples(
    table: Make, config: Make, bound: Make, run_dag: Callable[..., Run]
) -> None:
    deals = table(SECTIONS, [*lines("B", L1="1"), ("x", "B", "L2A", None)])
    assert refused(run_dag, bound, config("lcr", "lcr", "deals", **BY_SECTION), deals) == (
        "operator 'lcr': 1 rows have no 'weighted', such as (bank B, section L2A)"
    )


def test_every_fault_is_told(frame: Make, operator: Make, context: Context) -> None:
    wrong = operator("lcr", group_by=["bnk"], category="id", amount="code", parameter_set="basle")
    with pytest.raises(FaultsError) as caught:
        wrong.outputs(context, frame(CODES.replace("id string", "id int"), []).schema)
    assert [(type(fault).__name__, str(fault)) for fault in caught.value.faults] == [
        ("UnknownFieldError", "there is no field 'bnk' (did you mean 'bank'?)"),
        ("FieldTypeError", "'id' is int"),
        ("FieldTypeError", "'code' is string"),
        ("ParameterSetError", "there is no parameter set 'basle' (did you mean 'basel'?)"),
    ]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"amount": "a"}, "give a section, or a category that has one in the parameter set"),
        ({"category": "c"}, "give amount (to be weighted here), weighted, or both"),
        (
            {"section": "s", "weighted": "w", "day": "d"},
            "which flows are dated follows from their category; give it",
        ),
        (
            {"category": "c", "section": "s", "amount": "a"},
            "an amount is weighted by its category; leave out section",
        ),
    ],
)
def test_choices_that_contradict_each_other_are_refused(
    parameters: dict[str, Any], message: str, operator: Make
) -> None:
    with pytest.raises(OperatorParameterError) as caught:
        operator("lcr", group_by=["bank"], **parameters)
    assert str(caught.value) == f"parameters: {message}"
