from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from liqbench.operators.expressions.ratio import exact_ratio

LARGEST = 10**38 - 1
scales = st.integers(0, 18)


@st.composite
def amounts(draw: st.DrawFn) -> Decimal:
    """Any number that Spark's decimals hold."""
    return Decimal(f"{draw(st.integers(-LARGEST, LARGEST))}E-{draw(scales)}")


def half_up(exact: Fraction, scale: int) -> Fraction:
    """Round to the nearest figure of the scale, ties away from zero."""
    scaled = abs(exact) * 10**scale
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    if 2 * rest >= scaled.denominator:
        whole += 1
    return Fraction(whole if exact >= 0 else -whole, 10**scale)


@settings(deadline=None, max_examples=300)
@given(amounts(), amounts().filter(bool), scales)
@example(Decimal(-1), Decimal(3), 4)
@example(Decimal(LARGEST), Decimal("1E-18"), 18)
def test_a_ratio_is_the_exact_quotient_rounded_once_half_up(n: Decimal, d: Decimal, s: int) -> None:
    ratio = exact_ratio(n, d, s)
    assert Fraction(ratio) == half_up(Fraction(n) / Fraction(d), s)
    assert ratio.as_tuple().exponent == -s


@settings(deadline=None, max_examples=300)
@given(st.integers(-(10**12), 10**12), amounts().filter(bool), st.integers(0, 6))
def test_ties_go_away_from_zero(whole: int, d: Decimal, s: int) -> None:
    tie = Fraction(2 * whole + 1, 2 * 10**s)
    n = Fraction(d) * tie
    numerator = Decimal(f"{n.numerator * 10**60 // n.denominator}E-60")
    assert Fraction(numerator) == n  # a tie has but few digits, so its product is a decimal
    up = whole + 1 if tie > 0 else whole
    assert Fraction(exact_ratio(numerator, d, s)) == Fraction(up, 10**s)


@settings(deadline=None)
@given(amounts(), amounts().filter(bool), scales)
def test_only_the_signs_decide_the_sign(n: Decimal, d: Decimal, s: int) -> None:
    positive = exact_ratio(n.copy_abs(), d.copy_abs(), s)
    assert exact_ratio(n.copy_negate(), d.copy_negate(), s) == exact_ratio(n, d, s)
    assert exact_ratio(n, d, s).copy_abs() == positive


@pytest.mark.parametrize(
    ("numerator", "denominator", "scale", "expected"),
    [
        ("1", "3", 4, "0.3333"),
        ("2", "3", 4, "0.6667"),
        ("1", "8", 2, "0.13"),  # 0.125
        ("-1", "8", 2, "-0.13"),
        ("1", "-8", 2, "-0.13"),
        ("-1", "-8", 2, "0.13"),
        ("0.125", "1", 2, "0.13"),
        ("0.12499999999999999999999999999999999999", "1", 2, "0.12"),
        ("5", "2", 0, "3"),
        ("-5", "2", 0, "-3"),
        ("0", "-7.5", 2, "0.00"),
        ("-0.001", "7", 2, "0.00"),  # rounds to nothing, which has no sign
        ("262.5", "262.5", 4, "1.0000"),
        (
            "1",
            "0.00000000000000000000000000000000000003",
            0,
            "33333333333333333333333333333333333333",
        ),
    ],
)
def test_worked_examples(numerator: str, denominator: str, scale: int, expected: str) -> None:
    assert str(exact_ratio(Decimal(numerator), Decimal(denominator), scale)) == expected


@pytest.mark.parametrize("numerator", ["0", "1", "-1"])
def test_nothing_is_divided_by_zero(numerator: str) -> None:
    with pytest.raises(ZeroDivisionError):
        exact_ratio(Decimal(numerator), Decimal("0.00"), 4)
