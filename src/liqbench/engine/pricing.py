"""Pricing a variant from a cube: the groups' sums as they are after the scenario's rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cached_property, reduce
from operator import or_

import numpy as np

from liqbench.engine.cube import Cube
from liqbench.engine.program import Program
from liqbench.engine.sums import Amounts, Ints, Places, changed_sums
from liqbench.engine.touched import Touched
from liqbench.operators.adjust import MATCHED_ROWS, RulePlan
from liqbench.operators.expressions import Expression
from liqbench.operators.expressions.polynomial import DIGITS, Polynomial, Term
from liqbench.operators.local import Flags, LocalTable


@dataclass(frozen=True)
class Prices:
    """A cube beside the sums of the baseline's groups, ready to price programs."""

    cube: Cube
    groups: LocalTable

    @cached_property
    def places(self) -> Places:
        """For every cell the row of its group."""
        names = self.cube.layout.group_by
        rows = {key: n for n, key in enumerate(self.groups.keys(names))}
        return np.array([rows[key] for key in self.cube.cells.keys(names)], np.int64)

    def patterns(self, program: Program) -> Iterator[tuple[frozenset[Expression], Places]]:
        """Yield each pattern of the program's rules that occurs, with its cells.

        Cells that none of its rules matches are in none.
        """
        if not program.bits:
            return
        bits = np.array([self.cube.bit(bit) for bit in program.bits])
        found, inverse = np.unique(bits, axis=1, return_inverse=True)
        for n, pattern in enumerate(found.T):
            if pattern.any():
                on = (bit for bit, is_on in zip(program.bits, pattern, strict=True) if is_on)
                yield frozenset(on), np.flatnonzero(inverse.ravel() == n)

    def matched(self, program: Program) -> dict[str, dict[str, int]]:
        """Return each adjustment's counts by its operator: rows that each rule and any matched."""
        counts = self.cube.counts
        found: dict[str, dict[str, int]] = {}
        for operator_id, rules in program.rules.items():
            own = {rule.rule.rule_id: self.cube.bit(rule.match) for rule in rules}
            found[operator_id] = {
                **{f"rule {rule_id}": int(counts[bit].sum()) for rule_id, bit in own.items()},
                MATCHED_ROWS: int(counts[self._any(rules)].sum()),
            }
        return found

    def _any(self, rules: Sequence[RulePlan]) -> Flags:
        """Return the cells that at least one rule matches."""
        return reduce(or_, (self.cube.bit(r.match) for r in rules), np.zeros(self._cells, bool))

    @property
    def _cells(self) -> int:
        return len(self.cube.counts)

    def touched(self, program: Program) -> Touched:
        """Return the rows on the program's way that are priced, and their groups."""
        counts, so_far = self.cube.counts, np.zeros(self._cells, bool)
        rows: dict[str, int] = {}
        for passage in program.frontier.path:
            name = passage.node.operator_id
            own = self._any(program.rules[name]) if name in program.rules else so_far
            so_far = so_far | own
            rows[name] = int(counts[own].sum())
        operator = program.frontier.operator
        groups = self.groups.select(operator.group_by).take(np.unique(self.places[so_far]))
        return Touched(rows, {program.frontier.group.operator_id: groups})

    def sums(self, program: Program) -> LocalTable:
        """Return the groups' fields and sums behind the program, in the types of its variant.

        Raises ``OverflowFigureError`` where a sum doesn't fit.
        """
        changes: dict[str, list[Amounts]] = {}
        for on, cells in self.patterns(program):
            for name, changed in program.polynomials(on.__contains__).items():
                difference = changed + -program.unchanged[name]
                changes.setdefault(name, []).append(self._amounts(difference, cells))
        frontier = program.frontier
        together = {name: _together(parts) for name, parts in changes.items()}
        return changed_sums(self.groups, frontier.operator, frontier.rows, together)

    def _amounts(self, polynomial: Polynomial, cells: Places) -> Amounts:
        """Return the polynomial's value in these cells."""
        terms = {term: number for term, number in polynomial.terms.items() if number}
        parts = [(*_whole(number), *self._sum(term)) for term, number in terms.items()]
        scale = max((own + other for _, own, _, other in parts), default=0)
        values: Ints = np.zeros(len(cells), dtype=object)
        for number, own, sums, other in parts:
            values = values + sums[cells] * (number * 10 ** (scale - own - other))
        return Amounts(self.places[cells], values, scale)

    def _sum(self, term: Term) -> tuple[Ints, int]:
        """Return a term's sum in every cell and the scale of these whole numbers."""
        if term == Term():
            return self.cube.counts, 0
        return self.cube.sum(term)


def _whole(number: Decimal) -> tuple[int, int]:
    """Return a number as a whole one and its scale: 0.05 is 5 with scale 2."""
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101 - a rule's number is finite
    with localcontext(prec=DIGITS):
        scale = max(-exponent, 0)
        return int(number.scaleb(scale)), scale


def _together(parts: list[Amounts]) -> Amounts:
    scale = max(part.scale for part in parts)
    return Amounts(
        np.concatenate([part.places for part in parts]),
        np.concatenate([part.values * 10 ** (scale - part.scale) for part in parts]),
        scale,
    )
