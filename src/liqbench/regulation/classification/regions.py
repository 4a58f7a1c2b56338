"""Which rows a rule can match at all, as regions of field values: to find rules that never can."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from itertools import product
from typing import Any

from liqbench.model import AllOf, AnyOf, Condition
from liqbench.model.conditions import ConditionNode
from liqbench.regulation.classification.model import RuleGroup, RuleTable

_MOST_REGIONS = 512  # of one rule; beyond, it is taken to match something


@dataclass(frozen=True)
class _Values:
    """What a field may be: one of ``among`` (``None``: anything), not ``without``, in a range."""

    null: bool | None = None
    among: frozenset[Any] | None = None
    without: frozenset[Any] = frozenset()
    low: tuple[Decimal, bool] | None = None  # the bound, and whether it is itself allowed
    high: tuple[Decimal, bool] | None = None

    def both(self, other: _Values) -> _Values:
        among = self.among if other.among is None else other.among
        if self.among is not None and other.among is not None:
            among = self.among & other.among
        nulls = {one.null for one in (self, other)} - {None}
        contradicting = len(nulls) > 1
        return _Values(
            null=None if not nulls else nulls.pop(),
            among=frozenset() if contradicting else among,
            without=self.without | other.without,
            low=_tighter(self.low, other.low, lowest=True),
            high=_tighter(self.high, other.high, lowest=False),
        )

    @property
    def empty(self) -> bool:
        if self.among is not None:
            return not any(self._admits(value) for value in self.among - self.without)
        if self.low and self.high:
            (low, own), (high, other) = self.low, self.high
            return low > high or (low == high and not (own and other))
        return False

    def _admits(self, value: Any) -> bool:
        if self.low is None and self.high is None:
            return True
        number = _number(value)
        if number is None:
            return True
        above = self.low is None or number > self.low[0] or (number == self.low[0] and self.low[1])
        below = (
            self.high is None or number < self.high[0] or (number == self.high[0] and self.high[1])
        )
        return above and below

    def within(self, other: _Values) -> bool:
        """Tell whether everything that this allows is surely allowed by the other."""
        if other.null is not None and self.null is not other.null:
            return False
        if other.among is not None:
            if self.among is None or not (self.among - self.without) <= other.among:
                return False
        if other.without and not (
            other.without <= self.without
            or (self.among is not None and not (self.among & other.without))
        ):
            return False
        if other.low is None and other.high is None:
            return True
        if self.among is not None:
            return all(other._admits(value) for value in self.among)
        return (
            _tighter(self.low, other.low, lowest=True) == self.low
            and _tighter(self.high, other.high, lowest=False) == self.high
        )


def _tighter(
    one: tuple[Decimal, bool] | None, other: tuple[Decimal, bool] | None, *, lowest: bool
) -> tuple[Decimal, bool] | None:
    if one is None or other is None:
        return one or other
    if one[0] == other[0]:
        return (one[0], one[1] and other[1])
    return max(one, other) if lowest else min(one, other)


@dataclass(frozen=True)
class Region:
    """Rows whose fields have certain values; fields that are not named may have any."""

    fields: dict[str, _Values] = field(default_factory=dict)

    def meeting(self, name: str, values: _Values) -> Region:
        """Return the region narrowed by one more demand."""
        known = self.fields.get(name)
        return replace(
            self, fields={**self.fields, name: values if known is None else known.both(values)}
        )

    @property
    def empty(self) -> bool:
        """Tell whether no row can be in it."""
        return any(values.empty for values in self.fields.values())

    def within(self, other: Region) -> bool:
        """Tell whether every row of this region is surely in the other."""
        return all(
            name in self.fields and self.fields[name].within(values)
            for name, values in other.fields.items()
        )


def regions(conditions: tuple[ConditionNode, ...]) -> list[Region] | None:
    """Return the regions that conditions together allow; ``None`` where they are too many."""
    found = [Region()]
    for node in conditions:
        found = [
            narrowed
            for region, more in product(found, list(_demands(node)))
            if not (narrowed := _joined(region, more)).empty
        ]
        if len(found) > _MOST_REGIONS:
            return None
    return found


def _demands(node: ConditionNode) -> Iterator[list[tuple[str, _Values]]]:
    """Yield the alternatives of a condition, each a list of demands on single fields."""
    if isinstance(node, AnyOf):
        for one in node.any:
            yield from _demands(one)
    elif isinstance(node, AllOf):
        for parts in product(*(list(_demands(one)) for one in node.all)):
            yield [demand for part in parts for demand in part]
    else:
        yield [(node.field, _values(node))]


def _joined(region: Region, demands: list[tuple[str, _Values]]) -> Region:
    for name, values in demands:
        region = region.meeting(name, values)
    return region


def _values(condition: Condition) -> _Values:
    operator, value = condition.operator, condition.value
    if operator in ("is null", "is not null"):
        return _Values(null=operator == "is null")
    if operator in ("=", "in"):
        several = value if operator == "in" else (value,)
        return _Values(null=False, among=frozenset(map(_plain, several)))
    if operator in ("!=", "not in"):
        several = value if operator == "not in" else (value,)
        return _Values(null=False, without=frozenset(map(_plain, several)))
    bounds = value if operator == "between" else (value,)
    numbers = [_number(one) for one in bounds]
    if operator not in ("<", "<=", ">", ">=", "between") or None in numbers:
        return _Values(null=False)
    first, last = numbers[0], numbers[-1]
    assert first is not None  # noqa: S101 - asked above
    assert last is not None  # noqa: S101 - asked above
    low = (first, operator != ">") if operator in (">", ">=", "between") else None
    high = (last, operator != "<") if operator in ("<", "<=", "between") else None
    return _Values(null=False, low=low, high=high)


def _plain(value: Any) -> Any:
    number = _number(value)
    return str(value).lower() if number is None else number


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def never_matching(table: RuleTable) -> dict[str, str]:
    """Return the rules that can match no row, each with the reason."""
    search = _Search()
    for group in table.groups:
        search.enter(group, ())
    return search.found


class _Search:
    """Goes through the rules in order, and keeps what is decided before each."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._decided: list[tuple[str, Region]] = []

    def enter(self, group: RuleGroup, above: tuple[ConditionNode, ...]) -> None:
        conditions = (*above, *group.when)
        for each in group.rules:
            if isinstance(each, RuleGroup):
                self.enter(each, conditions)
            else:
                self._rule(each.id, (*conditions, *each.when))
        # What enters a group leaves it decided, be it by no rule.
        self._decided += [(group.name, region) for region in regions(conditions) or []]

    def _rule(self, rule_id: str, conditions: tuple[ConditionNode, ...]) -> None:
        own = regions(conditions)
        if own is None:
            return
        covering = [
            next((name for name, taken in self._decided if region.within(taken)), None)
            for region in own
        ]
        if not own:
            self.found[rule_id] = "its conditions contradict each other"
        elif all(covering):
            names = ", ".join(dict.fromkeys(str(name) for name in covering))
            self.found[rule_id] = f"everything that it matches is decided before, by {names}"
        self._decided += [(rule_id, region) for region in own]
