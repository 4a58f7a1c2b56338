"""The allow-list on the driver: each function that Spark evaluates whole, over vectors."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import reduce
from typing import Any, NoReturn

import numpy as np
from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    IntegerType,
    LongType,
    NullType,
    StringType,
)

from liqbench.errors import LocalUnsupportedError, OverflowFigureError, UndefinedFigureError
from liqbench.operators.expressions.functions import QUOTIENT
from liqbench.operators.expressions.tree import Call, Expression, Literal
from liqbench.operators.expressions.types import is_numeric, name_of
from liqbench.operators.local.numbers import (
    Values,
    added,
    all_valid,
    comparable,
    divided,
    flags,
    held,
    multiplied,
    rescaled,
    rounded,
    subtracted,
)
from liqbench.operators.local.vector import Flags, Vector

Args = Sequence[Vector]
Written = tuple[Expression, ...]
Compute = Callable[[Args, DataType, Written], Vector]
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_RANGES: dict[type[DataType], int] = {IntegerType: 1 << 31, LongType: 1 << 63}


def refused(expression: Expression) -> NoReturn:
    """Stop the calculation for the reason that the expression gives."""
    assert isinstance(expression, Call)  # noqa: S101 - asked for refusals only
    raise UndefinedFigureError(str(_constant(expression.args[0])))


def _constant(expression: Expression) -> Any:
    return expression.value if isinstance(expression, Literal) else None


def _comparing(test: Callable[[Any, Any], Any]) -> Compute:
    def compute(args: Args, _: DataType, __: Written) -> Vector:
        a, b = comparable(args)
        return flags(test(a, b), all_valid(args))

    return compute


def listed(own: Vector, texts: frozenset[str]) -> Vector:
    """Return where a text is one of these."""
    return flags([text in texts for text in own.values.tolist()], own.valid)


def _in(args: Args, _: DataType, __: Written) -> Vector:
    own, *others = comparable(args)
    found: Flags = np.zeros(len(args[0]), bool)
    unknown = ~args[0].valid
    for values, other in zip(others, args[1:], strict=True):
        found |= np.asarray(own == values, bool) & other.valid
        unknown = unknown | ~other.valid
    found &= args[0].valid
    return flags(found, found | ~unknown)


def _not(args: Args, _: DataType, __: Written) -> Vector:
    return flags(~args[0].values.astype(bool), args[0].valid)


def _is_null(args: Args, _: DataType, __: Written) -> Vector:
    return flags(~args[0].valid, np.ones(len(args[0]), bool))


def _cast(args: Args, dtype: DataType, _: Written) -> Vector:
    own = args[0]
    if isinstance(own.dtype, NullType):
        return Vector.of(dtype, [None] * len(own))
    if is_numeric(dtype) and isinstance(dtype, DecimalType):
        return rescaled(own, dtype)
    if is_numeric(dtype):
        return _whole(own, dtype)
    if isinstance(dtype, StringType):
        return _text(own)
    return _date(own)


def _whole(own: Vector, dtype: DataType) -> Vector:
    limit = _RANGES[type(dtype)]
    if any(
        there and not -limit <= n < limit for n, there in zip(own.values, own.valid, strict=True)
    ):
        raise OverflowFigureError(f"a figure doesn't fit {name_of(dtype)}")
    return Vector(dtype, own.values, own.valid)


def _text(own: Vector) -> Vector:
    if isinstance(own.dtype, StringType):
        return own
    if isinstance(own.dtype, BooleanType):
        return _mapped(own, StringType(), lambda value: "true" if value else "false")
    if isinstance(own.dtype, DateType):
        return _mapped(own, StringType(), lambda value: value.isoformat())
    if is_numeric(own.dtype) and getattr(own.dtype, "scale", 0) == 0:
        return _mapped(own, StringType(), str)
    raise LocalUnsupportedError(f"a {name_of(own.dtype)} is written as text by Spark only")


def _date(own: Vector) -> Vector:
    if isinstance(own.dtype, DateType):
        return own
    if isinstance(own.dtype, StringType):
        return _mapped(own, DateType(), _read_date)
    return _mapped(own, DateType(), lambda value: value.date())


def _read_date(text: str) -> date:
    if not _ISO_DATE.fullmatch(text):
        raise LocalUnsupportedError(f"{text!r} is read as a date by Spark only")
    return date.fromisoformat(text)


def _like(args: Args, _: DataType, written: Written) -> Vector:
    pattern = str(_constant(written[1]))
    if "\\" in pattern:
        raise LocalUnsupportedError("LIKE with a backslash is matched by Spark only")
    signs = {"%": ".*", "_": "."}
    read = re.compile("".join(signs.get(sign) or re.escape(sign) for sign in pattern), re.DOTALL)
    return _mapped(args[0], BooleanType(), lambda text: read.fullmatch(text) is not None)


def _mapped(own: Vector, dtype: DataType, function: Callable[[Any], Any]) -> Vector:
    """Return a function's values where there is an argument; the same one is computed once."""
    known: dict[Any, Any] = {}
    items: list[Any] = []
    for value, there in zip(own.values.tolist(), own.valid, strict=True):
        if there and value not in known:
            known[value] = function(value)
        items.append(known[value] if there else None)
    return Vector.of(dtype, items)


def _of_rows(function: Callable[..., Any]) -> Compute:
    """Return a function of all arguments' values in a row; null where one of them is."""

    def compute(args: Args, dtype: DataType, _: Written) -> Vector:
        valid = all_valid(args)
        rows = zip(valid, *(arg.values.tolist() for arg in args), strict=True)
        return Vector.of(dtype, [function(*row) if there else None for there, *row in rows])

    return compute


def _of_one(function: Callable[[Any], Any]) -> Compute:
    return lambda args, dtype, _: _mapped(args[0], dtype, function)


def _shifted(function: Callable[[date, int], date]) -> Compute:
    def compute(args: Args, dtype: DataType, written: Written) -> Vector:
        by = int(_constant(written[1]))
        return _mapped(args[0], dtype, lambda day: function(day, by))

    return compute


def _add_months(day: date, months: int) -> date:
    """Return the same day of another month, or its last where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _last_day(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _plain(text: str) -> str:
    """Return text whose letters every library changes in the same way."""
    if not text.isascii():
        raise LocalUnsupportedError(f"the letters of {text!r} are changed by Spark only")
    return text


def _substring(args: Args, dtype: DataType, written: Written) -> Vector:
    place, length = (int(_constant(arg)) for arg in written[1:])

    def part(text: str) -> str:
        start = place - 1 if place > 0 else len(text) + place if place < 0 else 0
        return text[max(start, 0) : max(start + length, 0)]

    return _mapped(args[0], dtype, part)


def _extreme(pick: Callable[[Values, Values], Flags]) -> Compute:
    """Return the largest or smallest argument; nulls are passed over."""

    def compute(args: Args, dtype: DataType, _: Written) -> Vector:
        args = [_typed(arg, dtype) for arg in args]

        def better(best: Vector, other: Vector) -> Vector:
            wins = other.valid & (~best.valid | np.asarray(pick(other.values, best.values), bool))
            values = np.where(wins, other.values, best.values)
            return Vector(dtype, values, best.valid | other.valid)

        return reduce(better, args)

    return compute


def _typed(arg: Vector, dtype: DataType) -> Vector:
    if isinstance(arg.dtype, NullType):
        return Vector.of(dtype, [None] * len(arg))
    return rescaled(arg, dtype) if is_numeric(dtype) else arg


def _nullif(args: Args, dtype: DataType, _: Written) -> Vector:
    a, b = comparable(args)
    same = np.asarray(a == b, bool) & all_valid(args)
    return Vector(dtype, args[0].values, args[0].valid & ~same)


FUNCTIONS: Mapping[str, Compute] = {
    "+": lambda args, dtype, _: added(args, dtype),
    "-": lambda args, dtype, _: subtracted(args, dtype),
    "*": lambda args, dtype, _: multiplied(args, dtype),
    "=": _comparing(lambda a, b: a == b),
    "!=": _comparing(lambda a, b: a != b),
    "<": _comparing(lambda a, b: a < b),
    "<=": _comparing(lambda a, b: a <= b),
    ">": _comparing(lambda a, b: a > b),
    ">=": _comparing(lambda a, b: a >= b),
    "not": _not,
    "in": _in,
    "is null": _is_null,
    "cast": _cast,
    "like": _like,
    "abs": lambda args, dtype, _: held(abs(args[0].values), args[0].valid, dtype),
    "round": lambda args, dtype, _: rounded(args[0], dtype),
    "ratio": lambda args, dtype, _: divided(args[0], args[1], dtype),
    QUOTIENT: lambda args, dtype, _: divided(args[0], args[1], dtype),
    "nullif": _nullif,
    "greatest": _extreme(lambda a, b: a > b),
    "least": _extreme(lambda a, b: a < b),
    "datediff": _of_rows(lambda a, b: (a - b).days),
    "date_add": _shifted(lambda day, days: day + timedelta(days=days)),
    "add_months": _shifted(_add_months),
    "last_day": _of_one(_last_day),
    "year": _of_one(lambda day: day.year),
    "month": _of_one(lambda day: day.month),
    "day": _of_one(lambda day: day.day),
    "upper": _of_one(lambda text: _plain(text).upper()),
    "lower": _of_one(lambda text: _plain(text).lower()),
    "trim": _of_one(lambda text: text.strip(" ")),
    "length": _of_one(len),
    "concat": _of_rows(lambda *texts: "".join(texts)),
    "substring": _substring,
    "startswith": _of_rows(lambda text, start: text.startswith(start)),
    "contains": _of_rows(lambda text, part: part in text),
}
