"""Adjustments in the warehouse: merged, restored by withdrawals, conflicts told, both targets."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from tests.governance.desk import Desk
from tests.redshift.stand_in import PASSWORD, Redshift
from tests.warehouse.publications import (
    STAGED,
    VARIABLE,
    Adjusted,
    adjusted,
    duckdb_target,
    publication,
    publish,
    redshift_target,
    row,
    rows_of,
    withdraw,
)

from liqbench.errors import NotApprovedError
from liqbench.warehouse import Publication, RouteSettings, route_of
from liqbench.warehouse.errors import (
    AdjustmentConflictError,
    AuditMismatchError,
    StatementRefusedError,
    ValueTooWideError,
)
from liqbench.warehouse.target import WarehouseTarget

STANDING = (
    "SELECT rule_id, deal_key, old_value, new_value FROM lq_adjustment "
    "WHERE NOT is_deleted ORDER BY rule_id, deal_key"
)
WHOLE = (
    "SELECT deal_key, version, is_deleted, publish_id, old_value, new_value FROM {} "
    "ORDER BY deal_key, version"
)


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)


@pytest.fixture(params=["duckdb", "redshift"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> WarehouseTarget:
    if request.param == "duckdb":
        return duckdb_target(tmp_path)
    return redshift_target(request.getfixturevalue("redshift"))


def variant(
    folder: Path, *records: Adjusted, name: str = "stress", dag: str = "lcr", **more: str
) -> Publication:
    rows = [row("2025-12-31", "A", "a", "1.00")]
    made = publication(folder, rows, name=name, point=more.pop("point", "enrich"), **more)  # type: ignore[arg-type]
    return adjusted(folder, made, records, dag=dag)


def deal(name: str) -> str:
    return f'{{"deal_id":"{name}"}}'


def test_a_later_publication_takes_the_place_of_the_one_before(
    target: WarehouseTarget, tmp_path: Path
) -> None:
    one = variant(tmp_path, ("D1", "R", "10", "11"), ("D2", "R", "20", None))
    two = variant(tmp_path, ("D2", "R", "20", "22"), ("D3", "R", "30", "33"))
    receipt = publish(target, publication(tmp_path, [row("2025-12-31", "A", "a", "1.00")]), one)
    assert receipt.rows == {"fact_position": 2, "lq_adjustment": 2}
    assert receipt.method == "upsert, direct"
    publish(target, two)
    first, second = one.publish_id, two.publish_id
    assert rows_of(target, WHOLE.format("lq_adjustment")) == [
        (deal("D1"), 2, True, second, "10", "11"),
        (deal("D2"), 2, False, second, "20", "22"),
        (deal("D3"), 1, False, second, "30", "33"),
    ]
    assert rows_of(target, WHOLE.format("lq_adjustment_history")) == [
        (deal("D1"), 1, False, first, "10", "11"),
        (deal("D2"), 1, False, first, "20", None),
    ]
    assert not publish(target, one).new
    assert rows_of(target, STANDING) == [
        ("R", deal("D2"), "20", "22"), ("R", deal("D3"), "30", "33"),
    ]  # fmt: skip


def test_a_row_says_where_it_is_from(target: WarehouseTarget, tmp_path: Path) -> None:
    made = variant(tmp_path, ("D1", "R", "10", "11"), as_of="2025-11-30")
    publish(target, made)
    names = (
        "record_key, scenario_key, date_key, dag, scenario, injection_point, place, rule_id, "
        "field, field_type"
    )
    known = ["lcr", "stress", "enrich", "2025-11-30", "enrich", "R", deal("D1"), "rate"]
    key = hashlib.sha256(json.dumps(known, separators=(",", ":")).encode()).hexdigest()
    assert rows_of(target, f"SELECT {names} FROM lq_adjustment") == [
        (key, int(made.publish_id[:15], 16), 20251130, "lcr", "stress", "enrich", "enrich", "R",
         "rate", "int"),
    ]  # fmt: skip
    # Its date is in the calendar, though no fact is of it.
    assert rows_of(target, "SELECT date_key FROM dim_date ORDER BY 1") == [
        (20251130,),
        (20251231,),
    ]


def test_others_are_left_alone(target: WarehouseTarget, tmp_path: Path) -> None:
    record = ("D1", "R", "10", "11")
    others = [
        variant(tmp_path, record),
        variant(tmp_path, record, name="mild"),
        variant(tmp_path, record, point="calc"),
        variant(tmp_path, record, dag="nsfr"),
        variant(tmp_path, record, as_of="2025-11-30"),
    ]
    for other in others:
        publish(target, other)
    publish(target, variant(tmp_path))  # with no adjustment any more
    assert rows_of(
        target, "SELECT is_deleted, count(*) AS n FROM lq_adjustment GROUP BY 1 ORDER BY 1"
    ) == [(False, 4), (True, 1)]


def test_what_stands_is_the_newest_publication_that_was_not_withdrawn(
    target: WarehouseTarget, tmp_path: Path
) -> None:
    """Random publications and withdrawals, against a dict of what each publication has."""
    chance = random.Random(3)  # noqa: S311
    made: dict[str, list[tuple[str, str, dict[str, str]]]] = {"stress": [], "mild": []}
    withdrawn: set[str] = set()
    for number in range(24):
        name = chance.choice(["stress", "mild"])
        if made[name] and chance.random() < 0.4:
            publish_id, _, _ = chance.choice(made[name])
            done = withdraw(target, publish_id, "x", by="ann")
            assert done.new is (publish_id not in withdrawn)
            withdrawn.add(publish_id)
        else:
            new = {f"D{n}": str(number) for n in range(5) if chance.random() < 0.6}
            records = [(each, "R", "0", value) for each, value in new.items()]
            other = variant(tmp_path, *records, name=name)
            publish(target, other)
            made[name].append((other.publish_id, name, new))
        expected = []
        for sets in made.values():
            standing = [each for each in sets if each[0] not in withdrawn]
            for publish_id, scenario, records_of in standing[-1:]:
                expected += [
                    (scenario, deal(d), value, publish_id) for d, value in records_of.items()
                ]
        assert rows_of(
            target,
            "SELECT scenario, deal_key, new_value, publish_id FROM lq_adjustment "
            "WHERE NOT is_deleted ORDER BY scenario, deal_key",
        ) == sorted(expected)
    assert len(withdrawn) > 4


# Conflicts


def conflict(redshift: Redshift, mine: Publication, meanwhile: Callable[[], object]) -> str:
    """A publisher looks what is there; before it has the lock, something else happens."""
    connection = 1 + max(each.connection for each in redshift.statements)
    gate = redshift.faults.hold(matching="^LOCK", connection=connection)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(publish, redshift_target(redshift), mine)
        gate.wait()
        meanwhile()
        gate.release()
        with pytest.raises(AdjustmentConflictError) as caught:
            waiting.result()
    return str(caught.value)


@pytest.mark.parametrize("isolation", ["snapshot", "serializable"])
def test_a_conflict_names_rows_and_versions_and_changes_nothing(
    redshift: Redshift, tmp_path: Path, isolation: str
) -> None:
    redshift.isolation = isolation  # type: ignore[assignment]
    one = variant(tmp_path, *((f"D{n}", "R", "0", "1") for n in range(4)))
    mine = variant(tmp_path, ("D0", "R", "0", "2"))
    yours = variant(tmp_path, ("D0", "R", "0", "3"), ("D9", "R", "0", "3"))
    publish(redshift_target(redshift), one)
    by = yours.publish_id[:12]
    assert conflict(redshift, mine, lambda: publish(redshift_target(redshift), yours)) == (
        "the adjustments of stress@enrich in 'lcr' as of 2025-12-31: somebody else changed 5 of "
        "them since this publication began: "
        f"rule 'R' on {deal('D0')}, field 'rate': version 1 at first, version 2 now, by "
        f"publication {by}; "
        f"rule 'R' on {deal('D1')}, field 'rate': version 1 at first, version 2 now, by "
        f"publication {by}; "
        f"rule 'R' on {deal('D2')}, field 'rate': version 1 at first, version 2 now, by "
        f"publication {by}; and 2 more (nothing was changed; see what that publication says, and "
        "publish again to put yours in its place)"
    )
    target = redshift_target(redshift)
    assert len(rows_of(target, "SELECT 1 AS one FROM lq_ledger")) == 2
    assert [each[3] for each in rows_of(target, STANDING)] == ["3", "3"]
    assert publish(target, mine).new
    assert rows_of(target, STANDING) == [("R", deal("D0"), "0", "2")]


def test_rows_that_were_not_there_or_are_gone_are_conflicts(
    redshift: Redshift, tmp_path: Path
) -> None:
    publish(redshift_target(redshift), variant(tmp_path, name="other"))
    yours = variant(tmp_path, ("D1", "R", "0", "1"))
    told = conflict(redshift, variant(tmp_path), lambda: publish(redshift_target(redshift), yours))
    assert "changed 1 of them" in told
    assert "field 'rate': not there at first, version 1 now" in told
    told = conflict(redshift, variant(tmp_path), lambda: redshift.sql("DELETE FROM lq_adjustment"))
    assert "a row of version 1 is gone" in told


def test_what_changes_between_two_tries_is_a_conflict_too(
    redshift: Redshift, tmp_path: Path
) -> None:
    """The versions are those of the beginning of the call, not of the try."""
    mine, yours = variant(tmp_path, ("D1", "R", "0", "1")), variant(tmp_path, ("D1", "R", "0", "2"))

    def meanwhile(seconds: float) -> None:
        del seconds
        publish(redshift_target(redshift), yours)

    publish(redshift_target(redshift), variant(tmp_path))
    redshift.faults.drop_before(matching="^BEGIN")
    with pytest.raises(AdjustmentConflictError, match="not there at first, version 1 now"):
        publish(redshift_target(redshift, sleep=meanwhile), mine)
    assert rows_of(redshift_target(redshift), STANDING) == [("R", deal("D1"), "0", "2")]


def test_a_withdrawal_since_is_a_conflict(redshift: Redshift, tmp_path: Path) -> None:
    one, two = variant(tmp_path, ("D1", "R", "0", "1")), variant(tmp_path, ("D1", "R", "0", "2"))
    target = redshift_target(redshift)
    publish(target, one)

    def meanwhile(seconds: float) -> None:
        del seconds
        withdraw(target, one.publish_id, "x", by="ann")

    redshift.faults.drop_before(matching="^BEGIN")
    with pytest.raises(AdjustmentConflictError, match="version 1 at first, version 2 now"):
        publish(redshift_target(redshift, sleep=meanwhile), two)


def test_a_lost_commit_is_no_conflict_with_oneself(redshift: Redshift, tmp_path: Path) -> None:
    publish(redshift_target(redshift), variant(tmp_path, ("D1", "R", "0", "1")))
    redshift.faults.drop_after(matching="^COMMIT$")
    receipt = publish(redshift_target(redshift), variant(tmp_path, ("D1", "R", "0", "2")))
    assert (receipt.new, receipt.tries) == (True, 2)
    assert rows_of(redshift_target(redshift), STANDING) == [("R", deal("D1"), "0", "2")]


# Routes


def test_fifty_thousand_adjustments_are_the_most_that_go_as_statements() -> None:
    settings = RouteSettings()
    ways = [route_of(n, settings, "adjustments") for n in (0, 50_000, 50_001)]
    assert ways == ["upsert", "upsert", "staged"]


def test_more_of_them_go_by_the_bucket_and_are_merged_the_same_way(
    redshift: Redshift, tmp_path: Path
) -> None:
    records = [[(f"D{n}", "R", "ü", str(n + k)) for n in range(k, 5 + k)] for k in (0, 2)]
    routes = RouteSettings(upsert_rows=4)
    bucket = redshift.s3.bucket()
    for schema, target in (
        ("by_insert", redshift_target(redshift, namespace="by_insert")),
        ("by_copy", redshift_target(redshift, namespace="by_copy", bucket=bucket, routes=routes)),
    ):
        redshift.sql(f"CREATE SCHEMA {schema} AUTHORIZATION analyst")
        methods = [publish(target, variant(tmp_path, *each)).method for each in records]
        assert methods == [f"{'upsert' if schema == 'by_insert' else 'staged'}, direct"] * 2
    names = "record_key, version, is_deleted, old_value, new_value"
    found = [
        redshift.sql(f"SELECT {names} FROM {schema}.lq_adjustment ORDER BY 1")
        for schema in ("by_insert", "by_copy")
    ]
    assert found[0] == found[1]
    assert len(found[0]) == 7


# Refusals


def test_other_values_than_the_approved_ones_are_found(redshift: Redshift, tmp_path: Path) -> None:
    """A part in the bucket is another one, of the same size, rows and columns."""
    bucket = redshift.s3.bucket()
    target = redshift_target(redshift, bucket=bucket, routes=STAGED)
    made, other = (variant(tmp_path, ("D1", "R", "0", new)) for new in ("1", "2"))
    redshift.faults.error(matching="^COPY")
    with pytest.raises(StatementRefusedError):
        publish(target, made)
    wrong = replace(made, adjustments=other.adjustments)
    with pytest.raises(AuditMismatchError, match=r"not what was approved: checksum \d+ instead of"):
        publish(target, wrong)
    assert redshift.sql("SELECT count(*) FROM lq_adjustment") == [(0,)]


@pytest.mark.parametrize(
    ("records", "rows", "told"),
    [
        ([("D1", "R", "0", "1")], 2, "approved: rows 1 instead of 2"),
        ([("D1", "R", "0", "1"), ("D1", "R", "1", "2")], 2, "1 adjustments share their rule"),
    ],
)
def test_what_the_audit_refuses(
    target: WarehouseTarget,
    tmp_path: Path,
    records: Sequence[Adjusted],
    rows: int,
    told: str,
) -> None:
    good = variant(tmp_path, ("D1", "R", "0", "1"))
    publish(target, good)
    made = publication(tmp_path, [row("2025-12-31", "A", "a", "1.00")], name="stress")
    with pytest.raises(AuditMismatchError, match=told):
        publish(target, adjusted(tmp_path, made, records, rows=rows))
    assert rows_of(target, STANDING) == [("R", deal("D1"), "0", "1")]


def test_a_text_that_does_not_fit_is_named(target: WarehouseTarget, tmp_path: Path) -> None:
    long = "ü" * 2_001
    told = "a text of 4,002 bytes doesn't fit the column 'old_value', which takes 4,000"
    with pytest.raises(ValueTooWideError, match=told) as caught:
        publish(target, variant(tmp_path, ("D1", "R", long, "1")))
    assert f"rule 'R' on {deal('D1')}, field 'rate'" in str(caught.value)
    with pytest.raises(ValueTooWideError, match=r"the scenario 'xxx.*has 201 bytes"):
        publish(target, variant(tmp_path, name="x" * 201))


# With an approval


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.workspace.records.close()


def test_the_approved_records_are_published_and_no_others(desk: Desk) -> None:
    approval = desk.approved()
    base, made = desk.publications(approval)
    assert base.adjustments is None
    assert made.adjustments is not None
    other = variant(desk.folder, ("D1", "R", "0", "1")).adjustments
    for wrong in (other, None, replace(made.adjustments, dag="another")):
        with pytest.raises(NotApprovedError, match="it is not what"):
            desk.target.publish((base, replace(made, adjustments=wrong)), name="local")
    assert desk.nothing_was_published()
    receipt = desk.publish(approval.id)
    assert receipt.rows == {"fact_position": 2, "lq_adjustment": 1}
    assert rows_of(desk.target, STANDING) == [("R1", '{"id":1}', "10.00", "10.00")]
