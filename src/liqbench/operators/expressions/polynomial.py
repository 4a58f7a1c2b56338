"""Expressions as polynomials in some of their fields: what has to be summed to price a change.

An expression over a row is split into terms ``number × coefficient × powers``: the number is
known without data, the coefficient is an expression over fields that don't change, the powers
are of fields whose values may. Summed once per term, the expression's total follows for every
other value of the numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext

from liqbench.errors import NotPolynomialError
from liqbench.operators.expressions.refusal import REFUSE
from liqbench.operators.expressions.tree import Call, Expression, Field, Literal, fields_of
from liqbench.operators.expressions.types import as_decimal, integer_digits, is_numeric
from liqbench.operators.expressions.typing import Fields, type_expression

# Python's default of 28 digits would round; a factor's digits add up along a chain of rules.
DIGITS = 400
_ONE, _ZERO = Decimal(1), Decimal(0)


@dataclass(frozen=True)
class Term:
    """What is summed: a coefficient (``None`` is one) times fields, one by one, in order."""

    coefficient: Expression | None = None
    fields: tuple[str, ...] = ()

    @property
    def expression(self) -> Expression | None:
        """The product, or ``None`` for one: the count of rows."""
        product = self.coefficient
        for name in self.fields:
            product = _product(product, Field(name))
        return product


@dataclass(frozen=True)
class Polynomial:
    """Terms with their numbers; a term that isn't there has the number zero."""

    terms: Mapping[Term, Decimal]

    @classmethod
    def of(cls, number: Decimal, term: Term | None = None) -> Polynomial:
        """Return one term with its number."""
        return cls({term or Term(): number})

    def __add__(self, other: Polynomial) -> Polynomial:
        with localcontext(prec=DIGITS):
            found = dict(self.terms)
            for term, number in other.terms.items():
                found[term] = found.get(term, _ZERO) + number
            return Polynomial(found)

    def __neg__(self) -> Polynomial:
        return Polynomial({term: number.copy_negate() for term, number in self.terms.items()})

    def __mul__(self, other: Polynomial) -> Polynomial:
        with localcontext(prec=DIGITS):
            found: dict[Term, Decimal] = {}
            for left, a in self.terms.items():
                for right, b in other.terms.items():
                    term = Term(
                        _product(left.coefficient, right.coefficient),
                        tuple(sorted((*left.fields, *right.fields))),
                    )
                    found[term] = found.get(term, _ZERO) + a * b
            return Polynomial(found)

    def within(self, wrap: Call, place: int) -> Polynomial:
        """Return the polynomial where a CASE takes the branch at this place, else zero."""
        found: dict[Term, Decimal] = {}
        for term, number in self.terms.items():
            args = list(wrap.args)
            for at in _values(wrap):
                own = Literal(_ONE) if term.coefficient is None else term.coefficient
                args[at] = own if at == place else Literal(_ZERO)
            found[Term(Call("case", tuple(args)), term.fields)] = number
        return Polynomial(found)


ZERO = Polynomial({})


def polynomial(
    expression: Expression, changing: Mapping[str, Polynomial], types: Fields
) -> Polynomial:
    """Return an expression as a polynomial; ``changing`` says so for the fields that change.

    The row is one for which the expression has a value. Raises ``NotPolynomialError`` naming
    what stands against it.
    """
    if not any(name in changing for name in fields_of(expression)):
        if isinstance(expression, Literal) and isinstance(expression.value, Decimal):
            return Polynomial.of(expression.value)
        return Polynomial.of(_ONE, Term(expression))
    if isinstance(expression, Field):
        return changing[expression.name]
    assert isinstance(expression, Call)  # noqa: S101 - a literal reads no field
    if expression.function not in _READERS:
        raise NotPolynomialError(
            f"'{expression.function}' of {_named(expression, changing)} is no sum of products"
        )
    return _READERS[expression.function](expression, changing, types)


_Changing = Mapping[str, Polynomial]


def _both(call: Call, changing: _Changing, types: Fields) -> tuple[Polynomial, Polynomial]:
    left, right = (polynomial(arg, changing, types) for arg in call.args)
    return left, right


def _plus(call: Call, changing: _Changing, types: Fields) -> Polynomial:
    left, right = _both(call, changing, types)
    return left + right


def _minus(call: Call, changing: _Changing, types: Fields) -> Polynomial:
    left, right = _both(call, changing, types)
    return left + -right


def _times(call: Call, changing: _Changing, types: Fields) -> Polynomial:
    left, right = _both(call, changing, types)
    return left * right


def _coalesce(call: Call, changing: _Changing, types: Fields) -> Polynomial:
    if not all(_refuses(arg) for arg in call.args[1:]):
        raise NotPolynomialError(f"COALESCE asks whether {_named(call, changing)} is null")
    return polynomial(call.args[0], changing, types)


def _case(call: Call, changing: _Changing, types: Fields) -> Polynomial:
    found = ZERO
    for place, arg in enumerate(call.args):
        if place in _values(call):
            if not _refuses(arg):
                if arg == Literal(None):
                    raise NotPolynomialError("CASE has a branch without a value")
                found += polynomial(arg, changing, types).within(call, place)
        elif any(name in changing for name in fields_of(arg)):
            raise NotPolynomialError(f"a condition depends on {_named(arg, changing)}")
    return found


def _cast(call: Call, changing: _Changing, types: Fields) -> Polynomial:
    own, wanted = type_expression(call.args[0], types).dtype, type_expression(call, types).dtype
    if not is_numeric(wanted) or (
        integer_digits(as_decimal(wanted)) < integer_digits(as_decimal(own))
    ):
        raise NotPolynomialError(
            f"a cast of {_named(call, changing)} to {wanted.simpleString()} may not hold the figure"
        )
    return polynomial(call.args[0], changing, types)


_READERS: dict[str, Callable[[Call, _Changing, Fields], Polynomial]] = {
    "+": _plus,
    "-": _minus,
    "*": _times,
    "case": _case,
    "cast": _cast,
    "coalesce": _coalesce,
}


def _values(case: Call) -> tuple[int, ...]:
    """Return the places of a CASE's results among its arguments."""
    last = len(case.args) - 1
    return (*range(1, last, 2), last)


def _refuses(expression: Expression) -> bool:
    return isinstance(expression, Call) and expression.function == REFUSE


def _product(left: Expression | None, right: Expression | None) -> Expression | None:
    if left is None or right is None:
        return right if left is None else left
    return Call("*", (left, right))


def _named(expression: Expression, changing: _Changing) -> str:
    names = [name for name in fields_of(expression) if name in changing]
    return " and ".join(map(repr, names))
