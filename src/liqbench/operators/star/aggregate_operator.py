"""Star aggregate: a fact's figures per some of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from pydantic import Field
from pyspark.sql.types import DataType, LongType, StructType

from liqbench.errors import FaultCollector, UnknownFieldError
from liqbench.operators.base import Context
from liqbench.operators.expressions import Call, Expression, Literal, fields_of_schema
from liqbench.operators.expressions import Field as FieldOf
from liqbench.operators.expressions.formula import cast_to, quotient
from liqbench.operators.expressions.types import as_decimal, sum_type
from liqbench.operators.grouping import ROWS, GroupOperator, GroupSum, SumFunction
from liqbench.operators.origins import Origin, Origins, unchanged
from liqbench.operators.star.declaration import Star
from liqbench.operators.star.layout import (
    MeasureLayout,
    aggregated_names,
    check_quotients,
    check_unique,
    measure_layout,
)
from liqbench.operators.star.operator import schema_of
from liqbench.operators.star.structure import TableRole
from liqbench.operators.star_schema import Quotient

_COUNT = "row_count"


class StarAggregateOperator(GroupOperator):
    """Aggregate a fact, each figure as its own metadata says.

    An average comes out as sum and count, so that it can be aggregated further; a quotient is the
    one of the sums, rounded half up to its type, and null where the denominator is 0. A measure
    without an aggregation is left out. ``table`` is the fact's, its input the fact.
    """

    kind: ClassVar[str] = "star_aggregate"

    star: Star
    table: str
    group_by: tuple[str, ...] = Field(min_length=1)

    def identity(self, parameters: Mapping[str, Any]) -> Any:
        """Return the part of the star that the figures follow from."""
        del parameters
        return {
            "table": self.table,
            "columns": self.star.described(self.table),
            "group_by": self.group_by,
        }

    def outputs(self, context: Context, *schemas: StructType) -> StructType:
        """Return the group's fields, the figures and the number of rows."""
        del context
        self.star.decision(self.star.classified(), self.table, TableRole.FACT)
        fields = fields_of_schema(schemas[0])
        faults = FaultCollector()
        for name in self.group_by:
            if name not in fields:
                faults.add(UnknownFieldError.of(name, fields, where="group_by"))
        with faults.collect():
            measures = self._measures(schemas[0])
            check_quotients(measures)
            check_unique((*self.group_by, *aggregated_names(measures)))
        faults.raise_all()
        figures = {name: dtype for each in measures for name, dtype in _types(each).items()}
        groups = {name: fields[name] for name in self.group_by}
        return schema_of({**groups, **figures, _COUNT: LongType()})

    def _measures(self, schema: StructType) -> tuple[MeasureLayout, ...]:
        """Return the fact's measures. Raises ``UnknownFieldError`` and ``FieldTypeError``."""
        fields = fields_of_schema(schema)
        faults = FaultCollector()
        found: list[MeasureLayout] = []
        for column in self.star.metadata:
            if (column.table, column.role) == (self.table, "measure"):
                with faults.collect(f"measure {column.column!r}"):
                    if column.column not in fields:
                        raise UnknownFieldError.of(column.column, fields)
                    dtype = fields[column.column]
                    found.append(measure_layout(column.column, dtype, column.aggregation))
        faults.raise_all()
        order = list(fields)
        return tuple(sorted(found, key=lambda measure: order.index(measure.column)))

    def origins(self, context: Context, output: StructType, *inputs: StructType) -> Origins:
        """Return the group's fields, and for a figure the measures that it sums up."""
        del context, output
        groups = tuple(Origin(0, name, "condition") for name in self.group_by)
        known = {**unchanged(self.group_by), _COUNT: groups}
        for measure in self._measures(inputs[0]):
            parts = measure.aggregation
            read = (
                (parts.numerator, parts.denominator)
                if isinstance(parts, Quotient)
                else (measure.column,)
            )
            for name in _types(measure):
                known[name] = (*(Origin(0, each, "aggregated") for each in read), *groups)
        return known

    def sums(self, schema: StructType) -> tuple[GroupSum, ...]:
        """Return the count of rows, and the sums that the figures follow from."""
        found = [GroupSum(ROWS, "count")]
        for measure in self._measures(schema):
            match measure.aggregation:
                case "avg":
                    found += [_sum("sum", measure.column), _sum("count", measure.column)]
                case "sum" | "min" | "max" as function:
                    found.append(_sum(function, measure.column))
        return tuple(found)

    def finish(self, schema: StructType) -> Mapping[str, Expression]:
        """Return the figures: sums as they are, a quotient of two of them as a ratio."""
        measures = self._measures(schema)
        types = {measure.column: measure.dtype for measure in measures}
        found: dict[str, Expression] = {}
        for measure in measures:
            own = measure.column
            match measure.aggregation:
                case "none":
                    continue
                case "avg":
                    found[f"{own}_sum"] = FieldOf(_sum("sum", own).name)
                    found[f"{own}_count"] = FieldOf(_sum("count", own).name)
                case "sum" | "min" | "max" as function:
                    found[own] = FieldOf(_sum(function, own).name)
                case parts:
                    above, below = (
                        cast_to(FieldOf(_sum("sum", name).name), as_decimal(sum_type(types[name])))
                        for name in (parts.numerator, parts.denominator)
                    )
                    none = Call("nullif", (below, Literal(Decimal(0))))
                    found[own] = quotient(above, none, as_decimal(measure.dtype))
        return {**found, _COUNT: FieldOf(ROWS)}


def _sum(function: SumFunction, column: str) -> GroupSum:
    return GroupSum(f"__{function}_{column}", function, FieldOf(column))


def _types(measure: MeasureLayout) -> Mapping[str, DataType]:
    """Return the types of a measure's figures."""
    own, dtype = measure.column, measure.dtype
    match measure.aggregation:
        case "none":
            return {}
        case "sum":
            return {own: sum_type(dtype)}
        case "avg":
            return {f"{own}_sum": sum_type(dtype), f"{own}_count": LongType()}
        case "min" | "max":
            return {own: dtype}
        case _:
            return {own: as_decimal(dtype)}
