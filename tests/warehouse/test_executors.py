"""Staging by executors in processes of their own: a publication is there once, or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark import cloudpickle
from pyspark.sql import SparkSession
from tests.redshift.stand_in import PASSWORD, Redshift
from tests.warehouse.executors import Elsewhere, elsewhere
from tests.warehouse.publications import (
    VARIABLE,
    Row,
    Sleep,
    publication,
    publish,
    redshift_target,
    row,
    table_of,
)

from liqbench import Workbench
from liqbench.engine import SessionSettings
from liqbench.errors import SessionError, SettingError
from liqbench.warehouse import Executors, Publication, RedshiftTarget, RouteSettings, route_of
from liqbench.warehouse.aws import access
from liqbench.warehouse.errand import Errand, Piece
from liqbench.warehouse.errors import (
    AuditMismatchError,
    StagingError,
    StatementRefusedError,
    TargetUnreachableError,
)
from liqbench.warehouse.executors import pieces_of
from liqbench.warehouse.job import jobs_of
from liqbench.warehouse.parts import Layout, Totals

SPARK = RouteSettings(direct_rows=0, staging="spark", part_bytes=1)
AUTO = RouteSettings(direct_rows=0, spark_rows=8, part_bytes=1)
COUNTS = (
    "SELECT (SELECT count(*) FROM fact_position), (SELECT sum(amount) FROM fact_position), "
    "(SELECT count(*) FROM lq_ledger)"
)


@pytest.fixture(scope="module")
def spark_elsewhere(
    servers: Redshift, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Elsewhere]:
    with elsewhere(tmp_path_factory.mktemp("elsewhere"), servers) as started:
        yield started


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)


@pytest.fixture
def bucket(redshift: Redshift) -> str:
    return redshift.s3.bucket()


@pytest.fixture
def target(redshift: Redshift, bucket: str, spark_elsewhere: Elsewhere) -> RedshiftTarget:
    return redshift_target(redshift, bucket=bucket, routes=SPARK, spark=spark_elsewhere.session)


DAYS = ("2025-12-31", "2025-11-30")


def rows(count: int) -> list[Row]:
    """Cents 1.01, 2.01 and so on; days are mixed."""
    return [row(DAYS[n % 2], f"E{n}", "n", f"{n + 1}.01") for n in range(count)]


def stored(folder: Path, count: int, *, groups: int = 4, files: int = 2) -> Publication:
    """A publication of rows in several files of row groups of a few rows each."""
    made = publication(folder, rows(count))
    table, names = table_of(rows(count)), []
    for number in range(files):
        names.append(str(folder / f"{made.publish_id[:8]}-{number}.parquet"))
        own = table.slice(number * count // files, count // files)
        pq.write_table(own, names[-1], row_group_size=groups)
    return replace(made, facts=(replace(made.facts[0], files=tuple(names)),))


def objects(redshift: Redshift, bucket: str) -> dict[str, bytes]:
    client = redshift.s3.client()
    keys = [each["Key"] for each in client.list_objects_v2(Bucket=bucket).get("Contents", [])]
    found = {key: client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}
    client.close()
    return found


def test_executors_write_parts_from_which_the_manifest_is_made(
    redshift: Redshift, target: RedshiftTarget, bucket: str, tmp_path: Path
) -> None:
    made = stored(tmp_path, 16)
    receipt = publish(target, made)
    assert (receipt.method, receipt.tries, receipt.warnings) == ("spark", 1, ())
    # 1.01 + … + 16.01
    assert redshift.sql(COUNTS) == [(16, Decimal("136.16"), 1)]
    found = objects(redshift, bucket)
    folder = f"liqbench/pub/{made.publish_id}/position"
    manifest = json.loads(found.pop(f"{folder}/manifest.json"))
    entries = {each["url"].removeprefix(f"s3://{bucket}/"): each for each in manifest["entries"]}
    assert set(entries) == set(found)
    for key, body in found.items():
        assert entries[key]["mandatory"] is True
        assert entries[key]["meta"] == {"content_length": len(body)}
    # Two files of two row groups, a task and a part for each.
    names = sorted(key.rsplit("/", 1)[1].removesuffix(".parquet").split("-") for key in found)
    assert [name[:2] for name in names] == [["part", f"0000{n}"] for n in range(4)]
    assert len({name[2] for name in names}) == 4
    for body in found.values():
        read = pq.ParquetFile(pa.BufferReader(body))
        assert read.metadata.row_group(0).column(0).compression == "ZSTD"
        days = [str(day) for day in read.read()["day"].to_pylist()]
        assert days == ["2025-11-30", "2025-11-30", "2025-12-31", "2025-12-31"]


def test_a_task_that_dies_after_its_upload_is_tried_again_and_counts_once(
    redshift: Redshift,
    target: RedshiftTarget,
    bucket: str,
    spark_elsewhere: Elsewhere,
    tmp_path: Path,
) -> None:
    made = stored(tmp_path, 16, files=1)
    held = redshift.s3.faults.hold(2, matching="PUT .*/part-00000")
    with pytest.MonkeyPatch.context() as patched, ThreadPoolExecutor(1) as pool:
        # All row groups are one task, and each of them a part of its own.
        patched.setattr("liqbench.warehouse.parts.GROUP_BYTES", 1)
        patched.setattr("liqbench.warehouse.errand.BATCH", 4)
        patched.setattr("liqbench.warehouse.staging.pieces_of", lambda *_: whole(made))
        published = pool.submit(publish, target, made)
        assert held.arrived.wait(60)
        assert spark_elsewhere.kill_workers()
        held.released.set()
        receipt = published.result()
    assert (receipt.method, receipt.tries) == ("spark", 1)
    assert redshift.sql(COUNTS) == [(16, Decimal("136.16"), 1)]
    found = objects(redshift, bucket)
    (manifest,) = (json.loads(body) for key, body in found.items() if key.endswith(".json"))
    listed = {each["url"].removeprefix(f"s3://{bucket}/") for each in manifest["entries"]}
    orphans = {key for key in found if key.endswith(".parquet")} - listed
    assert len(listed) == 4
    assert orphans
    assert {task_of(key) for key in orphans}.isdisjoint({task_of(key) for key in listed})


def whole(made: Publication) -> tuple[Piece, ...]:
    """One piece of all row groups of a publication's only file."""
    (name,) = made.facts[0].files
    return (Piece(((name, tuple(range(pq.read_metadata(name).num_row_groups))),)),)


def task_of(key: str) -> str:
    return key.split("-")[-2]


def test_any_call_of_s3_may_fail(
    redshift: Redshift, target: RedshiftTarget, tmp_path: Path
) -> None:
    publish(target, stored(tmp_path, 16, groups=8))
    calls = [call.target.rsplit("/", 1)[1] for call in redshift.s3.faults.calls]
    assert sorted(name[:10] for name in calls) == ["manifest.j", "part-00000", "part-00001"]
    published = 1
    for n in range(1, 4):
        for fault in (redshift.s3.faults.error, redshift.s3.faults.lose):
            case = f"{fault.__name__} at call {n}"
            fault(n)
            receipt = publish(target, stored(tmp_path, 16, groups=8))
            published += 1
            assert (receipt.method, receipt.tries) == ("spark", 2), case
            assert redshift.sql(COUNTS) == [
                (16 * published, published * Decimal("136.16"), published)
            ], case


def test_a_bucket_that_never_answers_is_told_in_s3s_words(
    redshift: Redshift, bucket: str, spark_elsewhere: Elsewhere, tmp_path: Path
) -> None:
    sleep = Sleep()
    target = redshift_target(
        redshift, sleep=sleep, bucket=bucket, routes=SPARK, spark=spark_elsewhere.session
    )
    for _ in range(3):
        redshift.s3.faults.error(matching="PUT .*part-00002")
    with pytest.raises(TargetUnreachableError, match=r"Spark to s3://.*InternalError.* injected"):
        publish(target, stored(tmp_path, 16))
    assert sleep.waits == [0.5, 1.0]
    assert redshift.sql("SELECT count(*) FROM lq_ledger") == [(0,)]


def test_what_s3_refuses_an_executor_is_told_and_not_tried_again(
    redshift: Redshift, bucket: str, spark_elsewhere: Elsewhere, tmp_path: Path
) -> None:
    sleep = Sleep()
    target = redshift_target(
        redshift, sleep=sleep, bucket=bucket, routes=SPARK, spark=spark_elsewhere.session
    )
    # One that may pass beside one that stays: the one that stays is told.
    redshift.s3.faults.error(matching="PUT .*part-00000")
    redshift.s3.faults.error(matching="PUT .*part-00003", status=403)
    with pytest.raises(StagingError) as caught:
        publish(target, stored(tmp_path, 16))
    told = str(caught.value)
    assert told.startswith(f"staging with Spark to s3://{bucket}/liqbench/pub/")
    assert "AWS refused: An error occurred" in told
    assert told.endswith("injected (check the rights and the names)")
    assert sleep.waits == []
    assert not [key for key in objects(redshift, bucket) if key.endswith(".json")]


def test_left_to_itself_the_driver_stages_what_executors_can_not(
    redshift: Redshift, bucket: str, spark_elsewhere: Elsewhere, tmp_path: Path
) -> None:
    target = redshift_target(redshift, bucket=bucket, routes=AUTO, spark=spark_elsewhere.session)
    assert publish(target, stored(tmp_path, 16)).method == "spark"
    assert publish(target, stored(tmp_path, 4)).method == "staged"
    redshift.s3.faults.error(matching="PUT .*part-00000", status=403)
    receipt = publish(target, stored(tmp_path, 16))
    assert (receipt.method, receipt.tries) == ("staged", 1)
    (warning,) = receipt.warnings
    assert warning.startswith("Spark couldn't stage, so the driver did: AWS refused: ")
    # 1.01 + … + 16.01 twice, and 1.01 + … + 4.01.
    assert redshift.sql(COUNTS) == [(36, Decimal("282.36"), 3)]


def test_the_driver_stages_where_no_session_starts(
    redshift: Redshift, bucket: str, tmp_path: Path
) -> None:
    def never() -> SparkSession:
        raise SessionError("Spark doesn't start")

    target = redshift_target(redshift, bucket=bucket, routes=AUTO)
    target.offer(Executors(never, apart=True))
    receipt = publish(target, stored(tmp_path, 16))
    assert receipt.method == "staged"
    assert receipt.warnings == ("Spark couldn't stage, so the driver did: Spark doesn't start",)


def test_a_profile_that_only_the_driver_has_is_named(
    redshift: Redshift,
    bucket: str,
    spark_elsewhere: Elsewhere,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile desk]\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    target = redshift_target(
        redshift, bucket=bucket, routes=SPARK, spark=spark_elsewhere.session, profile="desk"
    )
    with pytest.raises(StagingError, match=r"The config profile \(desk\) could not be found"):
        publish(target, stored(tmp_path, 16))


def test_no_secret_and_nothing_of_liqbench_travels_with_a_task(
    redshift: Redshift, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the-drivers-secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "the-drivers-token")
    target = redshift_target(redshift, bucket=bucket, routes=SPARK)
    given = errand(target, stored(tmp_path, 16), bucket)
    pickled = cloudpickle.dumps(given.task())  # type: ignore[no-untyped-call]
    for word in (*(value for name, value in os.environ.items() if "SECRET" in name), PASSWORD):
        assert word.encode() not in pickled
    assert b"the-drivers-token" not in pickled
    assert b"the-drivers-secret" not in pickled


def errand(target: RedshiftTarget, made: Publication, bucket: str) -> Errand:
    (job,) = jobs_of([made], target.settings.design)
    layout = Layout(job.rows.types, job.tables.sort, ("amount",), 1)
    pieces = pieces_of(made.facts[0].files, 1, 2)
    return Errand(pieces, layout, access(target.settings), bucket, "folder")


def test_what_stops_spark_is_told_in_the_workers_words(
    target: RedshiftTarget,
    bucket: str,
    spark_elsewhere: Elsewhere,
    tmp_path: Path,
) -> None:
    given = errand(target, stored(tmp_path, 16), bucket)
    gone = Piece(((str(tmp_path / "not-here.parquet"), (0,)),))
    with pytest.raises(StagingError) as caught:
        Executors.of(spark_elsewhere.session).run(replace(given, pieces=(*given.pieces, gone)))
    assert str(caught.value).startswith(
        f"staging with Spark to s3://{bucket}/folder: Spark stopped: FileNotFoundError: "
    )
    assert "not-here.parquet" in str(caught.value)
    assert caught.value.hint
    assert "routes.staging='driver'" in caught.value.hint


def test_parts_that_are_not_the_approved_rows_are_in_no_manifest(
    redshift: Redshift, target: RedshiftTarget, bucket: str, tmp_path: Path
) -> None:
    made = stored(tmp_path, 16)
    wrong = replace(made.facts[0], sums={"amount": Decimal("136.17")})
    with pytest.raises(AuditMismatchError, match=r"amount 136\.16 instead of 136\.17"):
        publish(target, replace(made, facts=(wrong,)))
    found = objects(redshift, bucket)
    assert len(found) == 4
    assert not [key for key in found if key.endswith(".json")]


def test_of_executors_and_a_driver_at_once_the_later_loads_what_the_first_has_put(
    redshift: Redshift, target: RedshiftTarget, bucket: str, tmp_path: Path
) -> None:
    made = stored(tmp_path, 16)
    by_driver = redshift_target(
        redshift, bucket=bucket, routes=RouteSettings(direct_rows=0, staging="driver")
    )
    held = redshift.s3.faults.hold(matching="PUT .*manifest")
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(publish, target, made)
        assert held.arrived.wait(60)
        # Its own facts must not be there yet, so that the slow one has to load.
        redshift.faults.error(matching="^COPY")
        with pytest.raises(StatementRefusedError):
            publish(by_driver, made)
        held.released.set()
        assert slow.result().new
    copies = [each.text for each in redshift.statements if each.text.startswith("COPY")]
    assert len(copies) == 2
    assert copies[0] == copies[1]
    found = objects(redshift, bucket)
    (manifest,) = (json.loads(body) for key, body in found.items() if key.endswith(".json"))
    assert len(manifest["entries"]) == 1  # the driver's
    assert len(found) == 1 + 4 + 1
    assert redshift.sql(COUNTS) == [(16, Decimal("136.16"), 1)]


# Without Spark


def test_spark_stages_many_rows_where_its_executors_are_apart() -> None:
    settings = RouteSettings()
    for count, apart, route in (
        (100_000, True, "direct"), (1_999_999, True, "staged"), (2_000_000, True, "spark"),
        (2_000_000, False, "staged"),
    ):  # fmt: skip
        assert route_of(count, settings, apart=apart) == route
    by_name = RouteSettings(direct_rows=0, staging="spark")
    assert [route_of(n, by_name) for n in (0, 1)] == ["direct", "spark"]
    assert route_of(9_000_000, RouteSettings(staging="driver"), apart=True) == "staged"


def test_spark_asked_for_by_name_is_needed(redshift: Redshift, bucket: str, tmp_path: Path) -> None:
    target = redshift_target(redshift, bucket=bucket, routes=SPARK)
    made = stored(tmp_path, 16)
    for act in (lambda: publish(target, made), lambda: target._dry_run((made,), "dwh")):
        with pytest.raises(SettingError, match="Spark shall stage, and this target has no session"):
            act()


@pytest.mark.parametrize(
    ("session", "apart"),
    [
        (None, False), ("local[2]", False), ("sc://127.0.0.1:1", True),
        (SessionSettings(address="spark://127.0.0.1:1"), True),
    ],
)  # fmt: skip
def test_a_bench_offers_its_session_without_starting_it(
    redshift: Redshift, bucket: str, tmp_path: Path, session: Any, apart: bool
) -> None:
    target = redshift_target(redshift, bucket=bucket, routes=AUTO)
    bench = Workbench(tmp_path / "workspace", session=session, targets={"dwh": target})
    told = target._dry_run((stored(tmp_path, 16),), "dwh")
    assert told.routes == {"fact_position": "spark" if apart else "staged"}
    assert "spark" not in vars(bench)
    bench.close()


def test_pieces_are_all_row_groups_once_in_about_the_wanted_size(tmp_path: Path) -> None:
    names = []
    for number, groups in enumerate((5, 1, 7)):
        names.append(str(tmp_path / f"{number}.parquet"))
        noise = pa.array([os.urandom(1_000_000) for _ in range(groups)])
        pq.write_table(pa.table({"x": noise}), names[-1], row_group_size=1, compression="none")
    pq.write_table(pa.table({"x": pa.array([], pa.binary())}), tmp_path / "none.parquet")
    names.append(str(tmp_path / "none.parquet"))
    everything = [(0, n) for n in range(5)] + [(1, 0)] + [(2, n) for n in range(7)]
    for part_bytes, tasks, sizes in (
        (1, 8, [1] * 13),
        (128 << 20, 100, [3, 3, 4, 3]),  # 13 MB are worth four tasks
        (128 << 20, 2, [6, 7]),
        (128 << 20, 1, [13]),
        (2_500_000, 1, [2, 2, 2, 3, 2, 2]),  # six parts
    ):
        found = [
            [(names.index(name), n) for name, numbers in piece.groups for n in numbers]
            for piece in pieces_of(names, part_bytes, tasks)
        ]
        assert [len(piece) for piece in found] == sizes
        assert [each for piece in found for each in piece] == everything
    assert pieces_of(names[3:], 1, 8) == ()


def test_totals_are_exact_at_the_widest() -> None:
    largest = Decimal("9" * 31 + "." + "9" * 7)
    table = pa.table(
        {"x": pa.array([largest] * 1_000 + [None], pa.decimal128(38, 7)), "y": pa.nulls(1_001)}
    )
    totals = Totals()
    for _ in range(3):
        totals.add(Totals.of(table, ["x"]))
    # By integers: 3,000 times 38 nines.
    assert str(totals.sums["x"]).replace(".", "") == str(3_000 * int("9" * 38))
    assert (totals.rows, totals.values) == (3_003, {"x": 3_000, "y": 0})
