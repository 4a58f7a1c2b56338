"""The stock of HQLA under its caps, exact until one last rounding.

All levels are after haircut. ``held`` is the stock as it is; ``unwound`` is what would be held
if every secured funding, secured lending and collateral swap that matures within 30 days and
exchanges HQLA were unwound. Each form takes an excess over its caps off the stock that is held:

* ``basel`` (BCBS 238, Annex 1): the excess of the unwound stock,
  adj15 = max(L2B − 15/85·(L1 + L2A), L2B − 15/60·L1, 0),
  adj40 = max(L2A + L2B − adj15 − 2/3·L1, 0).
* ``us`` (12 CFR 249.21): the larger of the excess of the stock held and of the unwound one, with
  max(0, L2A + L2B − 0.6667·L1) and max(0, L2B − that − 0.1765·(L1 + L2A)).
* ``eu`` (Delegated Regulation 2015/61, Art. 17 and Annex I): the excess of the unwound stock over
  the most that its composition limits leave of covered bonds, Level 2A and Level 2B, in this
  order.

No form leaves less than nothing. The coefficients have no decimal form, so everything is taken
on whole multiples of the amounts, which are divided once, at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import localcontext
from math import lcm
from typing import Any, NamedTuple

from liqbench.regulation.method import Coefficients, Method

_DIGITS = 60  # 38 of an amount and what sums of their multiples need; Python's default is 28


class Levels(NamedTuple):
    """Amounts of the levels after haircut; ``level_1`` without covered bonds, where they count."""

    level_1: Any
    level_2a: Any
    level_2b: Any
    covered_bonds: Any = None


@dataclass(frozen=True)
class HqlaStock:
    """What each cap cuts off, and what counts; all ``multiple``-fold, so that they are exact."""

    multiple: int
    adjustment_15: Any
    adjustment_40: Any
    hqla: Any
    covered_bond_excess: Any = None


@dataclass(frozen=True)
class Arithmetic:
    """How figures are compared: decimals by Python, or formulas by what they are made of.

    ``greatest`` returns the largest, ``pick`` its third argument where the first is not below
    the second, else its fourth. ``named`` may put a step under a name and return a reference.
    """

    greatest: Callable[..., Any] = max
    pick: Callable[[Any, Any, Any, Any], Any] = lambda a, b, x, y: x if a >= b else y
    named: Callable[[str, Any], Any] = lambda _name, figure: figure

    def least(self, one: Any, other: Any) -> Any:
        """Return the smaller of two."""
        return one - self.greatest(one - other, one * 0)


_PLAIN = Arithmetic()


def cap_hqla(
    held: Levels, method: Method, *, unwound: Levels | None = None, by: Arithmetic = _PLAIN
) -> HqlaStock:
    """Return the caps and the stock under a method, of decimals, fractions or formulas.

    ``unwound``: see above; without it nothing is unwound.
    """
    caps = {"basel": _basel, "us": _us, "eu": _eu}
    with localcontext(prec=_DIGITS):
        stock = caps[method.hqla.form](held, unwound or held, method.coefficients, by)
        return replace(stock, hqla=by.greatest(stock.hqla, stock.hqla * 0))


def multiple_of(method: Method) -> int:
    """Return the multiple that amounts are taken by under a method."""
    return cap_hqla(Levels(0, 0, 0, 0), method).multiple


def _times(amount: Any, coefficient: Any, multiple: int) -> Any:
    return amount * int(coefficient * multiple)


def _basel(held: Levels, unwound: Levels, of: Coefficients, by: Arithmetic) -> HqlaStock:
    many = _multiple(of)
    l1, l2a, l2b = unwound[:3]
    zero = l1 * 0
    over_15 = by.greatest(
        l2b * many - _times(l1 + l2a, of.level_2b, many),
        l2b * many - _times(l1, of.level_2b_of_level_1, many),
        zero,
    )
    adj15 = by.named("adjustment_15", over_15)
    over_40 = by.greatest((l2a + l2b) * many - adj15 - _times(l1, of.level_2, many), zero)
    adj40 = by.named("adjustment_40", over_40)
    return HqlaStock(many, adj15, adj40, sum(held[1:3], held[0]) * many - adj15 - adj40)


def _us(held: Levels, unwound: Levels, of: Coefficients, by: Arithmetic) -> HqlaStock:
    many = _multiple(of)
    excess = []
    for name, (l1, l2a, l2b, _) in (("held", held), ("unwound", unwound)):
        zero = l1 * 0
        over_2 = by.greatest((l2a + l2b) * many - _times(l1, of.level_2, many), zero)
        level_2 = by.named(f"{name}_excess_2", over_2)
        over_2b = l2b * many - level_2 - _times(l1 + l2a, of.level_2b, many)
        excess.append((level_2, by.named(f"{name}_excess_2b", by.greatest(over_2b, zero))))
    own, other = (
        by.named(f"excess_{n}", sum(parts[1:], parts[0])) for n, parts in enumerate(excess)
    )
    adj40, adj15 = (
        by.named(name, by.pick(own, other, *parts))
        for name, parts in zip(
            ("adjustment_40", "adjustment_15"), zip(*excess, strict=True), strict=True
        )
    )
    return HqlaStock(many, adj15, adj40, sum(held[1:3], held[0]) * many - adj15 - adj40)


def _eu(held: Levels, unwound: Levels, of: Coefficients, by: Arithmetic) -> HqlaStock:
    assert of.covered_bonds is not None  # noqa: S101 - a set of this form has the cap
    l1, l2a, l2b, bonds = unwound
    zero = l1 * 0
    # Each step's amounts are a larger multiple than those of the step before.
    fold = of.covered_bonds.denominator
    room = by.greatest(l1 * of.covered_bonds.numerator, zero)
    bonds_in = by.named("covered_bonds_in", by.least(bonds * fold, room))
    level_1 = l1 * fold + bonds_in
    fold *= of.level_2.denominator
    room = by.named("room_2", by.greatest(level_1 * of.level_2.numerator, zero))
    l2a_in = by.named("level_2a_in", by.least(l2a * fold, room))
    left = (room - l2a_in) * of.level_2b.denominator
    whole = level_1 * of.level_2.denominator + l2a_in
    fold *= of.level_2b.denominator
    room = by.least(by.greatest(whole * of.level_2b.numerator, zero), by.greatest(left, zero))
    l2b_in = by.named("level_2b_in", by.least(l2b * fold, by.named("room_2b", room)))
    over_15 = by.named("adjustment_15", l2b * fold - l2b_in)
    over_40 = by.named("adjustment_40", l2a * fold - l2a_in * of.level_2b.denominator)
    over_70 = by.named(
        "covered_bond_excess",
        bonds * fold - bonds_in * (of.level_2.denominator * of.level_2b.denominator),
    )
    total = (held.level_1 + held.covered_bonds + held.level_2a + held.level_2b) * fold
    return HqlaStock(fold, over_15, over_40, total - over_15 - over_40 - over_70, over_70)


def _multiple(of: Coefficients) -> int:
    return lcm(of.level_2.denominator, of.level_2b.denominator, of.level_2b_of_level_1.denominator)
