"""Star schema: the facts and dimensions of one table, with types fit for a warehouse."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    StringType,
    StructField,
    StructType,
)

from liqbench.errors import (
    FaultCollector,
    FieldTypeError,
    LostKeysError,
    OverflowFigureError,
    UnknownFieldError,
)
from liqbench.model._values import FrozenModel
from liqbench.model.forms import FieldName, TypeName
from liqbench.operators.base import Context, KeyMapping, Keys, Locality, Operator
from liqbench.operators.expressions import fields_of_schema, quoted
from liqbench.operators.expressions.types import as_decimal, is_numeric, name_of, parse_type
from liqbench.operators.local import LocalTable, Vector, rounded
from liqbench.operators.origins import Origin, Origins, unchanged


class Dimension(FrozenModel):
    """A dimension: its name, the field that identifies a member, and what describes it.

    ``hierarchy`` names fields of these by which a report drills down, the widest first.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)
    key: FieldName = Field(description="identifies a member")
    attributes: tuple[FieldName, ...] = Field(default=(), description="describe a member")
    hierarchy: tuple[FieldName, ...] = Field(
        default=(), description="by which a report drills down, the widest first"
    )

    @model_validator(mode="after")
    def _check_hierarchy(self) -> Dimension:
        if unknown := [n for n in self.hierarchy if n not in (self.key, *self.attributes)]:
            raise ValueError(f"the hierarchy names {', '.join(unknown)}, which is no field of it")
        if len(set(self.hierarchy)) < len(self.hierarchy):
            raise ValueError("the hierarchy names a field more than once")
        return self


class Quotient(FrozenModel):
    """A ratio of two measures of the same fact; over several rows, of their sums."""

    numerator: FieldName
    denominator: FieldName


class FactMeasure(FrozenModel):
    """A published measure: the field and its type there. A figure is rounded half up to it.

    ``aggregation`` says what a report shows for several rows. ``none`` shows nothing: a figure of
    which nobody said so (it may be a ratio, or in several currencies) is never added.
    """

    field: FieldName
    type: TypeName = Field(description="in which it is published")
    aggregation: Literal["none", "sum", "min", "max"] | Quotient = Field(
        default="none", description="what a report shows for several rows"
    )


class StarSchemaOperator(Operator):
    """Shape one table into a fact with its dimensions.

    The output holds the date, the dimensions' keys and attributes, and the measures in their
    published types, rounded here, so that what is approved is what is published. The warehouse
    takes it apart into tables and gives the surrogate keys. The date and the dimensions' keys are
    the fact's grain, so every field of the rows' key must be in one of the dimensions.
    """

    kind: ClassVar[str] = "star_schema"
    locality: ClassVar[Locality] = Locality.ROW
    keeps_rows: ClassVar[bool] = True

    fact: str = Field(
        pattern=r"^[a-z][a-z0-9_]*$", max_length=60, description="the table's name in reports"
    )
    date: FieldName
    dimensions: tuple[Dimension, ...] = Field(min_length=1, description="what is reported by")
    measures: tuple[FactMeasure, ...] = Field(min_length=1, description="what is reported")

    @model_validator(mode="after")
    def _check_names(self) -> StarSchemaOperator:
        names = [dimension.name for dimension in self.dimensions]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"several dimensions are called {', '.join(twice)}")
        if taken := {"adjustment", "date", "scenario"} & set(names):
            raise ValueError(f"the dimension {taken.pop()!r} is always there; choose another name")
        used = [self.date, *(f for d in self.dimensions for f in (d.key, *d.attributes))]
        used += [measure.field for measure in self.measures]
        if twice := sorted({name for name in used if used.count(name) > 1}):
            raise ValueError(f"used more than once: {', '.join(twice)}")
        return self

    @model_validator(mode="after")
    def _check_quotients(self) -> StarSchemaOperator:
        added = {measure.field for measure in self.measures if measure.aggregation == "sum"}
        for measure in self.measures:
            parts = measure.aggregation
            if isinstance(parts, Quotient) and not {parts.numerator, parts.denominator} <= added:
                raise ValueError(
                    f"{measure.field!r} is the quotient of {parts.numerator!r} and "
                    f"{parts.denominator!r}; both must be measures with the aggregation 'sum'"
                )
        return self

    def keys(self, *inputs: Keys) -> KeyMapping:
        """Keys stay. Raises ``LostKeysError`` where they are not the fact's grain."""
        known = {self.date, *self.attribute_fields()}
        if lost := [name for name in inputs[0] if name not in known]:
            raise LostKeysError(
                f"the rows' key has {', '.join(lost)}, but no dimension does, so several facts "
                "would look like one",
                hint="add it to a dimension, or aggregate before",
            )
        return KeyMapping("identity", inputs[0])

    def outputs(self, context: Context, *schemas: StructType) -> StructType:
        """Return date, dimensions' fields and measures."""
        del context
        faults = FaultCollector()
        fields = fields_of_schema(schemas[0])
        result: list[StructField] = []
        for name in (self.date, *self.attribute_fields()):
            if name not in fields:
                faults.add(UnknownFieldError.of(name, fields))
            else:
                result.append(StructField(name, fields[name]))
        if self.date in fields and not isinstance(fields[self.date], DateType):
            faults.add(FieldTypeError(f"{self.date!r} is {name_of(fields[self.date])}, not date"))
        for measure in self.measures:
            with faults.collect(f"measure {measure.field!r}"):
                if measure.field not in fields:
                    raise UnknownFieldError.of(measure.field, fields)
                dtype = parse_type(measure.type)
                _check_published(fields[measure.field], dtype)
                _check_aggregated(measure, dtype)
                result.append(StructField(measure.field, dtype))
        faults.raise_all()
        return StructType(result)

    def attribute_fields(self) -> tuple[str, ...]:
        """Return the keys and attributes of all dimensions, in order."""
        return tuple(f for d in self.dimensions for f in (d.key, *d.attributes))

    def origins(self, context: Context, output: StructType, *inputs: StructType) -> Origins:
        """Return the fields themselves; a figure is rounded to its published type."""
        del context, inputs
        known = unchanged(output.fieldNames())
        for measure in self.measures:
            if is_numeric(parse_type(measure.type)):
                known[measure.field] = (Origin(0, measure.field, "calculated"),)
        return known

    def apply(self, context: Context, *inputs: DataFrame) -> DataFrame:
        """Return the fact's rows with their dimensions' fields."""
        del context
        plain = [F.col(quoted(name)) for name in (self.date, *self.attribute_fields())]
        return inputs[0].select(*plain, *(_published(measure) for measure in self.measures))

    def local(self, context: Context, *tables: LocalTable) -> LocalTable:
        """Return the same rows on the driver."""
        del context
        table = tables[0].select([self.date, *self.attribute_fields()])
        for measure in self.measures:
            table = table.with_column(measure.field, _published_locally(measure, tables[0]))
        return table


def _published_locally(measure: FactMeasure, table: LocalTable) -> Vector:
    dtype, own = parse_type(measure.type), table[measure.field]
    if not is_numeric(dtype):
        return own
    try:
        return rounded(own, dtype)
    except OverflowFigureError as error:
        raise error.at(f"measure {measure.field!r}") from None


def _check_published(source: DataType, wanted: DataType) -> None:
    if is_numeric(source) and is_numeric(wanted):
        return
    if source != wanted or not isinstance(wanted, BooleanType | StringType | DateType):
        raise FieldTypeError(f"{name_of(source)} can't be published as {wanted.simpleString()}")


def _check_aggregated(measure: FactMeasure, dtype: DataType) -> None:
    if measure.aggregation != "none" and not is_numeric(dtype):
        raise FieldTypeError(
            f"{name_of(dtype)} can't be aggregated", hint="leave out its aggregation"
        )


def _published(measure: FactMeasure) -> Column:
    dtype = parse_type(measure.type)
    column = F.col(quoted(measure.field))
    if is_numeric(dtype):
        column = F.round(column, as_decimal(dtype).scale)
    return column.cast(dtype).alias(measure.field)
