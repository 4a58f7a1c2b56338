"""Evaluating a typed expression over a small table, null for null and digit for digit as Spark.

The branches of CASE and the arguments of COALESCE are evaluated only in the rows that need them,
so that an error stays where it belongs. Elsewhere Spark may pass over a row (the right side of
AND where the left is false, an argument beside a null), or may not, as it computes what occurs
twice beforehand. Where that decides about an error, only Spark knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from pyspark.sql.types import BooleanType, NullType

from liqbench.errors import DataError, FieldTypeError, LocalUnsupportedError, UnknownFieldError
from liqbench.operators.expressions.refusal import REFUSE
from liqbench.operators.expressions.tree import Field, Literal, fields_of
from liqbench.operators.expressions.types import as_decimal, is_numeric, name_of
from liqbench.operators.expressions.typing import Typed
from liqbench.operators.local.functions import EAGER, FUNCTIONS, listed, refused
from liqbench.operators.local.numbers import widened
from liqbench.operators.local.table import LocalTable
from liqbench.operators.local.vector import Flags, Vector


def evaluate(typed: Typed, table: LocalTable) -> Vector:
    """Return the expression's value in every row, of the expression's type.

    Raises ``OverflowFigureError``, ``UndefinedFigureError`` or ``DateRangeError`` where Spark
    would stop, and ``LocalUnsupportedError`` for what only Spark is sure of.
    """
    node = typed.expression
    if isinstance(node, Field):
        return _field(node.name, typed, table)
    if isinstance(node, Literal):
        return Vector.constant(typed.dtype, node.value, table.rows)
    if node.function not in _CONTROLS:
        return _computed(typed, table)
    if typed not in table.known:
        table.known[typed] = _CONTROLS[node.function](typed, table)
    return table.known[typed]


def _field(name: str, typed: Typed, table: LocalTable) -> Vector:
    if name not in table:
        raise UnknownFieldError.of(name, table.names)
    if (found := table[name].dtype) != typed.dtype:
        raise FieldTypeError(
            f"the field {name!r} is {name_of(found)}, typed was {name_of(typed.dtype)}",
            hint="type the expression against this table's schema",
        )
    return table[name]


def _computed(typed: Typed, table: LocalTable) -> Vector:
    """Return a function's values; where an argument is null, so are they, but for a few."""
    node = typed.expression
    assert not isinstance(node, Field | Literal)  # noqa: S101 - which evaluate has answered
    if node.function in EAGER:
        args = [_argument(arg, table) for arg in typed.args]
        return FUNCTIONS[node.function](args, typed.dtype, node.args)
    args, there = [], np.ones(table.rows, bool)
    for arg in typed.args:
        args.append(_needed(arg, table, there))
        there = there & args[-1].valid
    if any(isinstance(arg.dtype, NullType) for arg in typed.args):
        return Vector.nulls(typed.dtype, table.rows)
    return FUNCTIONS[node.function](args, typed.dtype, node.args)


def _argument(typed: Typed, table: LocalTable) -> Vector:
    """Return an argument; integers in arithmetic are decimals."""
    vector = evaluate(typed, table)
    if not is_numeric(typed.dtype):
        return vector
    return Vector(as_decimal(typed.dtype), vector.values, vector.valid)


def _needed(typed: Typed, table: LocalTable, where: Flags) -> Vector:
    """Return an argument that counts in some rows, but is read in all of them.

    Raises ``LocalUnsupportedError`` where it fails in the others alone.
    """
    try:
        return _argument(typed, table)
    except DataError as error:
        if not where.all():
            _part(typed, table, where)
            raise LocalUnsupportedError(
                f"whether this error is met, only Spark knows: {error.what}",
                hint="ask for it in a CASE, whose other branches are never calculated",
            ) from error
        raise


def _part(typed: Typed, table: LocalTable, where: Flags) -> Vector:
    """Evaluate an expression in some rows only."""
    if where.all():
        return evaluate(typed, table)
    read = fields_of(typed.expression) or table.names[:1]
    return evaluate(typed, table.select(read).take(where))


def _put(into: Vector, where: Flags, part: Vector) -> None:
    if not isinstance(part.dtype, NullType):
        own = widened(part, into.dtype)
        into.values[where], into.valid[where] = own.values, own.valid


def _case(typed: Typed, table: LocalTable) -> Vector:
    result, rest = Vector.nulls(typed.dtype, table.rows), np.ones(table.rows, bool)
    for place in range(0, len(typed.args) - 1, 2):
        if not rest.any():
            return result
        hit = np.zeros(table.rows, bool)
        test = _part(typed.args[place], table, rest)
        hit[rest] = test.valid & test.values
        if hit.any():
            _put(result, hit, _part(typed.args[place + 1], table, hit))
        rest &= ~hit
    if rest.any():
        _put(result, rest, _part(typed.args[-1], table, rest))
    return result


def _coalesce(typed: Typed, table: LocalTable) -> Vector:
    result = Vector.nulls(typed.dtype, table.rows)
    for arg in typed.args:
        rest = ~result.valid
        if not rest.any():
            break
        _put(result, rest, _part(arg, table, rest))
    return result


def _in(typed: Typed, table: LocalTable) -> Vector:
    """Return where a value is in a list: null where it is not found but a null is asked about."""
    own = _argument(typed.args[0], table)
    if isinstance(own.dtype, NullType):
        return Vector.nulls(typed.dtype, table.rows)
    constants = [arg for arg in typed.args[1:] if isinstance(arg.expression, Literal)]
    found, unknown = listed(own, constants), np.zeros(table.rows, bool)
    for arg in typed.args[1:]:
        if arg in constants:
            unknown |= isinstance(arg.dtype, NullType)
            continue
        other = _needed(arg, table, own.valid & ~found)
        unknown |= ~other.valid
        if not isinstance(arg.dtype, NullType):
            same = FUNCTIONS["="]([own, other], typed.dtype, ())
            found |= same.valid & same.values
    return Vector(typed.dtype, found, own.valid & (found | ~unknown))


def _nullif(typed: Typed, table: LocalTable) -> Vector:
    own = _argument(typed.args[0], table)
    other = _needed(typed.args[1], table, own.valid)
    if any(isinstance(vector.dtype, NullType) for vector in (own, other)):
        return Vector(typed.dtype, own.values, own.valid)
    same = FUNCTIONS["="]([own, other], BooleanType(), ())
    return Vector(typed.dtype, own.values, own.valid & ~(same.valid & same.values))


def _junction(stop: bool) -> Callable[[Typed, LocalTable], Vector]:
    """Return AND (which false decides) or OR (which true decides), null where neither does."""

    def evaluate_all(typed: Typed, table: LocalTable) -> Vector:
        decided, unknown = np.zeros(table.rows, bool), np.zeros(table.rows, bool)
        for arg in typed.args:
            test = _needed(arg, table, ~decided)
            if isinstance(test.dtype, NullType):
                unknown[:] = True
                continue
            decided |= test.valid & (test.values == stop)
            unknown |= ~test.valid
        values = decided if stop else ~decided
        return Vector(BooleanType(), values, decided | ~unknown)

    return evaluate_all


def _refuse(typed: Typed, table: LocalTable) -> Vector:
    if table.rows:
        refused(typed.expression)
    return Vector.nulls(typed.dtype, 0)


_CONTROLS: Mapping[str, Callable[[Typed, LocalTable], Vector]] = {
    "case": _case,
    "coalesce": _coalesce,
    "in": _in,
    "nullif": _nullif,
    "and": _junction(stop=False),
    "or": _junction(stop=True),
    REFUSE: _refuse,
}
# All that the grammar and an analyst can call, as a test compares with Spark's table.
NAMES = frozenset({*_CONTROLS, *FUNCTIONS})
