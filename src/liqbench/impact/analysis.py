"""The impact of scenarios: each variant against the baseline run."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from liqbench.engine import (
    FollowUp,
    Outcome,
    Run,
    Variant,
    recalculated,
    table_of,
)
from liqbench.errors import UnknownResultError, did_you_mean
from liqbench.impact.categories import by_category
from liqbench.impact.deals import MovedDeals
from liqbench.impact.figures import (
    Entity,
    EntityName,
    Measure,
    Position,
    difference,
    in_points,
)
from liqbench.impact.questions import BreakEven, Questions
from liqbench.impact.summary import Summary
from liqbench.model.presentation import show
from liqbench.operators.adjust import AdjustmentOperator


class ImpactAnalysis:
    """What every variant does to the LCR, or the NSFR, of every entity.

    Amounts are in the unit of the DAG's ratio, ratios are numbers (1.05 is 105 %), changes of
    ratios are in percentage points. *Liquidity* is HQLA less net outflows. Of an NSFR the figures
    are ``asf``, ``rsf``, their ``surplus`` and ``nsfr``, and the tables' fields are called so.
    Failed variants are in the tables with their error; they are never left out.
    """

    def __init__(
        self,
        base: Run,
        outcome: Outcome,
        measure: Measure,
    ) -> None:
        self.base = base
        self.variants = outcome.variants
        self._outcome = outcome
        self.measure = measure
        self._ratio = measure.ratio

    @property
    def plan(self) -> pd.DataFrame:
        """What was done, as a row per variant: its strategy and why, what was reused, computed."""
        return table_of(self.base, self._outcome.planned)

    @property
    def recalc_plan(self) -> pd.DataFrame:
        """What was recalculated, as a row per variant and operator: see ``wb.recalc_plan``.

        The numbers are the execution's own. Of a failed variant there is one row with its error.
        """
        return recalculated(self._outcome.planned, self.variants)

    def __getitem__(self, name: str) -> Variant:
        """Return a variant by ``scenario@point`` or, where that says it all, by scenario.

        A scenario that ran at several injection points stands for the first of them, with a
        warning that names it. Raises ``UnknownResultError``.
        """
        by_name = {variant.name: variant for variant in self.variants}
        if name in by_name:
            return by_name[name]
        of_scenario = [v for v in self.variants if v.injections.scenario.name == name]
        if not of_scenario:
            known = [*by_name, *(v.injections.scenario.name for v in self.variants)]
            raise UnknownResultError(
                f"there is no variant {name!r}", hint=did_you_mean(name, known)
            )
        if len(of_scenario) > 1:
            names = ", ".join(variant.name for variant in of_scenario)
            warnings.warn(
                f"{name!r} ran at {len(of_scenario)} injection points; this is "
                f"{of_scenario[0].name!r} (there are {names})",
                stacklevel=2,
            )
        return of_scenario[0]

    def __iter__(self) -> Iterator[Variant]:
        return iter(self.variants)

    @functools.cached_property
    def _positions(self) -> dict[str, dict[Entity, Position]]:
        found = {"": self._ratio.positions(self.base)}
        for variant in self.variants:
            if variant.run is not None:
                found[variant.name] = self._ratio.positions(variant.run)
        return found

    def summary(self, *, against: str | None = None) -> pd.DataFrame:
        """Return one row per variant.

        ``records_affected`` rows matched by a rule · ``liquidity_change`` and ``_pct`` over all
        entities · ``max_entity`` with the largest change of liquidity, that change and its LCR's ·
        ``affected_entities`` whose position changed · ``lcr_before``, ``lcr_after`` over all
        entities (sums, without netting) · the entity with the lowest LCR · ``breaches`` of the
        limit, and which are new. Over entities in several units there are no sums (``None``).
        ``against`` names a variant that stands for the baseline; raises its error if it failed.
        """
        before, known = self._before(against), self.base.notices
        rows = Summary(self.measure, self._labels)
        return pd.DataFrame(
            [
                rows.row(variant, before, self._positions.get(variant.name, {}), known)
                for variant in self.variants
            ]
        )

    def _before(self, against: str | None) -> dict[Entity, Position]:
        """Return what is compared with: the baseline, or another variant."""
        if against is None:
            return self._positions[""]
        other = self[against]
        other.result()
        return self._positions[other.name]

    @functools.cached_property
    def _labels(self) -> dict[Entity, str]:
        return self._ratio.labels({e for positions in self._positions.values() for e in positions})

    def by_entity(self, *, changed_only: bool = False, against: str | None = None) -> pd.DataFrame:
        """Return a row per variant and entity: its figures and its ratio, before and after.

        ``against`` names a variant that stands for the baseline; raises its error if it failed.
        """
        rows = []
        before = self._before(against)
        for variant in self.variants:
            after = self._positions.get(variant.name, {})
            for entity in after if variant.run is not None else ():
                old, new = before.get(entity), after[entity]
                if not (changed_only and old == new):
                    rows.append(self._entity_row(variant, entity, old, new))
        return pd.DataFrame(rows)

    def _entity_row(
        self, variant: Variant, entity: Entity, old: Position | None, new: Position
    ) -> dict[str, Any]:
        nothing = Position(Decimal(0), Decimal(0), None)
        row: dict[str, Any] = {
            "scenario": variant.injections.scenario.name,
            "injection_point": variant.injections.point,
            **dict(zip(self._ratio.fields, entity, strict=True)),
        }
        old = old or nothing
        for name, part in self._ratio.metrics.items():
            a, b = getattr(old, part), getattr(new, part)
            change = difference(b, a)
            row |= {f"{name}_before": a, f"{name}_after": b}
            row[f"{name}_change_pp" if part == "ratio" else f"{name}_change"] = (
                in_points(change) if part == "ratio" else change
            )
        return row | {"breach": self.measure.breached(new)}

    def by_category(
        self,
        *,
        changed_only: bool = False,
        against: str | None = None,
        entity: EntityName | None = None,
    ) -> pd.DataFrame:
        """Return a row per variant, entity, section and category: weighted amount before, after.

        ``entity`` as for ``break_even``, by default all of them; ``against`` as for ``by_entity``.
        """
        before = self.base if against is None else self[against].result()
        ran = [variant for variant in self.variants if variant.run is not None]
        found = by_category(before, ran, self._ratio, self._questions.entity(entity))
        return found[found["before"] != found["after"]] if changed_only and len(found) else found

    def deals(
        self,
        name: str,
        *,
        limit: int = 20,
        offset: int = 0,
        entity: EntityName | None = None,
        category: str | None = None,
        against: str | None = None,
    ) -> pd.DataFrame:
        """Return the rows that a variant moved most: key, figures before, after and changed.

        They are compared behind the last step that still has single deals; where the injection
        point has none any more, its own rows are. ``entity`` and ``category`` narrow them down to
        those that count there, before or after; ``offset`` leaves out as many of the first.
        ``against`` as for ``by_entity``: before is then what that variant made of them, and they
        are compared where both show all that they changed.
        """
        found = self.moved(name, entity=entity, category=category, against=against)
        try:
            return found.table(limit, offset)
        finally:
            found.close()

    def moved(
        self,
        name: str,
        *,
        entity: EntityName | None = None,
        category: str | None = None,
        against: str | None = None,
    ) -> MovedDeals:
        """Return the rows that a variant moved: how many, how far, and page by page."""
        known, other = self._questions.entity(entity), None if against is None else self[against]
        return MovedDeals(self.base, self[name], self._ratio, known, category, other)

    def records(self, name: str) -> DataFrame:
        """Return a variant's adjustment records as a Spark frame: key, rule, field, old, new."""
        variant = self[name]
        run = variant.result()
        frames = []
        for node in run.resolved.nodes.values():
            if isinstance(node.operator, AdjustmentOperator):
                source = node.config.inputs[0]
                keys = run.resolved.nodes[source].keys
                context = run.context.within(node.operator_id)
                frames.append(node.operator.records(context, run.frame(source), keys))
        if len(frames) == 1:
            return frames[0]
        if not frames:
            raise UnknownResultError(f"the variant {variant.name!r} adjusts nothing")
        keyless = [
            frame.select(F.to_json(F.struct(*frame.columns[:-4])).alias("key"), *frame.columns[-4:])
            for frame in frames
        ]
        return functools.reduce(DataFrame.unionByName, keyless)

    @functools.cached_property
    def _questions(self) -> Questions:
        follow = FollowUp(self.base, self._outcome.prices)
        return Questions(self.base, self.variants, self._ratio, follow)

    def sweep(
        self,
        rule: str,
        parameter: str,
        values: Sequence[Decimal | float | str],
        *,
        variant: str | None = None,
        among: Sequence[Decimal | float | str] = (),
    ) -> pd.DataFrame:
        """Return a row per value and entity: the position if a rule's number had that value.

        ``parameter`` is the field that the rule changes. ``variant`` names one where several
        have the rule. Nothing is stored. ``among`` are other values that will be asked for: with
        as many digits as theirs, one plan serves all these questions.
        """
        asked = self._questions.parameter(rule, parameter, self[variant] if variant else None)
        exact = [Decimal(str(value)) for value in values]
        rows = []
        others = [Decimal(str(value)) for value in among]
        swept = self._questions.sweep(asked, exact, others)
        for value, positions in zip(exact, swept, strict=True):
            for entity, position in sorted(positions.items(), key=str):
                rows.append(
                    {
                        parameter: value,
                        **dict(zip(self._ratio.fields, entity, strict=True)),
                        **{
                            name: getattr(position, part)
                            for name, part in self._ratio.metrics.items()
                        },
                        "breach": self.measure.breached(position),
                    }
                )
        return pd.DataFrame(rows)

    def break_even(
        self,
        *,
        rule: str,
        parameter: str,
        metric: str | None = None,
        target: Decimal | float | str = 1,
        entity: EntityName | None = None,
        variant: str | None = None,
        low: Decimal | float | str | None = None,
        high: Decimal | float | str | None = None,
        digits: int = 4,
    ) -> BreakEven:
        """Return the value of a rule's number at which a metric crosses a target.

        ``metric``: the ratio (default), or ``liquidity``, ``hqla`` or ``net_outflows`` of an LCR,
        ``surplus``, ``asf`` or ``rsf`` of an NSFR; of an ``entity`` (its name, or some of its
        fields with their values) or of the sum over all. Looked for between ``low`` and ``high``
        to ``digits`` decimals. Raises ``NoSolutionError`` where it isn't reached.
        """
        asked = self._questions.parameter(rule, parameter, self[variant] if variant else None)
        usual = asked.bounds()
        bounds = (
            usual[0] if low is None else Decimal(str(low)),
            usual[1] if high is None else Decimal(str(high)),
        )
        named = metric or self._ratio.names.ratio
        read = self._questions.metric(named, self._questions.entity(entity))
        return self._questions.break_even(asked, read, Decimal(str(target)), bounds, digits)

    def attribution(
        self, name: str, *, metric: str | None = None, entity: EntityName | None = None
    ) -> pd.DataFrame:
        """Return what each rule of a variant contributes to a metric's change.

        ``metric`` as for ``break_even``; by default the liquidity, or the surplus of an NSFR.
        ``alone``: the rule by itself · ``in_order``: added to the rules before it, which sums to
        the total · ``interaction``: the difference of both · ``shapley``: the average over all
        orders, which sums to the total too. Ratios are numbers: 0.01 is one percentage point.
        """
        named = metric or self._ratio.names.surplus
        read = self._questions.metric(named, self._questions.entity(entity))
        return pd.DataFrame(self._questions.attribution(self[name], read))

    def numbers(self, name: str) -> pd.DataFrame:
        """Return the numbers in a variant's rules that ``sweep`` and ``break_even`` can move.

        A row per rule and ``parameter`` (the field that is changed): its ``operation`` and
        ``value``, and ``low`` and ``high``, between which a break-even is looked for.
        """
        columns = ["rule", "parameter", "operation", "value", "low", "high"]
        return pd.DataFrame(self._questions.numbers(self[name]), columns=columns)

    def sensitivity(
        self,
        name: str,
        *,
        metric: str | None = None,
        entity: EntityName | None = None,
        by: Decimal | float | str = "0.1",
    ) -> pd.DataFrame:
        """Return how far a metric moves with each number of a variant's rules.

        A row per rule and number: ``value``, ``low`` and ``high`` (a part ``by`` less and more of
        it), the metric at these two and their distance, ``swing``; the largest first.
        ``metric`` (by default the ratio) and ``entity`` as for ``break_even``.
        """
        read = self._questions.metric(
            metric or self._ratio.names.ratio, self._questions.entity(entity)
        )
        return pd.DataFrame(self._questions.sensitivity(self[name], read, Decimal(str(by))))

    def show(self) -> Any:
        """Show the scenarios side by side: entities as rows, variants as columns."""
        return show(self)
