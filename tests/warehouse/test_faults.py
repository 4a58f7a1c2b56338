"""Whatever fails when, a publication is there exactly once, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.redshift.faults import SERIALIZATION, Faults
from tests.redshift.stand_in import PASSWORD, Isolation, Redshift
from tests.redshift.wire import RedshiftError
from tests.warehouse.publications import (
    STAGED,
    STAR,
    VARIABLE,
    Sleep,
    adjusted,
    duckdb_target,
    publication,
    publish,
    redshift_target,
    row,
    rows_of,
    withdraw,
)

from liqbench.operators.star_schema import StarSchemaOperator
from liqbench.warehouse import Publication
from liqbench.warehouse.errors import (
    AuditMismatchError,
    OutcomeUnknownError,
    StatementRefusedError,
    TargetUnreachableError,
    TransactionConflictError,
)

SMALL = StarSchemaOperator.model_validate(
    {**STAR.model_dump(), "dimensions": [STAR.dimensions[0].model_dump()]}
)
FAULTS: dict[str, Callable[[Faults, int], object]] = {
    "dropped before": lambda faults, n: faults.drop_before(n),
    "dropped after": lambda faults, n: faults.drop_after(n),
    "1023": lambda faults, n: faults.error(n, error=SERIALIZATION),
}
CONFLICT = RedshiftError(
    "could not complete because of conflict with concurrent transaction", "XX000", ""
)


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)


@pytest.fixture
def publications(tmp_path: Path) -> Iterator[Publication]:
    """Publications without end: each of a day of its own, on which the entity is renamed.

    Each adjusts one deal that all of them do and one of its own, in the place of those before.
    """

    def endless() -> Iterator[Publication]:
        day = date(2025, 1, 1)
        while True:
            day += timedelta(days=1)
            name = f"{day:%d%m}" + "x" * (day.month % 7)
            made = publication(tmp_path, [row(day.isoformat(), "A", name, "1.00")], star=SMALL)
            records = [("D0", "R", "0", f"{day:%j}"), (f"D{day:%j}", "R", "0", "1")]
            yield adjusted(tmp_path, made, records)

    return endless()


# The adjustments' date is the one that no fact is of.
COUNTS = """
SELECT (SELECT count(*) FROM fact_position),
       (SELECT count(DISTINCT publish_id) FROM fact_position),
       (SELECT count(*) FROM lq_ledger),
       (SELECT count(*) FROM dim_entity),
       (SELECT count(*) FROM dim_date WHERE "date" <> '2025-12-31'),
       (SELECT count(*) FROM dim_scenario),
       (SELECT count(*) FROM dim_entity WHERE is_current),
       (SELECT count(*) FROM lq_adjustment WHERE NOT is_deleted),
       (SELECT count(*) FROM lq_adjustment WHERE is_deleted),
       (SELECT count(*) FROM lq_adjustment_history)"""


def there_exactly_once(redshift: Redshift, published: int) -> bool:
    """So many publications, so many of everything, and one version of the entity is current.

    Two adjustments stand; those of all publications before are marked as deleted, and each
    publication kept all the rows that were there before it.
    """
    kept = published * (published + 1) // 2 - 1
    return redshift.sql(COUNTS) == [(*[published] * 6, 1, 2, published - 1, kept)]


def statements(redshift: Redshift, since: int) -> list[str]:
    return [executed.text for executed in redshift.statements[since:]]


@pytest.mark.parametrize("isolation", ["snapshot", "serializable"])
def test_any_statement_may_fail(
    redshift: Redshift, publications: Iterator[Publication], isolation: Isolation
) -> None:
    redshift.isolation = isolation
    target = redshift_target(redshift)
    publish(target, next(publications))
    target.make_views([SMALL])
    since = len(redshift.statements)
    publish(target, next(publications))
    recorded = statements(redshift, since)
    committed = recorded.index("COMMIT") + 1
    assert [text.split()[0] for text in recorded[committed:]] == ["SELECT", "REFRESH"]
    # What is before the transaction commits of itself, so isolation is nothing to it.
    first = 1 if isolation == "snapshot" else recorded.index("BEGIN") + 1
    published = 2
    for at, statement in enumerate(recorded[first - 1 :], start=first):
        for name, inject in FAULTS.items():
            case = f"{name} at statement {at}, {statement}"
            inject(redshift.faults, at)
            receipt = publish(target, next(publications))
            published += 1
            # What follows the COMMIT can't undo it: the views' refresh fails alone, and is told.
            failed = at > committed
            assert (receipt.new, receipt.tries) == (True, 1 if failed else 2), case
            assert len(receipt.warnings) == failed, case
            assert there_exactly_once(redshift, published), case
    assert published == 2 + 3 * (len(recorded) - first + 1)
    attempts = redshift.sql("SELECT attempt, count(*) FROM lq_ledger GROUP BY attempt")
    # A COMMIT whose answer was lost had entered its first try; so had all with a failed refresh.
    assert dict(attempts) == {1: 9, 2: published - 9}


def test_any_statement_that_makes_a_table_may_fail(
    redshift: Redshift, publications: Iterator[Publication]
) -> None:
    publish(redshift_target(redshift), next(publications))
    recorded = statements(redshift, 0)
    made = [at for at, text in enumerate(recorded, 1) if text.startswith("CREATE TABLE")]
    assert len(made) == 11
    for at in made:
        for name, inject in FAULTS.items():
            case = f"{name} at statement {at}, {recorded[at - 1]}"
            redshift.reset()
            inject(redshift.faults, at)
            assert publish(redshift_target(redshift), next(publications)).tries == 2, case
            assert there_exactly_once(redshift, 1), case


def test_any_call_of_s3_and_the_copy_may_fail(
    redshift: Redshift, publications: Iterator[Publication]
) -> None:
    target = redshift_target(redshift, bucket=redshift.s3.bucket(), routes=STAGED)
    publish(target, next(publications))
    since, calls = len(redshift.statements), len(redshift.s3.faults.calls)
    publish(target, next(publications))
    recorded = statements(redshift, since)
    copies = [n for n, text in enumerate(recorded, start=1) if text.startswith("COPY")]
    assert len(copies) == 2
    published = 2
    for at in copies:
        for name, inject in FAULTS.items():
            inject(redshift.faults, at)
            receipt = publish(target, next(publications))
            published += 1
            assert (receipt.method, receipt.tries) == ("staged", 2), name
            assert there_exactly_once(redshift, published), name
    for n, call in enumerate(redshift.s3.faults.calls[calls : calls + 4], start=1):
        assert call.method == "PUT"
        for fault in (redshift.s3.faults.error, redshift.s3.faults.lose):
            case = f"{fault.__name__} at call {n}, {call}"
            fault(n)
            assert publish(target, next(publications)).tries == 2, case
            published += 1
            assert there_exactly_once(redshift, published), case


@pytest.mark.parametrize("isolation", ["snapshot", "serializable"])
def test_any_statement_of_a_withdrawal_may_fail(
    redshift: Redshift, publications: Iterator[Publication], isolation: Isolation
) -> None:
    redshift.isolation = isolation
    target = redshift_target(redshift)
    kept, other = next(publications), next(publications)
    publish(target, kept)
    publish(target, other)
    since = len(redshift.statements)
    assert withdraw(target, other.publish_id, "wrong", by="ann").new
    recorded = statements(redshift, since)
    first = recorded.index("BEGIN") + 1  # before are the statements of every call
    standing = "SELECT deal_key, new_value FROM lq_adjustment WHERE NOT is_deleted ORDER BY 1"
    before = redshift.sql(standing)
    assert len(before) == 2
    withdrawn = 1
    for at, statement in enumerate(recorded[first - 1 :], start=first):
        for name, inject in FAULTS.items():
            case = f"{name} at statement {at}, {statement}"
            other = next(publications)
            publish(target, other)
            assert redshift.sql(standing) != before
            history = redshift.sql("SELECT count(*) FROM lq_adjustment_history")[0][0]
            rows = redshift.sql("SELECT count(*) FROM lq_adjustment")[0][0]
            inject(redshift.faults, at)
            assert withdraw(target, other.publish_id, "wrong", by="ann").new, case
            withdrawn += 1
            assert redshift.sql(standing) == before, case
            assert redshift.sql(
                "SELECT (SELECT count(*) FROM lq_withdrawal), "
                "(SELECT count(*) FROM lq_adjustment_history)"
            ) == [(withdrawn, history + rows)], case


def test_any_statement_that_brings_an_older_dimension_up_to_date_may_fail(
    redshift: Redshift, publications: Iterator[Publication]
) -> None:
    target = redshift_target(redshift)
    publish(target, next(publications))
    older = "ALTER TABLE dim_entity DROP COLUMN confirmed_to"
    redshift.sql(older)
    since = len(redshift.statements)
    publish(target, next(publications))
    recorded = statements(redshift, since)
    (altered,) = [n for n, text in enumerate(recorded, 1) if text.startswith("ALTER TABLE")]
    published = 2
    for at in range(altered - 3, altered + 3):  # from BEGIN to COMMIT
        for name, inject in FAULTS.items():
            case = f"{name} at statement {at}, {recorded[at - 1]}"
            redshift.sql(older)
            inject(redshift.faults, at)
            assert publish(target, next(publications)).tries == 2, case
            published += 1
            assert there_exactly_once(redshift, published), case
    assert recorded[altered - 4] == "BEGIN"
    assert recorded[altered + 1] == "COMMIT"
    assert redshift.sql("SELECT count(*) FROM dim_entity WHERE confirmed_to = valid_from") == [
        (published,)
    ]


def test_a_call_that_fails_in_all_tries_is_made_good_by_the_next(
    redshift: Redshift, publications: Iterator[Publication]
) -> None:
    sleep = Sleep()
    target = redshift_target(redshift, sleep=sleep)
    publish(target, next(publications))
    wanted = next(publications)
    for n in (1, 2, 3):
        redshift.faults.error(n, matching='^INSERT INTO "lq_ledger"', error=CONFLICT)
    with pytest.raises(TransactionConflictError, match="others were publishing at the same time"):
        publish(target, wanted)
    assert sleep.waits == [0.5, 1.0]
    assert there_exactly_once(redshift, 1)
    assert publish(target, wanted).new
    assert there_exactly_once(redshift, 2)


def test_a_lost_answer_to_commit_that_nobody_could_ask_about_is_told(
    redshift: Redshift, publications: Iterator[Publication]
) -> None:
    publish(redshift_target(redshift), next(publications))
    wanted = next(publications)
    redshift.faults.drop_after(matching="^COMMIT$")
    with pytest.raises(OutcomeUnknownError, match="it is there whole or not at all"):
        publish(redshift_target(redshift, tries=1), wanted)
    redshift.wait_for_clients(0)
    again = publish(redshift_target(redshift), wanted)
    assert not again.new
    assert there_exactly_once(redshift, 2)


def test_a_commit_that_comes_late_is_waited_for(
    redshift: Redshift, publications: Iterator[Publication]
) -> None:
    """The first publisher's COMMIT is held back; the second one of the same id waits for it."""
    publish(redshift_target(redshift), next(publications))
    wanted = next(publications)
    gate = redshift.faults.hold(matching="^COMMIT$")
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(publish, redshift_target(redshift), wanted)
        gate.wait()
        second = pool.submit(publish, redshift_target(redshift), wanted)
        redshift.wait_for_blocked()
        gate.release()
        assert (first.result().new, second.result().new) == (True, False)
    assert there_exactly_once(redshift, 2)


def test_what_the_audit_refuses_is_not_tried_again(
    redshift: Redshift, publications: Iterator[Publication]
) -> None:
    sleep = Sleep()
    target = redshift_target(redshift, sleep=sleep)
    publish(target, next(publications))
    good = next(publications)
    (fact,) = good.facts
    wrong = replace(good, facts=(replace(fact, rows=2),))
    with pytest.raises(AuditMismatchError, match="rows 1 instead of 2"):
        publish(target, wrong)
    assert sleep.waits == []
    assert there_exactly_once(redshift, 1)


def test_a_fan_out_over_a_doubled_member_is_found_and_rolled_back(
    redshift: Redshift, publications: Iterator[Publication]
) -> None:
    target = redshift_target(redshift)
    publish(target, next(publications))
    redshift.sql("INSERT INTO dim_entity SELECT * FROM dim_entity")
    before = redshift.sql(COUNTS)
    with pytest.raises(AuditMismatchError, match="1 surrogate keys belong to several versions"):
        publish(target, next(publications))
    assert redshift.sql(COUNTS) == before


def test_direct_writing_that_is_refused_goes_by_s3(
    redshift: Redshift, publications: Iterator[Publication]
) -> None:
    target = redshift_target(redshift, bucket=redshift.s3.bucket())
    redshift.faults.error(matching='^INSERT INTO "lq_stage', error=RedshiftError("no", "XX000", ""))
    receipt = publish(target, next(publications))
    assert (receipt.method, receipt.tries) == ("upsert, staged", 1)
    assert receipt.warnings == (
        "direct writing was refused, so the rows went by S3: the warehouse refused: no",
    )
    assert there_exactly_once(redshift, 1)
    redshift.faults.error(matching='^INSERT INTO "lq_adj', error=RedshiftError("no", "XX000", ""))
    assert publish(target, next(publications)).method == "staged"
    assert there_exactly_once(redshift, 2)
    redshift.faults.error(matching='^INSERT INTO "lq_stage', error=RedshiftError("no", "XX000", ""))
    with pytest.raises(StatementRefusedError, match="the warehouse refused: no"):
        publish(redshift_target(redshift), next(publications))


@pytest.mark.parametrize("isolation", ["snapshot", "serializable"])
def test_eight_publishers_at_once(redshift: Redshift, tmp_path: Path, isolation: Isolation) -> None:
    """Four of one id and four of others, all with the same new members."""
    redshift.isolation = isolation
    rows = [row("2025-12-31", entity, f"Bank {entity}", "1.00") for entity in "ABC"]
    same = publication(tmp_path, rows)
    others = [publication(tmp_path, rows) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        done = list(
            pool.map(
                lambda each: publish(redshift_target(redshift, tries=20), each),
                [same, others[0], same, others[1], same, others[2], same, others[3]],
            )
        )
    assert sorted(receipt.new for receipt in done) == [False] * 3 + [True] * 5
    assert redshift.sql(
        "SELECT (SELECT count(*) FROM fact_position), (SELECT count(*) FROM lq_ledger), "
        "(SELECT count(*) FROM dim_entity), (SELECT count(*) FROM dim_currency), "
        "(SELECT count(*) FROM dim_date), (SELECT count(DISTINCT published_at) FROM lq_ledger)"
    ) == [(15, 5, 3, 1, 1, 5)]


def test_eight_publishers_at_once_into_one_file(tmp_path: Path) -> None:
    rows = [row("2025-12-31", entity, f"Bank {entity}", "1.00") for entity in "ABC"]
    same = publication(tmp_path, rows)
    asked = [same, same, same, same, *(publication(tmp_path, rows) for _ in range(4))]
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda each: publish(duckdb_target(tmp_path), each), asked))
    assert sorted(receipt.new for receipt in done) == [False] * 3 + [True] * 5
    counted = rows_of(
        duckdb_target(tmp_path),
        "SELECT (SELECT count(*) FROM fact_position) AS a, (SELECT count(*) FROM dim_entity) AS b",
    )
    assert counted == [(15, 3)]


def test_a_warehouse_that_is_gone_is_named(redshift: Redshift, tmp_path: Path) -> None:
    sleep = Sleep()
    target = redshift_target(redshift, sleep=sleep, port=1)
    with pytest.raises(TargetUnreachableError, match=r"redshift:.*:1/dev/public"):
        publish(target, publication(tmp_path, [row("2025-12-31", "A", "a", "1.00")]))
    assert sleep.waits == [0.5, 1.0]
