"""The operators of a star, ready for a DAG (the seed's ``StarSchemaOperator``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from liqbench.errors import FaultCollector
from liqbench.model import OperatorConfig
from liqbench.operators.star.bridge_operator import StarBridgeOperator
from liqbench.operators.star.calendar_operator import StarCalendarOperator
from liqbench.operators.star.declaration import Star
from liqbench.operators.star.dimension_operator import StarDimensionOperator
from liqbench.operators.star.errors import UnknownTableError
from liqbench.operators.star.fact_operator import StarFactOperator
from liqbench.operators.star.layout import CALENDAR
from liqbench.operators.star.model import AggregationLevel
from liqbench.operators.star.operator import AS_OF
from liqbench.operators.star.structure import Classification, TableRole

_NOTHING: Mapping[str, str] = MappingProxyType({})


def star_operators(
    star: Star,
    feeds: Mapping[str, str],
    *,
    previous: Mapping[str, str] = _NOTHING,
    levels: Sequence[AggregationLevel] = (),
) -> tuple[OperatorConfig, ...]:
    """Return an operator per table of a star: ``dim_…``, ``fact_…``, ``bridge_…``, ``agg_…``.

    ``feeds`` has for each of the star's tables the operator whose output it is; ``previous`` for
    dimensions of ``scd2`` the operator that reads their previous state. Why a table is what it is
    stands in the operator's description; of one that is folded or not used, ``str`` of
    ``star.classified()`` tells. Raises what ``Star.classified`` raises, and ``UnknownTableError``
    for tables that are missing or not known.
    """
    classification = star.classified()
    facts = classification.of(TableRole.FACT)
    faults = FaultCollector()
    for name in (n for n in star.tables if n not in feeds):
        faults.add(UnknownTableError.of(name, feeds, where="feeds"))
    for where, given, known in (
        ("feeds", list(feeds), star.tables),
        ("previous", list(previous), star.scd2),
        ("levels", [level.fact for level in levels if level.fact], facts),
    ):
        for name in given:
            if name not in known:
                faults.add(UnknownTableError.of(name, known, where=where))
    faults.raise_all()
    return tuple(_nodes(star, classification, feeds, previous, levels))


def _nodes(
    star: Star,
    classification: Classification,
    feeds: Mapping[str, str],
    previous: Mapping[str, str],
    levels: Sequence[AggregationLevel],
) -> Iterator[OperatorConfig]:
    reasons = {decision.table: decision.reason for decision in classification.decisions}

    def node(
        kind: str, name: str, inputs: Sequence[str], why: str, **more: object
    ) -> OperatorConfig:
        parameters = {"star": star.to_json(), **more}
        return OperatorConfig.of(
            operator_id=name,
            operator_type=kind,
            parameters=parameters,
            inputs=tuple(inputs),
            description=why,
            checkpoint=True,  # what is published is what a run stored
        )

    calendar = StarCalendarOperator(star=star)
    yield node(
        calendar.kind, f"dim_{CALENDAR}", [feeds[n] for n in calendar.feeds()], "the calendar"
    )
    for name in classification.of(TableRole.DIMENSION):
        dimension = StarDimensionOperator(star=star, table=name)
        before = [previous[name]] if name in previous else []
        inputs = [*(feeds[n] for n in dimension.feeds()), *before]
        yield node(dimension.kind, f"dim_{name}", inputs, reasons[name], table=name)
    for name in classification.of(TableRole.FACT):
        fact = StarFactOperator(star=star, table=name)
        own, *others = fact.feeds()
        inputs = [feeds[own], *(f"dim_{n}" for n in others)]
        yield node(fact.kind, f"fact_{name}", inputs, reasons[name], table=name)
    for pair in classification.bridges:
        bridge = StarBridgeOperator(star=star, table=pair.name)
        own, *others = bridge.feeds()
        inputs = [feeds[own], *(f"dim_{n}" for n in others)]
        yield node(bridge.kind, f"bridge_{pair.name}", inputs, reasons[own], table=pair.name)
    for level in levels:
        name = level.fact or classification.target
        by = [*level.by, *([] if AS_OF in level.by else [AS_OF])]
        yield node(
            "star_aggregate",
            f"agg_{level.name}",
            [f"fact_{name}"],
            f"{name} per {', '.join(level.by)}",
            table=name,
            group_by=by,
        )
