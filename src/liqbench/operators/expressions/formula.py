"""Expressions written as formulas in Python: ``a + b * 2`` of expressions of one decimal type."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from pyspark.sql.types import DecimalType

from liqbench.operators.expressions.functions import QUOTIENT
from liqbench.operators.expressions.tree import Call, Expression, Literal


@dataclass(frozen=True)
class Formula:
    """An expression whose every step is held in one decimal type; an overflow is an error."""

    expression: Expression
    dtype: DecimalType

    def __add__(self, other: Formula) -> Formula:
        return self._step("+", other.expression)

    def __sub__(self, other: Formula) -> Formula:
        return self._step("-", other.expression)

    def __mul__(self, number: int) -> Formula:
        return self._step("*", Literal(Decimal(number)))

    def greatest(self, *others: Formula) -> Formula:
        """Return the largest of these."""
        return self._step("greatest", *(other.expression for other in others))

    @staticmethod
    def pick(one: Formula, other: Formula, first: Formula, second: Formula) -> Formula:
        """Return ``first`` where ``one`` is not below ``other``, else ``second``."""
        at_least = Call(">=", (one.expression, other.expression))
        chosen = Call("case", (at_least, first.expression, second.expression))
        return Formula(cast_to(chosen, first.dtype), first.dtype)

    def _step(self, function: str, *others: Expression) -> Formula:
        return Formula(cast_to(Call(function, (self.expression, *others)), self.dtype), self.dtype)


def cast_to(expression: Expression, dtype: DecimalType) -> Expression:
    """Return the expression held in a decimal of no smaller scale; an overflow is an error."""
    return Call("cast", (expression, Literal(dtype.simpleString())))


def quotient(numerator: Expression, denominator: Expression, dtype: DecimalType) -> Expression:
    """Return the quotient, rounded half up at the type's scale; by zero it is an error."""
    return Call(QUOTIENT, (numerator, denominator, Literal(dtype.simpleString())))
