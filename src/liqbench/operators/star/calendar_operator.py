"""Star calendar: the full date dimension."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pyspark.sql import DataFrame
from pyspark.sql.types import StructType

from liqbench.operators.base import Context, KeyMapping, Keys, Locality
from liqbench.operators.expressions import fields_of_schema
from liqbench.operators.local import LocalTable, Vector
from liqbench.operators.origins import Origin, Origins
from liqbench.operators.star.calendar import FIELDS, bounds_of, calendar, rows_of
from liqbench.operators.star.declared import Fields
from liqbench.operators.star.layout import fact_layout
from liqbench.operators.star.operator import StarOperator, schema_of
from liqbench.operators.star.structure import TableRole


class StarCalendarOperator(StarOperator):
    """Make the calendar: a row per day of whole years, and the special members.

    Inputs: the tables that become facts. Their dates say which years are needed, where the star
    doesn't choose ``bounds``.
    """

    kind: ClassVar[str] = "star_calendar"
    locality: ClassVar[Locality] = Locality.TABLE

    def keys(self, *_: Keys) -> KeyMapping:
        """Return the date's key."""
        return KeyMapping("declared", ("date_key",))

    def identity(self, parameters: Mapping[str, Any]) -> Any:
        """Return the part of the star that the calendar follows from."""
        del parameters
        classification = self.star.classified()
        facts = classification.of(TableRole.FACT)
        references = [r for r in classification.references if r.table in facts]
        choices = ("fiscal_year_start", "dates", "first_date", "last_date")
        return {
            "facts": facts,
            "columns": self.star.described(*facts),
            "references": [[ref.table, *ref.columns] for ref in references],
            **{name: getattr(self.star, name) for name in choices},
        }

    def feeds(self) -> tuple[str, ...]:
        """Return the tables that are the inputs, in order."""
        return self.star.classified().of(TableRole.FACT)

    def outputs(self, context: Context, *schemas: StructType) -> StructType:
        """Return the key, the date and all that is said of it."""
        del context
        self._dates(*map(fields_of_schema, schemas))
        return schema_of(FIELDS)

    def _dates(self, *fields: Fields) -> list[tuple[str, ...]]:
        """Return for every input the dates that refer to the calendar."""
        names = self.feeds()
        self.connected(names, len(fields))
        tables = dict(zip(names, fields, strict=True))
        classification = self.star.classified(tables)
        return [
            fact_layout(name, own, self.star.metadata, classification).dates
            for name, own in tables.items()
        ]

    def origins(self, context: Context, output: StructType, *inputs: StructType) -> Origins:
        """Return the dates that decide which days there are."""
        del context
        dated = enumerate(self._dates(*map(fields_of_schema, inputs)))
        needed = tuple(Origin(place, name, "condition") for place, own in dated for name in own)
        return dict.fromkeys(output.fieldNames(), needed if self.star.dates == "facts" else ())

    def apply(self, context: Context, *inputs: DataFrame) -> DataFrame:
        """Return the days."""
        dates = self._dates(*(fields_of_schema(frame.schema) for frame in inputs))
        dated = [(frame, own) for frame, own in zip(inputs, dates, strict=True) if own]
        return calendar(context.spark, dated, self.star, context.as_of)

    def local(self, context: Context, *tables: LocalTable) -> LocalTable:
        """Return the same on the driver."""
        dates = self._dates(*(fields_of_schema(table.schema) for table in tables))
        days = [
            day
            for table, own in zip(tables, dates, strict=True)
            for name in own
            for day in table[name].items()
        ]
        rows = rows_of(*bounds_of(days, self.star, context.as_of), self.star)
        return LocalTable(
            {
                name: Vector.of(dtype, [row[place] for row in rows])
                for place, (name, dtype) in enumerate(FIELDS.items())
            }
        )
