from __future__ import annotations

import copy
import hashlib
import json
import pickle
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liqbench.errors import DocumentError
from liqbench.model import as_date
from liqbench.model._values import canonical_json, content_hash, freeze, read_json, thaw

DIGITS_OF_SPARK = 38
decimals = st.decimals(allow_nan=False, allow_infinity=False, places=12).filter(
    lambda number: len(number.as_tuple().digits) <= DIGITS_OF_SPARK
)
scalars = st.none() | st.booleans() | st.integers() | decimals | st.text(max_size=8) | st.dates()
documents = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


def shuffled(value: Any) -> Any:
    """Return the same value with the names of its objects the other way round."""
    if isinstance(value, dict):
        return {name: shuffled(value[name]) for name in reversed(value)}
    return [shuffled(item) for item in value] if isinstance(value, list) else value


@settings(deadline=None, max_examples=60)
@given(documents)
def test_the_canonical_text_does_not_depend_on_the_order_of_names(value: Any) -> None:
    assert canonical_json(shuffled(value)) == canonical_json(value)
    assert content_hash(shuffled(value)) == content_hash(value)


@settings(deadline=None, max_examples=60)
@given(documents)
def test_freezing_changes_no_hash(value: Any) -> None:
    assert content_hash(freeze(value)) == content_hash(thaw(freeze(value)))


@settings(deadline=None, max_examples=60)
@given(documents)
def test_what_was_written_and_read_again_has_the_same_text(value: Any) -> None:
    text = canonical_json(freeze(value))
    assert canonical_json(freeze(read_json(text, where="here"))) == text


@settings(deadline=None, max_examples=60)
@given(documents)
def test_thawing_and_freezing_again_gives_the_same_plain_value(value: Any) -> None:
    plain = thaw(freeze(value))
    assert thaw(freeze(plain)) == plain
    assert json.loads(json.dumps(plain)) == plain


@settings(deadline=None, max_examples=60)
@given(decimals)
def test_a_decimal_is_frozen_to_itself(number: Decimal) -> None:
    assert freeze(number) == number


@settings(deadline=None, max_examples=60)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_the_shortest_decimal_that_denotes_it(number: float) -> None:
    assert float(freeze(number)) == number
    assert freeze(number) == Decimal(repr(number))


@pytest.mark.parametrize(
    ("given_value", "frozen"),
    [
        (0.95, Decimal("0.95")),
        (0.1, Decimal("0.1")),
        (Decimal("0.950"), Decimal("0.95")),
        (Decimal("5.00"), 5),
        (2.0, 2),
        (-0.0, 0),
        (Decimal("1E+3"), 1000),
        (np.float64(0.05), Decimal("0.05")),
        (np.int64(7), 7),
        # 40 digits: more than Python's decimals keep by default
        (
            Decimal("1234567890123456789012345678901234567.850"),
            Decimal("1234567890123456789012345678901234567.85"),
        ),
    ],
)
def test_numbers_are_kept_exactly_and_without_padding(given_value: Any, frozen: Any) -> None:
    assert freeze(given_value) == frozen
    assert str(freeze(given_value)) == str(frozen)
    assert type(freeze(given_value)) is type(frozen)


def test_a_boolean_stays_one() -> None:
    assert freeze(True) is True  # noqa: FBT003


def test_a_set_has_one_order() -> None:
    assert freeze({"LOAN", "BOND", "REPO"}) == ("BOND", "LOAN", "REPO")
    assert freeze(frozenset({10, 9})) == (10, 9)  # as their JSON texts sort


def test_what_is_frozen_cannot_be_changed_from_outside() -> None:
    inner = [1, 2]
    outer = {"list": inner}
    frozen = freeze(outer)
    inner.append(3)
    outer["more"] = []
    assert frozen == MappingProxyType({"list": (1, 2)})


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), Decimal("sNaN"), Decimal("1E+999999999")]
)
def test_no_number_to_calculate_with(value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(str(value))} is no number to calculate"):
        freeze(value)


@pytest.mark.parametrize("value", [object(), b"bytes", 1j])
def test_what_json_has_no_place_for_is_refused(value: Any) -> None:
    kind = type(value).__name__
    with pytest.raises(
        ValueError, match=f"^{kind} has no place in a DAG, which must be storable as JSON$"
    ):
        freeze(value)


def test_what_is_frozen_can_be_pickled_copied_and_hashed() -> None:
    frozen = freeze({"b": [1, {"c": "x"}], "a": Decimal("0.95")})
    for other in (pickle.loads(pickle.dumps(frozen)), copy.deepcopy(frozen)):  # noqa: S301
        assert other == frozen
        assert hash(other) == hash(frozen)
        assert content_hash(other) == content_hash(frozen)
    assert hash(freeze({"a": Decimal("0.95"), "b": (1, {"c": "x"})})) == hash(frozen)


def test_what_is_frozen_can_not_be_changed() -> None:
    frozen = freeze({"a": {"b": 1}})
    with pytest.raises(TypeError, match="does not support item assignment"):
        frozen["a"]["b"] = 2
    assert repr(frozen) == "{'a': {'b': 1}}"


def test_the_hash_is_sha256_of_sorted_names_without_blanks() -> None:
    text = '{"a":[0.95,"ü",null,true],"b":"2025-12-31"}'
    value = {"b": date(2025, 12, 31), "a": [Decimal("0.95"), "ü", None, True]}
    assert canonical_json(value) == text
    assert content_hash(value) == hashlib.sha256(text.encode("utf-8")).hexdigest()


def test_a_decimal_that_no_float_can_hold_is_written_as_text() -> None:
    long = Decimal("0.12345678901234567890123456789")
    assert thaw(long) == "0.12345678901234567890123456789"
    assert thaw(Decimal("0.1")) == 0.1  # the float's shortest text


def test_a_moment_in_utc_is_written_with_z() -> None:
    assert thaw(datetime(2024, 1, 14, 10, tzinfo=UTC)) == "2024-01-14T10:00:00Z"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": NaN}', "f.json: NaN is no JSON number"),
        ('{"a": -Infinity}', "f.json: -Infinity is no JSON number"),
        ('{"a": 1, "a": 2}', "f.json: the name 'a' stands twice in one object"),
        (
            '{"a": 1,\n "b" 2}',
            "f.json: this is no JSON: Expecting ':' delimiter at line 2, column 6",
        ),
        ("", "f.json: this is no JSON: Expecting value at line 1, column 1"),
        ("[" * 100_000, "f.json: this is nested too deeply to be read"),
        ("9" * 5_000, "f.json: a number in it has more digits than can be read"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_json(text, where="f.json")
    assert str(caught.value) == message


def test_numbers_are_read_exactly() -> None:
    assert read_json('{"a": 0.9500000000000000000001}', where="") == {
        "a": Decimal("0.9500000000000000000001")
    }


@pytest.mark.parametrize(
    "value",
    ["2025-12-31", date(2025, 12, 31), datetime(2025, 12, 31)],  # noqa: DTZ001
)
def test_an_as_of_date_is_a_calendar_date(value: Any) -> None:
    read = as_date(value)
    assert type(read) is date
    assert read == date(2025, 12, 31)


@pytest.mark.parametrize("value", ["31.12.2025", "2025-02-30", 20251231, None])
def test_what_is_no_date_is_refused(value: Any) -> None:
    with pytest.raises(DocumentError) as caught:
        as_date(value)
    assert str(caught.value) == f"the as-of date {value!r} is no date (write it as 2025-12-31)"


def test_a_moment_within_a_day_is_no_date() -> None:
    with pytest.raises(DocumentError, match="is no date"):
        as_date(datetime(2025, 12, 31, 10, tzinfo=UTC))
