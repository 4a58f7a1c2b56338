"""Follow-up questions to an analysis: sweeps, break-even points, and what each rule contributes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from liqbench.engine import FollowUp, Injections, Run, Variant
from liqbench.errors import (
    AmbiguousNameError,
    InvalidDagError,
    LocalUnsupportedError,
    NoSolutionError,
    StrategyUnfitError,
    UnknownFieldError,
    UnknownResultError,
    did_you_mean,
)
from liqbench.impact.figures import (
    Entity,
    EntityName,
    Position,
    RatioTable,
    difference,
    exactly,
    total,
)
from liqbench.impact.shares import shares
from liqbench.impact.values import around_crossing, between, widest
from liqbench.model import Adjustment, AdjustmentRule

MOST_RULES = 8
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
# No cube prices it; its widest number needs more digits than a decimal; only Spark is sure of it.
_UNSUITED = (StrategyUnfitError, InvalidDagError, LocalUnsupportedError)

Positions = Mapping[Entity, Position]


@dataclass(frozen=True)
class BreakEven:
    """Where a metric crosses a target: between two neighbouring values of a parameter.

    ``value`` is the last one, seen from the rule's own value, that is on the same side of the
    target as that; ``beyond`` is the next. ``crossings`` are all intervals in which the metric
    crosses, for it may do so more than once.
    """

    value: Decimal
    metric: Decimal | None
    beyond: Decimal
    metric_beyond: Decimal | None
    crossings: tuple[tuple[Decimal, Decimal], ...]


@dataclass(frozen=True)
class Parameter:
    """A number of a rule in a variant: which change of it, and what stands there."""

    variant: Variant
    point: str
    rule: AdjustmentRule
    place: int

    @property
    def value(self) -> Decimal:
        """The number as the rule has it."""
        return Decimal(str(self.rule.adjustments[self.place].value))

    @property
    def is_number(self) -> bool:
        """Whether the rule has a number there, not a text or a date."""
        own = self.rule.adjustments[self.place]
        if own.operation != "set" or isinstance(own.value, int | float | Decimal):
            return not isinstance(own.value, bool)
        return isinstance(own.value, str) and bool(_NUMBER.fullmatch(own.value))

    @property
    def operation(self) -> str:
        """What the rule does with the number."""
        return self.rule.adjustments[self.place].operation

    @property
    def field(self) -> str:
        """The field that the rule changes by it."""
        return self.rule.adjustments[self.place].field

    def bounds(self) -> tuple[Decimal, Decimal]:
        """Return between which values a break-even is looked for, where nobody says."""
        own, operation = self.value, self.operation
        if operation == "percent":
            return Decimal(-100), max(Decimal(100), 2 * own)
        if operation in ("set", "multiply") and 0 <= own <= 1:
            return Decimal(0), Decimal(1)
        reach = max(2 * abs(own), Decimal(1))
        return (Decimal(0) if own >= 0 else -reach), reach

    def with_value(self, value: Decimal, name: str) -> Injections:
        """Return the variant with another number in the rule."""
        own = self.rule.adjustments[self.place]
        changed = Adjustment(field=own.field, operation=own.operation, value=value)
        adjustments = [
            changed if n == self.place else each for n, each in enumerate(self.rule.adjustments)
        ]
        rule = self.rule.model_copy(update={"adjustments": tuple(adjustments)})
        injections = self.variant.injections
        rules = {
            point: tuple(rule if each is self.rule else each for each in rules)
            for point, rules in injections.rules.items()
        }
        return _renamed(injections, rules, name)


class Questions:
    """Answers for one analysis. Metrics are of one entity, or of the sum over all of them."""

    def __init__(
        self, base: Run, variants: Sequence[Variant], ratio: RatioTable, follow: FollowUp
    ) -> None:
        self._base = base
        self._variants = variants
        self._ratio = ratio
        self._follow = follow

    def parameter(self, rule: str, field: str, variant: Variant | None) -> Parameter:
        """Return the number of a rule that changes a field.

        Raises ``UnknownResultError``, or ``AmbiguousNameError`` where several variants have it.
        """
        changes = list(_changes([variant] if variant is not None else self._variants))
        of_rule = [each for each in changes if each.rule.rule_id == rule]
        if not of_rule:
            hint = did_you_mean(rule, (each.rule.rule_id for each in changes))
            raise UnknownResultError(f"no rule is called {rule!r}", hint=hint)
        found = [each for each in of_rule if each.field == field]
        if not found:
            hint = did_you_mean(field, (each.field for each in of_rule))
            raise UnknownResultError(f"rule {rule!r} doesn't change {field!r}", hint=hint)
        if len(found) > 1:
            names = ", ".join(dict.fromkeys(each.variant.name for each in found))
            raise AmbiguousNameError(
                f"rule {rule!r} changes {field!r} in {len(found)} places",
                hint=f"name the variant: {names}",
            )
        return found[0]

    def sweep(
        self, parameter: Parameter, values: Sequence[Decimal], among: Iterable[Decimal] = ()
    ) -> list[Positions]:
        """Return every entity's position for each value of a rule's number.

        ``among`` are numbers with as many digits as any that will be asked for: one plan, then,
        serves all of these questions.
        """
        if not values:
            return []
        named = [
            parameter.with_value(value, f"{parameter.variant.name} {n}")
            for n, value in enumerate(values)
        ]
        most = parameter.with_value(widest([*values, *among, parameter.value]), "widest")
        return self._positions(most, named, parameter.variant)

    def _positions(
        self, most: Injections, variants: Sequence[Injections], like: Variant
    ) -> list[Positions]:
        """Return positions under variants with the places of ``like`` and other numbers."""
        name = self._ratio.output(like.result())
        try:
            parts = self._follow.sweep(most, variants, name)
        except _UNSUITED:
            parts = self._follow.tables(variants, name)
        return [self._ratio.positions_of(part) for part in parts]

    def metric(self, name: str, entity: Entity | None) -> Callable[[Positions], Decimal | None]:
        """Return how a metric is read. Raises ``UnknownResultError`` for one that isn't there."""
        metrics = self._ratio.metrics
        if name not in metrics:
            raise UnknownResultError(f"no metric {name!r}", hint=did_you_mean(name, metrics))
        known = list(self._ratio.positions(self._base))
        if entity is None and not self._ratio.one_unit(known):
            raise UnknownResultError(
                "the entities' amounts are in several units, so there is no sum over them",
                hint="name one entity",
            )

        def read(positions: Positions) -> Decimal | None:
            of = total(list(positions.values())) if entity is None else positions[entity]
            found: Decimal | None = getattr(of, metrics[name])
            return found

        return read

    def entity(self, name: EntityName | None) -> Entity | None:
        """Return the entity of a name, as the tables show it, or of some of its fields' values.

        Raises ``UnknownResultError``, ``UnknownFieldError``, and ``AmbiguousNameError`` where the
        values are several entities'.
        """
        if name is None:
            return None
        labels = self._ratio.labels(self._ratio.positions(self._base))
        if isinstance(name, Mapping):
            return self._of_fields(name, labels)
        for entity, label in labels.items():
            if name == label or name in entity:
                return entity
        raise UnknownResultError(
            f"there is no entity {name!r}", hint=did_you_mean(name, labels.values())
        )

    def _of_fields(self, values: Mapping[str, Any], labels: Mapping[Entity, str]) -> Entity:
        fields = self._ratio.fields
        for field in values:
            if field not in fields:
                raise UnknownFieldError.of(field, fields, where="entity")
        wanted = {fields.index(field): str(value) for field, value in values.items()}
        found = [e for e in labels if all(str(e[n]) == value for n, value in wanted.items())]
        shown = ", ".join(f"{field} {value}" for field, value in values.items())
        if not found:
            raise UnknownResultError(f"there is no entity with {shown}")
        if len(found) > 1:
            raise AmbiguousNameError(
                f"{len(found)} entities have {shown}", hint=f"name more of {', '.join(fields)}"
            )
        return found[0]

    def numbers(self, variant: Variant) -> list[tuple[Any, ...]]:
        """Return the numbers of a variant's rules: rule, field, operation, value and bounds."""
        return [
            (own.rule.rule_id, own.field, own.operation, own.value, *own.bounds())
            for own in _changes([variant])
            if own.is_number
        ]

    def sensitivity(
        self, variant: Variant, read: Callable[[Positions], Decimal | None], by: Decimal
    ) -> list[dict[str, Any]]:
        """Return the metric with each number of the variant's rules a part less and more."""
        found = []
        for parameter in _changes([variant]):
            if not parameter.is_number:
                continue
            with exactly():
                low, high = (parameter.value * (1 + part) for part in (-by, by))
            below, above = map(read, self.sweep(parameter, [low, high]))
            apart = difference(above, below)
            found.append(
                {
                    "rule": parameter.rule.rule_id,
                    "parameter": parameter.field,
                    "value": parameter.value,
                    "low": low,
                    "high": high,
                    "metric_low": below,
                    "metric_high": above,
                    "swing": None if apart is None else abs(apart),
                }
            )
        return sorted(found, key=lambda row: -(row["swing"] or 0))

    def break_even(
        self,
        parameter: Parameter,
        read: Callable[[Positions], Decimal | None],
        target: Decimal,
        bounds: tuple[Decimal, Decimal],
        digits: int,
    ) -> BreakEven:
        """Return where the metric crosses the target, on a grid of 10^-digits.

        Raises ``NoSolutionError`` where it doesn't between the bounds.
        """

        def known(values: list[Decimal]) -> list[tuple[Decimal, Decimal | None]]:
            swept = self.sweep(parameter, values, among=(low, high, step))
            return list(zip(values, map(read, swept), strict=True))

        low, high = bounds
        step = Decimal(1).scaleb(-digits)
        points = known(between(low, high, step))
        crossings = [
            (a, b) for a, b in itertools.pairwise(points) if _above(a, target) != _above(b, target)
        ]
        if not crossings:
            raise _no_solution(points, target)
        own = parameter.value
        a, b = min(crossings, key=lambda pair: min(abs(pair[0][0] - own), abs(pair[1][0] - own)))
        while b[0] - a[0] > step:
            inner = [a, *known(around_crossing(a, b, target, step)), b]
            a, b = next(
                pair for pair in itertools.pairwise(inner)
                if _above(pair[0], target) != _above(pair[1], target)
            )  # fmt: skip
        near, far = (a, b) if own <= a[0] else (b, a)
        intervals = tuple((x[0], y[0]) for x, y in crossings)
        return BreakEven(near[0], near[1], far[0], far[1], intervals)

    def attribution(
        self, variant: Variant, read: Callable[[Positions], Decimal | None]
    ) -> list[dict[str, Any]]:
        """Return what each rule contributes to a metric, and the total.

        Raises ``UnknownResultError`` for more than eight rules, ``NoSolutionError`` where the
        metric is undefined under some of them.
        """
        injections = variant.injections
        rules = [(point, rule) for point, own in injections.rules.items() for rule in own]
        if len(rules) > MOST_RULES:
            raise UnknownResultError(
                f"the variant has {len(rules)} rules; shares are taken of {MOST_RULES} at most",
                hint="split the scenario",
            )
        subsets = [
            frozenset(chosen)
            for size in range(len(rules) + 1)
            for chosen in itertools.combinations(range(len(rules)), size)
        ]
        named = [
            _renamed(injections, _chosen(injections, rules, own), f"subset {n}")
            for n, own in enumerate(subsets)
        ]
        found = map(read, self._positions(injections, named, variant))
        worth: dict[frozenset[int], Decimal] = {}
        for own, value in zip(subsets, found, strict=True):
            if value is None:
                raise NoSolutionError("the metric is undefined under some of the rules")
            worth[own] = value
        with exactly():
            return shares([rule for _, rule in rules], worth)


def _changes(variants: Iterable[Variant]) -> Iterator[Parameter]:
    for variant in variants:
        for point, rules in variant.injections.rules.items():
            for rule in rules:
                for place in range(len(rule.adjustments)):
                    yield Parameter(variant, point, rule, place)


def _renamed(
    injections: Injections, rules: Mapping[str, tuple[AdjustmentRule, ...]], name: str
) -> Injections:
    scenario = injections.scenario.model_copy(update={"name": name.replace("@", " at ")})
    return Injections(scenario, rules)


def _chosen(
    injections: Injections, rules: Sequence[tuple[str, AdjustmentRule]], own: frozenset[int]
) -> dict[str, tuple[AdjustmentRule, ...]]:
    kept = {id(rules[n][1]) for n in own}
    return {
        point: tuple(rule for rule in each if id(rule) in kept)
        for point, each in injections.rules.items()
    }


def _above(point: tuple[Decimal, Decimal | None], target: Decimal) -> bool:
    """Tell whether a metric is not below the target; an undefined ratio has no outflows."""
    return point[1] is None or point[1] >= target


def _no_solution(points: list[tuple[Decimal, Decimal | None]], target: Decimal) -> NoSolutionError:
    defined = [value for _, value in points if value is not None]
    reach = f"stays between {min(defined)} and {max(defined)}" if defined else "is undefined"
    return NoSolutionError(
        f"the metric never crosses {target}: it {reach} for values from {points[0][0]} to "
        f"{points[-1][0]}",
        hint="give other bounds with low and high",
    )
