"""The caps on HQLA against what they mean: the most that may count, by exact search."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import combinations
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from liqbench.regulation import (
    Arithmetic,
    HqlaStock,
    Levels,
    Method,
    cap_hqla,
    load_parameters,
    multiple_of,
)

BASEL, US, EU = (load_parameters(name).method for name in ("basel", "us", "eu"))
COMMON_MULTIPLE = 204  # of 15/85, 15/60 and 2/3


def stock_of(l1: Any, l2a: Any, l2b: Any, method: Method = BASEL) -> HqlaStock:
    return cap_hqla(Levels(l1, l2a, l2b, l1 * 0), method)


def stock_in_decimals(stock: tuple[int, ...], method: Method = BASEL) -> HqlaStock:
    l1, l2a, l2b = map(Decimal, stock)
    return stock_of(l1, l2a, l2b, method)


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
    assert stock_of(l1, l2a, l2b).hqla / COMMON_MULTIPLE == most_that_counts(l1, l2a, l2b)


def random_stocks(count: int, levels: int) -> Iterator[list[Fraction]]:
    """Yield stocks from nothing to a large bank's, levels of one size and of very different."""
    random = Random(238)  # noqa: S311 - no secret
    for _ in range(count):
        sizes = [random.choice((0, 1, 10**3, 10**9, 10**13)) for _ in range(levels)]
        yield [Fraction(random.randint(0, 100 * size), 100) for size in sizes]


def test_ten_thousand_random_stocks_are_the_most_that_the_caps_allow() -> None:
    for l1, l2a, l2b in random_stocks(10_000, 3):
        assert stock_of(l1, l2a, l2b).hqla / COMMON_MULTIPLE == most_that_counts(l1, l2a, l2b)


def test_a_thousand_random_stocks_without_covered_bonds_are_the_same_in_the_union() -> None:
    for l1, l2a, l2b in random_stocks(1_000, 3):
        assert stock_of(l1, l2a, l2b, EU).hqla / 153 == most_that_counts(l1, l2a, l2b)


def test_covered_bonds_count_up_to_the_most_that_the_union_allows() -> None:
    # At the most, Level 1 is what covered bonds may be beside the rest; Level 2 follows from it.
    for l1, l2a, l2b, bonds in random_stocks(1_000, 4):
        level_1 = l1 + min(bonds, l1 * 7 / 3)
        found = cap_hqla(Levels(l1, l2a, l2b, bonds), EU)
        assert found.hqla / 153 == most_that_counts(level_1, l2a, l2b)
        assert found.covered_bond_excess / 153 == l1 + bonds - level_1


@settings(deadline=None)
@given(stocks, stocks, stocks)
def test_what_counts_and_what_is_cut_off_add_up(l1: Fraction, l2a: Fraction, l2b: Fraction) -> None:
    stock = stock_of(l1, l2a, l2b)
    assert stock.adjustment_15 >= 0
    assert stock.adjustment_40 >= 0
    assert stock.hqla + stock.adjustment_15 + stock.adjustment_40 == (l1 + l2a + l2b) * 204
    assert l1 * 204 <= stock.hqla


@settings(deadline=None)
@given(stocks, stocks, stocks, st.integers(1, 1000))
def test_twice_the_bank_has_twice_the_stock(
    l1: Fraction, l2a: Fraction, l2b: Fraction, times: int
) -> None:
    once, often = stock_of(l1, l2a, l2b), stock_of(times * l1, times * l2a, times * l2b)
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
    capped = stock_of(*stock)
    parts = (capped.adjustment_15, capped.adjustment_40, capped.hqla)
    assert tuple(Fraction(part, 204) for part in parts) == expected


@pytest.mark.parametrize(("stock", "expected"), VECTORS)
def test_decimals_give_the_same(
    stock: tuple[int, int, int], expected: tuple[Fraction, ...]
) -> None:
    capped = stock_in_decimals(stock)
    assert isinstance(capped.hqla, Decimal)
    assert Fraction(capped.hqla) == 204 * expected[2]


def test_decimals_of_thirty_eight_digits_are_not_rounded() -> None:
    amount = Decimal("9999999999999999999999999999.9999999999")
    capped = stock_of(amount, amount, amount)
    with localcontext(prec=60):
        assert capped.adjustment_15 + capped.adjustment_40 + capped.hqla == 612 * amount
    assert Fraction(capped.hqla) == 204 * Fraction(amount) * Fraction(5, 3)


def test_comparisons_may_be_made_by_somebody_else() -> None:
    calls: list[int] = []

    def greatest(*values: Fraction) -> Fraction:
        calls.append(len(values))
        return max(values)

    levels = Levels(Fraction(100), Fraction(85), Fraction(0))
    assert cap_hqla(levels, BASEL, by=Arithmetic(greatest=greatest)).hqla == 34_000
    assert calls == [3, 2, 2]


# Held, then what unwinding leaves; the excess in the Basel form and the US form, by hand from
# the two texts. The US coefficients are 0.6667 for 2/3 and 0.1765 for 15/85.
UNWOUND = [
    # Repo, 40 of cash against 40 of Level 2A: 10+50 in Level 2 of 60 in Level 1.
    ((100, 10, 10), (60, 50, 10), "20", "19.998"),
    # The same without the unwinding: nothing above the caps.
    ((100, 10, 10), (100, 10, 10), "0", "0"),
    # Reverse repo, 30 of cash lent against 30 of Level 2A held: unwound 130 and 5. In the US the
    # excess of the stock that is held counts where it is larger.
    ((50, 35, 0), (80, 5, 0), "0", "1.665"),  # 35 - 0.6667·50
    # Both caps: 15 % of 60, 40 % of 60.
    ((60, 80, 40), (60, 80, 40), "80", "79.998"),  # 120 - 0.6667·60
    # More cash borrowed than Level 1 held: nothing is left, not less than nothing.
    ((10, 5, 0), (-50, 60, 0), "15", "15"),
]


@pytest.mark.parametrize(("held", "unwound", "basel", "us"), UNWOUND)
def test_the_caps_are_taken_on_what_unwinding_leaves(
    held: tuple[int, ...], unwound: tuple[int, ...], basel: str, us: str
) -> None:
    for method, excess in ((BASEL, basel), (US, us)):
        found = cap_hqla(
            Levels(*map(Decimal, held)), method, unwound=Levels(*map(Decimal, unwound))
        )
        assert found.hqla == found.multiple * (sum(held) - Decimal(excess))


@pytest.mark.parametrize(
    ("stock", "us"),
    [
        ((100, 20, 10), "130"),
        ((100, 85, 0), "166.67"),
        ((100, 20, 50), "141.18"),
        ((0, 85, 50), "0"),
        ((60, 25, 15), "100"),
    ],
)
def test_known_cases_in_the_us_form(stock: tuple[int, ...], us: str) -> None:
    found = stock_in_decimals(stock, US)
    assert found.hqla / found.multiple == Decimal(us)


def test_in_the_us_form_the_excess_is_that_of_one_side() -> None:
    # Held: 35 - 0.6667·50 = 1.665 of Level 2. Unwound: 20 of Level 2B alone, 20 - 0.1765·80.
    found = cap_hqla(
        Levels(*map(Decimal, (50, 35, 0))), US, unwound=Levels(*map(Decimal, (80, 0, 20)))
    )
    assert found.adjustment_40 == 0
    assert found.adjustment_15 / found.multiple == Decimal("5.88")


def test_answers_of_other_tools_that_are_wrong() -> None:
    # A stock of Level 2A alone is worth nothing: 40 % of nothing is nothing.
    assert stock_of(0, 85, 0).hqla == 0
    # And 40 % is a share of what counts, not of what is held: 100 may carry 66.67, not 74.
    assert Fraction(stock_of(100, 85, 0).hqla, 204) == Fraction(500, 3)


def test_a_stock_unwound_in_the_union_gives_back_what_exceeds_its_composition() -> None:
    # Unwound Level 1 is 60 and carries 40 of Level 2; 60 are there, so 20 are an excess.
    held, unwound = Levels(100, 10, 10, 0), Levels(60, 50, 10, 0)
    assert Fraction(cap_hqla(held, EU, unwound=unwound).hqla, 153) == 100
    # Covered bonds of 93 beside 30: 70 may count, 23 are an excess.
    assert Fraction(cap_hqla(Levels(30, 0, 0, 93), EU).hqla, 153) == 100


def test_the_multiple_makes_every_coefficient_whole() -> None:
    assert [multiple_of(method) for method in (BASEL, EU, US)] == [204, 153, 10_000]
