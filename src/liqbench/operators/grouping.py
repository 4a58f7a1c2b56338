"""Groups: sums that can be added up, and the output that follows from them.

A change of some rows changes a group's sums by what those rows add or take away; the output is
finished from the sums. So the sums are stored beside the output, and a scenario costs what it
changes.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DataType, DecimalType, LongType, StructField, StructType

from liqbench.operators.base import Context, KeyMapping, Keys, Locality, Operator
from liqbench.operators.expressions import (
    Expression,
    Typed,
    fields_of_schema,
    quoted,
    type_expression,
)
from liqbench.operators.expressions.formula import cast_to
from liqbench.operators.expressions.types import as_decimal, sum_type
from liqbench.operators.local import Groups, LocalTable, evaluate

ROWS = "__rows"
SumFunction = Literal["sum", "count", "min", "max", "count_distinct"]
ADDITIVE = ("sum", "count")


@dataclass(frozen=True)
class GroupSum:
    """One figure per group, under a name that no field has.

    ``sum`` and ``count`` are additive: the figure of two sets of rows is the sum of theirs.
    ``value`` is an expression over a row; nulls are left out. Without it rows are counted.
    """

    name: str
    function: SumFunction
    value: Expression | None = None

    @property
    def additive(self) -> bool:
        """Tell whether the figure can be added up from parts."""
        return self.function in ADDITIVE

    def dtype(self, fields: dict[str, DataType]) -> DataType:
        """Return the figure's type over rows of these fields."""
        if self.function in ("count", "count_distinct") or self.value is None:
            return LongType()
        own = type_expression(self.value, fields).dtype
        return sum_type(own) if self.function == "sum" else own

    def column(self, fields: dict[str, DataType]) -> Column:
        """Return the figure as an aggregation."""
        if self.value is None:
            return F.count(F.lit(1)).alias(self.name)
        typed = type_expression(self.value, fields)
        column = typed.column()
        if self.function == "sum":
            total = F.sum(column.cast(as_decimal(typed.dtype)))
            return total.cast(self.dtype(fields)).alias(self.name)
        found = {"count": F.count, "count_distinct": F.count_distinct, "min": F.min, "max": F.max}
        return found[self.function](column).alias(self.name)


class GroupOperator(Operator):
    """An operator whose output row follows from sums over the rows of one group."""

    locality: ClassVar[Locality] = Locality.GROUP

    group_by: tuple[str, ...]

    @abstractmethod
    def sums(self, schema: StructType) -> tuple[GroupSum, ...]:
        """Return what is summed over rows of this schema; the count of rows is among it."""

    @abstractmethod
    def finish(self, schema: StructType) -> Mapping[str, Expression]:
        """Return how the output's other fields follow from the sums, in order.

        An expression may read the group's fields, the sums, and what stands before it; what is
        only a step on the way has a name that begins with two underscores.
        ``schema`` is that of the rows.
        """

    def keys(self, *_: Keys) -> KeyMapping:
        """Return the group's fields, which are the new key."""
        return KeyMapping("grouped", self.group_by)

    def sum_schema(self, schema: StructType) -> StructType:
        """Return the group's fields and the sums, as they are stored."""
        fields = fields_of_schema(schema)
        own = [StructField(name, fields[name]) for name in self.group_by]
        return StructType(
            [*own, *(StructField(s.name, s.dtype(fields)) for s in self.sums(schema))]
        )

    def finishing(self, context: Context, schema: StructType) -> Mapping[str, Typed]:
        """Return the expressions of ``finish``, each of its output field's type."""
        fields = dict(fields_of_schema(self.sum_schema(schema)))
        types = fields_of_schema(self.outputs(context, schema))
        found: dict[str, Typed] = {}
        for name, expression in self.finish(schema).items():
            typed = type_expression(expression, fields)
            wanted = types.get(name, typed.dtype)  # a mere step has a type of its own
            if typed.dtype != wanted and isinstance(wanted, DecimalType):
                typed = type_expression(cast_to(expression, wanted), fields)
            found[name] = typed
            fields[name] = wanted
        return found

    def summed(self, context: Context, rows: DataFrame) -> DataFrame:
        """Return one row per group: the output's fields, then the sums that they follow from."""
        schema = rows.schema
        fields = fields_of_schema(schema)
        grouped = rows.groupBy(*(F.col(quoted(name)) for name in self.group_by))
        frame = grouped.agg(*(each.column(fields) for each in self.sums(schema)))
        output = self.outputs(context, schema)
        for name, typed in self.finishing(context, schema).items():
            frame = frame.withColumn(name, typed.column().cast(typed.dtype))
        wanted = [*output.fieldNames(), *(each.name for each in self.sums(schema))]
        return frame.select(*(F.col(quoted(name)) for name in wanted))

    def finished(
        self, context: Context, sums: LocalTable, schema: StructType, extra: tuple[str, ...] = ()
    ) -> LocalTable:
        """Return the output's fields and the sums, from the group's fields and the sums.

        ``extra`` names further fields of the sums that are kept.
        """
        table = sums
        for name, typed in self.finishing(context, schema).items():
            table = table.with_column(name, evaluate(typed, table))
        names = self.outputs(context, schema).fieldNames()
        return table.select([*names, *(each.name for each in self.sums(schema)), *extra])

    def summed_locally(self, context: Context, rows: LocalTable) -> LocalTable:
        """Return the same as ``summed`` on the driver."""
        schema = rows.schema
        fields = fields_of_schema(schema)
        groups = Groups.of(rows, self.group_by)
        columns = dict(groups.keys)
        for each in self.sums(schema):
            values = None
            if each.value is not None:
                values = evaluate(type_expression(each.value, fields), rows)
            columns[each.name] = groups.figure(each.function, values, each.dtype(fields))
        return self.finished(context, LocalTable(columns), schema)

    def local(self, context: Context, *tables: LocalTable) -> LocalTable:
        """Return one row per group, on the driver."""
        names = self.outputs(context, tables[0].schema).fieldNames()
        return self.summed_locally(context, tables[0]).select(names)

    def apply(self, context: Context, *inputs: DataFrame) -> DataFrame:
        """Return one row per group."""
        names = self.outputs(context, inputs[0].schema).fieldNames()
        return self.summed(context, inputs[0]).select(*(F.col(quoted(name)) for name in names))
