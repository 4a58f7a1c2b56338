"""The allow-list on the driver: each function over vectors of its arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, NoReturn

import numpy as np
from pyspark.sql.types import DataType

from liqbench.errors import LocalUnsupportedError, UndefinedFigureError
from liqbench.operators.expressions.functions import QUOTIENT
from liqbench.operators.expressions.lookups import CHOOSE, ENTRY, PLACE, lines_of
from liqbench.operators.expressions.tree import Call, Expression, Literal
from liqbench.operators.expressions.types import as_decimal, is_numeric
from liqbench.operators.expressions.typing import Typed
from liqbench.operators.local.casts import cast
from liqbench.operators.local.dates import add_months, date_add, last_day
from liqbench.operators.local.mapped import mapped, mapped_rows
from liqbench.operators.local.numbering import numbered_values
from liqbench.operators.local.numbers import (
    Values,
    added,
    all_valid,
    comparable,
    divided,
    flags,
    multiplied,
    rounded,
    subtracted,
    widened,
)
from liqbench.operators.local.texts import matcher, plain, substring
from liqbench.operators.local.vector import Flags, Vector, inner

Args = Sequence[Vector]
Written = tuple[Expression, ...]
Compute = Callable[[Args, DataType, Written], Vector]
_WIDEST = 1 << 31  # Spark's own whole numbers have 32 bits


def refused(expression: Expression) -> NoReturn:
    """Stop the calculation for the reason that the expression gives."""
    assert isinstance(expression, Call)  # noqa: S101 - asked for refusals only
    raise UndefinedFigureError(str(_constant(expression.args[0])))


def _constant(expression: Expression) -> Any:
    return expression.value if isinstance(expression, Literal) else None


def _whole(expression: Expression) -> int:
    number = int(_constant(expression))
    if not -_WIDEST <= number < _WIDEST:
        raise LocalUnsupportedError(f"the argument {number} has no meaning but for Spark")
    return number


def _comparing(test: Callable[[Any, Any], Any]) -> Compute:
    def compute(args: Args, _: DataType, __: Written) -> Vector:
        a, b = comparable(args)
        return flags(test(a, b), all_valid(args))

    return compute


def listed(own: Vector, constants: Sequence[Typed]) -> Flags:
    """Return where a value is one of these constants, of its kind or null."""
    values: set[Any] = set()
    for constant in constants:
        value = _constant(constant.expression)
        if value is None:
            continue
        if not is_numeric(own.dtype):
            values.add(inner(own.dtype, value))
            continue
        scale, other = as_decimal(own.dtype).scale, as_decimal(constant.dtype).scale
        found, rest = divmod(inner(constant.dtype, value) * 10**scale, 10**other)
        if not rest:  # else there are more decimal places than a value here has
            values.add(found)
    items = own.values.tolist()
    return np.fromiter(map(values.__contains__, items), bool, len(items)) & own.valid


def _not(args: Args, _: DataType, __: Written) -> Vector:
    return flags(~args[0].values, args[0].valid)


def _is_null(args: Args, _: DataType, __: Written) -> Vector:
    return flags(~args[0].valid, np.ones(len(args[0]), bool))


def _like(args: Args, dtype: DataType, written: Written) -> Vector:
    return mapped(args[0], dtype, matcher(str(_constant(written[1]))))


def _of_rows(function: Callable[..., Any]) -> Compute:
    return lambda args, dtype, _: mapped_rows(args, dtype, function)


def _of_one(function: Callable[[Any], Any]) -> Compute:
    return lambda args, dtype, _: mapped(args[0], dtype, function)


def _with_constants(function: Callable[..., Any]) -> Compute:
    """Return a function of one argument and of whole numbers that are written."""

    def compute(args: Args, dtype: DataType, written: Written) -> Vector:
        numbers = [_whole(constant) for constant in written[1:]]
        return mapped(args[0], dtype, lambda value: function(value, *numbers))

    return compute


def _extreme(pick: Callable[[Values, Values], Values]) -> Compute:
    """Return the largest or smallest argument; nulls are passed over."""

    def better(best: Vector, other: Vector) -> Vector:
        wins = other.valid & (~best.valid | np.asarray(pick(other.values, best.values), bool))
        values = np.where(wins, other.values, best.values)
        return Vector(best.dtype, values, best.valid | other.valid)

    return lambda args, dtype, _: reduce(better, [widened(arg, dtype) for arg in args])


def _abs(args: Args, dtype: DataType, _: Written) -> Vector:
    return Vector(dtype, abs(args[0].values), args[0].valid)


def _undeclared(_args: Args, _dtype: DataType, _written: Written) -> Vector:
    raise LocalUnsupportedError("a division rounds, so it is a ratio of a declared scale")


def _divided(args: Args, dtype: DataType, _: Written) -> Vector:
    return divided(args[0], args[1], dtype)


def _chosen(args: Args, dtype: DataType, written: Written) -> Vector:
    lines = lines_of(written[1])
    return mapped(args[0], dtype, lambda place: lines[int(place)])


def _placed(args: Args, dtype: DataType, written: Written) -> Vector:
    places = {text: n for n, text in enumerate(lines_of(written[1]), 2)}
    own = args[0]
    numbers, texts = numbered_values(own)
    found = np.array([places.get(text, 1) for text in texts], object)
    return Vector(dtype, np.where(own.valid, found[numbers], 0), np.ones(len(own), bool))


def _entered(args: Args, dtype: DataType, written: Written) -> Vector:
    table = np.array([int(number) for number in lines_of(written[0])], object)
    index = args[1].values
    for place in range(2, len(args), 2):
        index = index * _whole(written[place]) + args[place + 1].values
    return Vector(dtype, table[index.astype(np.int64)], all_valid(args[1:]))


# Functions that Spark gives all their arguments, nulls too.
EAGER = frozenset({"is null", "greatest", "least", PLACE})

# Of the others' arguments none is the constant null, for which there is no vector to compute with.
FUNCTIONS: Mapping[str, Compute] = {
    "+": lambda args, dtype, _: added(args, dtype),
    "-": lambda args, dtype, _: subtracted(args, dtype),
    "*": lambda args, dtype, _: multiplied(args, dtype),
    "/": _undeclared,
    "=": _comparing(lambda a, b: a == b),
    "!=": _comparing(lambda a, b: a != b),
    "<": _comparing(lambda a, b: a < b),
    "<=": _comparing(lambda a, b: a <= b),
    ">": _comparing(lambda a, b: a > b),
    ">=": _comparing(lambda a, b: a >= b),
    "not": _not,
    "is null": _is_null,
    CHOOSE: _chosen,
    PLACE: _placed,
    ENTRY: _entered,
    "cast": lambda args, dtype, _: cast(args[0], dtype),
    "like": _like,
    "abs": _abs,
    "round": lambda args, dtype, _: rounded(args[0], dtype),
    "ratio": _divided,
    QUOTIENT: _divided,
    "greatest": _extreme(lambda a, b: a > b),
    "least": _extreme(lambda a, b: a < b),
    "datediff": _of_rows(lambda a, b: (a - b).days),
    "date_add": _with_constants(date_add),
    "add_months": _with_constants(add_months),
    "last_day": _of_one(last_day),
    "year": _of_one(lambda day: day.year),
    "month": _of_one(lambda day: day.month),
    "day": _of_one(lambda day: day.day),
    "upper": _of_one(lambda text: plain(text).upper()),
    "lower": _of_one(lambda text: plain(text).lower()),
    "trim": _of_one(lambda text: text.strip(" ")),
    "length": _of_one(len),
    "concat": _of_rows(lambda *texts: "".join(texts)),
    "substring": _with_constants(substring),
    "startswith": _of_rows(lambda text, start: text.startswith(start)),
    "contains": _of_rows(lambda text, part: part in text),
}
