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
from liqbench.impact import ImpactAnalysis

_UNITS = ("unit", "currency", "currency_code", "reporting_currency")


@dataclass(frozen=True)
class Cell:
    """An entity's position under one variant; ``change`` of its LCR is in percentage points."""

    lcr: Decimal | None
    hqla: Decimal
    net_outflows: Decimal
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
        """The lowest LCR in any column."""
        found = [c.lcr for c in (self.baseline, *self.cells) if c and c.lcr is not None]
        return min(found, default=None)


@dataclass(frozen=True)
class Column:
    """A variant: where it was injected, what it did in sum, or the error that stopped it."""

    scenario: str
    point: str
    description: str = ""
    records: int | None = None
    lcr: Decimal | None = None
    change: Decimal | None = None
    liquidity_change: Decimal | None = None
    breaches: int = 0
    new_breaches: int = 0
    error: str = ""
    note: str = ""


@dataclass(frozen=True)
class Comparison:
    """Entities as rows, the worst first; variants as columns; ``unit`` where there is one."""

    title: str
    as_of: date
    limit: Decimal
    one_unit: bool
    unit: str
    baseline_lcr: Decimal | None
    columns: tuple[Column, ...]
    rows: tuple[EntityRow, ...]


def compare(analysis: ImpactAnalysis) -> Comparison:
    """Return the figures of an analysis."""
    fields, limit = analysis.ratio.fields, analysis.limit
    positions = analysis.ratio.positions(analysis.base)
    before = {
        entity: Cell(p.lcr, p.hqla, p.net_outflows, breach=_below(p.lcr, limit))
        for entity, p in positions.items()
    }
    after: dict[tuple[str, str], dict[tuple[Any, ...], Cell]] = {}
    for record in _records(analysis.by_entity()):
        entity = tuple(record[field] for field in fields)
        variant = after.setdefault((record["scenario"], record["injection_point"]), {})
        variant[entity] = _cell(record, before.get(entity), limit)
    cells = [after.get((v.injections.scenario.name, v.injections.point), {}) for v in analysis]
    entities = list(dict.fromkeys([*before, *(entity for found in cells for entity in found)]))
    names = _Names(fields, entities)
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
    one_unit = analysis.ratio.one_unit(list(before))
    units = {row.unit for row in rows}
    return Comparison(
        title=analysis.base.dag.name,
        as_of=analysis.base.as_of,
        limit=limit,
        one_unit=one_unit,
        unit=units.pop() if one_unit and len(units) == 1 else "",
        baseline_lcr=next(
            (_figure(r.get("lcr_before")) for r in summary if "lcr_before" in r), None
        ),
        columns=tuple(
            _column(variant, row, found)
            for variant, row, found in zip(analysis, summary, cells, strict=True)
        ),
        rows=tuple(sorted(rows, key=lambda row: (row.lowest is None, row.lowest or 0, row.name))),
    )


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in r.items()} for r in table.to_dict("records")]


def _cell(record: Mapping[str, Any], before: Cell | None, limit: Decimal) -> Cell:
    lcr = _figure(record["lcr_after"])
    hqla, net = record["hqla_after"], record["net_outflows_after"]
    breach = _below(lcr, limit)
    same = before is not None and (before.lcr, before.hqla, before.net_outflows) == (lcr, hqla, net)
    return Cell(
        lcr=lcr,
        hqla=hqla,
        net_outflows=net,
        change=_figure(record["lcr_change_pp"]),
        changed=not same,
        breach=breach,
        new_breach=breach and not (before is not None and before.breach),
    )


def _column(
    variant: Variant, row: Mapping[str, Any], found: Mapping[tuple[Any, ...], Cell]
) -> Column:
    scenario = variant.injections.scenario
    failed = variant.run is None
    return Column(
        scenario=scenario.name,
        point=variant.injections.point,
        description=scenario.description,
        records=None if failed else variant.records_affected,
        lcr=_figure(row.get("lcr_after")),
        change=_figure(row.get("lcr_change_pp")),
        liquidity_change=_figure(row.get("liquidity_change")),
        breaches=sum(cell.breach for cell in found.values()),
        new_breaches=sum(cell.new_breach for cell in found.values()),
        error=(str(variant.error) or type(variant.error).__name__) if failed else "",
        note="" if failed else str(row.get("note") or ""),
    )


def _below(lcr: Decimal | None, limit: Decimal) -> bool:
    return lcr is not None and lcr < limit


def _figure(value: Any) -> Decimal | None:
    """Return a figure of a pandas table; what is missing may come as ``None`` or NaN."""
    return value if isinstance(value, Decimal) and value.is_finite() else None


class _Names:
    """What an entity is called: a name where its fields have one, the rest beside it."""

    def __init__(self, fields: tuple[str, ...], entities: Sequence[tuple[Any, ...]]) -> None:
        self._units = [n for n, field in enumerate(fields) if field in _UNITS]
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
