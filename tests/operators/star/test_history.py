"""Members with history, loaded in several orders of days, corrected and late.

The sequences are complete: a member for everything that five loads can say of it. What must hold
is looked up in the loads themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise, product

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession

from liqbench.operators.star import attribute_hash, version_key
from liqbench.operators.star.history import FOREVER, next_versions
from liqbench.operators.star.layout import DimensionLayout

DIMENSION = DimensionLayout("m", ("id",), ("value",), (), versioned=True, published=True)
# Days of January that the loads are for, in the order in which they come; the members that hear of
# a load are those whose own order has it.
LOADS = (1, 1, 2, 4, 2, 1, 2)
ORDERS = [(1, 2, 4, 2, 1), (1, 1, 4, 1, 2), (1, 4, 2, 1), (2, 4, 1, 2), (4, 2, 1), (4, 1, 2)]
# Members that are another on each day, whatever the order in which one hears of it.
DISTINCT = {"P": (1,), "Q": (2,), "PQ": (1, 2), "PR": (1, 4), "QR": (2, 4), "PQR": (1, 2, 4)}
ON_DAY = {1: "P", 2: "Q", 4: "R"}


def day(number: int) -> date:
    return date(2025, 1, number)


def key(member: str, number: int, value: str) -> int:
    return version_key((member,), day(number), attribute_hash((value,)))


@dataclass(frozen=True)
class Version:
    key: int
    member: str
    value: str
    hash: str
    first: date
    last: date
    current: bool
    confirmed: date


@dataclass(frozen=True)
class Load:
    """What a load said, and the versions after it, per member from first to last."""

    day: date
    said: dict[str, str]
    versions: dict[str, list[Version]]

    def valid(self, member: str, on: date) -> Version:
        (found,) = [v for v in self.versions[member] if v.first <= on <= v.last]
        return found


def name_of(order: Sequence[int], said: str) -> str:
    return f"{''.join(map(str, order))} {said}"


def all_that_can_be_said(loads: int) -> Iterator[str]:
    """Yield what so many loads can say of a member: it is A, it is B, or nothing."""
    return map("".join, product("AB-", repeat=loads))


def places(order: Sequence[int]) -> list[int]:
    """Return which of the loads an order is made of."""
    found: list[int] = []
    for today in order:
        found.append(LOADS.index(today, found[-1] + 1 if found else 0))
    return found


def said_by_load(number: int) -> dict[str, str]:
    said: dict[str, str] = {}
    for order in ORDERS:
        if number not in places(order):
            continue
        place = places(order).index(number)
        for text in all_that_can_be_said(len(order)):
            if text[place] != "-":
                said[name_of(order, text)] = text[place]
        today = LOADS[number]
        said |= {name_of(order, m): ON_DAY[today] for m, days in DISTINCT.items() if today in days}
    return said


@pytest.fixture(scope="module")
def loads(spark: SparkSession, frame: Callable[..., DataFrame]) -> list[Load]:
    previous: DataFrame | None = None
    loads: list[Load] = []
    for number, today in enumerate(LOADS):
        said = said_by_load(number)
        members = frame("id string, value string", list(said.items()))
        found: pa.Table = next_versions(DIMENSION, members, previous, day(today)).toArrow()
        previous = spark.createDataFrame(found)
        versions: dict[str, list[Version]] = {}
        rows = [Version(*row.values()) for row in found.to_pylist()]
        for version in sorted(rows, key=lambda v: (v.first, v.last)):
            versions.setdefault(version.member, []).append(version)
        loads.append(Load(day(today), said, versions))
    return loads


def test_every_load_is_answered_for_its_day_whatever_came_later(loads: list[Load]) -> None:
    last_said: dict[tuple[str, date], str] = {}
    for load in loads:
        last_said |= {(member, load.day): value for member, value in load.said.items()}
        for (member, on), value in last_said.items():
            assert load.valid(member, on).value == value, (member, on)


def test_a_key_that_facts_got_shows_what_it_did_unless_their_day_is_loaded_again(
    loads: list[Load],
) -> None:
    for number, load in enumerate(loads):
        for member, value in load.said.items():
            given = load.valid(member, load.day).key
            for later in loads[number + 1 :]:
                if later.day == load.day and member in later.said:
                    break
                (kept,) = [v for v in later.versions[member] if v.key == given]
                assert kept.value == value, (member, load.day)


def test_versions_follow_each_other_without_gap_under_keys_of_their_own(loads: list[Load]) -> None:
    for load in loads:
        every = [version for versions in load.versions.values() for version in versions]
        assert len({version.key for version in every}) == len(every)
        assert all(v.hash == attribute_hash((v.value,)) for v in every)
        assert all(v.current == (v.last == FOREVER) for v in every)
        for versions in load.versions.values():
            living = [v for v in versions if v.last >= v.first]
            for one, following in pairwise(living):
                assert following.first - one.last == timedelta(days=1)
            assert living[-1].current


def test_the_order_of_the_loads_leaves_no_trace_where_every_day_says_something_new(
    loads: list[Load],
) -> None:
    for order, (member, days) in product(ORDERS, DISTINCT.items()):
        name = name_of(order, member)
        assert loads[-1].versions[name] == [
            Version(
                key(name, number, ON_DAY[number]),
                name,
                ON_DAY[number],
                attribute_hash((ON_DAY[number],)),
                day(number),
                following - timedelta(days=1) if following < FOREVER else FOREVER,
                following == FOREVER,
                day(number),
            )
            for number, following in zip(days, [*map(day, days[1:]), FOREVER], strict=True)
        ]


@pytest.mark.parametrize(
    ("order", "member", "wanted"),
    [
        # Corrected on its own day: in place, under the old key.
        ((1, 2, 4, 2, 1), "A---B", [(1, "A", 1, "B", FOREVER, 1)]),
        # Confirmed on the 2nd, then corrected for the 1st: who refers to the 2nd still sees A.
        ((1, 2, 4, 2, 1), "AA--B", [(1, "B", 1, "B", day(1), 1), (1, "A", 2, "A", FOREVER, 2)]),
        # Late, within what is confirmed: A is resumed on the next day.
        (
            (1, 2, 4, 2, 1),
            "A-AB-",
            [
                (1, "A", 1, "A", day(1), 4),
                (2, "B", 2, "B", day(2), 2),
                (3, "A", 3, "A", FOREVER, 4),
            ],
        ),
        # And then corrected for the 1st, which was all that A had left: it is retired.
        (
            (1, 2, 4, 2, 1),
            "A-ABB",
            [
                (1, "A", 1, "A", day(1) - timedelta(days=1), 4),
                (1, "B", 1, "B", day(1), 1),
                (2, "B", 2, "B", day(2), 2),
                (3, "A", 3, "A", FOREVER, 4),
            ],
        ),
        # Late, before anything is known.
        ((4, 1, 2), "AB-", [(1, "B", 1, "B", day(3), 1), (4, "A", 4, "A", FOREVER, 4)]),
        # B under the key of A, confirmed, then A again: the two change keys.
        ((1, 1, 4, 1, 2), "ABBA-", [(1, "B", 1, "A", day(1), 1), (1, "A", 2, "B", FOREVER, 4)]),
        # The same as before is no new version, and silence isn't either.
        ((1, 2, 4, 2, 1), "A-A--", [(1, "A", 1, "A", FOREVER, 4)]),
    ],
)
def test_versions_as_worked_out_by_hand(
    loads: list[Load],
    order: tuple[int, ...],
    member: str,
    wanted: list[tuple[int, str, int, str, date, int]],
) -> None:
    name = name_of(order, member)
    found = [(v.key, v.first, v.value, v.last, v.confirmed) for v in loads[-1].versions[name]]
    assert found == [
        (key(name, begun, named), day(first), value, last, day(confirmed))
        for begun, named, first, value, last, confirmed in wanted
    ]
