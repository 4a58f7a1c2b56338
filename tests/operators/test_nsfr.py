"""The NSFR against examples worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from liqbench.errors import OperatorParameterError

Make = Callable[..., Any]

FIELDS = "id string, bank string, code string, amount decimal(14,2)"
BY_BANK = {"group_by": ["bank"], "category": "code", "amount": "amount", "scale": 2}

# A teaching example of a third party, not of a regulator: RSF 370,000, ASF 585,000, 158.1 %.
TEACHING = {
    "R.LN35": 500_000, "R.CBR": 25_000, "R.CASH": 80_000, "R.OTH100": 45_000,
    "A.RET.ST": 400_000, "A.RET.LS": 150_000, "A.NFC": 60_000, "A.CAP": 40_000,
}  # fmt: skip


def rows_of(bank: str, amounts: dict[str, int]) -> list[tuple[str, str, str, Decimal]]:
    return [(f"{bank}{n}", bank, c, Decimal(x)) for n, (c, x) in enumerate(amounts.items())]


def one(frame: Make, operator: Make, applied: Make, amounts: dict[str, int], **more: Any) -> Any:
    nsfr = operator("nsfr", **BY_BANK, **more)
    (row,) = applied(nsfr, frame(FIELDS, rows_of("B", amounts))).collect()
    return row


def test_a_teaching_example(frame: Make, operator: Make, applied: Make) -> None:
    row = one(frame, operator, applied, TEACHING)
    assert (str(row["asf"]), str(row["rsf"])) == ("585000.00", "370000.00")
    assert (str(row["nsfr"]), row["nsfr_status"], row["rows"]) == ("1.581081", "defined", 8)


@pytest.mark.parametrize(
    ("assets", "liabilities", "net", "rsf"),
    [
        (300, 100, "200.00", "1220.00"),  # 1000 + 200, and 20 % of 100 gross
        (100, 300, "0.00", "1060.00"),  # nothing, and 20 % of 300
        (100, 100, "0.00", "1020.00"),
    ],
)
def test_derivatives_count_net_and_their_gross_liabilities_add_a_share(
    assets: int, liabilities: int, net: str, rsf: str, frame: Make, operator: Make, applied: Make
) -> None:
    given = {"A.CAP": 1000, "R.OTH100": 1000, "R.DER": assets, "A.DER": liabilities,
             "R.DER20": liabilities}  # fmt: skip
    row = one(frame, operator, applied, given)
    assert (str(row["net_derivative_assets"]), str(row["rsf"])) == (net, rsf)
    assert str(row["asf"]) == "1000.00"


def test_the_add_on_is_a_parameter_of_the_set(frame: Make, operator: Make, applied: Make) -> None:
    given = {"A.CAP": 1000, "A.DER": 300, "R.DER20": 300}
    assert str(one(frame, operator, applied, given)["rsf"]) == "60.00"
    assert str(one(frame, operator, applied, given, parameter_set="eu")["rsf"]) == "15.00"


def test_without_required_funding_the_ratio_is_undefined(
    frame: Make, operator: Make, applied: Make
) -> None:
    row = one(frame, operator, applied, {"A.CAP": 1000, "R.CASH": 500})
    assert (row["nsfr"], row["nsfr_status"]) == (
        None, "undefined: no required stable funding",
    )  # fmt: skip


def test_weighted_amounts_are_taken_as_they_are_and_derivatives_by_amount(
    frame: Make, operator: Make, applied: Make
) -> None:
    fields = FIELDS + ", weighted decimal(14,2)"
    rows = [
        ("1", "B", "A.CAP", Decimal(1000), Decimal(900)),
        ("2", "B", "R.LN85", Decimal(1000), Decimal(700)),
        ("3", "B", "R.DER", Decimal(50), Decimal(0)),
        ("4", "B", "OUT_OF_SCOPE", Decimal(77), Decimal(77)),
    ]
    nsfr = operator("nsfr", **BY_BANK, weighted="weighted")
    (row,) = applied(nsfr, frame(fields, rows)).collect()
    assert (str(row["asf"]), str(row["rsf"])) == ("900.00", "750.00")
    assert str(row["nsfr"]) == "1.200000"


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"section": "s", "amount": "a"}, "give the category, which has a side and a factor"),
        ({"category": "c", "weighted": "w"}, "give amount, by which derivatives are netted"),
    ],
)
def test_what_is_missing_is_told(parameters: dict[str, str], told: str, operator: Make) -> None:
    with pytest.raises(OperatorParameterError, match=told):
        operator("nsfr", group_by=["bank"], **parameters)
