"""Operators that add fields to every row, each from a scalar expression over the row."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

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
from liqbench.operators.base import Context, KeyMapping, Keys, Locality, Operator
from liqbench.operators.expressions import (
    Expression,
    Field,
    Typed,
    cast_column,
    fields_of,
    fields_of_schema,
    narrowed,
    quoted,
    refusal,
    type_expression,
)
from liqbench.operators.local import LocalTable, evaluate, rescaled
from liqbench.operators.origins import Origins, of_expression, unchanged
from liqbench.operators.rows import examples, local_examples

HIDDEN = "__"  # how the name of a field begins that is only a step on the way


@dataclass(frozen=True)
class FieldStep:
    """A field and what it is calculated from; ``read`` may raise what is wrong with that.

    ``wanted`` narrows a figure's digits before the point. A figure that comes out null is refused
    unless it ``keeps_null``. One that ``replaces`` may have the name of a field that is there.
    """

    name: str
    read: Callable[[], Expression]
    wanted: DataType | None = None
    keeps_null: bool = False
    replaces: bool = False

    @cached_property
    def expression(self) -> Expression:
        """The expression."""
        return self.read()

    @property
    def hidden(self) -> bool:
        """Tell whether the field doesn't come out."""
        return self.name.startswith(HIDDEN)

    def typed(self, fields: dict[str, DataType]) -> Typed:
        """Return the expression typed over these fields."""
        return type_expression(self.expression, fields)

    def refuses_null(self, dtype: DataType) -> bool:
        """Tell whether a null of this type stops the calculation."""
        return isinstance(dtype, DecimalType) and not self.keeps_null


class FieldsOperator(Operator):
    """An operator whose output is its input with fields added, one after the other."""

    locality: ClassVar[Locality] = Locality.ROW
    keeps_rows: ClassVar[bool] = True

    @abstractmethod
    def steps(self, context: Context, schema: StructType) -> tuple[FieldStep, ...]:
        """Return the fields in order, over rows of this schema; a later may read an earlier."""

    @abstractmethod
    def named(self) -> tuple[str, ...]:
        """Return the names of the fields that it writes."""

    def keys(self, *inputs: Keys) -> KeyMapping:
        """Keys stay; replacing one is a fault."""
        faults = FaultCollector()
        for name in self.named():
            if name in inputs[0]:
                faults.add(KeyFieldError(f"{name!r} is a key; keys are not calculated"))
        faults.raise_all()
        return KeyMapping("identity", inputs[0])

    def outputs(self, context: Context, *schemas: StructType) -> StructType:
        """Return the input's fields and the added ones."""
        faults = FaultCollector()
        fields = dict(fields_of_schema(schemas[0]))
        given = set(fields)
        steps = self.steps(context, schemas[0])
        for step in steps:
            with faults.collect(f"field {step.name!r}"):
                if step.name in given and not step.replaces:
                    raise OperatorParameterError(
                        "is there already", hint="choose another name, or say replace: true"
                    )
                fields[step.name] = narrowed(step.typed(fields), step.wanted)
                given.add(step.name)
        faults.raise_all()
        hidden = {step.name for step in steps if step.hidden}
        return StructType([StructField(n, t) for n, t in fields.items() if n not in hidden])

    def origins(self, context: Context, output: StructType, *inputs: StructType) -> Origins:
        """Return the fields that the expressions read; a plain field under a new name is same."""
        known = unchanged(inputs[0].fieldNames())
        for step in self.steps(context, inputs[0]):
            plain = isinstance(step.expression, Field) and step.wanted is None
            known[step.name] = of_expression(
                step.expression, known, "same" if plain else "calculated"
            )
        return {name: known[name] for name in output.fieldNames()}

    def apply(self, context: Context, *inputs: DataFrame) -> DataFrame:
        """Return the rows with the added fields."""
        frame = inputs[0]
        steps = self.steps(context, frame.schema)
        for columns in _batches(steps, fields_of_schema(frame.schema)):
            frame = frame.withColumns(columns)
        return frame.drop(*(step.name for step in steps if step.hidden))

    def local(self, context: Context, *tables: LocalTable) -> LocalTable:
        """Return the rows with the added fields, on the driver."""
        table = tables[0]
        steps = self.steps(context, table.schema)
        for step in steps:
            typed = step.typed(fields_of_schema(table.schema))
            dtype = narrowed(typed, step.wanted)
            try:
                vector = evaluate(typed, table)
                if isinstance(dtype, DecimalType):
                    vector = rescaled(vector, dtype)
            except LiqbenchError as error:
                raise error.at(f"field {step.name!r}") from error.__cause__
            empty = ~vector.valid
            if step.refuses_null(dtype) and empty.any():
                read = fields_of(typed.expression)
                shown = local_examples(table.select(read).take(empty), read)
                raise _undefined(step.name, int(empty.sum()), shown)
            table = table.with_column(step.name, vector)
        hidden = {step.name for step in steps if step.hidden}
        return table.select([name for name in table.names if name not in hidden])

    def diagnose(self, context: Context, *inputs: DataFrame) -> LiqbenchError | None:
        """Return which calculated figure is null, where, and what it was calculated from."""
        frame = inputs[0]
        fields = dict(fields_of_schema(frame.schema))
        for step in self.steps(context, frame.schema):
            column, fields[step.name] = _column(step, fields)
            frame = frame.withColumn(step.name, column)
            if not step.refuses_null(fields[step.name]):
                continue
            empty = frame.filter(F.col(quoted(step.name)).isNull())
            if count := empty.count():
                return _undefined(step.name, count, examples(empty, fields_of(step.expression)))
        return None


def _batches(
    steps: Sequence[FieldStep], given: Mapping[str, DataType]
) -> Iterator[dict[str, Column]]:
    """Yield the fields in as few rounds as follow from which of them reads which.

    Every round is a projection that Spark analyzes; dozens of them would take seconds.
    """
    fields = dict(given)
    batch: dict[str, Column] = {}
    known: dict[Typed, Column] = {}
    for step in steps:
        if step.name in batch or any(name in batch for name in fields_of(step.expression)):
            yield batch
            batch, known = {}, {}
        column, fields[step.name] = _column(step, fields, known)
        if step.refuses_null(fields[step.name]):
            reason = f"{step.name} is null"
            column = F.coalesce(column, refusal(reason, fields[step.name].simpleString()))
        batch[step.name] = column
    if batch:
        yield batch


def _column(
    step: FieldStep, fields: dict[str, DataType], known: dict[Typed, Column] | None = None
) -> tuple[Column, DataType]:
    typed = step.typed(fields)
    dtype = narrowed(typed, step.wanted)
    return cast_column(typed.column(known=known), typed.dtype, dtype), dtype


def _undefined(name: str, count: int, shown: str) -> UndefinedFigureError:
    return UndefinedFigureError(
        f"{count:,} rows have no value, such as from {shown}",
        where=f"field {name!r}",
        hint="use coalesce(…, 0) where null means none, or say on_null: keep",
    )
