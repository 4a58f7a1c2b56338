"""Aggregate: one row per group, with exact sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

from pydantic import Field, model_validator
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DataType, DecimalType, LongType, StructField, StructType

from liqbench.errors import FaultCollector, FieldTypeError, UnknownFieldError
from liqbench.model._values import FrozenModel
from liqbench.operators.base import Context, KeyMapping, Keys, Locality, Operator
from liqbench.operators.expressions import fields_of_schema, quoted
from liqbench.operators.expressions.ratio import check_digits, ratio_column
from liqbench.operators.expressions.types import (
    as_decimal,
    decimal_type,
    integer_digits,
    is_numeric,
    name_of,
    sum_type,
)
from liqbench.operators.origins import Origin, Origins, unchanged

AggregateFunction = Literal["sum", "count", "min", "max", "avg", "count_distinct"]
_COUNTED = DecimalType(20, 0)
_PLAIN: dict[str, Callable[[Column], Column]] = {
    "count": F.count,
    "count_distinct": F.count_distinct,
    "min": F.min,
    "max": F.max,
}


class Measure(FrozenModel):
    """An aggregated field. ``count`` without a field counts rows; ``avg`` rounds at ``scale``."""

    name: str = Field(min_length=1)
    function: AggregateFunction
    field: str | None = None
    scale: int | None = Field(default=None, ge=0, le=18)

    @model_validator(mode="after")
    def _check_choices(self) -> Measure:
        if self.field is None and self.function != "count":
            raise ValueError(f"'{self.function}' needs a field")
        if (self.function == "avg") != (self.scale is not None):
            raise ValueError("an average rounds, so 'avg' needs a scale, and only 'avg' has one")
        return self


class AggregateOperator(Operator):
    """Group by fields; nulls are left out of every measure but the count of rows."""

    kind: ClassVar[str] = "aggregate"
    locality: ClassVar[Locality] = Locality.GROUP

    group_by: tuple[str, ...] = Field(min_length=1)
    measures: tuple[Measure, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check_names(self) -> AggregateOperator:
        names = [*self.group_by, *(measure.name for measure in self.measures)]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"there would be several fields {', '.join(twice)}")
        return self

    def keys(self, *_: Keys) -> KeyMapping:
        """Return the group's fields, which are the new key."""
        return KeyMapping("grouped", self.group_by)

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

    def apply(self, context: Context, *inputs: DataFrame) -> DataFrame:
        """Return one row per group."""
        del context
        fields = fields_of_schema(inputs[0].schema)
        grouped = inputs[0].groupBy(*(F.col(quoted(name)) for name in self.group_by))
        return grouped.agg(*(_column(m, fields).alias(m.name) for m in self.measures))


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


def _column(measure: Measure, fields: dict[str, DataType]) -> Column:
    if measure.field is None:
        return F.count(F.lit(1))
    column = F.col(quoted(measure.field))
    result = _type(measure, fields)
    if measure.function in _PLAIN:
        return _PLAIN[measure.function](column)
    total_type = sum_type(fields[measure.field])
    total = F.sum(column.cast(as_decimal(fields[measure.field]))).cast(total_type)
    if measure.function == "sum":
        return total
    count = F.nullif(F.count(column), F.lit(0)).cast(_COUNTED)
    return ratio_column(total, total_type, count, _COUNTED, as_decimal(result))
