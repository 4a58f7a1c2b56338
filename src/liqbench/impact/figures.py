"""The figures that are compared: an entity's row of the LCR or the NSFR, before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from typing import Any

from liqbench.engine import Node, ResolvedDag, Run
from liqbench.errors import UnknownResultError, did_you_mean
from liqbench.model.dag import ADJUST
from liqbench.operators.expressions.ratio import exact_ratio
from liqbench.operators.local import LocalTable
from liqbench.operators.weighing import RatioFigures, WeighingOperator

_UNITS = ("unit", "currency", "currency_code", "reporting_currency")
_DIGITS = 100
RATIO_SCALE = 6
PERCENT_SCALE = 4

Entity = tuple[Any, ...]


@contextmanager
def exactly() -> Iterator[None]:
    """Let sums and products of decimals keep all their digits."""
    with localcontext() as context:
        context.prec = _DIGITS
        yield


@dataclass(frozen=True)
class Position:
    """What an entity has and what it needs, and the ratio of both where it is defined.

    HQLA and net outflows for an LCR, available and required stable funding for an NSFR.
    """

    available: Decimal
    required: Decimal
    ratio: Decimal | None

    @property
    def surplus(self) -> Decimal:
        """What is left: of the LCR, the liquidity after thirty days of stress."""
        with exactly():
            return self.available - self.required


@dataclass(frozen=True)
class RatioTable:
    """Where a DAG calculates the ratio that is compared, and what its groups are called."""

    operator_id: str
    operator: WeighingOperator

    @classmethod
    def of(cls, dag: ResolvedDag, operator_id: str | None = None) -> RatioTable:
        """Return the ratio of an operator.

        Without a name it is the only LCR, or the one called lcr; where there is none, the NSFR.
        Raises ``UnknownResultError``.
        """
        found = {
            name: node.operator
            for name, node in dag.nodes.items()
            if isinstance(node.operator, WeighingOperator)
        }
        kinds = [own.kind for own in found.values()]
        kind = "lcr" if "lcr" in kinds else "nsfr"
        of_kind = [name for name, own in found.items() if own.kind == kind]
        name = operator_id or (of_kind[0] if len(of_kind) == 1 else kind)
        if name not in found:
            raise UnknownResultError(
                "an impact is measured on a ratio, and the DAG has "
                + (f"{len(found)} operators for one" if found else "no operator for one"),
                hint=did_you_mean(name, found) if found else "add an operator of type 'lcr'",
            )
        return cls(name, found[name])

    @property
    def names(self) -> RatioFigures:
        """What the ratio's figures are called."""
        return self.operator.figures

    @property
    def metrics(self) -> dict[str, str]:
        """What can be asked of a position, by the figure's name."""
        own = self.names
        return {
            own.available: "available",
            own.required: "required",
            own.surplus: "surplus",
            own.ratio: "ratio",
        }

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that identify an entity."""
        return self.operator.group_by

    def output(self, run: Run) -> str:
        """Return the operator that holds the ratio in this run: rules may follow it."""
        name, nodes = self.operator_id, run.resolved.nodes
        while following := _adjustment_behind(name, nodes):
            name = following
        return name

    def positions(self, run: Run) -> dict[Entity, Position]:
        """Return every entity's position."""
        table = run.table(self.output(run))
        return self._positions(table[[*self.fields, *self._read]].itertuples(index=False))

    def positions_of(self, table: LocalTable) -> dict[Entity, Position]:
        """Return every entity's position in a table on the driver."""
        return self._positions(table.keys([*self.fields, *self._read]))

    @property
    def _read(self) -> tuple[str, ...]:
        return (self.names.available, self.names.required, self.names.ratio)

    def _positions(self, rows: Iterable[tuple[Any, ...]]) -> dict[Entity, Position]:
        width = len(self.fields)
        return {tuple(row[:width]): Position(*row[width:]) for row in rows}

    def one_unit(self, entities: list[Entity]) -> bool:
        """Tell whether the entities' amounts are in one unit, so that they may be added up."""
        return all(len({entity[n] for entity in entities}) <= 1 for n in unit_places(self.fields))

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


@dataclass(frozen=True)
class Measure:
    """What variants are compared by: a ratio, and the limit below which an entity is in breach."""

    ratio: RatioTable
    limit: Decimal = Decimal(1)


def unit_places(fields: Sequence[str]) -> tuple[int, ...]:
    """Return where among an entity's fields the units are that its amounts are in."""
    return tuple(n for n, name in enumerate(fields) if name in _UNITS)


def _adjustment_behind(name: str, nodes: Mapping[str, Node]) -> str | None:
    for node in nodes.values():
        if node.config.operator_type == ADJUST and node.config.inputs == (name,):
            return node.operator_id
    return None


def total(positions: list[Position]) -> Position:
    """Return the sum of positions, without any netting between entities."""
    with exactly():
        has = sum((p.available for p in positions), Decimal(0))
        needs = sum((p.required for p in positions), Decimal(0))
    return Position(has, needs, exact_ratio(has, needs, RATIO_SCALE) if needs > 0 else None)


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
