"""The stock of HQLA under the two caps (BCBS 238, Annex 1), exact until one last rounding.

Caps without unwinding: all amounts after haircut, the adjusted stocks equal the unadjusted ones.

    adj15 = max(L2B − 15/85·(L1 + L2A), L2B − 15/60·L1, 0)
    adj40 = max(L2A + L2B − adj15 − 2/3·L1, 0)
    HQLA  = L1 + L2A + L2B − adj15 − adj40

15/85, 15/60 and 2/3 have no decimal form, but 204 = 17·4·3 times each of them is whole. So the
caps are taken on 204-fold amounts, exactly, and divided by 204 once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import localcontext
from typing import Any

COMMON_MULTIPLE = 204
_OF_L1_AND_L2A = COMMON_MULTIPLE * 15 // 85
_OF_L1_FOR_L2B = COMMON_MULTIPLE * 15 // 60
_OF_L1_FOR_L2 = COMMON_MULTIPLE * 2 // 3
_DIGITS = 60  # 38 of an amount and what sums of their multiples need; Python's default is 28


@dataclass(frozen=True)
class HqlaStock:
    """The three levels after haircut, what each cap cuts off, and what counts.

    All of them 204-fold, so that they are exact: divide by ``COMMON_MULTIPLE``.
    """

    adjustment_15: Any
    adjustment_40: Any
    hqla: Any


def _as_it_is(_name: str, figure: Any) -> Any:
    return figure


def cap_hqla(
    level_1: Any,
    level_2a: Any,
    level_2b: Any,
    *,
    greatest: Any = max,
    named: Callable[[str, Any], Any] = _as_it_is,
) -> HqlaStock:
    """Return 204-fold caps and stock of decimals or, with their ``greatest``, of formulas.

    ``named`` may put a step under a name and return a reference to it.

    A negative adjusted level would raise the caps of the others; the levels here are stocks and
    must not be negative.
    """
    with localcontext(prec=_DIGITS):
        return _capped((level_1, level_2a, level_2b), greatest, named)


def _capped(
    levels: tuple[Any, Any, Any], greatest: Any, named: Callable[[str, Any], Any]
) -> HqlaStock:
    level_1, level_2a, level_2b = levels
    l1, l2a, l2b = (
        level_1 * COMMON_MULTIPLE,
        level_2a * COMMON_MULTIPLE,
        level_2b * COMMON_MULTIPLE,
    )
    zero = level_1 * 0
    over_15 = greatest(
        l2b - (level_1 + level_2a) * _OF_L1_AND_L2A, l2b - level_1 * _OF_L1_FOR_L2B, zero
    )
    adj15 = named("adjustment_15", over_15)
    adj40 = named("adjustment_40", greatest(l2a + l2b - adj15 - level_1 * _OF_L1_FOR_L2, zero))
    return HqlaStock(adj15, adj40, named("hqla", l1 + l2a + l2b - adj15 - adj40))
