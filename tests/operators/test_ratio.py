from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from math import floor
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liqbench.operators import Context

Make = Callable[..., Any]
Pair = tuple[Decimal, Decimal]


def digits(limit: int, scale: int) -> st.SearchStrategy[Decimal]:
    return st.integers(-limit, limit).map(lambda n: Decimal(n).scaleb(-scale))


def halfway(denominator: int, odd: int) -> Pair:
    """A quotient that ends in a five behind its second digit, exactly."""
    with localcontext() as context:
        context.prec = 60
        d = Decimal(denominator).scaleb(-2)
        return d * (2 * odd + 1) * Decimal("0.005"), d


NONZERO = st.integers(-(10**9), 10**9).filter(bool)
PAIRS = st.one_of(
    st.tuples(digits(10**19, 5), NONZERO.map(lambda n: Decimal(n).scaleb(-2))),
    st.tuples(digits(1000, 5), NONZERO.map(lambda n: Decimal(n).scaleb(-2))),
    st.builds(halfway, NONZERO, st.integers(-(10**7), 10**7)),
    st.tuples(digits(10**25 - 1, 5), st.just(Decimal(10**9 - 1))),
)


def half_up(numerator: Decimal, denominator: Decimal, scale: int) -> Decimal:
    exact = Fraction(numerator) / Fraction(denominator)
    whole = floor(abs(exact) * 10**scale + Fraction(1, 2))
    with localcontext() as context:
        context.prec = 60
        return Decimal(whole if exact >= 0 else -whole).scaleb(-scale)


@settings(max_examples=3, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(PAIRS, min_size=300, max_size=400).map(
        lambda pairs: [
            pair for pair in pairs if abs(Fraction(pair[0]) / Fraction(pair[1])) < 10**14
        ]
    )
)
def test_a_ratio_is_the_exact_fraction_rounded_half_up(
    frame: Make, operator: Make, context: Context, pairs: list[Pair]
) -> None:
    calculate = operator("calculate", expressions=[{"name": "q", "expression": "ratio(n, d, 2)"}])
    numbered = [(place, *pair) for place, pair in enumerate(pairs)]
    deals = frame("id int, n decimal(25,5), d decimal(12,2)", numbered)
    found = {row["id"]: row["q"] for row in calculate.apply(context, deals).collect()}
    wanted = {place: half_up(n, d, 2) for place, n, d in numbered}
    assert found == wanted


def test_the_reference_of_these_tests_rounds_half_up() -> None:
    assert half_up(Decimal("-0.005"), Decimal(1), 2) == Decimal("-0.01")
    assert half_up(Decimal(1), Decimal(3), 4) == (Decimal(1) / 3).quantize(
        Decimal("0.0001"), ROUND_HALF_UP
    )
