"""Printed figures: reading them, and the unit in which each one is printed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext

DIGITS = 120  # enough for every sum, product and quotient of printed figures

_PLAIN = r"\d+(\.\d+)?"
_GROUPED = r"\d{1,3}([,'\u2019 \u00a0\u2009\u202f])\d{3}(\2\d{3})*(\.\d+)?"
_FIGURE = re.compile(rf"[-+\u2212]?({_GROUPED}|{_PLAIN})")
_NOTHING = {"", "-", "\u2013", "\u2014"}
_MOST_DIGITS = 38
_THOUSAND, _MILLION = Decimal(1_000), Decimal(1_000_000)
_LEAST_MILLIONS = 1_000
_WHOLE_PERCENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Figure:
    """A printed figure and the unit that it is printed in: what was rounded to, at the coarsest.

    ``half`` is the most by which rounding can have moved it.
    """

    value: Decimal
    unit: Decimal

    @property
    def half(self) -> Decimal:
        """Half a unit of the print."""
        return self.unit / 2


def read_figure(text: str) -> Decimal | None:
    """Return the figure of a cell, ``None`` for a blank one or a dash.

    The point separates decimals; commas, blanks or apostrophes may group thousands, in threes.
    Raises ``ValueError`` that says what is wrong.
    """
    text = text.strip()
    if text in _NOTHING:
        return None
    match = _FIGURE.fullmatch(text)
    if match is None:
        raise ValueError(
            "is no figure: write 1234567.89 or 1,234,567.89, the decimals behind a point"
        )
    plain = text.replace("\u2212", "-")
    if match[2]:
        plain = plain.replace(match[2], "")
    if sum(sign.isdigit() for sign in plain) > _MOST_DIGITS:
        raise ValueError(f"has more than {_MOST_DIGITS} digits")
    return Decimal(plain)


def units_of(values: Iterable[Decimal], floor: Decimal) -> dict[Decimal, Decimal]:
    """Return the unit that each figure of a table is printed in, inferred from its zeros.

    Conservative, as a unit too coarse would hide a difference. The table's unit is the finest
    that any figure of it shows: one figure with cents makes it cents; it is thousands or millions
    only if all figures are. A single figure among finer ones is taken as printed in millions only
    where it is whole millions, and at least a thousand of them: 203,792,000,000.00 is,
    63,000,000.00 is not. Zero has the table's unit. No unit is finer than ``floor``, unless the
    figure itself is smaller.
    """
    distinct = set(values)
    finest = _unit_of_table([value for value in distinct if value])
    return {value: max(_unit_of_figure(value, finest), _floor(value, floor)) for value in distinct}


def unit_of_ratio(printed: Decimal, *, in_percent: bool) -> Decimal:
    """Return the unit of a printed ratio, as a plain number: whole percents at the coarsest."""
    unit = _last_place(printed)
    return min(unit / 100 if in_percent else unit, _WHOLE_PERCENT)


def _unit_of_table(values: list[Decimal]) -> Decimal:
    finest = min((_last_place(value) for value in values), default=Decimal(1))
    if finest < 1:
        return finest
    coarse = (_MILLION, _THOUSAND)
    return next((unit for unit in coarse if all(_is_whole(v, unit) for v in values)), Decimal(1))


def _unit_of_figure(value: Decimal, finest: Decimal) -> Decimal:
    in_millions = abs(value) >= _LEAST_MILLIONS * _MILLION and _is_whole(value, _MILLION)
    return _MILLION if in_millions else finest


def _floor(value: Decimal, floor: Decimal) -> Decimal:
    return floor if abs(value) >= floor or not value else Decimal(0)


def _is_whole(value: Decimal, unit: Decimal) -> bool:
    with localcontext(prec=DIGITS):
        return value % unit == 0


def _last_place(value: Decimal) -> Decimal:
    """Return the place of the last digit that isn't a zero behind the point: 0.1 for 1.50."""
    with localcontext(prec=DIGITS):
        exponent = value.normalize().as_tuple().exponent
    return Decimal(1).scaleb(min(int(exponent), 0))
