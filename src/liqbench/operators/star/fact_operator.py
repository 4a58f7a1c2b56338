"""Star fact: every row of one table of a star, its references as surrogate keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from itertools import compress
from typing import Any, ClassVar, cast

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DataType, DateType, IntegerType, LongType, StructType

from liqbench.errors import FaultCollector, LiqbenchError, LocalUnsupportedError
from liqbench.operators.base import Context, KeyMapping, Keys, Locality
from liqbench.operators.expressions import fields_of_schema
from liqbench.operators.local import LocalTable, Vector
from liqbench.operators.origins import Origin, Origins
from liqbench.operators.star.calendar import date_key_of
from liqbench.operators.star.declared import Fields
from liqbench.operators.star.facts import fact_frame, reference_counts
from liqbench.operators.star.keys import NONE_KEY, UNKNOWN_KEY
from liqbench.operators.star.layout import DimensionLayout, FactLayout, Layout, fact_layout
from liqbench.operators.star.operator import (
    AS_OF,
    StarOperator,
    check_member_fields,
    fault_in,
    members_told,
    real_members,
    schema_of,
)
from liqbench.operators.star.structure import Classification, TableRole

_Days = tuple[date, date]


class StarFactOperator(StarOperator):
    """Make a fact: a surrogate key per reference and date, what stays as it is, the measures.

    Inputs: the table itself, then the dimensions that it refers to. A reference to nobody known
    gets the unknown member, one with a null in it "(none)"; both are counted. The fields of the
    rows' key must stay, so where they refer to a dimension they need the role ``key``.
    """

    kind: ClassVar[str] = "star_fact"
    locality: ClassVar[Locality] = Locality.ROW
    keeps_rows: ClassVar[bool] = True

    table: str

    def keys(self, *inputs: Keys) -> KeyMapping:
        """Keys stay."""
        return KeyMapping("identity", inputs[0])

    def identity(self, parameters: Mapping[str, Any]) -> Any:
        """Return the part of the star that the fact follows from."""
        del parameters
        references = [r for r in self.star.classified().references if r.table == self.table]
        return {
            "table": self.table,
            "references": [asdict(reference) for reference in references],
            "columns": self.star.described(self.table),
            "history": [r.dimension for r in references if r.dimension in self.star.scd2],
            "dates": [self.star.first_date, self.star.last_date],
        }

    def feeds(self) -> tuple[str, ...]:
        """Return the table and the dimensions that are the inputs, in order."""
        return (self.table, *self.star.classified().referred(self.table))

    def outputs(self, context: Context, *schemas: StructType) -> StructType:
        """Return the keys, what stays, the measures, and the day."""
        own, *members = map(fields_of_schema, schemas)
        classification = self.star.classified({self.table: own})
        decision = self.star.decision(classification, self.table, TableRole.FACT)
        self.connected(self.feeds(), len(schemas))
        layout = self._layout(own, classification)
        faults = FaultCollector()
        for ref in layout.references:
            found = dict(zip(self.feeds()[1:], members, strict=True))[ref.dimension]
            pairs = zip(ref.dimension_columns, ref.columns, strict=True)
            columns = {theirs: (f"{self.table}.{mine}", own[mine]) for theirs, mine in pairs}
            versioned = ref.dimension in self.star.scd2
            with faults.collect(f"dimension {ref.dimension!r}"):
                check_member_fields(ref.dimension, found, columns, versioned=versioned)
        faults.raise_all()
        unused = [d for d in classification.decisions if d.role is TableRole.UNUSED]
        for each in (decision, *(unused if self.table == classification.target else ())):
            context.notice(str(each))
        return schema_of(self._fields(layout, own))

    def _layout(self, own: Fields, classification: Classification) -> FactLayout:
        return fact_layout(self.table, own, self.star.metadata, classification)

    def _fields(self, layout: FactLayout, own: Fields) -> dict[str, DataType]:
        found: dict[str, DataType] = {f"{ref.role}_key": LongType() for ref in layout.references}
        found |= {f"{name}_key": IntegerType() for name in layout.dates}
        found |= {name: own[name] for name in _plain(layout)}
        return found | {AS_OF: DateType()}

    def _taken_apart(self, own: Fields) -> tuple[FactLayout, dict[str, DimensionLayout]]:
        classification = self.star.classified({self.table: own})
        layout = self._layout(own, classification)
        names = self.feeds()[1:]
        return layout, {name: self.referred(classification, name) for name in names}

    def origins(self, context: Context, output: StructType, *inputs: StructType) -> Origins:
        """Return for a key the fields it was found by; everything else is the row's own."""
        del context, output
        layout, dimensions = self._taken_apart(fields_of_schema(inputs[0]))
        places = {name: n for n, name in enumerate(self.feeds())}
        known: dict[str, tuple[Origin, ...]] = {AS_OF: ()}
        for ref in layout.references:
            place = places[ref.dimension]
            known[f"{ref.role}_key"] = (
                Origin(place, dimensions[ref.dimension].surrogate, "reference"),
                *(Origin(0, name, "condition") for name in ref.columns),
                *(Origin(place, name, "condition") for name in ref.dimension_columns),
            )
        for name in layout.dates:
            known[f"{name}_key"] = (Origin(0, name, "calculated"),)
        return known | {name: (Origin(0, name, "same"),) for name in _plain(layout)}

    def apply(self, context: Context, *inputs: DataFrame) -> DataFrame:
        """Return the fact; its references to nobody are counted in the same pass."""
        rows = inputs[0]
        layout, dimensions = self._taken_apart(fields_of_schema(rows.schema))
        members = {
            name: members_told(dimension, frame, context.as_of)
            for (name, dimension), frame in zip(dimensions.items(), inputs[1:], strict=True)
        }
        fact = fact_frame(layout, rows, dimensions, members, self.star)
        frame = fact.withColumn(AS_OF, F.lit(context.as_of))
        return context.observe(frame, reference_counts(layout.keys))

    def diagnose(self, context: Context, *inputs: DataFrame) -> LiqbenchError | None:
        """Return the doubled members behind a failed run."""
        _, dimensions = self._taken_apart(fields_of_schema(inputs[0].schema))
        tables = {
            name: real_members(dimension, frame, context.as_of)
            for (name, dimension), frame in zip(dimensions.items(), inputs[1:], strict=True)
        }
        return fault_in(Layout(dimensions, {}, ()), tables, {}, context.as_of)

    def local(self, context: Context, *tables: LocalTable) -> LocalTable:
        """Return the same rows on the driver."""
        rows = tables[0]
        layout, dimensions = self._taken_apart(fields_of_schema(rows.schema))
        members = dict(zip(dimensions, tables[1:], strict=True))
        keys: dict[str, list[int]] = {}
        for ref in layout.references:
            dimension = dimensions[ref.dimension]
            known = _surrogates(
                dimension, ref.dimension_columns, members[ref.dimension], context.as_of
            )
            keys[f"{ref.role}_key"] = [
                NONE_KEY if None in key else known.get(key, UNKNOWN_KEY)
                for key in rows.keys(ref.columns)
            ]
        columns = {name: Vector.of(LongType(), found) for name, found in keys.items()}
        for name in layout.dates:
            found = [date_key_of(day, self.star) for day in rows[name].items()]
            keys[f"{name}_key"] = found
            columns[f"{name}_key"] = Vector.of(IntegerType(), found)
        columns |= {name: rows[name] for name in _plain(layout)}
        columns[AS_OF] = Vector.constant(DateType(), context.as_of, rows.rows)
        for name, found in keys.items():
            context.count(
                {f"unknown {name}": found.count(UNKNOWN_KEY), f"none {name}": found.count(NONE_KEY)}
            )
        return LocalTable(columns)


def _plain(layout: FactLayout) -> tuple[str, ...]:
    return (*layout.degenerate, *(measure.column for measure in layout.measures))


def _surrogates(
    dimension: DimensionLayout, columns: Sequence[str], table: LocalTable, as_of: date
) -> Mapping[tuple[object, ...], int]:
    """Return the surrogate keys of the members on a day, by these columns of theirs."""
    surrogates: list[int] = table[dimension.surrogate].items()
    there = [key >= 0 for key in surrogates]
    if dimension.versioned:
        days = table.keys(("valid_from", "valid_to"))
        valid = [first <= as_of <= last for first, last in cast("Iterator[_Days]", days)]
        there = [one and other for one, other in zip(there, valid, strict=True)]
    keys = compress(zip(table.keys(columns), surrogates, strict=True), there)
    found = dict(keys)
    if len(found) < sum(there):
        raise LocalUnsupportedError(f"several rows for one key in {dimension.name!r}")
    return found
