"""The impact of scenarios: each variant against the baseline run."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator, Mapping, Sequence
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
    to_pandas,
)
from liqbench.errors import UnknownResultError, did_you_mean
from liqbench.impact.deals import moved
from liqbench.impact.figures import (
    Entity,
    Measure,
    Position,
    difference,
    in_points,
    percent,
    total,
)
from liqbench.impact.questions import BreakEven, Questions
from liqbench.model.presentation import show
from liqbench.operators.adjust import AdjustmentOperator
from liqbench.operators.weighing import WEIGHTED

MOST_CATEGORIES = 100_000


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
        self._ratio, self._limit = measure.ratio, measure.limit

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

    def summary(self) -> pd.DataFrame:
        """Return one row per variant.

        ``records_affected`` rows matched by a rule · ``liquidity_change`` and ``_pct`` over all
        entities · ``max_entity`` with the largest change of liquidity, that change and its LCR's ·
        ``affected_entities`` whose position changed · ``lcr_before``, ``lcr_after`` over all
        entities (sums, without netting) · the entity with the lowest LCR · ``breaches`` of the
        limit, and which are new. Over entities in several units there are no sums (``None``).
        """
        return pd.DataFrame([self._summary_row(variant) for variant in self.variants])

    def _summary_row(self, variant: Variant) -> dict[str, Any]:
        row: dict[str, Any] = {
            "scenario": variant.injections.scenario.name,
            "injection_point": variant.injections.point,
            "status": "failed" if variant.run is None else "ok",
            "records_affected": variant.records_affected if variant.run else None,
        }
        if variant.run is None:
            return row | {"note": str(variant.error)}
        before, after = self._positions[""], self._positions[variant.name]
        row |= self._sums(before, after)
        row |= self._largest(before, after)
        row["affected_entities"] = sum(
            before.get(entity) != after.get(entity) for entity in before | after
        )
        row |= self._lowest(before, after)
        row["note"] = "; ".join(n for n in variant.notices if n not in self.base.notices)
        return row

    def _sums(
        self, before: dict[Entity, Position], after: dict[Entity, Position]
    ) -> dict[str, Any]:
        own = self._ratio.names
        parts = ("before", "after", "change", "change_pct")
        names = (
            *(f"{own.surplus}_{part}" for part in parts),
            *(f"{own.ratio}_{part}" for part in ("before", "after", "change_pp")),
        )
        if not self._ratio.one_unit(list(before)):
            return dict.fromkeys(names)
        old, new = total(list(before.values())), total(list(after.values()))
        change = difference(new.surplus, old.surplus) or Decimal(0)
        values = (
            old.surplus, new.surplus, change, percent(change, old.surplus),
            old.ratio, new.ratio, in_points(difference(new.ratio, old.ratio)),
        )  # fmt: skip
        return dict(zip(names, values, strict=True))

    def _largest(
        self, before: dict[Entity, Position], after: dict[Entity, Position]
    ) -> dict[str, Any]:
        """Return the entity that moved most: by its surplus, over several units by its ratio."""
        nothing = Position(Decimal(0), Decimal(0), None)
        both = {e: (before.get(e, nothing), after.get(e, nothing)) for e in before | after}
        surplus = {e: new.surplus - old.surplus for e, (old, new) in both.items()}
        points = {e: in_points(difference(new.ratio, old.ratio)) for e, (old, new) in both.items()}
        one_unit = self._ratio.one_unit(list(both))
        size: Mapping[Entity, Decimal | None] = surplus if one_unit else points
        most = max(both, key=lambda entity: abs(size[entity] or Decimal(0)), default=None)
        if most is None or not size[most]:
            most = None
        return {
            "max_entity": None if most is None else self._labels[most],
            "max_entity_change": None if most is None or not one_unit else surplus[most],
            f"max_entity_{self._ratio.names.ratio}_pp": None if most is None else points[most],
        }

    @functools.cached_property
    def _labels(self) -> dict[Entity, str]:
        return self._ratio.labels({e for positions in self._positions.values() for e in positions})

    def _lowest(
        self, before: dict[Entity, Position], after: dict[Entity, Position]
    ) -> dict[str, Any]:
        defined = {entity: p.ratio for entity, p in after.items() if p.ratio is not None}
        lowest = min(defined, key=lambda entity: defined[entity], default=None)
        breaching = [entity for entity, ratio in defined.items() if ratio < self._limit]
        new = [entity for entity in breaching if not self._breaches(before.get(entity))]
        return {
            f"lowest_{self._ratio.names.ratio}_after": None if lowest is None else defined[lowest],
            "lowest_entity": None if lowest is None else self._labels[lowest],
            "breaches": len(breaching),
            "new_breaches": ", ".join(self._labels[entity] for entity in new),
        }

    def _breaches(self, position: Position | None) -> bool:
        return position is not None and position.ratio is not None and position.ratio < self._limit

    def by_entity(self, *, changed_only: bool = False) -> pd.DataFrame:
        """Return a row per variant and entity: its figures and its ratio, before and after."""
        rows = []
        before = self._positions[""]
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
        return row | {"breach": self._breaches(new)}

    def by_category(self, *, changed_only: bool = False) -> pd.DataFrame:
        """Return a row per variant, entity, section and category: weighted amount before, after."""
        union: DataFrame | None = None
        for name, run in [("", self.base), *((v.name, v.run) for v in self.variants if v.run)]:
            part = self._contributions(run).withColumn("__variant", F.lit(name))
            union = part if union is None else union.unionByName(part)
        assert union is not None  # noqa: S101 - the baseline is always there
        keys = [*self._ratio.fields, "section", "category"]
        found = to_pandas(union, keys, limit=MOST_CATEGORIES, what="the table by category")
        return self._compare_categories(found, keys, changed_only=changed_only)

    def _contributions(self, run: Run) -> DataFrame:
        node = run.resolved.nodes[self._ratio.operator_id]
        rows = run.frame(node.config.inputs[0])
        return self._ratio.operator.contributions(run.context, rows)

    def _compare_categories(
        self, found: pd.DataFrame, keys: list[str], *, changed_only: bool
    ) -> pd.DataFrame:
        amounts: dict[str, dict[Entity, Decimal]] = {}
        for row in found[["__variant", WEIGHTED, *keys]].itertuples(index=False):
            amounts.setdefault(row[0], {})[tuple(row[2:])] = row[1]
        rows = []
        for variant in self.variants:
            if variant.run is None:
                continue
            before, after = amounts.get("", {}), amounts.get(variant.name, {})
            for key in sorted(before.keys() | after.keys(), key=str):
                a, b = before.get(key, Decimal(0)), after.get(key, Decimal(0))
                if not (changed_only and a == b):
                    rows.append(
                        {
                            "scenario": variant.injections.scenario.name,
                            "injection_point": variant.injections.point,
                            **dict(zip(keys, key, strict=True)),
                            "before": a,
                            "after": b,
                            "change": difference(b, a),
                        }
                    )
        return pd.DataFrame(rows)

    def deals(self, name: str, *, limit: int = 20) -> pd.DataFrame:
        """Return the rows that a variant moved most: key, figures before, after and changed.

        They are compared behind the last step that still has single deals; where the injection
        point has none any more, its own rows are.
        """
        frame = moved(self.base, self[name], limit)
        found: pd.DataFrame = frame.toArrow().to_pandas(date_as_object=True)
        return found

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
    ) -> pd.DataFrame:
        """Return a row per value and entity: the position if a rule's number had that value.

        ``parameter`` is the field that the rule changes. ``variant`` names one where several
        have the rule. Nothing is stored.
        """
        asked = self._questions.parameter(rule, parameter, self[variant] if variant else None)
        exact = [Decimal(str(value)) for value in values]
        rows = []
        for value, positions in zip(exact, self._questions.sweep(asked, exact), strict=True):
            for entity, position in sorted(positions.items(), key=str):
                rows.append(
                    {
                        parameter: value,
                        **dict(zip(self._ratio.fields, entity, strict=True)),
                        **{
                            name: getattr(position, part)
                            for name, part in self._ratio.metrics.items()
                        },
                        "breach": self._breaches(position),
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
        entity: str | None = None,
        variant: str | None = None,
        low: Decimal | float | str | None = None,
        high: Decimal | float | str | None = None,
        digits: int = 4,
    ) -> BreakEven:
        """Return the value of a rule's number at which a metric crosses a target.

        ``metric``: the ratio (default), or ``liquidity``, ``hqla`` or ``net_outflows`` of an LCR,
        ``surplus``, ``asf`` or ``rsf`` of an NSFR; of an entity or of the sum over all. Looked
        for between ``low`` and ``high`` to ``digits`` decimals. Raises ``NoSolutionError`` where
        it isn't reached.
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
        self, name: str, *, metric: str | None = None, entity: str | None = None
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

    def show(self) -> Any:
        """Show the scenarios side by side: entities as rows, variants as columns."""
        return show(self)
