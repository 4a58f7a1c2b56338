"""The audit log against a chain worked out with sha256sum, and every way to break it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.governance.desk import Clock, Desk

from liqbench.errors import AuditError, AuditTruncatedError, ClockError
from liqbench.governance import AuditLog, Head
from liqbench.governance.audit import NOTHING
from liqbench.store import Records

# sha256sum of the two texts
# {"at":"2026-01-15T09:00:00.000000Z","details":{"a":1},"number":1,"previous":"000…0",
#  "subject":"s1","what":"began","who":"ann"}
# {"at":"2026-01-15T09:00:01.000000Z","details":{},"number":2,"previous":"<the first>",
#  "subject":"s2","what":"ended","who":"Zoë"}, without the line breaks
FIRST = "ec3ffcfe30531623a83ca6fc426e621f3341f56849bc5a5642bf7316f74b2a99"
SECOND = "75477cffbc81c89bad474216e7cea1ae0898e3035bca2728438ff01f75c1f4a1"


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    records = Records(tmp_path / "records.db")
    yield records
    records.close()


def write(records: Records, log: AuditLog, **entry: Any) -> Head:
    with records.transaction() as connection:
        return log.append(connection, **{"details": {}, "subject": "s", "who": "ann"} | entry).head


def test_the_chain_is_the_one_worked_out_by_hand(records: Records) -> None:
    clock = Clock()
    log = AuditLog(records, clock)
    assert log.verify() == Head(0, NOTHING)
    first = write(records, log, subject="s1", what="began", details={"a": 1})
    assert first == Head(1, FIRST)
    clock.pass_(seconds=1)
    assert write(records, log, who="Zoë", subject="s2", what="ended") == Head(2, SECOND)
    assert log.verify([Head(0, NOTHING), Head(1, FIRST)]) == Head(2, SECOND)
    assert [entry.what for entry in log.entries()] == ["began", "ended"]
    assert [entry.who for entry in log.entries(subject="s2")] == ["Zoë"]


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """A log of six entries."""
    for name in ("a", "b", "c"):
        desk.clock.pass_(seconds=1)
        desk.approved(name=name)
    assert desk.process.audit.verify().number == 6
    return desk


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (
            ["UPDATE audit SET at = '2026-01-15T09:00:01.000001Z' WHERE number = 3"],
            "3: was changed",
        ),
        (["UPDATE audit SET who = 'zoe' WHERE number > 3"], "4: was changed"),
        (["UPDATE audit SET what = 'x' WHERE number = 1"], "1: was changed"),
        (["UPDATE audit SET subject = 'x' WHERE number = 6"], "6: was changed"),
        (["UPDATE audit SET details = '{}' WHERE number = 2"], "2: was changed"),
        (["UPDATE audit SET details = '{' WHERE number = 2"], "2: was changed: its details"),
        (["UPDATE audit SET previous = hash WHERE number = 2"], "2: was changed"),
        (["UPDATE audit SET hash = previous WHERE number = 5"], "5: was changed"),
        (["DELETE FROM audit WHERE number = 1"], "1: was removed"),
        (["DELETE FROM audit WHERE number IN (3, 4)"], "3: was removed"),
        (
            [
                "DELETE FROM audit WHERE number = 3",
                "UPDATE audit SET number = number - 1 WHERE number > 3",
            ],
            "3: is out of place: it was written as entry 4",
        ),
        (
            [
                "UPDATE audit SET number = -number WHERE number IN (2, 5)",
                "UPDATE audit SET number = 7 + number WHERE number < 0",
            ],
            "2: is out of place: it was written as entry 5",
        ),
    ],
)
def test_the_first_broken_entry_is_named(desk: Desk, statements: list[str], message: str) -> None:
    for statement in statements:
        assert desk.sql(statement) > 0
    with pytest.raises(AuditError, match=f"audit entry {message}"):
        desk.process.audit.verify()


def test_a_well_made_entry_in_the_middle_is_named(desk: Desk) -> None:
    """Entry 3 is replaced by one with the right number, previous hash and own hash."""
    third = desk.process.audit.entries()[2]
    forged = replace(third, who="zoe").expected_hash()
    desk.sql("UPDATE audit SET who = 'zoe', hash = ? WHERE number = 3", forged)
    with pytest.raises(AuditError, match="entry 4: doesn't follow the entry before it"):
        desk.process.audit.verify()


def test_a_log_written_anew_shows_against_a_head_that_was_signed(desk: Desk) -> None:
    """Every hash from entry 1 on is worked out again, so that the chain is whole."""
    previous = NOTHING
    for entry in desk.process.audit.entries():
        made = replace(entry, who="zoe", previous=previous)
        previous = made.expected_hash()
        desk.sql(
            "UPDATE audit SET who = 'zoe', previous = ?, hash = ? WHERE number = ?",
            made.previous,
            previous,
            made.number,
        )
    assert desk.process.audit.verify().number == 6
    with pytest.raises(AuditError, match="entry 1: is not the one that was signed"):
        desk.process.publisher.check_log()


def test_a_log_cut_off_shows_against_a_known_head(desk: Desk) -> None:
    head = desk.process.audit.verify()
    desk.sql("DELETE FROM audit WHERE number = 6")
    assert desk.process.audit.verify().number == 5
    with pytest.raises(AuditTruncatedError, match="ends with entry 5, but entry 6"):
        desk.process.audit.verify([head])
    with pytest.raises(AuditError, match="tells of no such document that was approved"):
        desk.process.publisher.check_log()


@pytest.mark.parametrize("kind", ["approval", "submission"])
def test_a_record_that_was_removed_is_named(desk: Desk, kind: str) -> None:
    assert desk.sql("DELETE FROM documents WHERE kind = ?", kind) == 3
    with pytest.raises(AuditError, match="which is gone"):
        desk.process.publisher.check_log()


def test_a_clock_set_back_writes_nothing(records: Records) -> None:
    clock = Clock()
    log = AuditLog(records, clock)
    write(records, log, what="one")
    write(records, log, what="at the same moment")
    clock.pass_(microseconds=-1)
    with pytest.raises(ClockError, match="the last entry is of 2026-01-15T09:00:00"):
        write(records, log, what="two")
    assert log.verify().number == 2


def test_an_entry_and_what_it_tells_are_written_together(records: Records) -> None:
    log = AuditLog(records, Clock())

    def fail_halfway() -> None:
        with records.transaction() as connection:
            records.add("kind", "d1", "new", {}, connection=connection)
            log.append(connection, who="ann", what="new", subject="d1", details={})
            raise KeyError

    with pytest.raises(KeyError):
        fail_halfway()
    assert records.list("kind") == []
    assert log.entries() == []


def test_writers_side_by_side_make_one_chain(records: Records) -> None:
    log = AuditLog(records, Clock())
    barrier = threading.Barrier(4, timeout=30)

    def several(who: str) -> None:
        barrier.wait()
        for _ in range(10):
            write(records, log, what="x", who=who)

    threads = [threading.Thread(target=several, args=(who,)) for who in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.verify().number == 40
    assert Counter(entry.who for entry in log.entries()) == dict.fromkeys("abcd", 10)
