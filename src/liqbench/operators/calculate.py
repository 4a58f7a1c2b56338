"""Calculate: new fields from expressions that an analyst types."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Literal

from pydantic import Field
from pyspark.sql.types import DataType, StructType

from liqbench.model._values import FrozenModel
from liqbench.model.forms import ExpressionText, TypeName
from liqbench.operators.base import Context
from liqbench.operators.expressions import parse_expression
from liqbench.operators.expressions.types import parse_type
from liqbench.operators.fields import FieldsOperator, FieldStep


class NamedExpression(FrozenModel):
    """A field and the scalar Spark SQL it is calculated by.

    Decimal arithmetic is exact; ``type`` narrows the digits before the point (too large a figure
    is then an error, never cut). A figure that comes out null is refused unless ``on_null`` says
    ``keep``.
    """

    name: str = Field(min_length=1, pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    expression: ExpressionText = Field(min_length=1)
    type: TypeName | None = Field(default=None, description="by default as exact as it comes out")
    on_null: Literal["refuse", "keep"] = Field(
        default="refuse", description="what to do where no value comes out"
    )
    replace: bool = Field(default=False, description="put it in the place of a field of that name")

    @property
    def wanted(self) -> DataType | None:
        """The declared type."""
        return parse_type(self.type) if self.type else None


class CalculateOperator(FieldsOperator):
    """Add fields in order; a later expression may use an earlier field.

    ``:as_of`` in an expression is the run's as-of date.
    """

    kind: ClassVar[str] = "calculate"

    expressions: tuple[NamedExpression, ...] = Field(min_length=1)

    def named(self) -> tuple[str, ...]:
        """Return the names of the calculated fields."""
        return tuple(item.name for item in self.expressions)

    def steps(self, context: Context, schema: StructType) -> tuple[FieldStep, ...]:
        """Return the expressions, parsed."""
        del schema
        return tuple(
            FieldStep(
                item.name,
                partial(parse_expression, item.expression, context.as_of),
                item.wanted,
                keeps_null=item.on_null == "keep",
                replaces=item.replace,
            )
            for item in self.expressions
        )
