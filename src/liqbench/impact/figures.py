"""The figures that are compared: one row of the LCR per entity, before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from typing import Any

from liqbench.engine import Node, Run
from liqbench.errors import UnknownResultError, did_you_mean
from liqbench.model.dag import ADJUST
from liqbench.operators.expressions.ratio import exact_ratio
from liqbench.operators.lcr import LcrOperator
from liqbench.operators.local import LocalTable

_UNITS = ("unit", "currency", "currency_code", "reporting_currency")
_DIGITS = 100
RATIO_SCALE = 6
PERCENT_SCALE = 4
_FIGURES = ("hqla", "net_outflows", "lcr")

Entity = tuple[Any, ...]


@contextmanager
def exactly() -> Iterator[None]:
    """Let sums and products of decimals keep all their digits."""
    with localcontext() as context:
        context.prec = _DIGITS
        yield


@dataclass(frozen=True)
class Position:
    """An entity's liquidity: its HQLA, its net outflows, and the ratio where it is defined."""

    hqla: Decimal
    net_outflows: Decimal
    lcr: Decimal | None

    @property
    def liquidity(self) -> Decimal:
        """HQLA less net outflows: what is left after thirty days of stress."""
        with exactly():
            return self.hqla - self.net_outflows


@dataclass(frozen=True)
class RatioTable:
    """Where a DAG calculates its LCR, and what its groups are called."""

    operator_id: str
    operator: LcrOperator

    @classmethod
    def of(cls, run: Run, operator_id: str | None = None) -> RatioTable:
        """Return the run's LCR operator: the named one, the only one, or the one called lcr."""
        found = {
            name: node.operator
            for name, node in run.resolved.nodes.items()
            if isinstance(node.operator, LcrOperator)
        }
        usual = next(iter(found)) if len(found) == 1 else "lcr"
        name = operator_id or usual
        if name not in found:
            raise UnknownResultError(
                "an impact is measured on the LCR, and the DAG has "
                + (f"{len(found)} operators of type 'lcr'" if found else "no operator for it"),
                hint=did_you_mean(name, found) if found else "add an operator of type 'lcr'",
            )
        return cls(name, found[name])

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that identify an entity."""
        return self.operator.group_by

    def output(self, run: Run) -> str:
        """Return the operator that holds the ratio in this run: rules may follow the LCR."""
        name, nodes = self.operator_id, run.resolved.nodes
        while following := _adjustment_behind(name, nodes):
            name = following
        return name

    def positions(self, run: Run) -> dict[Entity, Position]:
        """Return every entity's position."""
        table = run.table(self.output(run))
        rows = table[[*self.fields, *_FIGURES]].itertuples(index=False)
        return self._positions(rows)

    def positions_of(self, table: LocalTable) -> dict[Entity, Position]:
        """Return every entity's position in a table on the driver."""
        return self._positions(table.keys([*self.fields, *_FIGURES]))

    def _positions(self, rows: Iterable[tuple[Any, ...]]) -> dict[Entity, Position]:
        width = len(self.fields)
        return {tuple(row[:width]): Position(*row[width:]) for row in rows}

    def one_unit(self, entities: list[Entity]) -> bool:
        """Tell whether the entities' amounts are in one unit, so that they may be added up."""
        places = [n for n, name in enumerate(self.fields) if name in _UNITS]
        return all(len({entity[place] for entity in entities}) <= 1 for place in places)

    def labels(self, entities: Iterable[Entity]) -> dict[Entity, str]:
        """Return each entity's name: its first text, with its dates where that is not enough."""
        known = list(entities)
        short = {e: next((v for v in e if isinstance(v, str)), str(e[0])) for e in known}
        count = Counter(short.values())
        return {
            entity: name
            if count[name] == 1
            else " ".join([name, *(str(v) for v in entity if isinstance(v, date))])
            for entity, name in short.items()
        }


def _adjustment_behind(name: str, nodes: Mapping[str, Node]) -> str | None:
    for node in nodes.values():
        if node.config.operator_type == ADJUST and node.config.inputs == (name,):
            return node.operator_id
    return None


def total(positions: list[Position]) -> Position:
    """Return the sum of positions, without any netting between entities."""
    with exactly():
        hqla = sum((p.hqla for p in positions), Decimal(0))
        net = sum((p.net_outflows for p in positions), Decimal(0))
    return Position(hqla, net, exact_ratio(hqla, net, RATIO_SCALE) if net > 0 else None)


def difference(after: Decimal | None, before: Decimal | None) -> Decimal | None:
    """Return the change, ``None`` where one side is undefined."""
    if after is None or before is None:
        return None
    with exactly():
        return after - before


def percent(change: Decimal, of: Decimal) -> Decimal | None:
    """Return the change in percent of an amount's size, ``None`` where that is zero."""
    if of == 0:
        return None
    with exactly():
        return exact_ratio(100 * change, abs(of), PERCENT_SCALE)


def in_points(change: Decimal | None) -> Decimal | None:
    """Return a change of a ratio in percentage points."""
    with exactly():
        return None if change is None else 100 * change
