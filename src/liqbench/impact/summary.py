"""An analysis in sum: what each variant does to all entities together, and to which most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from liqbench.engine import Variant
from liqbench.impact.figures import (
    Entity,
    Measure,
    Position,
    difference,
    in_points,
    percent,
    total,
)


class Summary:
    """Rows of ``ImpactAnalysis.summary``; ``labels`` are what the entities are called."""

    def __init__(self, measure: Measure, labels: Mapping[Entity, str]) -> None:
        self._measure = measure
        self._ratio = measure.ratio
        self._labels = labels

    def row(
        self,
        variant: Variant,
        before: dict[Entity, Position],
        after: dict[Entity, Position],
        known: Sequence[str],
    ) -> dict[str, Any]:
        """Return a variant's row; ``known`` are notices of the baseline, not told again."""
        row: dict[str, Any] = {
            "scenario": variant.injections.scenario.name,
            "injection_point": variant.injections.point,
            "status": "failed" if variant.run is None else "ok",
            "records_affected": variant.records_affected if variant.run else None,
        }
        if variant.run is None:
            return row | {"note": str(variant.error)}
        row |= self._sums(before, after)
        row |= self._largest(before, after)
        row["affected_entities"] = sum(
            before.get(entity) != after.get(entity) for entity in before | after
        )
        row |= self._lowest(before, after)
        row["note"] = "; ".join(n for n in variant.notices if n not in known)
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

    def _lowest(
        self, before: dict[Entity, Position], after: dict[Entity, Position]
    ) -> dict[str, Any]:
        defined = {entity: p.ratio for entity, p in after.items() if p.ratio is not None}
        lowest = min(defined, key=lambda entity: defined[entity], default=None)
        breaching = [entity for entity, ratio in defined.items() if ratio < self._measure.limit]
        new = [entity for entity in breaching if not self._measure.breached(before.get(entity))]
        return {
            f"lowest_{self._ratio.names.ratio}_after": None if lowest is None else defined[lowest],
            "lowest_entity": None if lowest is None else self._labels[lowest],
            "breaches": len(breaching),
            "new_breaches": ", ".join(self._labels[entity] for entity in new),
        }
