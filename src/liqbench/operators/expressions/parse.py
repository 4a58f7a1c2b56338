"""Reading an expression as an analyst types it: scalar Spark SQL, by an allow-list.

Everything that is not listed here or in ``functions`` is refused: sub-queries, windows,
aggregates, ``reflect``, ``java_method``, ``input_file_name`` and whatever Spark adds next.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.spark import Spark
from sqlglot.errors import SqlglotError

from liqbench.errors import ExpressionError, did_you_mean
from liqbench.operators.expressions.functions import FUNCTIONS
from liqbench.operators.expressions.tree import Call, Expression, Field, Literal


class _Scalar(Spark):
    """Spark's grammar, in which every function is only a name, to be looked up in our list."""

    class Parser(Spark.Parser):  # type: ignore[misc, valid-type]  # sqlglot makes it at run time
        FUNCTIONS: ClassVar[dict[str, Any]] = {}
        FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {"CAST": Spark.Parser.FUNCTION_PARSERS["CAST"]}


_BINARY: dict[type[exp.Expression], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.EQ: "=",
    exp.NEQ: "!=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.And: "and",
    exp.Or: "or",
    exp.DPipe: "concat",
}
_MISSING = re.compile(r"Required keyword: '\w+' missing for <class '[\w.]+'>")
_TOO_DEEP = "is nested too deeply to be read; calculate a part of it as a field of its own"


@lru_cache(maxsize=2048)
def parse_expression(text: str, as_of: date | None = None) -> Expression:
    """Parse a scalar expression; ``:as_of`` in it is the as-of date.

    Raises ``ExpressionError`` naming what can't be read or isn't allowed.
    """
    where = f"expression {text!r}"
    try:
        statements = sqlglot.parse(text, dialect=_Scalar)
    except SqlglotError as error:
        detail = str(error).splitlines()[0].replace("\x1b[4m", "").replace("\x1b[0m", "")
        detail = _MISSING.sub("something is missing", detail)
        raise ExpressionError(f"can't be read: {detail}", where=where) from None
    except RecursionError:
        raise ExpressionError(_TOO_DEEP, where=where) from None
    if len(statements) != 1 or not isinstance(statements[0], exp.Expression):
        raise ExpressionError("exactly one expression is needed", where=where)
    try:
        return _read(statements[0], as_of)
    except RecursionError:
        raise ExpressionError(_TOO_DEEP, where=where) from None
    except ExpressionError as error:
        raise error.at(where) from None


def _read(node: exp.Expression, as_of: date | None) -> Expression:
    def read(child: exp.Expression) -> Expression:
        return _read(child, as_of)

    if type(node) in _READ_ARGS:
        _check_args(node)
    if type(node) in _BINARY:
        return Call(_BINARY[type(node)], (read(node.this), read(node.expression)))
    reader = _READERS.get(type(node))
    if reader is not None:
        return reader(node, read)
    if isinstance(node, exp.Placeholder) and node.name == "as_of":
        if as_of is None:
            raise ExpressionError(":as_of has no value here")
        return Literal(as_of)
    kind = type(node).__name__.lower()
    raise ExpressionError(
        f"{node.sql(dialect='spark')!r} ({kind}) is not allowed in an expression",
        hint="an expression is calculated from the fields of one row",
    )


_Read = Callable[[exp.Expression], Expression]


def _column(node: exp.Expression, _: _Read) -> Expression:
    if node.args.get("table"):
        raise ExpressionError(f"{node.sql()!r}: a field is named without a table")
    return Field(node.name)


def _literal(node: exp.Expression, _: _Read) -> Expression:
    if node.is_string:
        return Literal(node.name)
    try:
        return Literal(Decimal(node.name))
    except InvalidOperation:
        raise ExpressionError(f"{node.name!r} is no decimal number") from None


def _call(node: exp.Expression, read: _Read) -> Expression:
    name = str(node.this).lower()
    if name not in FUNCTIONS or not FUNCTIONS[name].typed:
        allowed = [known for known, function in FUNCTIONS.items() if function.typed]
        raise ExpressionError(
            f"the function {name!r} is not allowed in an expression",
            hint=did_you_mean(name, allowed),
        )
    return Call(name, tuple(read(child) for child in node.expressions))


def _case(node: exp.Expression, read: _Read) -> Expression:
    args: list[Expression] = []
    for branch in node.args["ifs"]:
        test = read(branch.this)
        if node.this is not None:
            test = Call("=", (read(node.this), test))
        args += [test, read(branch.args["true"])]
    default = node.args.get("default")
    return Call("case", (*args, read(default) if default is not None else Literal(None)))


def _if(node: exp.Expression, read: _Read) -> Expression:
    otherwise = node.args.get("false")
    return Call(
        "case",
        (
            read(node.this),
            read(node.args["true"]),
            read(otherwise) if otherwise is not None else Literal(None),
        ),
    )


def _in(node: exp.Expression, read: _Read) -> Expression:
    if not node.expressions:
        raise ExpressionError("IN takes a list of values, no sub-query")
    return Call("in", (read(node.this), *(read(item) for item in node.expressions)))


def _between(node: exp.Expression, read: _Read) -> Expression:
    value = read(node.this)
    return Call(
        "and",
        (
            Call(">=", (value, read(node.args["low"]))),
            Call("<=", (value, read(node.args["high"]))),
        ),
    )


def _like(node: exp.Expression, read: _Read) -> Expression:
    like = Call("like", (read(node.this), read(node.expression)))
    return Call("not", (like,)) if node.args.get("negate") else like


def _is(node: exp.Expression, read: _Read) -> Expression:
    if not isinstance(node.expression, exp.Null):
        raise ExpressionError(f"{node.sql()!r}: IS goes with NULL only")
    test = Call("is null", (read(node.this),))
    return Call("not", (test,)) if node.args.get("negate") else test


def _cast(node: exp.Expression, read: _Read) -> Expression:
    wanted = node.args["to"].sql(dialect="spark").lower()
    if wanted == "date" and isinstance(node.this, exp.Literal) and node.this.is_string:
        try:
            return Literal(date.fromisoformat(node.this.name))
        except ValueError:
            raise ExpressionError(f"{node.this.name!r} is no date") from None
    return Call("cast", (read(node.this), Literal(wanted)))


_READ_ARGS: dict[type[exp.Expression], frozenset[str]] = {
    **dict.fromkeys(_BINARY, frozenset({"this", "expression", "safe"})),
    exp.Like: frozenset({"this", "expression", "negate"}),
    exp.Anonymous: frozenset({"this", "expressions"}),
    exp.Case: frozenset({"this", "ifs", "default"}),
    exp.If: frozenset({"this", "true", "false"}),
    exp.In: frozenset({"this", "expressions", "query", "field", "unnest"}),
    exp.Between: frozenset({"this", "low", "high"}),
    exp.Is: frozenset({"this", "expression", "negate"}),
    exp.Cast: frozenset({"this", "to", "safe"}),
    exp.TryCast: frozenset({"this", "to", "safe"}),
}


def _check_args(node: exp.Expression) -> None:
    """Refuse what a reader would pass over in silence, such as SYMMETRIC in a BETWEEN."""
    unread = {name for name, value in node.args.items() if value} - _READ_ARGS[type(node)]
    if unread:
        raise ExpressionError(
            f"{node.sql(dialect='spark')!r}: "
            f"{', '.join(sorted(unread)).upper()} is not allowed in an expression"
        )


_READERS: dict[type[exp.Expression], Callable[[exp.Expression, _Read], Expression]] = {
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Boolean: lambda node, _: Literal(bool(node.this)),
    exp.Null: lambda _node, _read: Literal(None),
    exp.Paren: lambda node, read: read(node.this),
    exp.Neg: lambda node, read: _negative(read(node.this)),
    exp.Not: lambda node, read: Call("not", (read(node.this),)),
    exp.Anonymous: _call,
    exp.Case: _case,
    exp.If: _if,
    exp.In: _in,
    exp.Between: _between,
    exp.Like: _like,
    exp.Is: _is,
    exp.Cast: _cast,
    exp.TryCast: _cast,  # how sqlglot reads Spark 2's CAST; ours is strict
}


def _negative(value: Expression) -> Expression:
    if isinstance(value, Literal) and isinstance(value.value, Decimal):
        return Literal(value.value.copy_negate() if value.value else value.value)  # - may round
    return Call("-", (Literal(Decimal(0)), value))
