"""Ordered rules as a decision diagram: the same answer in a few look-ups, however many rules.

The values of every field that rules read fall into a few cells that no condition tells apart:
null, each value that a condition names, what lies between two named numbers, all other text. Going
through the fields in a fixed order, what matters of the cells seen so far is which rules are still
possible; that is a state. The diagram has, for each step, the state that follows from a state and
a cell, and at the end the first rule that matches. It is exact, so a rule that no path ends at can
match nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from itertools import count, product
from typing import Any, Literal

from liqbench.model import AllOf, AnyOf, Condition
from liqbench.model.conditions import ConditionNode
from liqbench.regulation.classification.model import RuleTable

MOST_ENTRIES = 4096  # of one look-up table, unless a single field needs more
NO_RULE = 0

Kind = Literal["text", "number", "flag", "other", "test"]
_ORDERED = ("<", "<=", ">", ">=", "between")


@dataclass(frozen=True)
class Cells:
    """The cells of a field: 0 is null; of a test, that it doesn't hold.

    ``text``: 1 is any other text, then each of ``values``. ``number``: below the first value, it,
    between it and the next, and so on. ``flag``: false, true. ``test``: that ``condition`` holds.
    """

    field: str
    kind: Kind
    values: tuple[Any, ...] = ()
    condition: Condition | None = None

    @property
    def count(self) -> int:
        """How many cells there are."""
        if self.kind == "text":
            return len(self.values) + 2
        if self.kind == "number":
            return 2 * len(self.values) + 2
        return 3 if self.kind == "flag" else 2

    @property
    def width(self) -> int:
        """How many places a look-up keeps for them: a power of two, so bits tell the place."""
        return 1 << (self.count - 1).bit_length()

    def holding(self, condition: Condition) -> frozenset[int]:
        """Return the cells in which a condition holds."""
        if self.kind == "test":
            return frozenset({1})
        if condition.operator == "is null":
            return frozenset({0})
        there = range(1, self.count)
        if condition.operator == "is not null":
            return frozenset(there)
        return frozenset(cell for cell in there if self._holds(cell, condition))

    def _holds(self, cell: int, condition: Condition) -> bool:
        operator, value = condition.operator, condition.value
        if operator in ("=", "in", "!=", "not in"):
            named = value if operator in ("in", "not in") else (value,)
            within = cell in [self._cell_of(one) for one in named]
            return within == (operator in ("=", "in"))
        bounds = value if operator == "between" else (value,)
        low, high = self._cell_of(bounds[0]), self._cell_of(bounds[-1])
        return {
            "<": cell < low,
            "<=": cell <= low,
            ">": cell > low,
            ">=": cell >= low,
            "between": low <= cell <= high,
        }[operator]

    def _cell_of(self, value: Any) -> int:
        if self.kind == "flag":
            return 2 if str(value).lower() == "true" else 1
        place = self.values.index(number_of(value) if self.kind == "number" else value)
        return 2 * place + 2 if self.kind == "number" else place + 2


@dataclass(frozen=True)
class _Atom:
    """That a field is in one of some cells."""

    place: int
    cells: frozenset[int]


@dataclass(frozen=True)
class _All:
    parts: tuple[_Formula, ...]


@dataclass(frozen=True)
class _Any:
    parts: tuple[_Formula, ...]


_Formula = _Atom | _All | _Any | bool
_State = tuple[tuple[_Formula, int], ...]


@dataclass(frozen=True)
class Step:
    """A look-up: from a state and the cells of some fields to the next state.

    ``table`` is read at the place ((state · n₁ + cell₁) · n₂ + cell₂) …, nᵢ a field's width; at
    places for which there is no cell it has a zero.
    """

    fields: tuple[Cells, ...]
    table: tuple[int, ...]


@dataclass(frozen=True)
class Diagram:
    """A table of rules as steps; what the last one gives is the number of the rule, 0 for none."""

    steps: tuple[Step, ...]

    @cached_property
    def reached(self) -> frozenset[int]:
        """The numbers that some row can end at."""
        return frozenset(self.steps[-1].table)


def diagrams_of(tables: Mapping[str, RuleTable], kinds: Mapping[str, Kind]) -> dict[str, Diagram]:
    """Return the diagrams of tables whose fields are of these kinds, over the same cells.

    A field of another kind than text, number and flag is known by tests only.
    """
    entries = {name: _entries(table) for name, table in tables.items()}
    shared = _cells([c for own in entries.values() for c in _comparisons(own)], kinds)
    return {name: _diagram(own, kinds, shared) for name, own in entries.items()}


def never_matching(table: RuleTable, kinds: Mapping[str, Kind]) -> dict[str, str]:
    """Return the rules that can match no row, each with the reason."""
    entries = _entries(table)
    reached = _diagram(entries, kinds).reached
    found: dict[str, str] = {}
    names = {n: rule.id for n, rule in enumerate(table.rules, 1)}
    for number, rule in enumerate(table.rules, 1):
        if number in reached:
            continue
        place = next(n for n, (_, own) in enumerate(entries) if own == number)
        own, _ = entries[place]
        before = [((*own, *other), code) for other, code in entries[:place]]
        deciding = _diagram([*before, (own, number)], kinds).reached
        others = [names[code] for code in sorted(deciding - {number, NO_RULE})]
        found[rule.id] = (
            f"everything that it matches is decided before, by {', '.join(others)}"
            if others
            else "its conditions contradict each other, or those of a group before it"
        )
    return found


def number_of(value: Any) -> Decimal:
    """Return a number that a condition names. Raises ``InvalidOperation``."""
    return Decimal(str(value))


_Entry = tuple[tuple[ConditionNode, ...], int]


def _entries(table: RuleTable) -> list[_Entry]:
    """Return all rules in order by their number, and the ends of groups as deciding nothing."""
    numbers = count(1)
    return [
        (conditions, NO_RULE if rule is None else next(numbers))
        for rule, conditions in table.entries()
    ]


def _diagram(
    entries: list[_Entry],
    kinds: Mapping[str, Kind],
    shared: Sequence[Cells] = (),
) -> Diagram:
    own = _cells(_comparisons(entries), kinds)
    wider = {(each.field, each.condition): each for each in shared}
    cells = [wider.get((each.field, each.condition), each) for each in own]
    read = _Reading(cells)
    start: _State = tuple((read.all_of(conditions), number) for conditions, number in entries)
    states, steps, place = [_cut(start)], [], 0
    while place < len(cells):
        fields = _together(cells[place:], len(states))
        following: dict[_State | int, int] = {}
        table = []
        last = place + len(fields) == len(cells)
        for state in states:
            for chosen in product(*(range(one.width) for one in fields)):
                if any(cell >= one.count for cell, one in zip(chosen, fields, strict=True)):
                    table.append(NO_RULE)
                    continue
                reached = state
                for offset, cell in enumerate(chosen):
                    reached = _cut(tuple((_given(f, place + offset, cell), n) for f, n in reached))
                code = reached[0][1] if reached else NO_RULE
                table.append(code if last else following.setdefault(reached, len(following)))
        steps.append(Step(fields, tuple(table)))
        states = [state for state in following if isinstance(state, tuple)]
        place += len(fields)
    return Diagram(tuple(steps))


def _comparisons(entries: Sequence[_Entry]) -> list[Condition]:
    return [c for conditions, _ in entries for node in conditions for c in _flat(node)]


def _flat(node: ConditionNode) -> Iterator[Condition]:
    if isinstance(node, AnyOf | AllOf):
        for one in node.any if isinstance(node, AnyOf) else node.all:
            yield from _flat(one)
    else:
        yield node


def _cells(comparisons: Sequence[Condition], kinds: Mapping[str, Kind]) -> list[Cells]:
    """Return the cells of every field, those first that most conditions ask for."""
    fields: dict[str, list[Condition]] = {}
    tests: dict[Condition, int] = {}
    for condition in comparisons:
        if _told_by_cells(condition, kinds[condition.field]):
            fields.setdefault(condition.field, []).append(condition)
        else:
            tests[condition] = tests.get(condition, 0) + 1
    found = [
        (len(own), Cells(name, kinds[name], _values(own, kinds[name])))
        for name, own in fields.items()
    ]
    found += [(n, Cells(one.field, "test", condition=one)) for one, n in tests.items()]
    return [cells for _, cells in sorted(found, key=lambda pair: -pair[0])]


def _told_by_cells(condition: Condition, kind: Kind) -> bool:
    if condition.operator in ("starts with", "contains"):
        return False
    if condition.operator in ("is null", "is not null"):
        return True
    if kind == "text" and not all(str(value).isprintable() for value in _named(condition)):
        return False  # a look-up has its texts line by line
    if kind != "number":
        return kind != "other" and condition.operator not in _ORDERED
    try:
        return all(number_of(value) is not None for value in _named(condition))
    except InvalidOperation:
        return False


def _values(conditions: Sequence[Condition], kind: Kind) -> tuple[Any, ...]:
    named = [value for condition in conditions for value in _named(condition)]
    if kind == "number":
        return tuple(sorted({number_of(value) for value in named}))
    return tuple(dict.fromkeys(named)) if kind == "text" else ()


def _named(condition: Condition) -> tuple[Any, ...]:
    """Return the values that a condition names."""
    if condition.operator in ("is null", "is not null"):
        return ()
    return condition.value if isinstance(condition.value, tuple) else (condition.value,)


class _Reading:
    """Turns conditions into formulas over cells."""

    def __init__(self, cells: Sequence[Cells]) -> None:
        self._cells = cells
        self._fields = {each.field: n for n, each in enumerate(cells) if each.kind != "test"}
        self._tests = {each.condition: n for n, each in enumerate(cells) if each.kind == "test"}

    def all_of(self, nodes: Sequence[ConditionNode]) -> _Formula:
        """Return the formula of conditions that all must hold."""
        return _joined([self._formula(node) for node in nodes], stop=False)

    def _formula(self, node: ConditionNode) -> _Formula:
        if isinstance(node, AllOf):
            return self.all_of(node.all)
        if isinstance(node, AnyOf):
            return _joined([self._formula(one) for one in node.any], stop=True)
        place = self._tests.get(node)
        if place is None:
            place = self._fields[node.field]
        return _Atom(place, self._cells[place].holding(node))


def _joined(parts: Sequence[_Formula], *, stop: bool) -> _Formula:
    """Return AND (which false decides) or OR (which true decides) of formulas."""
    kept: dict[_Formula, None] = {}
    for part in parts:
        if part is stop:
            return stop
        if not isinstance(part, bool):
            kept[part] = None
    if not kept:
        return not stop
    if len(kept) == 1:
        return next(iter(kept))
    return _Any(tuple(kept)) if stop else _All(tuple(kept))


def _given(formula: _Formula, place: int, cell: int) -> _Formula:
    """Return what is left of a formula where a field is in a cell."""
    if isinstance(formula, bool):
        return formula
    if isinstance(formula, _Atom):
        return cell in formula.cells if formula.place == place else formula
    parts = [_given(part, place, cell) for part in formula.parts]
    return _joined(parts, stop=isinstance(formula, _Any))


def _cut(state: _State) -> _State:
    """Return the entries that are still possible, up to the first that surely matches."""
    found = []
    seen: set[_Formula] = set()
    for formula, number in state:
        if formula is False or formula in seen:
            continue
        seen.add(formula)
        found.append((formula, number))
        if formula is True:
            break
    while found and found[-1][1] == NO_RULE:  # nothing is decided behind the last rule anyway
        found.pop()
    return tuple(found)


def _together(cells: Sequence[Cells], states: int) -> tuple[Cells, ...]:
    """Return the first fields that one look-up can take together."""
    chosen, entries = [cells[0]], states * cells[0].count
    for each in cells[1:]:
        entries *= each.count
        if entries > MOST_ENTRIES:
            break
        chosen.append(each)
    return tuple(chosen)
