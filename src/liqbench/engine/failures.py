"""Spark's errors in the analyst's words."""

from __future__ import annotations

import re

from liqbench.errors import (
    LiqbenchError,
    OverflowFigureError,
    RunFailedError,
    UndefinedFigureError,
)

_UNFIT = re.compile(r"(\S+) cannot be represented as Decimal\((\d+), (\d+)\)")
_ADVICE = re.compile(r" If necessary set | To return NULL | Use `try_| SQLSTATE: ")
_CALL = re.compile(r"^An error occurred while calling \S+\n: [\w.$]+: ")
# The last line of a Python worker's traceback, wherever it is in what Spark says.
_TRACED = "Traceback (most recent call last)"
_RAISED = re.compile(
    r"^(?!pyspark\.|org\.|java\.|py4j\.)([\w.]+(?:Error|Exception|Exit)\b.*)$", re.MULTILINE
)
_BY_ZERO = ("DIVIDE_BY_ZERO", "REMAINDER_BY_ZERO")
_OVERFLOWS = ("NUMERIC_VALUE_OUT_OF_RANGE", "ARITHMETIC_OVERFLOW", "CAST_OVERFLOW")


def failure_of(name: str, error: Exception) -> LiqbenchError:
    """Return what stopped Spark at an operator."""
    text = str(error)
    where = f"operator {name!r}"
    if any(sign in text for sign in _BY_ZERO):
        return UndefinedFigureError(
            "a ratio has the denominator zero",
            where=where,
            hint="let it be null there: ratio(n, nullif(d, 0), scale) with on_null keep; or filter "
            "such rows out before",
        )
    if any(sign in text for sign in _OVERFLOWS):
        unfit = _UNFIT.search(text)
        said = (
            "{} doesn't fit decimal({},{})".format(*unfit.groups())
            if unfit
            else said_by_spark(text)
        )
        return OverflowFigureError(
            f"a figure has more digits than its type holds: {said}",
            where=where,
            hint="declare a wider decimal where the figure is ingested or calculated",
        )
    return RunFailedError(f"Spark stopped: {said_by_spark(text)}", where=where)


def said_by_spark(text: str) -> str:
    """Return what a Python worker raised; else Spark's own first sentence, without its advice.

    The advice is to give up exactness.
    """
    raised = _RAISED.findall(text) if _TRACED in text else ()
    if raised:
        return str(raised[-1])
    own = _CALL.sub("", text.strip())
    return _ADVICE.split(own.splitlines()[0])[0].strip()
