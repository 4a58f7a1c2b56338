"""The LCR under the parameter sets of the Union and the United States, and with unwinding."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from liqbench.errors import FaultsError, ParameterSetError
from liqbench.operators import Context

Make = Callable[..., Any]

# The worked example of the final US rule, 79 FR 61440, page 61477: flows that are due on day 1 to
# 30, and ones without a maturity. The published total net cash outflow is 262.5.
OUTFLOWS = (100, 20, 10, 15, 20, 0, 0, 10, 15, 25, 35, 10, 0, 0, 5, 15, 5, 10, 15, 0, 0, 20, 20, 5,
            40, 8, 0, 0, 5, 2)  # fmt: skip
INFLOWS = (90, 5, 5, 20, 15, 0, 0, 8, 7, 20, 5, 15, 0, 0, 5, 5, 5, 5, 20, 0, 0, 45, 40, 20, 5, 125,
           0, 0, 10, 5)  # fmt: skip
DATED = "id string, bank string, code string, amount decimal(12,2), day int"
FLOWS = [
    ("o", "B", "O.RET.LESS", Decimal(3000), None),  # 10 %: 300
    ("i", "B", "I.RET", Decimal(200), None),  # 50 %: 100, but dated in the US, so see below
    *((f"o{n}", "B", "O.WHL.OTHER", Decimal(x), n) for n, x in enumerate(OUTFLOWS, 1)),
    *((f"i{n}", "B", "I.FI", Decimal(x), n) for n, x in enumerate(INFLOWS, 1)),
]
BY_DAY = {"group_by": ["bank"], "category": "code", "amount": "amount", "day": "day"}


def federal_register() -> list[tuple[Any, ...]]:
    """Return the example's flows; its inflows without maturity are derivatives', never dated."""
    assert (sum(OUTFLOWS), sum(INFLOWS)) == (410, 480)
    undated = ("i", "B", "I.DER", Decimal(100), None)
    return [undated if row[0] == "i" else row for row in FLOWS]


@pytest.mark.parametrize(
    ("parameter_set", "add_on", "net"), [("us", "85.00", "262.50"), ("basel", None, "177.50")]
)
def test_the_worked_example_of_the_federal_register(
    parameter_set: str, add_on: str | None, net: str, frame: Make, operator: Make, applied: Make
) -> None:
    lcr = operator("lcr", **BY_DAY, parameter_set=parameter_set, scale=2)
    (row,) = applied(lcr, frame(DATED, federal_register())).collect()
    assert (str(row["outflows"]), str(row["inflows"])) == ("710.00", "580.00")
    assert str(row["capped_inflows"]) == "532.50"  # 75 % of 710
    assert str(row["net_outflows"]) == net
    if add_on is not None:  # the peak of +85 on day 18, and -70 at the end
        assert str(row["mismatch_add_on"]) == add_on


def test_an_open_maturity_is_due_on_the_first_day_in_the_us(
    frame: Make, operator: Make, applied: Make
) -> None:
    # 100 out with no date, 80 in on day 2: the peak is 100, the end 20, the add-on 80.
    flows = [
        ("1", "B", "O.WHL.OTHER", Decimal(100), None),
        ("2", "B", "I.FI", Decimal(80), 2),
        ("3", "B", "O.WHL.OTHER", Decimal(40), 31),  # after the thirty days
    ]
    lcr = operator("lcr", **BY_DAY, parameter_set="us", scale=2)
    (row,) = applied(lcr, frame(DATED, flows)).collect()
    assert str(row["mismatch_add_on"]) == "80.00"
    assert str(row["net_outflows"]) == "140.00"  # 140 - 80 + 80


def test_without_a_day_there_is_no_add_on_to_take(
    frame: Make, operator: Make, context: Context
) -> None:
    lcr = operator("lcr", group_by=["bank"], category="code", amount="amount", parameter_set="us")
    with pytest.raises((FaultsError, ParameterSetError), match="the day of a flow is needed"):
        lcr.outputs(context, frame(DATED, []).schema)


SECTIONS = "id string, bank string, section string, weighted decimal(12,2)"
IN_EU = {
    "group_by": ["bank"], "section": "section", "weighted": "weighted", "parameter_set": "eu",
    "scale": 2,
}  # fmt: skip


def lines(bank: str, **amounts: str) -> list[tuple[str, str, str, Decimal]]:
    return [(f"{bank}{n}", bank, s, Decimal(x)) for n, (s, x) in enumerate(amounts.items())]


# Delegated Regulation (EU) 2015/61, Art. 33 and C 76.00, worked out by hand.
POTS = [
    # Exempt inflows count in full: 1000 - 300, 90 % of 700 = 630 > 200, and 75 % of
    # (700 - 200/0.9) = 358.33… < 400.
    ("all", {"INFLOW_EXEMPT": "300", "INFLOW_90": "200", "INFLOW": "400"}, "858.33", True),
    ("exempt", {"INFLOW_EXEMPT": "1200"}, "1000.00", True),
    ("ninety", {"INFLOW_90": "950"}, "900.00", True),
    ("usual", {"INFLOW": "800"}, "750.00", True),
    ("little", {"INFLOW_EXEMPT": "100", "INFLOW_90": "100", "INFLOW": "100"}, "300.00", False),
]


def test_inflows_of_the_union_count_pot_by_pot(frame: Make, operator: Make, applied: Make) -> None:
    rows = [line for bank, flows, *_ in POTS for line in lines(bank, OUTFLOW="1000", **flows)]
    found = {
        row["bank"]: row
        for row in applied(operator("lcr", **IN_EU), frame(SECTIONS, rows)).collect()
    }
    for bank, _, counted, binds in POTS:
        assert str(found[bank]["capped_inflows"]) == counted
        assert found[bank]["inflow_cap_binds"] is binds
        assert found[bank]["net_outflows"] == 1000 - Decimal(counted)


def test_covered_bonds_of_level_1_have_a_limit_of_their_own(
    frame: Make, operator: Make, applied: Make
) -> None:
    rows = lines("B", L1="30", L1CB="93", L2A="100", OUTFLOW="100")
    (row,) = applied(operator("lcr", **IN_EU), frame(SECTIONS, rows)).collect()
    assert (str(row["level_1"]), str(row["covered_bonds"])) == ("30.00", "93.00")
    assert str(row["covered_bond_excess"]) == "23.00"  # 30 carries 70
    assert str(row["adjustment_40"]) == "33.33"  # 100 carries 66.67
    assert str(row["hqla"]) == "166.67"


LEGS = (
    "id string, bank string, code string, amount decimal(12,2), level string, unwind decimal(12,2)"
)


@pytest.mark.parametrize(("parameter_set", "hqla"), [("basel", "100.0000"), ("us", "100.0020")])
def test_the_caps_are_taken_after_unwinding(
    parameter_set: str, hqla: str, frame: Make, operator: Make, applied: Make
) -> None:
    # Held 100, 10 and 10 after haircut. Unwinding a repo gives back 40 of Level 2A for 40 of cash:
    # 60, 50 and 10 would be left, of which 20 are above 2/3 of 60.
    rows = [
        ("1", "B", "L1.CASH", Decimal(100), None, Decimal(0)),
        ("2", "B", "L2A.CORP", Decimal("11.77"), None, Decimal(0)),  # 10.0045 after haircut
        ("3", "B", "L2B.EQ", Decimal(20), "OUT_OF_SCOPE", Decimal(0)),
        ("4", "B", "O.SEC.L2A", Decimal(40), "L1", Decimal(-40)),
        ("5", "B", "OUT_OF_SCOPE", Decimal(40), "L2A", Decimal("39.9955")),
    ]
    columns = [(*row[:5], row[5].quantize(Decimal("0.0001"))) for row in rows]
    lcr = operator(
        "lcr", group_by=["bank"], category="code", amount="amount", parameter_set=parameter_set,
        unwind={"level": "level", "amount": "unwind"},
        **({"day": "day"} if parameter_set == "us" else {}),
    )  # fmt: skip
    given = frame(LEGS.replace("unwind decimal(12,2)", "unwind decimal(12,4)"), columns)
    given = given.selectExpr("*", "cast(null as int) as day")
    (row,) = applied(lcr, given).collect()
    assert [str(row[f"unwound_level_{n}"]) for n in ("1", "2a", "2b")] == [
        "60.0000", "50.0000", "10.0000",
    ]  # fmt: skip
    # Held are 120.0045, so what is left is that less the excess of the unwound stock.
    assert row["hqla"] == Decimal(hqla) + Decimal("0.0045")


def test_an_unknown_level_to_unwind_stops_the_calculation(
    frame: Make, operator: Make, applied: Make
) -> None:
    lcr = operator(
        "lcr", group_by=["bank"], category="code", amount="amount",
        unwind={"level": "level", "amount": "unwind"},
    )  # fmt: skip
    rows = [("1", "B", "L1.CASH", Decimal(100), "L3", Decimal(1))]
    with pytest.raises(Exception, match="an unknown level to unwind"):
        applied(lcr, frame(LEGS, rows)).collect()


def test_rows_that_are_out_of_scope_don_t_count_and_unclassified_ones_are_told(
    frame: Make, operator: Make, applied: Make
) -> None:
    codes = "id string, bank string, code string, amount decimal(12,2)"
    rows = [
        ("1", "B", "L1.CASH", Decimal(100)),
        ("2", "B", "O.WHL.OTHER", Decimal(50)),
        ("3", "B", "OUT_OF_SCOPE", Decimal(999)),
        ("4", "C", "O.WHL.OTHER", Decimal(50)),
        ("5", "C", "UNCLASSIFIED", Decimal(999)),
    ]
    lcr = operator("lcr", group_by=["bank"], category="code", amount="amount", scale=2)
    found = {row["bank"]: row for row in applied(lcr, frame(codes, rows)).collect()}
    assert (str(found["B"]["lcr"]), found["B"]["lcr_status"]) == ("2.000000", "defined")
    assert str(found["C"]["net_outflows"]) == "50.00"
    assert found["C"]["lcr_status"] == "incomplete: rows without a category for the LCR"
