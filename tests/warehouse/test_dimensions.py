"""Slowly changing dimensions: changes on one day, late dates, and the same in both warehouses."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.redshift.stand_in import PASSWORD, Redshift
from tests.warehouse.publications import (
    VARIABLE,
    duckdb_target,
    publication,
    publish,
    redshift_target,
    row,
    rows_of,
)

from liqbench.operators.star_schema import StarSchemaOperator
from liqbench.warehouse.errors import AuditMismatchError
from liqbench.warehouse.target import WarehouseTarget

STAR = StarSchemaOperator.model_validate(
    {
        "fact": "position",
        "date": "day",
        "dimensions": [{"name": "entity", "key": "entity_id", "attributes": ["name"]}],
        "measures": [{"field": "amount", "type": "decimal(20,2)"}],
    }
)
VERSIONS = (
    "SELECT entity_id, name, valid_from, valid_to, is_current FROM dim_entity "
    "ORDER BY entity_id, valid_from, name"
)
# How far a retired version was confirmed is nothing to anybody.
WITH_KEYS = (
    "SELECT entity_key, entity_id, name, attribute_hash, valid_from, valid_to, is_current, "
    "CASE WHEN valid_from <= valid_to THEN confirmed_to END AS confirmed_to "
    "FROM dim_entity ORDER BY entity_id, valid_from, name"
)
END, ONE_DAY = date(9999, 12, 31), timedelta(days=1)
Change = tuple[str, str, str]  # day, entity, name


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)


def digest(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324


@dataclass(frozen=True)
class Version:
    first: date
    name: str


class History:
    """What publications said, and the dimension as it is meant: a dict of days, worked out by hand.

    ``days`` has, for each entity, every day on which something is known, and the version that
    holds on it. ``said`` is what each publication said of its days, the last word for each.
    """

    def __init__(self) -> None:
        self.days: dict[str, dict[date, Version]] = {}
        self.ever: set[tuple[str, Version]] = set()
        self.said: dict[tuple[str, date], str] = {}
        self.facts: list[tuple[str, date, str]] = []

    def publish(self, changes: Sequence[Change]) -> None:
        for day, entity, name in sorted(changes):
            self._change(date.fromisoformat(day), entity, name)
            self.said[entity, date.fromisoformat(day)] = name
            self.facts.append((entity, date.fromisoformat(day), name))
        for entity, days in self.days.items():
            self.ever |= {(entity, version) for version in days.values()}

    def _change(self, day: date, entity: str, name: str) -> None:
        days = self.days.setdefault(entity, {})
        held = days.get(day)
        if held is not None and held.name == name:
            return
        for later in [each for each in days if each > day]:
            if days[later] == held:
                days[later] = Version(day + ONE_DAY, held.name)
        before = max((each for each in days if each < day), default=None)
        if before is None or days[before].name != name:
            days[day] = Version(day, name)
            return
        while before < day:
            before += ONE_DAY
            days[before] = days[before - ONE_DAY]

    def rows(self) -> list[tuple[object, ...]]:
        found: list[tuple[object, ...]] = []
        for entity, version in self.ever:
            days = self.days[entity]
            firsts = sorted({each.first for each in days.values()})
            described = digest(f"|{version.name}")
            key = int(digest(f"{entity}|{version.first}|{described}")[:15], 16)
            last = max((day for day, each in days.items() if each == version), default=None)
            following = next((day for day in firsts if day > version.first), None)
            end = END if following is None else following - ONE_DAY
            if last is None:  # retired
                end = version.first - ONE_DAY
            current = last is not None and following is None
            row = (key, entity, version.name, described, version.first, end, current, last)
            found.append(row)
        return sorted(found, key=lambda row: (row[1], row[4], row[2]))


def check(target: WarehouseTarget, history: History) -> None:
    """The table is as worked out, and answers what the publications said: by date and by key."""
    assert rows_of(target, WITH_KEYS) == history.rows()
    answers: dict[tuple[str, date], list[str]] = {}
    versions = rows_of(target, "SELECT entity_id, name, valid_from, valid_to FROM dim_entity")
    for entity, day in history.said:
        names = [n for e, n, first, last in versions if e == entity and first <= day <= last]
        answers[entity, day] = names
    assert answers == {asked: [name] for asked, name in history.said.items()}
    facts = rows_of(
        target,
        'SELECT entity_id, "date", name FROM fact_position JOIN dim_entity USING (entity_key) '
        "JOIN dim_date USING (date_key) ORDER BY 1, 2, 3",
    )
    assert facts == sorted(history.facts)


def publish_changes(target: WarehouseTarget, folder: Path, changes: Sequence[Change]) -> None:
    rows = [row(day, entity, name, "1.00") for day, entity, name in changes]
    publish(target, publication(folder, rows, star=STAR))


def test_late_dates_and_changes_on_one_day_by_hand(tmp_path: Path) -> None:
    target = duckdb_target(tmp_path)
    publish_changes(target, tmp_path, [("2025-10-31", "A", "first")])
    publish_changes(target, tmp_path, [("2025-12-31", "A", "third")])
    publish_changes(target, tmp_path, [("2025-11-30", "A", "second")])  # late
    publish_changes(target, tmp_path, [("2025-12-31", "A", "corrected")])  # the same day
    publish_changes(target, tmp_path, [("2026-01-31", "A", "corrected")])  # nothing new
    assert rows_of(target, VERSIONS) == [
        ("A", "first", date(2025, 10, 31), date(2025, 11, 29), False),
        ("A", "second", date(2025, 11, 30), date(2025, 12, 30), False),
        ("A", "corrected", date(2025, 12, 31), END, True),
        ("A", "third", date(2025, 12, 31), date(2025, 12, 30), False),  # retired
    ]
    facts = rows_of(
        target,
        "SELECT date_key, name FROM fact_position JOIN dim_entity USING (entity_key) "
        "ORDER BY date_key, name",
    )
    assert facts == [
        (20251031, "first"), (20251130, "second"), (20251231, "corrected"),
        (20251231, "third"), (20260131, "corrected"),
    ]  # fmt: skip


def test_a_late_date_changes_nothing_that_was_said_of_later_ones(tmp_path: Path) -> None:
    target = duckdb_target(tmp_path)
    publish_changes(target, tmp_path, [("2026-01-31", "X", "A")])
    publish_changes(target, tmp_path, [("2026-03-31", "X", "A")])  # no new version
    publish_changes(target, tmp_path, [("2026-02-28", "X", "B")])  # late
    assert rows_of(target, VERSIONS) == [
        ("X", "A", date(2026, 1, 31), date(2026, 2, 27), False),
        ("X", "B", date(2026, 2, 28), date(2026, 2, 28), False),
        ("X", "A", date(2026, 3, 1), END, True),
    ]


def test_what_is_said_again_is_valid_again_under_its_key(tmp_path: Path) -> None:
    target = duckdb_target(tmp_path)
    keys = []
    for name in ("one", "two", "one"):
        publish_changes(target, tmp_path, [("2025-12-31", "A", name)])
        keys += rows_of(target, "SELECT entity_key FROM dim_entity WHERE is_current")
    assert keys[0] == keys[2] != keys[1]
    assert rows_of(target, VERSIONS) == [
        ("A", "one", date(2025, 12, 31), END, True),
        ("A", "two", date(2025, 12, 31), date(2025, 12, 30), False),
    ]


def test_a_member_on_several_days_of_one_publication_has_no_more_versions_than_changes(
    tmp_path: Path,
) -> None:
    target = duckdb_target(tmp_path)
    months = [("2025-10-31", "A", "x"), ("2025-11-30", "A", "x"), ("2025-12-31", "A", "y")]
    publish_changes(target, tmp_path, months)
    assert rows_of(target, VERSIONS) == [
        ("A", "x", date(2025, 10, 31), date(2025, 12, 30), False),
        ("A", "y", date(2025, 12, 31), END, True),
    ]


CHANGES: tuple[tuple[Change, ...], ...] = (
    (("2025-01-31", "A", "a1"), ("2025-01-31", "B", "b1")),
    (("2025-02-28", "A", "a1"), ("2025-02-28", "B", "b2")),
    (("2025-03-31", "A", "a2"), ("2025-01-31", "C", "c1")),
    (("2025-03-31", "A", "a3"), ("2025-03-31", "B", "b1")),
    (("2025-02-28", "B", "b3"), ("2025-04-30", "B", "b3"), ("2025-04-30", "C", "c1")),
    (("2024-12-31", "A", "a0"), ("2025-02-15", "C", "c2")),
)


def orders() -> list[list[tuple[Change, ...]]]:
    """The changes as they came, backwards, and in eight more orders."""
    chance = random.Random(7)  # noqa: S311
    found = [list(CHANGES), list(reversed(CHANGES))]
    return found + [chance.sample(CHANGES, len(CHANGES)) for _ in range(8)]


def test_ten_orders_of_changes_give_the_same_tables_as_worked_out(
    redshift: Redshift, tmp_path: Path
) -> None:
    for number, order in enumerate(orders()):
        schema = f"order_{number}"
        redshift.sql(f"CREATE SCHEMA {schema} AUTHORIZATION analyst")
        folder = tmp_path / schema
        folder.mkdir()
        history, targets = (
            History(),
            (
                duckdb_target(folder),
                redshift_target(redshift, namespace=schema),
            ),
        )
        for changes in order:
            for target in targets:
                publish_changes(target, folder, changes)
            history.publish(changes)
        for target in targets:
            check(target, history)


def random_changes(chance: random.Random) -> list[Change]:
    """Forty entities, each of them perhaps, on up to three of nine days under three names."""
    first = date(2025, 12, 28)
    return [
        ((first + timedelta(days=day)).isoformat(), f"E{n:02}", chance.choice("abc"))
        for n in range(40)
        for day in chance.sample(range(9), chance.randint(0, 3))
    ]


def test_whatever_comes_in_whatever_order_is_answered_as_it_was_said(
    redshift: Redshift, tmp_path: Path
) -> None:
    chance = random.Random(11)  # noqa: S311
    history = History()
    targets = (duckdb_target(tmp_path), redshift_target(redshift))
    for _ in range(9):
        changes = random_changes(chance)
        history.publish(changes)
        for target in targets:
            publish_changes(target, tmp_path, changes)
            check(target, history)
    # All that can happen did: late dates, corrections, resumptions, things said again.
    assert len(history.ever) > 300
    retired = [row for row in history.rows() if row[-1] is None]
    assert len(retired) > 100


def test_a_correction_of_what_was_published_is_told(tmp_path: Path) -> None:
    target = duckdb_target(tmp_path)
    day = "2025-12-31"
    base = publication(tmp_path, [row(day, "A", "bank", "1.00")], star=STAR)
    variant = publication(tmp_path, [row(day, "A", "broker", "1.00")], star=STAR, name="stress")
    assert publish(target, base, variant).warnings == (
        "dim_entity: 1 described otherwise than before on a day that was published; facts that "
        "are there keep the old description, as of that day the new one holds",
    )
    shown = (
        "SELECT scenario, name FROM fact_position JOIN dim_entity USING (entity_key) "
        "JOIN dim_scenario USING (scenario_key) ORDER BY scenario"
    )
    assert rows_of(target, shown) == [("Base", "bank"), ("stress", "broker")]
    late = publication(tmp_path, [row("2025-11-30", "A", "other", "1.00")], star=STAR)
    assert publish(target, late).warnings == ()
    same = publication(tmp_path, [row(day, "A", "broker", "2.00")], star=STAR)
    assert publish(target, same).warnings == ()


def test_a_rebuild_gives_the_same_keys(tmp_path: Path) -> None:
    found = []
    for name in ("first", "again"):
        folder = tmp_path / name
        folder.mkdir()
        target = duckdb_target(folder)
        for changes in CHANGES:
            publish_changes(target, folder, changes)
        found.append(rows_of(target, WITH_KEYS))
    assert found[0] == found[1]


def test_descriptions_that_read_alike_when_joined_are_told_apart(tmp_path: Path) -> None:
    star = StarSchemaOperator.model_validate(
        {**STAR.model_dump(), "dimensions": [
            {"name": "entity", "key": "entity_id", "attributes": ["name", "ccy"]}]}
    )  # fmt: skip
    target = duckdb_target(tmp_path)
    for day, name, ccy in (("2025-10-31", "a|b", "c"), ("2025-11-30", "a", "b|c")):
        publish(target, publication(tmp_path, [row(day, "A", name, "1.00", ccy)], star=star))
    assert len(rows_of(target, VERSIONS)) == 2


def test_a_member_that_is_described_in_two_ways_on_one_day_is_named(tmp_path: Path) -> None:
    target = duckdb_target(tmp_path)
    rows = [
        row("2025-12-31", "A", "one", "1.00", "EUR"),
        row("2025-12-31", "A", "two", "1.00", "USD"),
    ]
    with pytest.raises(AuditMismatchError, match="'A' is described in two ways on 2025-12-31"):
        publish(target, publication(tmp_path, rows))
