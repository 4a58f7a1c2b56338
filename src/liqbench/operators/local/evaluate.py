"""Evaluating a typed expression over a small table, null for null and digit for digit as Spark.

What Spark evaluates only where it is needed (the branches of CASE, what COALESCE, AND and OR
don't reach) is evaluated only there, so that an error stays where it belongs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from pyspark.sql.types import BooleanType, DataType, StringType

from liqbench.operators.expressions.refusal import REFUSE
from liqbench.operators.expressions.tree import Field, Literal, fields_of
from liqbench.operators.expressions.types import as_decimal, is_numeric
from liqbench.operators.expressions.typing import Typed
from liqbench.operators.local.functions import FUNCTIONS, listed, refused
from liqbench.operators.local.numbers import rescaled
from liqbench.operators.local.table import LocalTable
from liqbench.operators.local.vector import Flags, Vector


def evaluate(typed: Typed, table: LocalTable) -> Vector:
    """Return the expression's value in every row, of the expression's type.

    Raises ``OverflowFigureError`` or ``UndefinedFigureError`` where Spark would stop, and
    ``LocalUnsupportedError`` for what only Spark is sure of.
    """
    node = typed.expression
    if isinstance(node, Field):
        return table[node.name]
    if isinstance(node, Literal):
        return Vector.constant(typed.dtype, node.value, table.rows)
    if node.function in _LAZY:
        if typed not in table.known:
            table.known[typed] = _LAZY[node.function](typed, table)
        return table.known[typed]
    args = [_argument(arg, table) for arg in typed.args]
    return FUNCTIONS[node.function](args, typed.dtype, node.args)


def _argument(typed: Typed, table: LocalTable) -> Vector:
    """Return an argument; integers in arithmetic are decimals."""
    vector = evaluate(typed, table)
    if not is_numeric(typed.dtype):
        return vector
    return Vector(as_decimal(typed.dtype), vector.values, vector.valid)


def _part(typed: Typed, table: LocalTable, where: Flags) -> Vector:
    """Evaluate an expression in some rows only."""
    if where.all():
        return evaluate(typed, table)
    read = fields_of(typed.expression)
    if read:
        return evaluate(typed, table.select(read).take(where))
    one = table.select(table.names[:1]).take(where)
    return evaluate(typed, one)


def _put(into: Vector, where: Flags, part: Vector) -> None:
    own = _as(part, into.dtype)
    into.values[where] = own.values
    into.valid[where] = own.valid


def _as(vector: Vector, dtype: DataType) -> Vector:
    """Return a vector in the type that holds all of an expression's results."""
    if not is_numeric(dtype) or vector.dtype == dtype:
        return Vector(dtype, vector.values, vector.valid) if is_numeric(dtype) else vector
    if not is_numeric(vector.dtype):  # the constant null
        return Vector(dtype, np.zeros(len(vector), object), vector.valid)
    return rescaled(vector, dtype)


def _nothing(dtype: DataType, rows: int) -> Vector:
    empty = Vector.zeros(dtype, rows)
    return Vector(dtype, empty.values, np.zeros(rows, bool))


def _case(typed: Typed, table: LocalTable) -> Vector:
    result, rest = _nothing(typed.dtype, table.rows), np.ones(table.rows, bool)
    for place in range(0, len(typed.args) - 1, 2):
        if not rest.any():
            return result
        hit = np.zeros(table.rows, bool)
        test = _part(typed.args[place], table, rest)
        hit[rest] = test.valid & test.values.astype(bool)
        if hit.any():
            _put(result, hit, _part(typed.args[place + 1], table, hit))
        rest &= ~hit
    if rest.any():
        _put(result, rest, _part(typed.args[-1], table, rest))
    return result


def _coalesce(typed: Typed, table: LocalTable) -> Vector:
    result = _nothing(typed.dtype, table.rows)
    rest = np.ones(table.rows, bool)
    for arg in typed.args:
        if not rest.any():
            break
        _put(result, rest, _part(arg, table, rest))
        rest = ~result.valid
    return result


def _in(typed: Typed, table: LocalTable) -> Vector:
    """Return where a value is in a list; one of texts is looked up, not compared one by one."""
    constants = [arg.expression for arg in typed.args[1:]]
    texts = frozenset(
        c.value for c in constants if isinstance(c, Literal) and isinstance(c.value, str)
    )
    if isinstance(typed.args[0].dtype, StringType) and len(texts) == len(set(constants)):
        return listed(evaluate(typed.args[0], table), texts)
    args = [_argument(arg, table) for arg in typed.args]
    return FUNCTIONS["in"](args, typed.dtype, ())


def _junction(stop: bool) -> Callable[[Typed, LocalTable], Vector]:
    """Return AND (which false decides) or OR (which true decides), null where neither does."""

    def evaluate_all(typed: Typed, table: LocalTable) -> Vector:
        decided = np.zeros(table.rows, bool)
        unknown = np.zeros(table.rows, bool)
        for arg in typed.args:
            rest = ~decided
            if not rest.any():
                break
            test = _part(arg, table, rest)
            values = test.values.astype(bool)
            decided[rest] = test.valid & (values == stop)
            unknown[rest] |= ~test.valid
        known = decided | ~unknown
        return Vector(BooleanType(), np.where(decided, stop, known & (not stop)), known)

    return evaluate_all


def _refuse(typed: Typed, table: LocalTable) -> Vector:
    if table.rows:
        refused(typed.expression)
    return _nothing(typed.dtype, 0)


_LAZY: Mapping[str, Callable[[Typed, LocalTable], Vector]] = {
    "case": _case,
    "coalesce": _coalesce,
    "in": _in,
    "and": _junction(stop=False),
    "or": _junction(stop=True),
    REFUSE: _refuse,
}
# All that the grammar and an analyst can call, as a test compares with Spark's table.
NAMES = frozenset({*_LAZY, *FUNCTIONS})
