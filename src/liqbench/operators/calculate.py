"""Calculate: new fields from expressions over the fields of one row."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DataType, DecimalType, StructField, StructType

from liqbench.errors import (
    FaultCollector,
    KeyFieldError,
    LiqbenchError,
    OperatorParameterError,
    UndefinedFigureError,
)
from liqbench.model._values import FrozenModel
from liqbench.operators.base import Context, KeyMapping, Keys, Locality, Operator
from liqbench.operators.expressions import (
    Typed,
    fields_of,
    fields_of_schema,
    narrowed,
    parse_expression,
    quoted,
    refusal,
    type_expression,
)
from liqbench.operators.expressions.tree import Field as FieldNode
from liqbench.operators.expressions.types import parse_type
from liqbench.operators.local import LocalTable, evaluate, rescaled
from liqbench.operators.origins import Origins, of_expression, unchanged
from liqbench.operators.rows import examples, local_examples


class NamedExpression(FrozenModel):
    """A field and the scalar Spark SQL it is calculated by.

    Decimal arithmetic is exact; ``type`` narrows the digits before the point (too large a figure
    is then an error, never cut). A figure that comes out null is refused unless ``on_null`` says
    ``keep``.
    """

    name: str = Field(min_length=1, pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    expression: str = Field(min_length=1)
    type: str | None = None
    on_null: Literal["refuse", "keep"] = "refuse"
    replace: bool = False

    @property
    def wanted(self) -> DataType | None:
        """The declared type."""
        return parse_type(self.type) if self.type else None


class CalculateOperator(Operator):
    """Add fields in order; a later expression may use an earlier field.

    ``:as_of`` in an expression is the run's as-of date.
    """

    kind: ClassVar[str] = "calculate"
    locality: ClassVar[Locality] = Locality.ROW
    keeps_rows: ClassVar[bool] = True

    expressions: tuple[NamedExpression, ...] = Field(min_length=1)

    def keys(self, *inputs: Keys) -> KeyMapping:
        """Keys stay; replacing one is a fault."""
        faults = FaultCollector()
        for item in self.expressions:
            if item.name in inputs[0]:
                faults.add(KeyFieldError(f"{item.name!r} is a key; keys are not calculated"))
        faults.raise_all()
        return KeyMapping("identity", inputs[0])

    def outputs(self, context: Context, *schemas: StructType) -> StructType:
        """Return the input's fields and the calculated ones."""
        faults = FaultCollector()
        fields = dict(fields_of_schema(schemas[0]))
        for item in self.expressions:
            with faults.collect(f"field {item.name!r}"):
                if item.name in fields and not item.replace:
                    raise OperatorParameterError(
                        "is there already", hint="choose another name, or say replace: true"
                    )
                fields[item.name] = narrowed(_typed(context, item, fields), item.wanted)
        faults.raise_all()
        return StructType([StructField(name, dtype) for name, dtype in fields.items()])

    def origins(self, context: Context, output: StructType, *inputs: StructType) -> Origins:
        """Return the fields that the expressions read; a plain field under a new name is same."""
        del output
        known = unchanged(inputs[0].fieldNames())
        for item in self.expressions:
            read = parse_expression(item.expression, context.as_of)
            plain = isinstance(read, FieldNode) and item.type is None
            known[item.name] = of_expression(read, known, "same" if plain else "calculated")
        return known

    def apply(self, context: Context, *inputs: DataFrame) -> DataFrame:
        """Return the rows with the calculated fields."""
        frame = inputs[0]
        for item in self.expressions:
            column, dtype = self._column(context, item, frame)
            if isinstance(dtype, DecimalType) and item.on_null == "refuse":
                reason = f"{item.name} is null"
                column = F.coalesce(column, refusal(reason, dtype.simpleString()))
            frame = frame.withColumn(item.name, column)
        return frame

    def local(self, context: Context, *tables: LocalTable) -> LocalTable:
        """Return the rows with the calculated fields, on the driver."""
        table = tables[0]
        for item in self.expressions:
            typed = _typed(context, item, fields_of_schema(table.schema))
            dtype = narrowed(typed, item.wanted)
            try:
                vector = evaluate(typed, table)
                if isinstance(dtype, DecimalType):
                    vector = rescaled(vector, dtype)
            except LiqbenchError as error:
                raise error.at(f"field {item.name!r}") from error.__cause__
            empty = ~vector.valid
            if isinstance(dtype, DecimalType) and item.on_null == "refuse" and empty.any():
                read = fields_of(typed.expression)
                shown = local_examples(table.select(read).take(empty), read)
                raise _undefined(item.name, int(empty.sum()), shown)
            table = table.with_column(item.name, vector)
        return table

    def _column(
        self, context: Context, item: NamedExpression, frame: DataFrame
    ) -> tuple[Column, DataType]:
        typed = _typed(context, item, fields_of_schema(frame.schema))
        dtype = narrowed(typed, item.wanted)
        return typed.column().cast(dtype), dtype

    def diagnose(self, context: Context, *inputs: DataFrame) -> LiqbenchError | None:
        """Return which calculated figure is null, where, and what it was calculated from."""
        frame = inputs[0]
        for item in self.expressions:
            column, dtype = self._column(context, item, frame)
            frame = frame.withColumn(item.name, column)
            if not isinstance(dtype, DecimalType) or item.on_null == "keep":
                continue
            empty = frame.filter(F.col(quoted(item.name)).isNull())
            if count := empty.count():
                read = fields_of(parse_expression(item.expression, context.as_of))
                return _undefined(item.name, count, examples(empty, read))
        return None


def _undefined(name: str, count: int, shown: str) -> UndefinedFigureError:
    return UndefinedFigureError(
        f"{count:,} rows have no value, such as from {shown}",
        where=f"field {name!r}",
        hint="use coalesce(…, 0) where null means none, or say on_null: keep",
    )


def _typed(context: Context, item: NamedExpression, fields: dict[str, DataType]) -> Typed:
    return type_expression(parse_expression(item.expression, context.as_of), fields)
