"""Conditions and adjustments of rules as expressions over the fields at hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation, localcontext
from typing import Any

from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    StringType,
    TimestampType,
)

from liqbench.errors import FaultCollector, FieldTypeError, ValueCoercionError
from liqbench.model import Adjustment, AllOf, AnyOf, Condition
from liqbench.model.conditions import ConditionNode
from liqbench.operators.expressions.tree import Call, Expression, Field, Literal, conjunction
from liqbench.operators.expressions.types import (
    MAX_DIGITS,
    as_decimal,
    decimal_type,
    integer_digits,
    is_numeric,
    literal_type,
    name_of,
)
from liqbench.operators.expressions.typing import Fields, type_expression

_TEXT_ONLY = {"starts with": "startswith", "contains": "contains"}


def conditions_expression(nodes: tuple[ConditionNode, ...], fields: Fields) -> Expression:
    """Return the AND of the conditions, every value typed like its field.

    Raises ``UnknownFieldError`` and ``ValueCoercionError``; several together as ``FaultsError``.
    """
    return conjunction(_each(nodes, fields))


def _each(nodes: tuple[ConditionNode, ...], fields: Fields) -> tuple[Expression, ...]:
    faults = FaultCollector()
    parts: list[Expression] = []
    for node in nodes:
        with faults.collect():
            parts.append(_node(node, fields))
    faults.raise_all()
    return tuple(parts)


def _node(node: ConditionNode, fields: Fields) -> Expression:
    if isinstance(node, AllOf):
        return conjunction(_each(node.all, fields))
    if isinstance(node, AnyOf):
        parts = _each(node.any, fields)
        return parts[0] if len(parts) == 1 else Call("or", parts)
    return _comparison(node, fields)


def _comparison(condition: Condition, fields: Fields) -> Expression:
    field, dtype = Field(condition.field), _type_of(condition.field, fields)
    operator, value = condition.operator, condition.value

    def literal(item: Any) -> Literal:
        return coerce(item, dtype, field=condition.field)

    if operator == "is null":
        return Call("is null", (field,))
    if operator == "is not null":
        return Call("not", (Call("is null", (field,)),))
    if operator in _TEXT_ONLY:
        if not isinstance(dtype, StringType):
            raise FieldTypeError(
                f"'{operator}' takes text, but {condition.field!r} is {name_of(dtype)}"
            )
        return Call(_TEXT_ONLY[operator], (field, literal(value)))
    if operator == "between":
        low, high = map(literal, value)
        if _empty(low, high):
            raise ValueCoercionError(
                f"{condition.describe()}: nothing is between them, the first is the larger one",
                hint=f"write [{value[1]}, {value[0]}]",
            )
        return Call("and", (Call(">=", (field, low)), Call("<=", (field, high))))
    if operator in ("in", "not in"):
        within = Call("in", (field, *(literal(item) for item in value)))
        return within if operator == "in" else Call("not", (within,))
    return Call(operator, (field, literal(value)))


def _empty(low: Literal, high: Literal) -> bool:
    """Tell whether nothing lies between two constants of one type."""
    first: Any = low.value
    return bool(first > high.value)


def _type_of(name: str, fields: Fields) -> DataType:
    return type_expression(Field(name), fields).dtype


def coerce(value: Any, dtype: DataType, *, field: str) -> Literal:
    """Return the value as a constant of the field's type. Raises ``ValueCoercionError``."""
    readers: list[tuple[bool, Callable[[Any], Any]]] = [
        (is_numeric(dtype), _number),
        (isinstance(dtype, StringType), _text),
        (isinstance(dtype, BooleanType), _boolean),
        (isinstance(dtype, DateType), _date),
        (isinstance(dtype, TimestampType), _timestamp),
    ]
    for fits, reader in readers:
        if fits:
            try:
                return Literal(reader(value))
            except (ValueError, TypeError, InvalidOperation):
                break
    raise ValueCoercionError(
        f"{value!r} is no {name_of(dtype)}, which the field {field!r} is",
        hint=_example(dtype),
    )


def _example(dtype: DataType) -> str:
    if is_numeric(dtype):
        return "write a number such as 0.95"
    if isinstance(dtype, DateType | TimestampType):
        return "write it as 2025-12-31"
    if isinstance(dtype, BooleanType):
        return "write true or false"
    return "write it in quotes"


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise TypeError
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError
    return number


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value not in ("true", "false"):
        raise ValueError
    return bool(value == "true")


def _date(value: Any) -> date:
    if isinstance(value, datetime):
        raise TypeError
    return value if isinstance(value, date) else date.fromisoformat(value)


def _timestamp(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    return datetime.fromisoformat(value.isoformat() if isinstance(value, date) else value)


def adjusted(change: Adjustment, fields: Fields) -> tuple[Expression, DataType]:
    """Return the field's new value and the type that holds it and the old one exactly.

    Raises ``UnknownFieldError``, ``FieldTypeError``, ``ValueCoercionError``, or
    ``PrecisionError`` where the exact result could need more than 38 digits.
    """
    dtype, field = _type_of(change.field, fields), Field(change.field)
    if change.operation == "set" and not is_numeric(dtype):
        return coerce(change.value, dtype, field=change.field), dtype
    if not is_numeric(dtype):
        raise FieldTypeError(
            f"'{change.operation}' takes a number, but {change.field!r} is {name_of(dtype)}",
            hint="use 'set'",
        )
    literal = coerce(change.value, dtype, field=change.field)
    value = literal.value
    assert isinstance(value, Decimal)  # noqa: S101 - coerce gives numbers to numeric fields
    if change.operation == "percent":
        with localcontext(prec=4 * MAX_DIGITS):  # Python's default of 28 would round
            value = 1 + value / 100
        literal = Literal(value)
    own, other = as_decimal(dtype), as_decimal(literal_type(value))
    scale = max(own.scale, other.scale)
    digits = max(integer_digits(own), integer_digits(other))
    what = f"{change.describe()}: the result"
    if change.operation in ("multiply", "percent"):
        whole, scale = integer_digits(own) + integer_digits(other), own.scale + other.scale
        decimal_type(whole + 1, scale, what=what)  # which is how a product is typed, see "*"
        return Call("*", (field, literal)), decimal_type(whole, scale, what=what)
    if change.operation in ("add", "subtract"):
        sign = "+" if change.operation == "add" else "-"
        return Call(sign, (field, literal)), decimal_type(digits + 1, scale, what=what)
    result = decimal_type(digits, scale, what=what)
    if change.operation == "set":
        return literal, result
    beyond = Call(">" if change.operation == "cap" else "<", (field, literal))
    return Call("case", (beyond, literal, field)), result
