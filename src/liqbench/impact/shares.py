"""What each rule contributes to a change: alone, in order, and averaged over all orders."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from liqbench.model import AdjustmentRule

SHARE_SCALE = 6


def shares(
    rules: Sequence[AdjustmentRule], worth: Mapping[frozenset[int], Decimal]
) -> list[dict[str, Any]]:
    """Return for every rule its effect alone, in order, and its Shapley value; then the total."""
    count, none = len(rules), frozenset[int]()
    change = worth[frozenset(range(count))] - worth[none]
    found: list[dict[str, Any]] = []
    left = change
    for n, rule in enumerate(rules):
        before = frozenset(range(n))
        last = n == count - 1
        share = left if last else _rounded(_shapley(n, count, worth))
        left -= share
        in_order = worth[before | {n}] - worth[before]
        alone = worth[frozenset({n})] - worth[none]
        found.append(
            {
                "rule": rule.rule_id,
                "what": rule.describe(),
                "alone": alone,
                "in_order": in_order,
                "interaction": in_order - alone,
                "shapley": share,
            }
        )
    sums = {name: sum((row[name] for row in found), Decimal(0)) for name in _FIGURES}
    return [*found, {"rule": "total", "what": "all rules, in this order", **sums}]


_FIGURES = ("alone", "in_order", "interaction", "shapley")


def _shapley(n: int, count: int, worth: Mapping[frozenset[int], Decimal]) -> Fraction:
    """Return a rule's share averaged over all orders in which the rules can come."""
    share = Fraction(0)
    for own, value in worth.items():
        if n in own:
            size = len(own) - 1
            weight = Fraction(
                math.factorial(size) * math.factorial(count - size - 1), math.factorial(count)
            )
            share += weight * (Fraction(value) - Fraction(worth[own - {n}]))
    return share


def _rounded(share: Fraction) -> Decimal:
    """Return a share at its scale; the last rule's takes up what rounding leaves."""
    return Decimal(math.floor(share * 10**SHARE_SCALE + Fraction(1, 2))).scaleb(-SHARE_SCALE)
