"""Typing an expression against a schema, and its Spark column: one walk each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DataType, DateType, DecimalType, StringType, StructType

from liqbench.errors import (
    ExpressionError,
    FaultCollector,
    FieldTypeError,
    UnknownFieldError,
    ValueCoercionError,
)
from liqbench.operators.expressions.functions import FUNCTIONS
from liqbench.operators.expressions.signatures import cast_column
from liqbench.operators.expressions.tree import Call, Expression, Field, Literal
from liqbench.operators.expressions.types import as_decimal, is_float, is_numeric, literal_type

Fields = Mapping[str, DataType]
_COMPARING = ("=", "!=", "<", "<=", ">", ">=", "in")


@dataclass(frozen=True)
class Typed:
    """An expression with its type, and so all the way down."""

    expression: Expression
    dtype: DataType
    args: tuple[Typed, ...] = ()

    def __hash__(self) -> int:
        """Return that of the expression; of two types only equality knows."""
        return hash(self.expression)

    def column(
        self,
        read: Callable[[str], Column] | None = None,
        known: dict[Typed, Column] | None = None,
    ) -> Column:
        """Return the expression as a Spark column; integers in arithmetic are decimals.

        ``read`` gives a field's column where that is not simply the one of its name. ``known``
        holds columns over the same fields, and is added to: making one takes long.
        """
        if known is None:
            return self._column(read, known)
        if self not in known:
            known[self] = self._column(read, known)
        return known[self]

    def _column(
        self, read: Callable[[str], Column] | None, known: dict[Typed, Column] | None
    ) -> Column:
        node = self.expression
        if isinstance(node, Field):
            return F.col(quoted(node.name)) if read is None else read(node.name)
        if isinstance(node, Literal):
            return literal_column(node, self.dtype)
        function = FUNCTIONS[node.function]
        columns = [arg.column(read, known) for arg in self.args]
        types = [arg.dtype for arg in self.args]
        if function.decimals:
            types = [as_decimal(dtype) if is_numeric(dtype) else dtype for dtype in types]
            columns = [
                cast_column(column, arg.dtype, dtype)
                for column, arg, dtype in zip(columns, self.args, types, strict=True)
            ]
        arguments = [arg.expression for arg in self.args]
        return function.build(columns, types, self.dtype, arguments)


def quoted(name: str) -> str:
    """Return a field's name so that Spark takes it literally."""
    return "`" + name.replace("`", "``") + "`"


def literal_column(literal: Literal, dtype: DataType) -> Column:
    """Return a constant of the given type as a column."""
    value = literal.value
    if isinstance(value, Decimal):
        return F.lit(format(value, "f")).cast(dtype)
    return F.lit(value).cast(dtype) if value is None else F.lit(value)


def fields_of_schema(schema: StructType) -> dict[str, DataType]:
    """Return the schema's types by field name."""
    return {field.name: field.dataType for field in schema.fields}


def type_expression(expression: Expression, fields: Fields) -> Typed:
    """Type an expression against the fields of a row.

    Raises ``UnknownFieldError``, ``FieldTypeError``, ``PrecisionError`` or ``ExpressionError``;
    several together as ``FaultsError``.
    """
    if isinstance(expression, Field):
        if expression.name not in fields:
            raise UnknownFieldError.of(expression.name, fields)
        dtype = fields[expression.name]
        if is_float(dtype):
            raise FieldTypeError(
                f"the field {expression.name!r} is {dtype.simpleString()}; money is decimal",
                hint="declare it as a decimal where it is ingested",
            )
        return Typed(expression, dtype)
    if isinstance(expression, Literal):
        return Typed(expression, literal_type(expression.value))
    return _type_call(expression, fields)


def _type_call(call: Call, fields: Fields) -> Typed:
    function = FUNCTIONS[call.function]
    count, most = len(call.args), function.most
    if count < function.fewest or (most is not None and count > most):
        wanted = "" if most == function.fewest else "at least "
        noun = "argument" if function.fewest == 1 else "arguments"
        raise ExpressionError(
            f"{call.function!r} takes {wanted}{function.fewest} {noun}, not {count}"
        )
    faults = FaultCollector()
    typed: list[Typed] = []
    for arg in call.args:
        with faults.collect():
            typed.append(type_expression(arg, fields))
    faults.raise_all()
    if call.function in _COMPARING:
        typed = _dates_from_text(typed)
    dtype = function.type_rule([arg.dtype for arg in typed], [arg.expression for arg in typed])
    return Typed(call, dtype, tuple(typed))


def _dates_from_text(args: list[Typed]) -> list[Typed]:
    """Read text constants as dates where they are compared with a date."""
    if not any(isinstance(arg.dtype, DateType) for arg in args):
        return args
    read: list[Typed] = []
    for arg in args:
        value = arg.expression.value if isinstance(arg.expression, Literal) else None
        if isinstance(arg.dtype, StringType) and isinstance(value, str):
            try:
                literal = Literal(date.fromisoformat(value))
            except ValueError:
                raise ValueCoercionError(
                    f"{value!r} is compared with a date but is none",
                    hint="write it as 2025-12-31",
                ) from None
            read.append(Typed(literal, DateType()))
        else:
            read.append(arg)
    return read


def narrowed(typed: Typed, wanted: DataType | None) -> DataType:
    """Return the declared type, which must hold every digit behind the point, or the own one.

    Fewer digits before the point are an analyst's promise; Spark raises where it is broken.
    Raises ``FieldTypeError`` for a type that would round, or can't hold the values at all.
    """
    if wanted is None:
        return typed.dtype
    if isinstance(wanted, DecimalType) and is_numeric(typed.dtype):
        if wanted.scale < as_decimal(typed.dtype).scale:
            raise FieldTypeError(
                f"{wanted.simpleString()} would round {typed.dtype.simpleString()}",
                hint=f"write round(…, {wanted.scale}) where rounding is meant",
            )
    elif wanted != typed.dtype:
        raise FieldTypeError(
            f"the expression is {typed.dtype.simpleString()}, declared is {wanted.simpleString()}"
        )
    return wanted
