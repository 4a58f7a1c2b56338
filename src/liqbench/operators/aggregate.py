"""Aggregate: one row per group, with exact sums."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

import pydantic
from pydantic import model_validator
from pyspark.sql.types import DataType, DecimalType, LongType, StructField, StructType

from liqbench.errors import FaultCollector, FieldTypeError, UnknownFieldError
from liqbench.model._values import FrozenModel
from liqbench.model.forms import FieldName
from liqbench.operators.base import Context
from liqbench.operators.expressions import Call, Expression, Field, Literal, fields_of_schema
from liqbench.operators.expressions.formula import cast_to, quotient
from liqbench.operators.expressions.ratio import check_digits
from liqbench.operators.expressions.types import (
    as_decimal,
    decimal_type,
    integer_digits,
    is_numeric,
    name_of,
    sum_type,
)
from liqbench.operators.grouping import ROWS, GroupOperator, GroupSum, SumFunction
from liqbench.operators.origins import Origin, Origins, unchanged

AggregateFunction = typing.Literal["sum", "count", "min", "max", "avg", "count_distinct"]
_COUNTED = DecimalType(20, 0)


class Measure(FrozenModel):
    """An aggregated field. ``count`` without a field counts rows; ``avg`` rounds at ``scale``."""

    name: str = pydantic.Field(min_length=1)
    function: AggregateFunction
    field: FieldName | None = pydantic.Field(default=None, description="only a count needs none")
    scale: int | None = pydantic.Field(
        default=None, ge=0, le=18, description="digits behind the point, for an average"
    )

    @model_validator(mode="after")
    def _check_choices(self) -> Measure:
        if self.field is None and self.function != "count":
            raise ValueError(f"'{self.function}' needs a field")
        if (self.function == "avg") != (self.scale is not None):
            raise ValueError("an average rounds, so 'avg' needs a scale, and only 'avg' has one")
        return self


class AggregateOperator(GroupOperator):
    """Group by fields; nulls are left out of every measure but the count of rows."""

    kind: ClassVar[str] = "aggregate"

    group_by: tuple[FieldName, ...] = pydantic.Field(
        min_length=1, description="there is one row for each of their values"
    )
    measures: tuple[Measure, ...] = pydantic.Field(min_length=1)

    @model_validator(mode="after")
    def _check_names(self) -> AggregateOperator:
        names = [*self.group_by, *(measure.name for measure in self.measures)]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"there would be several fields {', '.join(twice)}")
        return self

    def outputs(self, context: Context, *schemas: StructType) -> StructType:
        """Return the group's fields and the measures."""
        del context
        faults = FaultCollector()
        fields = fields_of_schema(schemas[0])
        result: list[StructField] = []
        for name in self.group_by:
            if name in fields:
                result.append(StructField(name, fields[name]))
            else:
                faults.add(UnknownFieldError.of(name, fields, where="group_by"))
        for measure in self.measures:
            with faults.collect(f"measure {measure.name!r}"):
                result.append(StructField(measure.name, _type(measure, fields)))
        faults.raise_all()
        return StructType(result)

    def origins(self, context: Context, output: StructType, *inputs: StructType) -> Origins:
        """Return the group's fields, and for a measure the field that it sums up in each group."""
        del context, output, inputs
        groups = tuple(Origin(0, name, "condition") for name in self.group_by)
        measures = {
            measure.name: (
                *((Origin(0, measure.field, "aggregated"),) if measure.field else ()),
                *groups,
            )
            for measure in self.measures
        }
        return unchanged(self.group_by) | measures

    def sums(self, schema: StructType) -> tuple[GroupSum, ...]:
        """Return the count of rows, and for every measure the sums that it follows from."""
        del schema
        found = [GroupSum(ROWS, "count")]
        for measure in self.measures:
            if measure.field is None:
                continue
            function = "sum" if measure.function == "avg" else measure.function
            found.append(_sum_of(function, measure.field))
            if function == "sum":
                found.append(_sum_of("count", measure.field))
        return tuple(dict.fromkeys(found))

    def finish(self, schema: StructType) -> Mapping[str, Expression]:
        """Return the measures: a sum as it is, an average as a ratio."""
        fields = fields_of_schema(schema)
        return {measure.name: _finished(measure, fields) for measure in self.measures}


def _sum_of(function: SumFunction, field: str) -> GroupSum:
    return GroupSum(f"__{function}_{field}", function, Field(field))


def _type(measure: Measure, fields: dict[str, DataType]) -> DataType:
    if measure.function in ("count", "count_distinct"):
        if measure.field is not None and measure.field not in fields:
            raise UnknownFieldError.of(measure.field, fields)
        return LongType()
    name = str(measure.field)
    if name not in fields:
        raise UnknownFieldError.of(name, fields)
    dtype = fields[name]
    if measure.function in ("min", "max"):
        return dtype
    if not is_numeric(dtype):
        raise FieldTypeError(f"'{measure.function}' takes numbers, {name!r} is {name_of(dtype)}")
    if measure.function == "sum":
        return sum_type(dtype)
    check_digits(sum_type(dtype), _COUNTED, int(measure.scale or 0))
    digits = integer_digits(as_decimal(dtype)) + 1
    return decimal_type(digits, int(measure.scale or 0), what="the average")


def _finished(measure: Measure, fields: dict[str, DataType]) -> Expression:
    if measure.field is None:
        return Field(ROWS)
    if measure.function != "avg":
        return Field(_sum_of(measure.function, measure.field).name)
    total = Field(_sum_of("sum", measure.field).name)
    counted = Field(_sum_of("count", measure.field).name)
    none = Call("nullif", (cast_to(counted, _COUNTED), Literal(Decimal(0))))
    return quotient(total, none, as_decimal(_type(measure, fields)))
