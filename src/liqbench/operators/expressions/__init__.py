"""Scalar expressions: parsed, typed, turned into Spark columns."""

from liqbench.operators.expressions.parse import parse_expression
from liqbench.operators.expressions.refusal import refusal, refusing
from liqbench.operators.expressions.signatures import cast_column
from liqbench.operators.expressions.tree import (
    Call,
    Expression,
    Field,
    Literal,
    fields_of,
)
from liqbench.operators.expressions.typing import (
    Typed,
    fields_of_schema,
    narrowed,
    quoted,
    type_expression,
)

__all__ = [
    "Call",
    "Expression",
    "Field",
    "Literal",
    "Typed",
    "cast_column",
    "fields_of",
    "fields_of_schema",
    "narrowed",
    "parse_expression",
    "quoted",
    "refusal",
    "refusing",
    "type_expression",
]
