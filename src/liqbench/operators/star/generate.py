"""From tables and their relationships to a star schema (seed: ``generate_star_schema``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from liqbench.operators.expressions import fields_of_schema
from liqbench.operators.star.bridges import bridge_frame
from liqbench.operators.star.calendar import calendar
from liqbench.operators.star.checks import check_data
from liqbench.operators.star.classify import classify
from liqbench.operators.star.dimensions import check_previous, dimension_frame, members_of
from liqbench.operators.star.errors import UnknownTableError
from liqbench.operators.star.facts import aggregate_frame, fact_frame, loaded, reference_counts
from liqbench.operators.star.history import members_as_of
from liqbench.operators.star.layout import CALENDAR, Layout, lay_out
from liqbench.operators.star.model import ColumnMetadata, StarSettings, TableRelationship
from liqbench.operators.star.structure import Classification

_NOTHING: Mapping[str, DataFrame] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class StarSchema:
    """A star schema; its frames are computed when they are asked for.

    ``facts``, ``dimensions`` and ``bridges`` are called as their tables (a bridge as its
    relationship's role, where that has one), ``aggregates`` as their levels. ``orphans`` says how
    many pairs of each bridge were left out, as their left member isn't there.
    """

    facts: Mapping[str, DataFrame]
    dimensions: Mapping[str, DataFrame]
    bridges: Mapping[str, DataFrame]
    dates: DataFrame
    aggregates: Mapping[str, DataFrame]
    orphans: Mapping[str, int]
    classification: Classification
    layout: Layout

    def tables(self) -> dict[str, DataFrame]:
        """Return all tables under the names that they have in a warehouse."""
        return {
            f"dim_{CALENDAR}": self.dates,
            **{f"dim_{name}": frame for name, frame in self.dimensions.items()},
            **{f"fact_{name}": frame for name, frame in self.facts.items()},
            **{f"bridge_{name}": frame for name, frame in self.bridges.items()},
            **{f"agg_{name}": frame for name, frame in self.aggregates.items()},
        }

    def counts(self, fact: str) -> dict[str, Column]:
        """Return what to observe of a fact in the pass that writes it.

        ``rows``, and for every foreign key how many refer to a member that is ``unknown`` or to
        ``none``. Give them to ``Context.observe`` or ``DataFrame.observe``.
        """
        if fact not in self.facts:
            raise UnknownTableError.of(fact, self.facts)
        return {"rows": F.count(F.lit(1)), **reference_counts(self.layout.facts[fact].keys)}


def generate_star_schema(
    tables: Mapping[str, DataFrame],
    relationships: Sequence[TableRelationship],
    metadata: Sequence[ColumnMetadata],
    settings: StarSettings,
    previous: Mapping[str, DataFrame] = _NOTHING,
) -> StarSchema:
    """Make a star schema of tables, which are their state as of one day.

    ``previous`` has the dimensions of ``settings.scd2`` as they were returned last; without it,
    their history begins. One Spark job checks keys and weights; nothing else runs here. Raises
    what ``classify``, ``lay_out`` and ``check_data`` raise, and ``SchemaDriftError`` for a
    previous state of other columns.
    """
    fields = {name: fields_of_schema(frame.schema) for name, frame in tables.items()}
    classification = classify(fields, relationships, metadata, settings.target)
    layout = lay_out(fields, metadata, classification, settings)
    members = members_of(layout.dimensions, tables)
    for name, frame in previous.items():
        if name not in settings.scd2:
            raise UnknownTableError.of(name, settings.scd2, where="previous")
        check_previous(
            layout.dimensions[name],
            fields_of_schema(members[name].schema),
            fields_of_schema(frame.schema),
        )
    orphans = check_data(layout, tables, previous, settings.as_of)
    dimensions = {
        name: dimension_frame(dimension, members[name], previous.get(name), settings.as_of)
        for name, dimension in layout.dimensions.items()
        if dimension.published
    }
    today = {
        name: members_as_of(layout.dimensions[name], frame, settings.as_of)
        for name, frame in dimensions.items()
    }
    facts = {
        name: fact_frame(fact, tables[name], layout.dimensions, today, settings).select(
            "*", *loaded(settings)
        )
        for name, fact in layout.facts.items()
    }
    bridges = {
        pair.name: bridge_frame(
            pair, tables[pair.bridge.table], today[pair.left], today[pair.right]
        ).select("*", *loaded(settings))
        for pair in layout.bridges
    }
    dated = [(tables[name], fact.dates) for name, fact in layout.facts.items() if fact.dates]
    session = next(iter(tables.values())).sparkSession
    aggregates = {
        level.name: aggregate_frame(level, layout.facts[fact], facts[fact], settings)
        for level in settings.levels
        for fact in [level.fact or classification.target]
    }
    return StarSchema(
        facts=MappingProxyType(facts),
        dimensions=MappingProxyType(dimensions),
        bridges=MappingProxyType(bridges),
        dates=calendar(session, dated, settings, settings.as_of),
        aggregates=MappingProxyType(aggregates),
        orphans=MappingProxyType(orphans),
        classification=classification,
        layout=layout,
    )
