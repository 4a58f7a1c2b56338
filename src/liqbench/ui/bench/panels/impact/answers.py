"""What an analysis answers to the screen: rows by their names, deals page by page, prices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from liqbench.errors import InvalidDagError, NoSolutionError
from liqbench.impact import Entity, ImpactAnalysis, MovedDeals, Position, percent, total
from liqbench.ui.bench.entities import EntityKeys
from liqbench.ui.bench.panels.impact.table import ImpactRows
from liqbench.ui.bench.panels.impact.view import PAGE, View
from liqbench.ui.bench.told import rule_told
from liqbench.ui.bench.turns import Turns
from liqbench.ui.bench.wire import table_to_wire
from liqbench.ui.comparison import Comparison, compare
from liqbench.ui.impact_table import ratio as in_percent

_POINTS = 20  # of a curve, beside its beginning
_FINE = 4  # decimals of a break-even, where the figures have room for them
_STEPS = 200  # of a slider, from end to end
_PAGES_KEPT = 32


class Moved(NamedTuple):
    """Which deals are asked for: those that a variant moved, by the names on the screen."""

    variant: str
    entity: str = ""
    category: str = ""
    against: str = ""


class Answers:
    """One analysis, asked from several threads. An entity is named as its row is, none is all."""

    def __init__(self, analysis: ImpactAnalysis) -> None:
        self.analysis = analysis
        self.names = tuple(variant.name for variant in analysis)
        self._entities = EntityKeys(analysis)
        self._comparisons: dict[str, Comparison] = {}
        self._moved: tuple[Moved, _Deals] | None = None
        self._pricing = Turns()
        self._reading = Turns()

    def close(self) -> None:
        """Give back what is kept in memory."""
        with self._reading.turn():
            self._forget()

    def table(self, view: View) -> ImpactRows:
        """Return the table through a view."""
        against = view.against
        if against not in self._comparisons:
            self._comparisons[against] = compare(self.analysis, against=against or None)
        return ImpactRows(self._comparisons[against], self.analysis.measure.ratio, self.names, view)

    # --- entities --------------------------------------------------------------------------------

    @property
    def entities(self) -> Mapping[str, Entity]:
        """The entities by what their rows are called."""
        return self._entities.by_name

    def key(self, row: str) -> dict[str, str] | None:
        """Return what tells a row's entity from all others; of no row nothing."""
        return self._entities.key(row) if row else None

    def behind(self, row: str, view: View) -> dict[str, Any]:
        """Return what is behind a row: its other figures, and what its categories contribute."""
        table, key = self.table(view), self.key(row)
        own = next(each for each in table.comparison.rows if each.name == row)
        with self._reading.turn():
            found = self.analysis.by_category(against=view.against or None, entity=key)
        categories: dict[tuple[str, str], dict[str, Any]] = {}
        for each in found.to_dict("records"):
            at = (each["section"], each["category"])
            line = categories.setdefault(at, self._category(*at, each["before"]))
            place = self.names.index(f"{each['scenario']}@{each['injection_point']}")
            mark = "=" if each["before"] == each["after"] else ""
            change = percent(each["change"], each["before"]) if view.relative else each["change"]
            line["cells"][place] = [each["after"], change, mark]
        order = [section.value for section in self.analysis.measure.ratio.operator.counted]
        lines = [
            line
            for line in sorted(categories.values(), key=lambda own: order.index(own["section"]))
            if not view.changed_only or any(cell and not cell[2] for cell in line["cells"])
        ]
        return {"figures": table.details(own), "categories": lines}

    def _category(self, section: str, category: str, before: Decimal) -> dict[str, Any]:
        known = self.analysis.measure.ratio.operator.parameters.by_code.get(category)
        return {
            "section": section,
            "category": category,
            "description": known.description if known else "",
            "weight": known.weight if known else None,
            "paragraph": known.paragraph if known else "",
            "base": [before, ""],
            "cells": [None] * len(self.names),
        }

    # --- deals -----------------------------------------------------------------------------------

    def deals(self, asked: Moved, limit: int, offset: int) -> dict[str, Any]:
        """Return a page of the deals that moved, the largest first, and how many there are."""
        with self._deals(asked) as moved:
            return moved.page(limit, offset)

    def histogram(self, asked: Moved) -> dict[str, Any]:
        """Return how many deals moved how far."""
        with self._deals(asked) as moved:
            return moved.histogram

    @contextmanager
    def _deals(self, asked: Moved) -> Iterator[_Deals]:
        """Hold the deals; those looked at last are kept in Spark's memory.

        What fails there, or is given up, would fail again: then nothing is kept.
        """
        with self._reading.turn():
            if self._moved is None or self._moved[0] != asked:
                self._forget()
                found = self.analysis.moved(
                    asked.variant,
                    entity=self.key(asked.entity),
                    category=asked.category or None,
                    against=asked.against or None,
                )
                self._moved = (asked, _Deals(found))
            try:
                yield self._moved[1]
            except BaseException:
                self._forget()
                raise

    def _forget(self) -> None:
        if self._moved is not None:
            self._moved[1].rows.close()
            self._moved = None

    # --- what moves it ---------------------------------------------------------------------------

    def shares(self, variant: str, metric: str, entity: str) -> dict[str, Any]:
        """Return what each rule contributes to a figure's change from the baseline run on."""
        with self._pricing.turn():
            found = self.analysis.attribution(variant, metric=metric, entity=self.key(entity))
        before, after = (self._figure(name, metric, entity) for name in ("", variant))
        return {"before": before, "after": after, **table_to_wire(found)}

    def tornado(self, variant: str, metric: str, entity: str) -> dict[str, Any]:
        """Return how far a figure moves with a tenth more or less of each number of the rules."""
        with self._pricing.turn():
            found = self.analysis.sensitivity(variant, metric=metric, entity=self.key(entity))
        return {"now": self._figure(variant, metric, entity), **table_to_wire(found)}

    def _figure(self, variant: str, metric: str, entity: str) -> Decimal | None:
        """Return a figure of an entity, or of the sum over all, under a variant or before."""
        table = self.table(View(metric=metric))
        if entity:
            row = next(each for each in table.comparison.rows if each.name == entity)
            shown = table.shown(row, metric)
        else:
            shown = next(t for t in table.totals() or () if t["metric"]["name"] == metric)
        cell = shown["cells"][self.names.index(variant)] if variant else shown["base"]
        found: Decimal | None = None if cell is None else cell[0]
        return found

    def rules(self, variant: str) -> list[dict[str, Any]]:
        """Return a variant's rules in words, each with its place, reason and approval."""
        own = self.analysis[variant].injections.rules.items()
        return [{"after": point, **rule_told(rule)} for point, rules in own for rule in rules]

    def numbers(self, variant: str) -> list[dict[str, Any]]:
        """Return the numbers in a variant's rules, and from where to where a slider takes them."""
        rules = self.analysis[variant].injections.rules.values()
        words = {rule.rule_id: rule.describe() for own in rules for rule in own}
        return [
            {
                "rule": rule,
                "parameter": parameter,
                "operation": operation,
                "value": value,
                "low": low,
                "high": high,
                "step": _step(low, high),
                "what": words[rule],
            }
            for rule, parameter, operation, value, low, high in self.analysis.numbers(
                variant
            ).itertuples(index=False)
        ]

    def _number(self, asked: Mapping[str, str]) -> dict[str, Any]:
        return next(
            each
            for each in self.numbers(asked["variant"])
            if (each["rule"], each["parameter"]) == (asked["rule"], asked["parameter"])
        )

    def curve(self, asked: Mapping[str, str], metric: str, entity: str) -> dict[str, Any]:
        """Return a figure along a rule's number; of a ratio also where it crosses the limit."""
        number = self._number(asked)
        low, high = number["low"], number["high"]
        digits: int = -number["step"].normalize().as_tuple().exponent
        unit = Decimal(1).scaleb(-digits)
        places = (low + (high - low) * n / _POINTS for n in range(_POINTS + 1))
        values = list(dict.fromkeys(place.quantize(unit) for place in places))
        limit = self.analysis.measure.limit
        found: dict[str, Any] = {"target": None, "crossing": None, "why": ""}
        with self._pricing.turn():
            swept = self._swept(asked, values)
        own = [self._read(positions, metric, entity) for positions in swept]
        if metric == self.analysis.measure.ratio.names.ratio:
            found |= {"target": limit, **self._crossing(asked, metric, entity, digits, own)}
        return {**found, "points": [list(pair) for pair in zip(values, own, strict=True)]}

    def _crossing(
        self,
        asked: Mapping[str, str],
        metric: str,
        entity: str,
        fewest: int,
        curve: Sequence[Decimal | None],
    ) -> dict[str, Any]:
        """Return where a ratio crosses the limit, as finely as its digits allow, or why not."""
        known = [value for value in curve if value is not None]
        for digits in (_FINE, fewest):
            try:
                with self._pricing.turn():
                    even = self.analysis.break_even(
                        rule=asked["rule"],
                        parameter=asked["parameter"],
                        variant=asked["variant"],
                        metric=metric,
                        entity=self.key(entity),
                        target=self.analysis.measure.limit,
                        digits=digits,
                    )
            except NoSolutionError:
                if not known:
                    return {"why": "it is undefined all along"}
                low, high = in_percent(min(known)), in_percent(max(known))
                return {"why": f"it stays between {low} and {high} %"}
            except InvalidDagError:
                continue
            return {"crossing": [even.value, even.metric, even.beyond]}
        return {"why": "a finer number would need more digits than a decimal has"}

    def price(
        self, asked: Mapping[str, str], value: Decimal, metric: str, entity: str
    ) -> dict[str, Any]:
        """Return a figure, and the ratios of the first rows, if a rule's number had this value."""
        with self._pricing.turn():
            (positions,) = self._swept(asked, [value])
        limit = self.analysis.measure.limit
        ratios = {name: positions[entity].ratio for name, entity in self.entities.items()}
        return {
            "value": value,
            "figure": self._read(positions, metric, entity),
            "ratios": dict(list(ratios.items())[:PAGE]),
            "breaches": sum(ratio is not None and ratio < limit for ratio in ratios.values()),
        }

    def _swept(
        self, asked: Mapping[str, str], values: list[Decimal]
    ) -> list[dict[Entity, Position]]:
        """Return every entity's position for each value, in plans that later values share."""
        measure = self.analysis.measure.ratio
        parts = (*measure.fields, measure.names.available, measure.names.required)
        # With as many digits as any value of the slider, all its moves share one plan.
        number = self._number(asked)
        table = self.analysis.sweep(
            asked["rule"], asked["parameter"], values, variant=asked["variant"],
            among=[number["low"], number["high"], number["step"]],
        )  # fmt: skip
        found: dict[Decimal, dict[Entity, Position]] = {value: {} for value in values}
        columns = [asked["parameter"], *parts, measure.names.ratio]
        for value, *rest in table[columns].itertuples(index=False, name=None):
            *entity, has, needs, ratio = rest
            found[value][tuple(entity)] = Position(has, needs, ratio)
        return [found[value] for value in values]

    def _read(
        self, positions: Mapping[Entity, Position], metric: str, entity: str
    ) -> Decimal | None:
        of = positions[self.entities[entity]] if entity else total(list(positions.values()))
        found: Decimal | None = getattr(of, self.analysis.measure.ratio.metrics[metric])
        return found


class _Deals:
    """Deals that moved; what was read of them once is kept."""

    def __init__(self, rows: MovedDeals) -> None:
        self.rows = rows
        self.page = lru_cache(maxsize=_PAGES_KEPT)(self._page)

    def _page(self, limit: int, offset: int) -> dict[str, Any]:
        return {
            "keys": list(self.rows.keys),
            "fields": list(self.rows.fields),
            "figures": list(self.rows.figures),
            "count": self.rows.count,
            "offset": offset,
            **table_to_wire(self.rows.table(limit, offset)),
        }

    @cached_property
    def histogram(self) -> dict[str, Any]:
        """How many of them moved how far."""
        return {
            "field": self.rows.figures[0] if self.rows.figures else "",
            "count": self.rows.count,
            **table_to_wire(self.rows.histogram()),
        }


def _step(low: Decimal, high: Decimal) -> Decimal:
    """Return the step of a slider: a power of ten, or twice or five times one."""
    rough = (high - low) / _STEPS
    unit = Decimal(1).scaleb(rough.adjusted())
    return next((n * unit for n in (1, 2, 5) if n * unit >= rough), 10 * unit)
