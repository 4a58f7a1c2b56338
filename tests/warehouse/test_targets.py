"""Routes, receipts, dry runs, withdrawals, the doctor, the bucket, credentials, approvals."""

from __future__ import annotations

import gc
import json
import logging
import subprocess
import sys
import traceback
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError
from tests.redshift.stand_in import PASSWORD, Redshift
from tests.warehouse.publications import (
    NOON,
    STAGED,
    VARIABLE,
    Sleep,
    adjusted,
    duckdb_target,
    publication,
    publish,
    redshift_settings,
    redshift_target,
    row,
    rows_of,
    withdraw,
    workings,
)

from liqbench.errors import (
    GovernanceError,
    LiqbenchError,
    NotApprovedError,
    PublicationError,
    SettingError,
)
from liqbench.governance import Withdrawal
from liqbench.warehouse import (
    DuckDbTarget,
    Patience,
    Publication,
    RedshiftSettings,
    RedshiftTarget,
    RouteSettings,
    Workings,
    route_of,
)
from liqbench.warehouse.aws import way_in
from liqbench.warehouse.errors import (
    AuditMismatchError,
    StagingError,
    StatementRefusedError,
    TargetUnreachableError,
    WithdrawnError,
)
from liqbench.warehouse.protocol import Takeback
from liqbench.warehouse.routes import slow
from liqbench.warehouse.target import WarehouseTarget


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)


@pytest.fixture(params=["duckdb", "redshift"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> WarehouseTarget:
    if request.param == "duckdb":
        return duckdb_target(tmp_path)
    return redshift_target(request.getfixturevalue("redshift"))


@pytest.fixture
def one(tmp_path: Path) -> Publication:
    return publication(tmp_path, [row("2025-12-31", "A", "a", "1.10")])


# Routes and receipts


def test_a_hundred_thousand_rows_are_the_most_that_go_directly() -> None:
    settings = RouteSettings()
    assert [route_of(n, settings) for n in (0, 100_000, 100_001)] == ["direct", "direct", "staged"]
    assert route_of(11, RouteSettings(direct_rows=10)) == "staged"


def test_slow_writing_is_told_but_not_of_few_rows() -> None:
    settings = RouteSettings(slow_rows_per_second=1_000, slow_from_rows=100)
    assert slow(1_000, 1.0, settings) == ()
    assert slow(99, 50.0, settings) == ()
    assert slow(1_000, 2.0, settings) == (
        "only 500 rows a second were written, 1,000 are expected",
    )


def test_a_receipt_tells_the_throughput(redshift: Redshift, one: Publication) -> None:
    eager = RouteSettings(slow_rows_per_second=1e9, slow_from_rows=1)
    receipt = publish(redshift_target(redshift, routes=eager), one)
    assert receipt.rows_per_second == pytest.approx(1 / receipt.seconds)
    assert receipt.warnings[0].endswith("rows a second were written, 1,000,000,000 are expected")


def test_rows_are_sent_in_statements_of_at_most_32767_values(
    redshift: Redshift, tmp_path: Path
) -> None:
    rows = [row("2025-12-31", f"E{n}", "n", "1.00") for n in range(3_641)]
    publish(redshift_target(redshift), publication(tmp_path, rows))
    sent = [each.text for each in redshift.statements if each.text.startswith('INSERT INTO "lq_st')]
    # Nine columns: 3,640 rows and one.
    assert [text.count("$") for text in sent] == [32_760, 9]
    assert redshift.sql("SELECT count(*), count(DISTINCT entity_key) FROM fact_position") == [
        (3_641, 3_641)
    ]


def test_many_rows_need_a_bucket(redshift: Redshift, one: Publication) -> None:
    target = redshift_target(redshift, routes=STAGED)
    with pytest.raises(SettingError, match="1 rows go by way of S3, and no bucket is set"):
        publish(target, one)
    with pytest.raises(SettingError, match="no bucket is set"):
        target._dry_run((one,), "x")


def test_waits_double_up_to_the_longest() -> None:
    sleep = Sleep()
    patience = Patience(first=1, longest=5, sleep=sleep, chance=lambda: 1.0)
    for tried in (1, 2, 3, 4):
        patience.wait(tried)
    replace(patience, chance=lambda: 0.0).wait(1)
    assert sleep.waits == [1, 2, 4, 5, 0.5]


# Dry runs


def test_a_dry_run_says_what_a_publication_then_does(redshift: Redshift, tmp_path: Path) -> None:
    made = publication(tmp_path, [row("2025-12-31", "A", "a", "1.10")])
    other = publication(tmp_path, [row("2025-12-31", "B", "b", "2.20")], name="stress")
    other = adjusted(tmp_path, other, [("D1", "R", "0", "1")])
    bucket = redshift.s3.bucket()
    for routes in (RouteSettings(), STAGED):
        redshift.reset()
        target = redshift_target(redshift, bucket=bucket, routes=routes)
        told = target._dry_run((made, other), "dwh")
        assert not redshift.statements
        publish(target, made, other)
        done = [each.text.strip() for each in redshift.statements]
        expected = [written(statement) for statement in told.statements]
        # Before, the session is set up and the catalog is read.
        assert done[:2] == ["SET statement_timeout TO 60000", 'SET search_path TO "public"']
        assert done[2].startswith("SELECT table_name")
        assert done[3:] == expected
    assert told.routes == {"fact_position": "staged", "lq_adjustment": "staged"}
    assert told.rows == {"fact_position": 2, "lq_adjustment": 1}
    assert told.sums == {"fact_position.amount": Decimal("3.30")}
    assert str(told).startswith(
        "to 'dwh', nothing was written:\n  fact_position: 2 rows, staged\n"
        "  lq_adjustment: 1 rows, staged\n"
        "  sum of fact_position.amount: 3.30\n"
    )


def written(statement: str) -> str:
    """Number the binds, as the driver does."""
    parts = statement.split("%s")
    return parts[0] + "".join(f"${n}{part}" for n, part in enumerate(parts[1:], start=1))


# Withdrawals


def test_a_withdrawn_publication_is_no_longer_shown_and_its_history_is_kept(
    target: WarehouseTarget, tmp_path: Path
) -> None:
    first = publication(tmp_path, [row("2025-12-31", "A", "a", "1.10")])
    wrong = publication(tmp_path, [row("2025-12-31", "A", "a", "9.90")])
    publish(target, first)
    receipt = publish(target, wrong)
    target.make_views([first.facts[0].star])
    shown = "SELECT amount FROM rpt_fact_position"
    assert rows_of(target, shown) == [(Decimal("9.90"),)]
    assert withdraw(target, receipt.publish_id, "wrong feed", by="ann").new
    assert rows_of(target, shown) == [(Decimal("1.10"),)]
    again = withdraw(target, receipt.publish_id, "once more", by="ben")
    assert again == Takeback((receipt.publish_id,), NOON, "ann", "wrong feed", new=False)
    assert rows_of(target, "SELECT withdrawn_by, reason, withdrawn_at FROM lq_withdrawal") == [
        ("ann", "wrong feed", NOON)
    ]
    kept = rows_of(target, "SELECT count(*) AS n FROM fact_position")
    assert kept == rows_of(target, "SELECT count(*) AS n FROM lq_ledger") == [(2,)]
    with pytest.raises(WithdrawnError, match=f"it was withdrawn at {NOON} by ann: wrong feed"):
        publish(target, wrong)
    assert rows_of(target, shown) == [(Decimal("1.10"),)]


def test_a_withdrawal_needs_a_publication_and_an_order(
    target: WarehouseTarget, one: Publication
) -> None:
    with pytest.raises(PublicationError, match="it was never published here"):
        withdraw(target, one.publish_id, "x", by="ann")
    receipt = publish(target, one)
    with pytest.raises(GovernanceError, match="no order comes with this withdrawal"):
        target.withdraw(cast("Withdrawal", receipt.publish_id))
    with pytest.raises(PublicationError, match="this receipt doesn't know its bench"):
        receipt.rollback("x", by="ann")
    assert rows_of(target, "SELECT count(*) AS n FROM lq_withdrawal") == [(0,)]


def test_a_withdrawal_whose_commit_is_not_answered_is_made_once(
    redshift: Redshift, one: Publication
) -> None:
    target = redshift_target(redshift)
    receipt = publish(target, one)
    redshift.faults.drop_after(matching="^COMMIT$")
    assert withdraw(target, receipt.publish_id, "wrong feed", by="ann").new
    assert redshift.sql("SELECT count(*) FROM lq_withdrawal") == [(1,)]


def test_the_newest_is_shown_even_if_a_clock_goes_back(tmp_path: Path) -> None:
    stamps = iter([NOON, NOON - timedelta(hours=1), NOON])
    target = duckdb_target(tmp_path)
    target._protocol._clock = lambda: next(stamps)
    for amount in ("1.00", "2.00", "3.00"):
        publish(target, publication(tmp_path, [row("2025-12-31", "A", "a", amount)]))
    tick = timedelta(microseconds=1)
    found_at = rows_of(target, "SELECT published_at FROM lq_ledger ORDER BY 1")
    assert found_at == [(NOON,), (NOON + tick,), (NOON + 2 * tick,)]


# The doctor


def checks(target: WarehouseTarget) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for check in target.doctor():
        found[check.name] = found.get(check.name, True) and check.ok
    return found


def right_clock(redshift: Redshift, **changes: Any) -> RedshiftTarget:
    return RedshiftTarget(redshift_settings(redshift, **changes), workings=Workings())


def test_a_warehouse_that_is_well(redshift: Redshift, one: Publication) -> None:
    target = right_clock(redshift, bucket=redshift.s3.bucket())
    told = [str(check) for check in target.doctor()]
    assert told[0] == f"ok  connection: {target.identity}"
    assert told[-2] == "ok  mutex: not there yet"
    publish(target, one)
    well = dict.fromkeys(("connection", "rights", "schema", "mutex", "clock"), True)
    assert checks(target) == well


def test_duckdb_has_a_doctor_too(tmp_path: Path, one: Publication) -> None:
    target = duckdb_target(tmp_path)
    publish(target, one)
    found = checks(target)
    assert found.pop("clock") is False  # the tests' clock stands
    assert all(found.values())


def test_each_ailment_is_told(redshift: Redshift, one: Publication) -> None:
    publish(redshift_target(redshift), one)
    redshift.sql("ALTER TABLE lq_ledger ADD COLUMN note INT")
    redshift.sql("CREATE SCHEMA foreigners")
    redshift.sql("GRANT USAGE ON SCHEMA foreigners TO analyst")
    ill = redshift_target(redshift)
    assert {name for name, ok in checks(ill).items() if not ok} == {"schema", "clock"}
    drift = next(check for check in ill.doctor() if check.name == "schema")
    assert "lq_ledger has the columns publish_id" in drift.what
    strange = redshift_target(redshift, namespace="foreigners", bucket="no-such-bucket")
    refused = [check for check in strange.doctor() if check.name == "rights" and not check.ok]
    assert [check.hint for check in refused] == [
        "GRANT CREATE ON SCHEMA foreigners TO the publishing user",
        "check the rights and the names",
    ]
    gone = redshift_target(redshift, port=1).doctor()
    assert [(check.name, check.ok) for check in gone] == [("connection", False)]


# S3


def objects(redshift: Redshift, bucket: str) -> list[str]:
    client = redshift.s3.client()
    listed = client.list_objects_v2(Bucket=bucket).get("Contents", [])
    client.close()
    return [each["Key"] for each in listed]


def test_parts_are_zstd_sorted_by_date_and_listed_as_mandatory(
    redshift: Redshift, tmp_path: Path
) -> None:
    bucket = redshift.s3.bucket()
    routes = RouteSettings(direct_rows=0, part_bytes=1)
    target = redshift_target(redshift, bucket=bucket, routes=routes)
    rows = [row(day, "A", "a", "1.00") for day in ("2025-12-31", "2025-11-30")]
    made = publication(tmp_path, rows)
    publish(target, made)
    keys = objects(redshift, bucket)
    folder = f"liqbench/pub/{made.publish_id}/position"
    assert keys[-1] == f"{folder}/manifest.json"
    (part,) = keys[:-1]
    assert part.startswith(f"{folder}/")
    client = redshift.s3.client()
    body = client.get_object(Bucket=bucket, Key=part)["Body"].read()
    manifest = json.loads(client.get_object(Bucket=bucket, Key=keys[-1])["Body"].read())
    client.close()
    assert manifest == {
        "entries": [
            {"url": f"s3://{bucket}/{part}", "mandatory": True,
             "meta": {"content_length": len(body)}}
        ]
    }  # fmt: skip
    file = tmp_path / "part.parquet"
    file.write_bytes(body)
    read = pq.ParquetFile(file)
    assert read.metadata.row_group(0).column(0).compression == "ZSTD"
    days = [str(day) for day in read.read()["day"].to_pylist()]
    assert days == ["2025-11-30", "2025-12-31"]


def test_large_facts_are_several_files(
    redshift: Redshift, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liqbench.warehouse.rows.BATCH", 10)
    monkeypatch.setattr("liqbench.warehouse.parts.GROUP_BYTES", 1)
    bucket = redshift.s3.bucket()
    routes = RouteSettings(direct_rows=0, part_bytes=1)
    target = redshift_target(redshift, bucket=bucket, routes=routes)
    rows = [row("2025-12-31", f"E{n}", "n", f"{n}.00") for n in range(35)]
    publish(target, publication(tmp_path, rows))
    assert sum(key.endswith(".parquet") for key in objects(redshift, bucket)) == 4
    assert redshift.sql("SELECT count(*), sum(amount) FROM fact_position") == [
        (35, Decimal("595.00"))
    ]


def test_of_two_who_stage_at_once_the_later_loads_what_the_first_has_put(
    redshift: Redshift, one: Publication
) -> None:
    bucket = redshift.s3.bucket()
    held = redshift.s3.faults.hold(matching="PUT .*manifest")
    with ThreadPoolExecutor(2) as pool:
        slow_one = pool.submit(
            publish, redshift_target(redshift, bucket=bucket, routes=STAGED), one
        )
        assert held.arrived.wait(20)
        # Its own facts must not be there yet, so that the slow one has to load.
        redshift.faults.error(matching="^COPY")
        with pytest.raises(StatementRefusedError):
            publish(redshift_target(redshift, bucket=bucket, routes=STAGED), one)
        held.released.set()
        assert slow_one.result().new
    copies = [each.text for each in redshift.statements if each.text.startswith("COPY")]
    assert len(copies) == 2
    assert copies[0] == copies[1]
    assert len(objects(redshift, bucket)) == 3  # two tries' parts and one manifest
    assert redshift.sql("SELECT count(*) FROM fact_position") == [(1,)]


def test_a_manifest_of_another_content_is_refused(redshift: Redshift, one: Publication) -> None:
    bucket = redshift.s3.bucket()
    client = redshift.s3.client()
    key = f"liqbench/pub/{one.publish_id}/position/manifest.json"
    client.put_object(Bucket=bucket, Key=key, Body=b'{"entries": []}')
    client.close()
    with pytest.raises(AuditMismatchError, match="a manifest of another content is there"):
        publish(redshift_target(redshift, bucket=bucket, routes=STAGED), one)


# Credentials


def test_temporary_credentials_are_fetched_for_each_publication(
    redshift: Redshift, tmp_path: Path
) -> None:
    ways: list[dict[str, Any]] = [
        {"workgroup": "liquidity", "user": None}, {"cluster": "liquidity"}
    ]  # fmt: skip
    for way in ways:
        target = redshift_target(redshift, password_variable=None, **way)
        for _ in range(2):
            publish(target, publication(tmp_path, [row("2025-12-31", "A", "a", "1.00")]))
    assert redshift.s3.credentials.fetched == {"GetCredentials": 2, "GetClusterCredentials": 2}


def test_a_cluster_is_asked_for_its_address(redshift: Redshift) -> None:
    client = redshift.s3.client("redshift")
    made = client.create_cluster(
        ClusterIdentifier="liquidity", NodeType="ra3.large", MasterUsername="admin",
        MasterUserPassword="Sesame-12", NumberOfNodes=2,
    )  # fmt: skip
    client.close()
    endpoint = made["Cluster"]["Endpoint"]
    settings = RedshiftSettings(database="dev", cluster="liquidity", user="analyst")
    way = way_in(settings)
    assert (way.host, way.port) == (endpoint["Address"], endpoint["Port"])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"host": "h"}, "password_variable, cluster or workgroup is needed"),
        ({"password_variable": "P", "user": "u"}, "host, cluster or workgroup is needed"),
        ({"host": "h", "password_variable": "P"}, "user is needed"),
        ({"cluster": "c", "workgroup": "w"}, "either a cluster or a workgroup"),
        ({"workgroup": "w", "password": "secret"}, "Extra inputs are not permitted"),
        ({"workgroup": "w", "iam_role": "x' CREDENTIALS 'y"}, "should match pattern"),
    ],
)
def test_settings_that_lead_nowhere_are_refused(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        RedshiftSettings.model_validate({"database": "dev", **given})


def test_a_password_that_is_not_set_is_told(
    redshift: Redshift, one: Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(SettingError, match=f"the environment variable {VARIABLE} isn't set"):
        publish(redshift_target(redshift), one)


def test_credentials_that_nobody_has_are_not_waited_for(
    redshift: Redshift, one: Publication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket, sleep = redshift.s3.bucket(), Sleep()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(StagingError, match="AWS can't be asked: Unable to locate credentials"):
        publish(redshift_target(redshift, bucket=bucket, routes=STAGED, sleep=sleep), one)
    assert sleep.waits == []


def test_without_the_extra_it_is_named(
    redshift: Redshift, one: Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "redshift_connector", None)
    with pytest.raises(SettingError, match=r"pip install 'liqbench\[redshift\]'"):
        publish(redshift_target(redshift), one)


def test_no_secret_is_shown_anywhere(
    redshift: Redshift,
    one: Publication,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.INFO)
    bucket = redshift.s3.bucket()
    target = redshift_target(redshift, bucket=bucket, routes=STAGED)
    gone = redshift_target(redshift, port=1, tries=1)
    shown = [repr(target), repr(target.settings), target.settings.model_dump_json()]
    shown += [str(publish(target, one)), repr(way_in(target.settings)), *map(str, target.doctor())]
    redshift.faults.drop_before(matching="SELECT 2")
    for asked, question in ((target, "SELECT nonsense"), (target, "SELECT 2"), (gone, "SELECT 1")):
        shown.append(told_of(asked, question))
    monkeypatch.setenv(VARIABLE, "Wrong-Sesame-9")
    shown.append(told_of(target, "SELECT 1"))
    shown += [record.getMessage() for record in caplog.records]
    assert shown
    for secret in (PASSWORD, "Wrong-Sesame-9"):
        assert not [text for text in shown if secret in text]


def told_of(target: RedshiftTarget, question: str) -> str:
    """Ask in vain. After a log-in that is refused, the driver doesn't close its socket."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        with pytest.raises(LiqbenchError) as caught:
            target.query(question)
        told = "".join(traceback.format_exception(caught.value))
        del caught
        gc.collect()
    return told


# With an approval


def test_nothing_is_published_without_an_approval(
    target: WarehouseTarget, one: Publication
) -> None:
    with pytest.raises(NotApprovedError, match="no approval comes with it"):
        target.publish((one,), name="dwh")
    with pytest.raises(NotApprovedError, match="no approval comes with it"):
        target.dry_run((one,), name="dwh")


def test_a_file_that_another_process_has_open_is_waited_for(
    tmp_path: Path, one: Publication
) -> None:
    target = duckdb_target(tmp_path)
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1, flush=True); input()"
    command = [sys.executable, "-c", hold, str(target.file)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as holder:  # noqa: S603 - Python
        assert holder.stdin
        assert holder.stdout
        holder.stdout.readline()
        with pytest.raises(TargetUnreachableError, match="does another program have it open"):
            publish(target, one)
        sleep = Sleep()

        def let_go(seconds: float) -> None:
            sleep(seconds)
            holder.communicate(b"\n")

        patient = DuckDbTarget(target.file, workings=workings(let_go))
        receipt = publish(patient, one)
    assert (receipt.new, receipt.tries, sleep.waits) == (True, 2, [0.5])


def test_a_lost_bucket_is_told_as_such(redshift: Redshift, one: Publication) -> None:
    target = redshift_target(redshift, bucket=redshift.s3.bucket(), routes=STAGED, tries=1)
    redshift.s3.faults.error(matching="PUT .*part", status=503)
    with pytest.raises(TargetUnreachableError, match="AWS doesn't answer"):
        publish(target, one)


def test_the_tests_clock_is_the_ledgers(tmp_path: Path, one: Publication) -> None:
    assert workings(Sleep()).clock() == NOON
    target = duckdb_target(tmp_path)
    publish(target, one)
    ((at,),) = rows_of(target, "SELECT published_at FROM lq_ledger")
    assert at == datetime(2026, 1, 15, 12)  # noqa: DTZ001
