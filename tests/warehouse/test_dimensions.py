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
    "ORDER BY entity_id, valid_from"
)
WITH_KEYS = (
    "SELECT entity_key, entity_id, name, attribute_hash, valid_from, valid_to, is_current "
    "FROM dim_entity ORDER BY entity_id, valid_from"
)
END = date(9999, 12, 31)
Change = tuple[str, str, str]  # day, entity, name


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)


def digest(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324


@dataclass
class Version:
    key: int
    name: str
    hash: str


class History:
    """The dimension as it is meant, worked out by Python, a change at a time."""

    def __init__(self) -> None:
        self.members: dict[str, dict[date, Version]] = {}

    def change(self, day: date, entity: str, name: str) -> None:
        versions = self.members.setdefault(entity, {})
        described = digest(f"|{name}")
        if day in versions:
            versions[day].name, versions[day].hash = name, described
            return
        before = [versions[each] for each in sorted(versions) if each < day]
        if not before or before[-1].hash != described:
            key = int(digest(f"{entity}|{day.isoformat()}|{described}")[:15], 16)
            versions[day] = Version(key, name, described)

    def rows(self) -> list[tuple[object, ...]]:
        found: list[tuple[object, ...]] = []
        for entity, versions in sorted(self.members.items()):
            days = sorted(versions)
            for day, following in zip(days, [*days[1:], None], strict=True):
                version = versions[day]
                end = END if following is None else following - timedelta(days=1)
                current = following is None
                found.append((version.key, entity, version.name, version.hash, day, end, current))
        return found


def publish_changes(target: WarehouseTarget, folder: Path, changes: Sequence[Change]) -> None:
    rows = [row(day, entity, name, "1.00") for day, entity, name in changes]
    publish(target, publication(folder, rows, star=STAR))


def test_late_dates_and_changes_on_one_day_by_hand(tmp_path: Path) -> None:
    target = duckdb_target(tmp_path)
    publish_changes(target, tmp_path, [("2025-10-31", "A", "first")])
    publish_changes(target, tmp_path, [("2025-12-31", "A", "third")])
    (key,) = rows_of(target, "SELECT entity_key FROM dim_entity WHERE is_current")
    publish_changes(target, tmp_path, [("2025-11-30", "A", "second")])  # late
    publish_changes(target, tmp_path, [("2025-12-31", "A", "corrected")])  # the same day
    publish_changes(target, tmp_path, [("2026-01-31", "A", "corrected")])  # nothing new
    assert rows_of(target, VERSIONS) == [
        ("A", "first", date(2025, 10, 31), date(2025, 11, 29), False),
        ("A", "second", date(2025, 11, 30), date(2025, 12, 30), False),
        ("A", "corrected", date(2025, 12, 31), END, True),
    ]
    assert rows_of(target, "SELECT entity_key FROM dim_entity WHERE is_current") == [key]
    facts = rows_of(
        target,
        "SELECT date_key, name FROM fact_position JOIN dim_entity USING (entity_key) "
        "ORDER BY date_key, name",
    )
    assert facts == [
        (20251031, "first"), (20251130, "second"), (20251231, "corrected"),
        (20251231, "corrected"), (20260131, "corrected"),
    ]  # fmt: skip


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
            for day, entity, name in sorted(changes):
                history.change(date.fromisoformat(day), entity, name)
        for target in targets:
            assert rows_of(target, WITH_KEYS) == history.rows(), (schema, target.identity)


def test_a_correction_that_earlier_publications_show_is_told(tmp_path: Path) -> None:
    target = duckdb_target(tmp_path)
    day = "2025-12-31"
    base = publication(tmp_path, [row(day, "A", "bank", "1.00")], star=STAR)
    variant = publication(tmp_path, [row(day, "A", "broker", "1.00")], star=STAR, name="stress")
    assert publish(target, base, variant).warnings == (
        "dim_entity: 1 described otherwise on the same day, so earlier publications show the new "
        "description too",
    )
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
