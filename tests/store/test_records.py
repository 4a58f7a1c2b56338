"""What the records promise, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from sqlalchemy.exc import IntegrityError
from tests.store.conftest import Place, Team

from liqbench.errors import (
    DamagedRecordError,
    RecordStoreError,
    StateError,
    UnknownResultError,
)
from liqbench.governance import AuditLog
from liqbench.store import Records
from liqbench.store.databases import records_url
from liqbench.store.schema import DOCUMENTS


def side_by_side(count: int, act: Callable[[int], object]) -> list[object]:
    """Let threads act at once; return what each of them came to, an exception too."""
    barrier = threading.Barrier(count, timeout=30)
    found: list[object] = [None] * count

    def one(number: int) -> None:
        barrier.wait()
        try:
            found[number] = act(number)
        except Exception as error:  # noqa: BLE001 - the test looks at it
            found[number] = error

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_a_document_comes_back_as_it_was_stored(records: Records) -> None:
    body = {"text": "Zoë said: „10 €“ \u0000 \ud83d", "b": [1, None, True], "a": {"deep": "1.10"}}
    before = datetime.now(UTC).replace(tzinfo=None)
    records.add("kind", "d1", "new", body)
    assert records.get("kind", "d1") == ("new", body)
    (found,) = records.list("kind")
    assert (found["id"], found["state"], found["body"]) == ("d1", "new", body)
    assert timedelta() <= found["created_at"] - before < timedelta(minutes=1)


def test_documents_are_listed_by_kind_the_oldest_first(records: Records) -> None:
    for name in ("c", "a", "b"):
        records.add("kind", name, "new", {})
    records.add("other", "d", "new", {})
    assert [item["id"] for item in records.list("kind")] == ["c", "a", "b"]
    assert records.list("unheard of") == []


def test_an_unknown_document_is_told_with_the_closest(records: Records) -> None:
    records.add("kind", "run-1", "new", {})
    with pytest.raises(UnknownResultError, match="run-1"):
        records.get("kind", "run-2")
    with pytest.raises(UnknownResultError, match="there is no other 'run-1'"):
        records.get("other", "run-1")


def test_a_second_document_of_an_id_changes_nothing(records: Records) -> None:
    records.add("kind", "d1", "new", {"n": 1})
    with pytest.raises(IntegrityError):
        records.add("kind", "d1", "new", {"n": 2})
    assert records.get("kind", "d1") == ("new", {"n": 1})


def test_a_move_needs_the_expected_state_and_body(records: Records) -> None:
    records.add("kind", "d1", "new", {"b": 1, "a": 2})
    with pytest.raises(StateError, match="was changed while it was looked at"):
        records.move("d1", expected="new", state="old", body={"a": 3, "b": 1})
    with pytest.raises(StateError, match="is new, and only what is old can become new"):
        records.move("d1", expected="old", state="new")
    with pytest.raises(StateError, match="is not there"):
        records.move("d2", expected="new", state="old")
    records.move("d1", expected="new", state="old", body={"a": 2, "b": 1})
    assert records.get("kind", "d1")[0] == "old"


def test_of_eight_who_move_at_once_one_does(records: Records) -> None:
    records.add("kind", "d1", "new", {"n": 1})
    found = side_by_side(
        8, lambda n: records.move("d1", expected="new", state=f"by {n}", body={"n": 1})
    )
    assert found.count(None) == 1
    assert sum(isinstance(error, StateError) for error in found) == 7
    assert records.get("kind", "d1")[0] == f"by {found.index(None)}"


def test_a_transaction_happens_whole_or_not_at_all(records: Records) -> None:
    def fail_halfway() -> None:
        with records.transaction() as connection:
            records.add("kind", "d1", "new", {}, connection=connection)
            records.add("kind", "d2", "new", {}, connection=connection)
            raise KeyError

    with pytest.raises(KeyError):
        fail_halfway()
    assert records.list("kind") == []


def test_who_reads_sees_one_moment(records: Records) -> None:
    query = DOCUMENTS.select()
    with records.reading() as connection:
        assert connection.execute(query).all() == []
        records.add("kind", "d1", "new", {})
        assert connection.execute(query).all() == []
    assert len(records.list("kind")) == 1


def test_a_writer_may_read_beside_its_transaction_while_many_wait(records: Records) -> None:
    """More writers than a pool of connections usually has; each reads by a second one."""

    def act(number: int) -> int:
        with records.transaction() as connection:
            known = len(records.list("kind"))
            records.add("kind", f"d{number}", "new", {}, connection=connection)
            return known

    assert sorted(side_by_side(20, act), key=str) == sorted(range(20), key=str)


def test_a_body_that_is_no_document_is_told(records: Records) -> None:
    records.add("kind", "d1", "new", {})
    with records.transaction() as connection:
        connection.execute(DOCUMENTS.update().values(body="[1]"))
    with pytest.raises(DamagedRecordError, match="d1"):
        records.get("kind", "d1")


def test_eight_benches_write_one_chain(place: Place) -> None:
    benches = [Records(place) for _ in range(4)]

    def act(number: int) -> None:
        records = benches[number % 4]  # two threads each
        log = AuditLog(records)
        for count in range(5):
            with records.transaction() as connection:
                subject = f"{number}.{count}"
                log.append(connection, who="ann", what="x", subject=subject, details={"n": count})

    assert side_by_side(8, act) == [None] * 8
    log = AuditLog(benches[0])
    assert log.verify().number == 40
    entries = log.entries()
    assert [entry.number for entry in entries] == list(range(1, 41))
    wanted = {f"{number}.{count}" for number in range(8) for count in range(5)}
    assert {entry.subject for entry in entries} == wanted
    for records in benches:
        records.close()


# --- a PostgreSQL, and what can happen to it ----------------------------------------------------


@pytest.fixture
def shared(team: Team) -> Records:
    records = Records(records_url(team.url()))
    records.add("kind", "d0", "new", {})
    return records


def lose_it_and_write(records: Records, team: Team) -> None:
    with records.transaction() as connection:
        records.add("kind", "d1", "new", {}, connection=connection)
        team.end_all_others()
        records.add("kind", "d2", "new", {}, connection=connection)


def lose_it_and_commit(records: Records, team: Team) -> None:
    with records.transaction() as connection:
        records.add("kind", "d1", "new", {}, connection=connection)
        team.end_all_others()


def lose_it_and_fail(records: Records, team: Team) -> None:
    with records.transaction() as connection:
        records.add("kind", "d1", "new", {}, connection=connection)
        team.end_all_others()
        raise KeyError("of the block's own")


def test_a_connection_lost_in_a_transaction_says_that_nothing_was_written(
    shared: Records, team: Team
) -> None:
    with pytest.raises(RecordStoreError, match=r"nothing was written: .*terminating") as caught:
        lose_it_and_write(shared, team)
    assert quote(str(team.socket), safe="") in str(caught.value)
    shared.add("kind", "d3", "new", {})
    assert [item["id"] for item in shared.list("kind")] == ["d0", "d3"]
    shared.close()


def test_a_connection_lost_at_the_end_says_that_nobody_knows(shared: Records, team: Team) -> None:
    with pytest.raises(RecordStoreError, match="whether it was written isn't known"):
        lose_it_and_commit(shared, team)
    assert [item["id"] for item in shared.list("kind")] == ["d0"]
    shared.close()


def test_a_block_that_fails_while_the_connection_is_lost_tells_both(
    shared: Records, team: Team
) -> None:
    with pytest.raises(RecordStoreError, match="nothing was written") as caught:
        lose_it_and_fail(shared, team)
    assert "of the block's own" in "".join(traceback.format_exception(caught.value))
    assert [item["id"] for item in shared.list("kind")] == ["d0"]
    shared.close()


def test_connections_that_were_ended_between_two_calls_go_unnoticed(
    shared: Records, team: Team
) -> None:
    team.end_all_others()
    assert [item["id"] for item in shared.list("kind")] == ["d0"]
    team.end_all_others()
    shared.add("kind", "d1", "new", {})
    shared.close()


def test_a_writer_who_never_ends_is_not_waited_for_forever(
    shared: Records, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liqbench.store.databases._PATIENCE", 0.1)
    other = Records(records_url(team.url()))
    with (
        shared.transaction(),
        pytest.raises(RecordStoreError, match=r"nothing was written: .*lock timeout"),
    ):
        other.add("kind", "d1", "new", {})
    other.close()
    shared.close()


def test_times_are_utc_whatever_the_server_s_zone(team: Team) -> None:
    records = Records(records_url(team.url(TimeZone="Asia/Tokyo")))
    before = datetime.now(UTC).replace(tzinfo=None)
    records.add("kind", "d1", "new", {})
    (found,) = records.list("kind")
    assert timedelta() <= found["created_at"] - before < timedelta(minutes=1)
    records.close()


def test_a_role_that_can_t_change_the_log_is_enough(
    team: Team, shared: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = f"ann_{team.schema[-8:]}"
    for statement in (
        f"CREATE ROLE {role} LOGIN PASSWORD 'of the environment'",
        f"GRANT USAGE ON SCHEMA {team.schema} TO {role}",
        f"GRANT SELECT, INSERT, UPDATE ON documents TO {role}",
        f"GRANT SELECT, INSERT ON audit TO {role}",
        f"GRANT SELECT ON alembic_version TO {role}",
    ):
        team.sql(statement)
    monkeypatch.setenv("PGPASSWORD", "another one")
    with pytest.raises(RecordStoreError, match="password authentication failed"):
        Records(records_url(team.url(role)))
    monkeypatch.setenv("PGPASSWORD", "of the environment")
    records = Records(records_url(team.url(role)))
    log = AuditLog(records)
    with records.transaction() as connection:
        records.move("d0", expected="new", state="old", connection=connection)
        log.append(connection, who="ann", what="moved", subject="d0", details={})
    assert log.verify().number == 1
    with (
        pytest.raises(RecordStoreError, match="nothing was written: permission denied"),
        records.transaction() as connection,
    ):
        connection.exec_driver_sql("UPDATE audit SET who = 'ben'")
    records.close()
    shared.close()
    team.sql(f"DROP OWNED BY {role}")
    team.sql(f"DROP ROLE {role}")


def test_a_server_that_isn_t_there_is_told_with_its_address() -> None:
    with pytest.raises(RecordStoreError, match=r"postgresql://127.0.0.1:1/records: "):
        Records(records_url("postgresql://ann@127.0.0.1:1/records"))
