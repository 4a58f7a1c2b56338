"""Filter: keep the rows that a condition matches."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator
from pyspark.sql import DataFrame
from pyspark.sql.types import BooleanType, StructType

from liqbench.errors import FieldTypeError
from liqbench.model.conditions import ConditionNode
from liqbench.model.forms import ExpressionText
from liqbench.operators.base import Context, KeyMapping, Keys, Locality, Operator
from liqbench.operators.conditions import conditions_expression
from liqbench.operators.expressions import (
    Expression,
    Typed,
    fields_of_schema,
    parse_expression,
    type_expression,
)
from liqbench.operators.expressions.types import name_of
from liqbench.operators.local import LocalTable, evaluate
from liqbench.operators.origins import Origins, distinct, of_expression, unchanged


class FilterOperator(Operator):
    """Keep rows by an ``expression`` (scalar Spark SQL) or by ``conditions`` (as in rules).

    Where the condition is null, the row is not kept.
    """

    kind: ClassVar[str] = "filter"
    locality: ClassVar[Locality] = Locality.ROW

    expression: ExpressionText | None = Field(
        default=None, description="rows for which this is true are kept"
    )
    conditions: tuple[ConditionNode, ...] = Field(
        default=(), description="instead of an expression: rows that match all of these are kept"
    )

    @model_validator(mode="after")
    def _check_choice(self) -> FilterOperator:
        if bool(self.expression) == bool(self.conditions):
            raise ValueError("give either an expression or conditions")
        return self

    @property
    def alters_rows(self) -> bool:
        """A filter drops rows."""
        return True

    def keys(self, *inputs: Keys) -> KeyMapping:
        """Keys stay."""
        return KeyMapping("identity", inputs[0])

    def outputs(self, context: Context, *schemas: StructType) -> StructType:
        """Return the input's fields."""
        self.condition(context, schemas[0])
        return schemas[0]

    def origins(self, context: Context, output: StructType, *inputs: StructType) -> Origins:
        """Return the fields themselves; what the condition reads decides over every one."""
        own = unchanged(output.fieldNames())
        tested = of_expression(self.condition(context, inputs[0]).expression, own, "condition")
        return {name: distinct(origins, tested) for name, origins in own.items()}

    def apply(self, context: Context, *inputs: DataFrame) -> DataFrame:
        """Return the rows that match."""
        return inputs[0].filter(self.condition(context, inputs[0].schema).column())

    def local(self, context: Context, *tables: LocalTable) -> LocalTable:
        """Return the rows that match, on the driver."""
        held = evaluate(self.condition(context, tables[0].schema), tables[0])
        return tables[0].take(held.valid & held.values.astype(bool))

    def condition(self, context: Context, schema: StructType) -> Typed:
        """Return the condition over rows of a schema. Raises what is wrong with it."""
        fields = fields_of_schema(schema)
        wanted: Expression
        if self.expression:
            wanted = parse_expression(self.expression, context.as_of)
        else:
            wanted = conditions_expression(self.conditions, fields)
        typed = type_expression(wanted, fields)
        if not isinstance(typed.dtype, BooleanType):
            raise FieldTypeError(
                f"{self.expression!r} is {name_of(typed.dtype)}, a filter needs a condition"
            )
        return typed
