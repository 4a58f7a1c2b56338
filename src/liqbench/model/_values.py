"""The values that rules and parameters hold: JSON's, with decimals for numbers."""

from __future__ import annotations

import hashlib
import json
import numbers
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Context, Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from liqbench.errors import DocumentError

Scalar = str | bool | int | Decimal | date | datetime | None


class FrozenModel(BaseModel):
    """A value: immutable, compared by content, strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class FrozenMapping(Mapping[str, Any]):
    """An immutable mapping that can be hashed, copied and pickled, which a proxy can't."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, Any]) -> None:
        self._items = dict(items)

    def __getitem__(self, key: str) -> Any:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)


_MOST_DIGITS = 400  # every float has fewer; a larger exponent is a slip, and slow to write out


def exact_number(value: numbers.Integral | float | Decimal) -> int | Decimal:
    """Return the number as typed: an ``int`` where it is whole, else a decimal without padding.

    A float counts as the shortest text that denotes it (0.1 is one tenth). Raises ``ValueError``
    for NaN, infinities and exponents beyond all use.
    """
    if isinstance(value, numbers.Integral):
        return int(value)
    number = Decimal(repr(float(value))) if isinstance(value, float) else Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        raise ValueError(f"{value} is no number to calculate with")
    if number == number.to_integral_value():
        return int(number)
    return number.normalize(Context(prec=len(number.as_tuple().digits)))


def freeze(value: Any) -> Any:
    """Return the JSON-like value deeply immutable, its numbers exact, its sets in one order.

    Raises ``ValueError`` for what JSON has no place for.
    """
    if isinstance(value, bool) or value is None or isinstance(value, str | date):
        return value
    if isinstance(value, numbers.Integral | float | Decimal):
        return exact_number(value)
    if isinstance(value, Mapping):
        return FrozenMapping({str(key): freeze(item) for key, item in value.items()})
    if isinstance(value, BaseModel):
        return freeze(value.model_dump(exclude_defaults=True))
    if isinstance(value, set | frozenset):
        return tuple(sorted((freeze(item) for item in value), key=canonical_json))
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return tuple(freeze(item) for item in value)
    raise ValueError(
        f"{type(value).__name__} has no place in a DAG, which must be storable as JSON"
    )


def thaw(value: Any) -> Any:
    """Return the value as plain JSON types.

    A decimal becomes a JSON number where that reads back as the same decimal, else a string.
    """
    if isinstance(value, Mapping):
        return {key: thaw(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [thaw(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        as_float = float(value)
        return as_float if Decimal(repr(as_float)) == value else str(value)
    return value


def read_json(text: str, *, where: str) -> Any:
    """Parse JSON with exact numbers; refuse duplicate names, NaN and infinities."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise DocumentError(f"the name {twice!r} stands twice in one object", where=where)
        return result

    def refuse(constant: str) -> Any:
        raise DocumentError(f"{constant} is no JSON number", where=where)

    try:
        return json.loads(
            text, parse_float=Decimal, parse_constant=refuse, object_pairs_hook=unique
        )
    except json.JSONDecodeError as error:
        raise DocumentError(
            f"this is no JSON: {error.msg} at line {error.lineno}, column {error.colno}",
            where=where,
        ) from error
    except RecursionError:
        raise DocumentError("this is nested too deeply to be read", where=where) from None
    except ValueError:
        raise DocumentError(
            "a number in it has more digits than can be read", where=where
        ) from None


def canonical_json(value: Any) -> str:
    """Return the one JSON text of a value: sorted names, no blanks, UTF-8."""
    return json.dumps(thaw(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def content_hash(value: Any) -> str:
    """Return the SHA-256 of the canonical JSON, as 64 hex digits."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def as_date(value: date | str, *, what: str = "the as-of date") -> date:
    """Return a calendar date; a timestamp counts as one at midnight.

    Raises ``DocumentError`` for what is none.
    """
    if isinstance(value, datetime) and value.timetz() == time.min:
        return value.date()
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value)  # type: ignore[arg-type]  # a TypeError tells
    except (TypeError, ValueError):
        raise DocumentError(f"{what} {value!r} is no date", hint="write it as 2025-12-31") from None
