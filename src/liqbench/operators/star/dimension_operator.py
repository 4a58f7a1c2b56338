"""Star dimension: the members of one table of a star, or their versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, ClassVar

from pyspark.sql import DataFrame
from pyspark.sql.types import StructType

from liqbench.errors import LiqbenchError
from liqbench.operators.base import Context, KeyMapping, Keys, Locality
from liqbench.operators.expressions import fields_of_schema
from liqbench.operators.origins import Origin, Origins
from liqbench.operators.star.declared import Fields
from liqbench.operators.star.dimensions import (
    check_previous,
    dimension_fields,
    dimension_frame,
    member_fields,
    members_of,
)
from liqbench.operators.star.guards import identified, identified_on
from liqbench.operators.star.layout import DimensionLayout, Layout, dimension_layouts
from liqbench.operators.star.operator import StarOperator, fault_in, schema_of
from liqbench.operators.star.structure import TableRole


class StarDimensionOperator(StarOperator):
    """Make a dimension: surrogate key, natural key, attributes, and a row per special member.

    Inputs: the table itself; the tables whose columns go into it, outermost first; where it keeps
    its history and has one, its previous state: the output of an earlier run.
    """

    kind: ClassVar[str] = "star_dimension"
    locality: ClassVar[Locality] = Locality.TABLE

    table: str

    def keys(self, *_: Keys) -> KeyMapping:
        """Return the surrogate key."""
        return KeyMapping("declared", (f"{self.table}_key",))

    def identity(self, parameters: Mapping[str, Any]) -> Any:
        """Return the part of the star that the dimension follows from."""
        del parameters
        classification = self.star.classified()
        chain = classification.chain(self.table)
        return {
            "table": self.table,
            "keys": {name: classification.keys[name] for name in chain},
            "folds": [asdict(ref) for ref in classification.folds if ref.table in chain],
            "columns": self.star.described(*chain),
            "history": self.table in self.star.scd2,
        }

    def feeds(self, *, previous: bool = False) -> tuple[str, ...]:
        """Return the tables that are the inputs, in order."""
        *outer, own = self.star.classified().chain(self.table)
        return (own, *outer, *((f"previous {own}",) if previous else ()))

    def outputs(self, context: Context, *schemas: StructType) -> StructType:
        """Return the dimension's fields, those of its history last."""
        classification = self.star.classified()
        decision = self.star.decision(classification, self.table, TableRole.DIMENSION)
        layouts, tables, previous = self._laid_out(*map(fields_of_schema, schemas))
        own = layouts[self.table]
        members = member_fields(layouts, tables)[self.table]
        if previous is not None:
            check_previous(own, members, previous)
        folded = [d for d in classification.decisions if d.role is TableRole.FOLDED]
        for each in (decision, *(d for d in folded if d.table in layouts)):
            context.notice(str(each))
        return schema_of(dimension_fields(own, members))

    def _laid_out(
        self, *fields: Fields
    ) -> tuple[Mapping[str, DimensionLayout], Mapping[str, Fields], Fields | None]:
        """Return the layouts, and the fields of the tables and of the previous state."""
        versioned = self.table in self.star.scd2
        names = self.feeds()
        with_previous = versioned and len(fields) == len(names) + 1
        self.connected(self.feeds(previous=with_previous), len(fields))
        tables = dict(zip(names, fields, strict=False))
        classification = self.star.classified(tables)
        chain = classification.chain(self.table)
        layouts = dimension_layouts(chain, tables, self.star.metadata, classification, self.star)
        return layouts, tables, fields[-1] if with_previous else None

    def _taken_apart(
        self, inputs: Sequence[DataFrame]
    ) -> tuple[Mapping[str, DimensionLayout], dict[str, DataFrame], dict[str, DataFrame]]:
        layouts, names, previous = self._laid_out(*(fields_of_schema(i.schema) for i in inputs))
        tables = dict(zip(names, inputs, strict=False))
        return layouts, tables, {} if previous is None else {self.table: inputs[-1]}

    def origins(self, context: Context, output: StructType, *inputs: StructType) -> Origins:
        """Return the table's own fields, and for those of outer tables their own and the way."""
        del context
        layouts, tables, previous = self._laid_out(*map(fields_of_schema, inputs))
        own, places = layouts[self.table], {name: n for n, name in enumerate(tables)}
        known = self._traced(own, layouts, places)
        natural = tuple(Origin(0, name, "calculated") for name in own.key)
        described = tuple(
            Origin(origin.input, origin.field, "calculated")
            for name in own.attributes
            for origin in known[name]
        )
        made = (*natural, *described) if own.versioned else natural
        before = () if previous is None else (len(inputs) - 1,)
        return {
            name: (
                *known.get(name, made if name in (own.surrogate, "attribute_hash") else natural),
                *(Origin(place, name, "same") for place in before),
            )
            for name in output.fieldNames()
        }

    def _traced(
        self,
        own: DimensionLayout,
        layouts: Mapping[str, DimensionLayout],
        places: Mapping[str, int],
    ) -> dict[str, tuple[Origin, ...]]:
        """Return the origins of a dimension's members, with those of the tables folded in."""
        place = places[own.name]
        known: dict[str, tuple[Origin, ...]] = {
            name: (Origin(place, name, "same"),) for name in (*own.key, *own.own)
        }
        for fold in own.folds:
            outer = self._traced(layouts[fold.reference.dimension], layouts, places)
            way = tuple(Origin(place, name, "condition") for name in fold.reference.columns)
            for old, new in fold.columns.items():
                origins = (Origin(o.input, o.field, "reference") for o in outer[old])
                known[new] = (*origins, *way)
        return known

    def apply(self, context: Context, *inputs: DataFrame) -> DataFrame:
        """Return the members or versions, and the special members."""
        layouts, tables, previous = self._taken_apart(inputs)
        own = layouts[self.table]
        told = {name: identified(tables[name], layouts[name].key, name) for name in layouts}
        before = previous.get(self.table)
        if before is not None:
            before = identified_on(before, own.key, context.as_of, f"previous {self.table}")
        members = members_of(layouts, told)[self.table]
        return dimension_frame(own, members, before, context.as_of)

    def diagnose(self, context: Context, *inputs: DataFrame) -> LiqbenchError | None:
        """Return the doubled and empty keys behind a failed run."""
        layouts, tables, previous = self._taken_apart(inputs)
        return fault_in(Layout(layouts, {}, ()), tables, previous, context.as_of)
