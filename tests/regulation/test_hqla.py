"""The caps on HQLA against what they mean: the most that may count, by exact search."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from liqbench.regulation import cap_hqla
from liqbench.regulation.hqla import COMMON_MULTIPLE

# a·x + b·y ≤ c, as (a, b, c)
Bound = tuple[Fraction, Fraction, Fraction]
stocks = st.integers(0, 10**15).map(lambda cents: Fraction(cents, 100)) | st.integers(0, 200).map(
    Fraction
)


def most_that_counts(l1: Fraction, l2a: Fraction, l2b: Fraction) -> Fraction:
    """Maximise L1 + x + y with x ≤ L2A, y ≤ L2B, y ≤ 15 % and x + y ≤ 40 % of that total.

    A linear programme in two unknowns takes its maximum at a corner of what is allowed: where
    two bounds meet. All corners are tried.
    """
    share_2b, share_2 = Fraction(15, 100), Fraction(40, 100)
    zero, one = Fraction(0), Fraction(1)
    bounds: list[Bound] = [
        (-one, zero, zero),
        (zero, -one, zero),
        (one, zero, l2a),
        (zero, one, l2b),
        (-share_2b, 1 - share_2b, share_2b * l1),
        (1 - share_2, 1 - share_2, share_2 * l1),
    ]
    best = Fraction(-1)
    for (a, b, c), (d, e, f) in combinations(bounds, 2):
        determinant = a * e - b * d
        if determinant == 0:
            continue
        x, y = (c * e - b * f) / determinant, (a * f - c * d) / determinant
        if all(p * x + q * y <= r for p, q, r in bounds):
            best = max(best, l1 + x + y)
    return best


@settings(deadline=None, max_examples=400)
@given(stocks, stocks, stocks)
@example(Fraction(60), Fraction(25), Fraction(15))
@example(Fraction(0), Fraction(85), Fraction(50))
def test_the_stock_is_the_most_that_the_caps_allow(
    l1: Fraction, l2a: Fraction, l2b: Fraction
) -> None:
    assert cap_hqla(l1, l2a, l2b).hqla / COMMON_MULTIPLE == most_that_counts(l1, l2a, l2b)


@settings(deadline=None)
@given(stocks, stocks, stocks)
def test_what_counts_and_what_is_cut_off_add_up(l1: Fraction, l2a: Fraction, l2b: Fraction) -> None:
    stock = cap_hqla(l1, l2a, l2b)
    assert stock.adjustment_15 >= 0
    assert stock.adjustment_40 >= 0
    assert stock.hqla + stock.adjustment_15 + stock.adjustment_40 == (l1 + l2a + l2b) * 204
    assert l1 * 204 <= stock.hqla


@settings(deadline=None)
@given(stocks, stocks, stocks, st.integers(1, 1000))
def test_twice_the_bank_has_twice_the_stock(
    l1: Fraction, l2a: Fraction, l2b: Fraction, times: int
) -> None:
    once, often = cap_hqla(l1, l2a, l2b), cap_hqla(times * l1, times * l2a, times * l2b)
    assert often.hqla == times * once.hqla


# Computed from the formula of Annex 1 by hand: L1, L2A, L2B -> adj15, adj40, HQLA.
VECTORS = [
    ((100, 20, 10), (0, 0, 130)),
    ((100, 85, 0), (0, Fraction(55, 3), Fraction(500, 3))),  # 85 - 200/3; 166.666…
    ((100, 20, 50), (Fraction(490, 17), 0, Fraction(2400, 17))),  # 50 - 360/17; 141.176470…
    ((0, 85, 50), (50, 85, 0)),
    ((0, 85, 0), (0, 85, 0)),
    ((60, 25, 15), (0, 0, 100)),
    ((60, 40, 0), (0, 0, 100)),
    ((60, 80, 40), (25, 55, 100)),  # both caps: 40 - 60/4, 80 + 15 - 40
    ((0, 0, 0), (0, 0, 0)),
]


@pytest.mark.parametrize(("stock", "expected"), VECTORS)
def test_known_cases(stock: tuple[int, int, int], expected: tuple[Fraction, ...]) -> None:
    capped = cap_hqla(*stock)
    parts = (capped.adjustment_15, capped.adjustment_40, capped.hqla)
    assert tuple(Fraction(part, 204) for part in parts) == expected


@pytest.mark.parametrize(("stock", "expected"), VECTORS)
def test_decimals_give_the_same(
    stock: tuple[int, int, int], expected: tuple[Fraction, ...]
) -> None:
    capped = cap_hqla(*map(Decimal, stock))
    assert isinstance(capped.hqla, Decimal)
    assert Fraction(capped.hqla) == 204 * expected[2]


def test_decimals_of_thirty_eight_digits_are_not_rounded() -> None:
    amount = Decimal("9999999999999999999999999999.9999999999")
    capped = cap_hqla(amount, amount, amount)
    with localcontext(prec=60):
        assert capped.adjustment_15 + capped.adjustment_40 + capped.hqla == 612 * amount
    assert Fraction(capped.hqla) == 204 * Fraction(amount) * Fraction(5, 3)


def test_the_greatest_may_be_taken_by_somebody_else() -> None:
    calls: list[int] = []

    def greatest(*values: Fraction) -> Fraction:
        calls.append(len(values))
        return max(values)

    assert cap_hqla(Fraction(100), Fraction(85), Fraction(0), greatest=greatest).hqla == 34_000
    assert calls == [3, 2]
