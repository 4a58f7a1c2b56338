"""An expression looked at while it is typed: the type it has where it stands."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import date
from typing import Any

from pyspark.sql.types import StructType

from liqbench.errors import LiqbenchError
from liqbench.model import OperatorConfig
from liqbench.model._documents import parse
from liqbench.operators.calculate import NamedExpression
from liqbench.operators.expressions import (
    fields_of_schema,
    narrowed,
    parse_expression,
    type_expression,
)
from liqbench.operators.expressions.types import name_of


def expression_type(
    config: OperatorConfig, text: str, place: int, schema: StructType | None, as_of: date
) -> str:
    """Return the type of an expression over rows of a schema; empty where that is not known.

    The operator's own expressions before ``place`` count as fields. Raises what is wrong with it.
    """
    expression = parse_expression(text, as_of)
    if schema is None:
        return ""
    fields = dict(fields_of_schema(schema))
    for step in _earlier(config.parameters.get("expressions"), place):
        with contextlib.suppress(LiqbenchError):  # it is told where it stands
            typed = type_expression(parse_expression(step.expression, as_of), fields)
            fields[step.name] = narrowed(typed, step.wanted)
    return name_of(type_expression(expression, fields).dtype)


def _earlier(expressions: Any, place: int) -> Iterator[NamedExpression]:
    for item in [] if expressions is None else list(expressions)[:place]:
        with contextlib.suppress(LiqbenchError):  # it is told where it stands
            yield parse(NamedExpression, item, where="expression")
