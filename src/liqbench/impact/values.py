"""Which values of a rule's number are tried, all of them on a grid of decimals."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_FLOOR, Decimal

from liqbench.impact.figures import exactly

_GRID = 20


def widest(values: Iterable[Decimal]) -> Decimal:
    """Return a number with as many digits before and behind the point as any of these."""
    before = behind = 1
    for value in values:
        _, digits, exponent = value.as_tuple()
        assert isinstance(exponent, int)  # noqa: S101 - a rule's number is finite
        behind = max(behind, -exponent)
        before = max(before, len(digits) + exponent)
    return Decimal("9" * before + "." + "9" * behind)


def between(low: Decimal, high: Decimal, step: Decimal) -> list[Decimal]:
    """Return up to 21 values from low to high on the grid, both included."""
    with exactly():
        width = max((high - low) / _GRID, step)
        inner = ((low + n * width).quantize(step, ROUND_FLOOR) for n in range(1, _GRID))
        return [low, *dict.fromkeys(value for value in inner if low < value < high), high]


def around_crossing(
    a: tuple[Decimal, Decimal | None],
    b: tuple[Decimal, Decimal | None],
    target: Decimal,
    step: Decimal,
) -> list[Decimal]:
    """Return values between two points, close about where a straight line crosses the target.

    The middle is among them, so that at least every other step halves what is left.
    """
    (low, first), (high, last) = a, b
    with exactly():
        middle = (low + high) / 2
        guess = middle
        if first is not None and last is not None:
            guess = low + (high - low) * ((target - first) / (last - first))
        reach = (high - low) / (_GRID * _GRID)
        near = (guess - reach, guess - step, guess, guess + step, guess + reach)
        inner = sorted({v.quantize(step, ROUND_FLOOR) for v in (middle, *near)} | {low + step})
    return [value for value in inner if low < value < high]
