"""The figures of an impact table, gathered from an analysis: pure values, nothing drawn yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from liqbench.engine import Variant
from liqbench.impact import ImpactAnalysis, unit_places
from liqbench.operators.weighing import RatioFigures


@dataclass(frozen=True)
class Cell:
    """An entity's position under one variant; ``change`` of its ratio is in percentage points."""

    ratio: Decimal | None
    available: Decimal
    required: Decimal
    change: Decimal | None = None
    changed: bool = False
    breach: bool = False
    new_breach: bool = False


@dataclass(frozen=True)
class EntityRow:
    """An entity: its name, what else tells it from others, and a cell per variant that ran."""

    name: str
    detail: str
    unit: str
    baseline: Cell | None
    cells: tuple[Cell | None, ...]

    @property
    def lowest(self) -> Decimal | None:
        """The lowest ratio in any column."""
        found = [c.ratio for c in (self.baseline, *self.cells) if c and c.ratio is not None]
        return min(found, default=None)


@dataclass(frozen=True)
class Column:
    """A variant: where it was injected, what it did in sum, or the error that stopped it."""

    scenario: str
    point: str
    description: str = ""
    records: int | None = None
    ratio: Decimal | None = None
    change: Decimal | None = None
    surplus_change: Decimal | None = None
    breaches: int = 0
    new_breaches: int = 0
    error: str = ""
    note: str = ""


@dataclass(frozen=True)
class Comparison:
    """Entities as rows, the worst first; variants as columns; ``unit`` where there is one.

    ``names`` says which ratio it is, and what its figures are called.
    """

    title: str
    names: RatioFigures
    as_of: date
    limit: Decimal
    one_unit: bool
    unit: str
    baseline_ratio: Decimal | None
    columns: tuple[Column, ...]
    rows: tuple[EntityRow, ...]


def compare(analysis: ImpactAnalysis) -> Comparison:
    """Return the figures of an analysis."""
    ratio, limit = analysis.measure.ratio, analysis.measure.limit
    positions = ratio.positions(analysis.base)
    before = {
        entity: Cell(p.ratio, p.available, p.required, breach=_below(p.ratio, limit))
        for entity, p in positions.items()
    }
    after: dict[tuple[str, str], dict[tuple[Any, ...], Cell]] = {}
    for record in _records(analysis.by_entity()):
        entity = tuple(record[field] for field in ratio.fields)
        variant = after.setdefault((record["scenario"], record["injection_point"]), {})
        variant[entity] = _cell(record, before.get(entity), limit, ratio.names)
    cells = [after.get((v.injections.scenario.name, v.injections.point), {}) for v in analysis]
    entities = list(dict.fromkeys([*before, *(entity for found in cells for entity in found)]))
    names = _Names(ratio.fields, entities)
    rows = [
        EntityRow(
            name=names.name(entity),
            detail=names.detail(entity),
            unit=names.unit(entity),
            baseline=before.get(entity),
            cells=tuple(found.get(entity) for found in cells),
        )
        for entity in entities
    ]
    summary = _records(analysis.summary())
    known = f"{ratio.names.ratio}_before"
    one_unit = ratio.one_unit(list(before))
    units = {row.unit for row in rows}
    return Comparison(
        title=analysis.base.dag.name,
        names=ratio.names,
        as_of=analysis.base.as_of,
        limit=limit,
        one_unit=one_unit,
        unit=units.pop() if one_unit and len(units) == 1 else "",
        baseline_ratio=next((_figure(row[known]) for row in summary if known in row), None),
        columns=tuple(
            _column(variant, row, found, ratio.names)
            for variant, row, found in zip(analysis, summary, cells, strict=True)
        ),
        rows=tuple(sorted(rows, key=lambda row: (row.lowest is None, row.lowest or 0, row.name))),
    )


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in r.items()} for r in table.to_dict("records")]


def _cell(
    record: Mapping[str, Any], before: Cell | None, limit: Decimal, names: RatioFigures
) -> Cell:
    ratio = _figure(record[f"{names.ratio}_after"])
    has, needs = record[f"{names.available}_after"], record[f"{names.required}_after"]
    breach = _below(ratio, limit)
    known = None if before is None else (before.ratio, before.available, before.required)
    return Cell(
        ratio=ratio,
        available=has,
        required=needs,
        change=_figure(record[f"{names.ratio}_change_pp"]),
        changed=known != (ratio, has, needs),
        breach=breach,
        new_breach=breach and not (before is not None and before.breach),
    )


def _column(
    variant: Variant,
    row: Mapping[str, Any],
    found: Mapping[tuple[Any, ...], Cell],
    names: RatioFigures,
) -> Column:
    scenario = variant.injections.scenario
    failed = variant.run is None
    return Column(
        scenario=scenario.name,
        point=variant.injections.point,
        description=scenario.description,
        records=None if failed else variant.records_affected,
        ratio=_figure(row.get(f"{names.ratio}_after")),
        change=_figure(row.get(f"{names.ratio}_change_pp")),
        surplus_change=_figure(row.get(f"{names.surplus}_change")),
        breaches=sum(cell.breach for cell in found.values()),
        new_breaches=sum(cell.new_breach for cell in found.values()),
        error=(str(variant.error) or type(variant.error).__name__) if failed else "",
        note="" if failed else str(row.get("note") or ""),
    )


def _below(ratio: Decimal | None, limit: Decimal) -> bool:
    return ratio is not None and ratio < limit


def _figure(value: Any) -> Decimal | None:
    """Return a figure of a pandas table; what is missing may come as ``None`` or NaN."""
    return value if isinstance(value, Decimal) and value.is_finite() else None


class _Names:
    """What an entity is called: a name where its fields have one, the rest beside it."""

    def __init__(self, fields: tuple[str, ...], entities: Sequence[tuple[Any, ...]]) -> None:
        self._units = unit_places(fields)
        named = [n for n, field in enumerate(fields) if field.endswith("name")]
        named += [n for n, field in enumerate(fields) if f"{field}_id" in fields]
        texts = [n for n in range(len(fields)) if any(isinstance(e[n], str) for e in entities)]
        self._name = next(iter([*named, *texts]), 0)
        # What is the same for all tells nothing apart.
        self._rest = [
            n
            for n in range(len(fields))
            if n not in (self._name, *self._units) and len({e[n] for e in entities}) > 1
        ]
        self._names = {entity: str(entity[self._name]) for entity in entities}
        for more in (self._dates, self.detail):
            count = Counter(self._names.values())
            self._names = {
                entity: name if count[name] == 1 else f"{name} {more(entity)}".rstrip()
                for entity, name in self._names.items()
            }

    def name(self, entity: tuple[Any, ...]) -> str:
        """Return the name, with what tells it from another of the same name."""
        return self._names[entity]

    def _dates(self, entity: tuple[Any, ...]) -> str:
        return " ".join(str(entity[n]) for n in self._rest if isinstance(entity[n], date))

    def detail(self, entity: tuple[Any, ...]) -> str:
        """Return what else is known of the entity."""
        values = [entity[n] for n in self._rest if not isinstance(entity[n], date)]
        return " · ".join(str(value) for value in values if value is not None)

    def unit(self, entity: tuple[Any, ...]) -> str:
        """Return the unit with the most to say: ``INR million`` rather than ``INR``."""
        return max((str(entity[n]) for n in self._units), key=len, default="")
