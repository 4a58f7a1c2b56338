"""The stand-in for Redshift behaves as written, through the real driver and boto3."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import io
import json
import ssl
import struct
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from redshift_connector.core import Connection
from redshift_connector.error import InterfaceError, ProgrammingError
from tests.redshift.faults import SERIALIZATION
from tests.redshift.stand_in import Redshift
from tests.redshift.wire import SSL, Backend, Message, start_up

Connect = Callable[..., Connection]
ROLE = "IAM_ROLE 'arn:aws:iam::123456789012:role/load'"
LOST_LINK = (InterfaceError, ConnectionError)


@pytest.fixture
def connect(redshift: Redshift) -> Iterator[Connect]:
    """Connect with autocommit, and close at the end what a fault has left open."""
    opened: list[Connection] = []

    def make(*, autocommit: bool = True) -> Connection:
        connection = redshift.connect()
        connection.autocommit = autocommit
        opened.append(connection)
        return connection

    yield make
    for connection in opened:
        if connection._sock is not None:
            connection.close()


@pytest.fixture
def ask(connect: Connect) -> Callable[..., Any]:
    """Execute statements on one connection with autocommit; answer the last one's rows."""
    connection = connect()
    return lambda *statements: run(connection, *statements)


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(6) as pool:
        yield pool


def run(connection: Connection, *statements: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return [tuple(row) for row in cursor.fetchall()] if cursor.description else []


def refusal(connection: Connection, statement: str) -> dict[str, str]:
    with pytest.raises(ProgrammingError) as caught:
        run(connection, statement)
    fields: dict[str, str] = caught.value.args[0]
    return fields


# Logging in


def test_the_driver_checks_the_certificate_and_the_name(redshift: Redshift) -> None:
    with redshift.connect(sslmode="verify-full") as connection:
        assert run(connection, "SELECT 1 AS one") == [(1,)]
    with redshift.connect(sslmode="verify-ca") as connection:
        assert run(connection, "SELECT current_user") == [("analyst",)]


def test_a_certificate_that_nobody_vouches_for_is_refused(
    redshift: Redshift, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(InterfaceError, match="certificate verify failed"):
        redshift.connect()


def leaky(connect: Callable[[], Connection]) -> str:
    """Connect in vain; the driver doesn't close its socket then."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        with pytest.raises((InterfaceError, ProgrammingError)) as caught:
            connect()
        told = str(caught.value)
        del caught
        gc.collect()
    return told


def test_a_wrong_password_is_refused(redshift: Redshift) -> None:
    told = leaky(lambda: redshift.connect(password="wrong"))  # noqa: S106
    assert 'password authentication failed for user "analyst"' in told


def test_a_connection_in_the_clear_is_refused(redshift: Redshift) -> None:
    assert "SSL is required" in leaky(lambda: redshift.connect(ssl=False, sslmode="disable"))


# Statements


def test_distribution_sort_keys_and_encodings_are_taken_and_told(
    ask: Callable[..., Any],
) -> None:
    ask(
        'CREATE TABLE IF NOT EXISTS public."Fact" (entity BIGINT NOT NULL ENCODE az64, day DATE,'
        " note VARCHAR(10) ENCODE zstd) BACKUP NO DISTSTYLE KEY DISTKEY (entity)"
        " COMPOUND SORTKEY (day, entity)",
        "INSERT INTO fact VALUES (1, '2025-12-31', 'a')",
        "CREATE TABLE dim (id INT DISTKEY SORTKEY, x INT ENCODE raw)",
        "CREATE TABLE few (id INT) DISTSTYLE ALL INTERLEAVED SORTKEY (id)",
        "CREATE TABLE copied DISTSTYLE EVEN SORTKEY AUTO AS SELECT * FROM fact",
        "ALTER TABLE dim ADD COLUMN y VARCHAR(3) ENCODE zstd DEFAULT 'ü'",
        "INSERT INTO dim VALUES (1, 2)",
        "COMMENT ON TABLE dim IS 'words'",
    )
    assert ask(
        'SELECT "table", diststyle, sortkey1, sortkey_num, tbl_rows FROM svv_table_info ORDER BY 1'
    ) == [
        ("copied", "EVEN", "AUTO(SORTKEY)", 0, 1),
        ("dim", "KEY(id)", "id", 1, 1),
        ("fact", "KEY(entity)", "day", 2, 1),
    ]
    assert ask(
        "SELECT column_name, data_type, encoding, distkey, sortkey FROM svv_redshift_columns"
        " WHERE table_name = 'fact' ORDER BY ordinal_position"
    ) == [
        ("entity", "bigint", "az64", True, 2),
        ("day", "date", "none", False, 1),
        ("note", "character varying(10)", "zstd", False, 0),
    ]


def test_keys_are_not_enforced_but_a_primary_key_is_not_null(connect: Connect) -> None:
    connection = connect()
    run(
        connection,
        "CREATE TABLE a (k INT PRIMARY KEY, u INT UNIQUE)",
        "CREATE TABLE b (x INT REFERENCES a (k), y INT, z INT, PRIMARY KEY (x, y), UNIQUE (z),"
        " CONSTRAINT link FOREIGN KEY (z) REFERENCES a (k))",
        "INSERT INTO a VALUES (1, 1), (1, 1)",
        "INSERT INTO b VALUES (7, 7, 7), (7, 7, 7)",
    )
    assert run(connection, "SELECT count(*) FROM b") == [(2,)]
    told = refusal(connection, "INSERT INTO b VALUES (1, NULL, 1)")
    assert told["M"] == "Cannot insert a NULL value into column y"


def test_a_length_counts_bytes(connect: Connect) -> None:
    connection = connect()
    run(connection, "CREATE TABLE t (v VARCHAR(3), w VARCHAR, c CHAR(2))")
    run(connection, "INSERT INTO t VALUES ('üa', NULL, 'ab'), ('abc   ', NULL, NULL)")
    told = refusal(connection, "INSERT INTO t (v) VALUES ('üü')")
    assert (told["C"], told["M"]) == ("22001", "value too long for type character varying(3)")
    with pytest.raises(ProgrammingError, match=r"character varying\(3\)"):
        connection.cursor().execute("UPDATE t SET v = %s", ("aüü",))
    assert "256" in refusal(connection, f"INSERT INTO t (w) VALUES ('{'x' * 257}')")["M"]
    assert "multibyte" in refusal(connection, "INSERT INTO t (c) VALUES ('ü')")["M"]
    assert run(connection, "SELECT 'aüb'::VARCHAR(2), 'aüb'::VARCHAR(3)") == [("a", "aü")]
    run(connection, "CREATE TEMP TABLE same (LIKE t)")
    assert "(3)" in refusal(connection, "INSERT INTO same (v) VALUES ('üü')")["M"]
    assert run(connection, "SELECT v FROM t ORDER BY 1") == [("abc",), ("üa",)]


def test_decimals_have_redshifts_limits(connect: Connect) -> None:
    connection = connect()
    run(connection, "CREATE TABLE t (a DECIMAL, b NUMERIC(38, 37))")
    exact = Decimal("-1.2345678901234567890123456789012345678")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO t VALUES (%s, %s)", (Decimal("2.6"), exact))
    assert run(connection, "SELECT a, b FROM t") == [(Decimal(3), exact)]
    assert "38" in refusal(connection, "SELECT 1::DECIMAL(39, 2)")["M"]


def test_functions_answer_as_redshifts(ask: Callable[..., Any]) -> None:
    leap_day = datetime(2024, 2, 29)  # noqa: DTZ001
    assert ask(
        "SELECT DATEADD(month, 1, '2024-01-31'::DATE), DATEADD(day, -1, '2024-03-01'),"
        " DATE_TRUNC('month', DATE '2024-01-31'), DATEDIFF(year, '2023-12-31', '2024-01-01'),"
        " DATEDIFF('day', '2024-03-01'::DATE, '2024-02-01'::DATE),"
        " DATEDIFF(hour, '2024-01-01 00:59:59', '2024-01-01 01:00:00')"
    ) == [(leap_day, leap_day, datetime(2024, 1, 1), 1, -29, 1)]  # noqa: DTZ001
    assert ask(
        "SELECT STRTOL('fffffffffffffff', 16), STRTOL(LEFT(MD5('x'), 15), 16),"
        " LAST_DAY('2024-02-05'), NVL(NULL, 'b'), NVL(NULL, NULL, 3), LEN('üa'), UPPER('ü')"
    ) == [(2**60 - 1, int("9dd4e461268c803", 16), date(2024, 2, 29), "b", 3, 2, "Ü")]
    ((first, second),) = ask("SELECT GETDATE(), SYSDATE")
    assert first.microsecond == 0
    assert abs((second - first).total_seconds()) < 60


def test_qualify_keeps_the_first_of_each(ask: Callable[..., Any]) -> None:
    ask("CREATE TABLE t (k INT, v INT)", "INSERT INTO t VALUES (1, 5), (1, 7), (2, 3)")
    assert ask(
        "SELECT k, v, STRTOL('a', 16) AS ten FROM t"
        " QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) = 1 ORDER BY k"
    ) == [(1, 7, 10), (2, 3, 10)]


def test_merge_updates_and_inserts_and_has_no_row_count(connect: Connect) -> None:
    connection = connect()
    run(
        connection,
        "CREATE TABLE t (k INT, v INT)",
        "CREATE TABLE s (k INT, v INT)",
        "INSERT INTO t VALUES (1, 10), (2, 20)",
        "INSERT INTO s VALUES (2, 21), (3, 30)",
    )
    merge = (
        "MERGE INTO t USING s ON t.k = s.k WHEN MATCHED THEN UPDATE SET v = s.v"
        " WHEN NOT MATCHED THEN INSERT (k, v) VALUES (s.k, s.v)"
    )
    with connection.cursor() as cursor:
        cursor.execute(merge)
        assert cursor.rowcount == -1
    assert run(connection, "SELECT k, v FROM t ORDER BY k") == [(1, 10), (2, 21), (3, 30)]
    run(connection, "INSERT INTO s VALUES (2, 22)")
    assert refusal(connection, merge)["M"] == "Found multiple matches to update the same tuple."


NOT_REDSHIFTS = (
    "MERGE INTO t AS x USING s ON x.k = s.k WHEN MATCHED THEN DELETE"
    " WHEN NOT MATCHED THEN INSERT (k) VALUES (s.k)",
    "MERGE INTO t USING s ON t.k > s.k WHEN MATCHED THEN DELETE"
    " WHEN NOT MATCHED THEN INSERT (k) VALUES (s.k)",
    "MERGE INTO t USING s ON t.k = s.k WHEN MATCHED AND s.k = 1 THEN DELETE"
    " WHEN NOT MATCHED THEN INSERT (k) VALUES (s.k)",
    "MERGE INTO t USING s ON t.k = s.k WHEN MATCHED THEN DELETE",
    "INSERT INTO t VALUES (1) RETURNING k",
    "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING",
    "SELECT count(*) FILTER (WHERE k = 1) FROM t",
    "SELECT * FROM (VALUES (1)) AS v (k)",
    "SELECT * FROM t WHERE k IS DISTINCT FROM 1",
    "SELECT DISTINCT ON (k) k FROM t",
    "SELECT generate_series(1, 2)",
    "INSERT INTO t SELECT 1 WHERE now() > CURRENT_TIMESTAMP",
    "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
    "CREATE INDEX i ON t (k)",
    "CREATE TABLE u (k UUID)",
    "CREATE TABLE u (k INT CHECK (k > 0))",
    "CREATE TABLE u (k VARCHAR(65536))",
    "LOCK TABLE t IN SHARE MODE",
    "SELECT 1; SELECT 2",
    "SAVEPOINT here",
)


def test_what_redshift_does_not_know_is_refused(connect: Connect) -> None:
    connection = connect()
    run(connection, "CREATE TABLE t (k INT)", "CREATE TABLE s (k INT)")
    for statement in NOT_REDSHIFTS:
        assert refusal(connection, statement)["S"] == "ERROR", statement
    assert run(connection, "SELECT count(*) FROM t") == [(0,)]


def test_a_materialized_view_shows_what_was_there_at_its_refresh(
    ask: Callable[..., Any],
) -> None:
    ask("CREATE TABLE t (k INT)", "INSERT INTO t VALUES (1)")
    ask("CREATE MATERIALIZED VIEW m BACKUP NO DISTKEY (k) AUTO REFRESH YES AS SELECT k FROM t")
    ask("INSERT INTO t VALUES (2)")
    assert ask("SELECT count(*) FROM m") == [(1,)]
    ask("REFRESH MATERIALIZED VIEW m")
    assert ask("SELECT count(*) FROM m") == [(2,)]


def test_names_fold_to_lower_case_even_in_quotes(ask: Callable[..., Any]) -> None:
    ask('CREATE TABLE "Big Name" ("Of A" INT)', 'INSERT INTO "BIG NAME" ("OF A") VALUES (1)')
    assert ask('SELECT "Of a" FROM "big name"') == [(1,)]
    assert ask("SELECT table_name, column_name, data_type FROM svv_columns") == [
        ("big name", "of a", "integer")
    ]


def test_settings_of_the_session_are_taken(ask: Callable[..., Any]) -> None:
    ask("SET query_group TO 'publish'", "SET statement_timeout TO 60000")
    assert ask("SHOW statement_timeout") == [("1min",)]


def test_a_statement_takes_32767_binds(connect: Connect) -> None:
    connection = connect()
    run(connection, "CREATE TABLE t (n INT)")
    values = ", ".join(["(%s)"] * 32_767)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO t VALUES {values}", list(range(32_767)))
    assert run(connection, "SELECT count(*), sum(n) FROM t") == [(32_767, 32_766 * 32_767 // 2)]


# COPY


class Bucket:
    """A bucket of the test's, and what a publisher would put into it."""

    def __init__(self, client: Any, name: str) -> None:
        self.client = client
        self.name = name

    def put(self, key: str, table: pa.Table) -> dict[str, Any]:
        """Upload a table; answer its entry for a manifest."""
        sink = io.BytesIO()
        pq.write_table(table, sink)
        body = sink.getvalue()
        self.client.put_object(Bucket=self.name, Key=key, Body=body)
        url = f"s3://{self.name}/{key}"
        return {"url": url, "mandatory": True, "meta": {"content_length": len(body)}}

    def manifest(self, *entries: dict[str, Any]) -> str:
        body = json.dumps({"entries": entries}).encode()
        self.client.put_object(Bucket=self.name, Key="manifest.json", Body=body)
        return f"FROM 's3://{self.name}/manifest.json' {ROLE} FORMAT AS PARQUET MANIFEST"

    def prefix(self, prefix: str) -> str:
        return f"FROM 's3://{self.name}/{prefix}' {ROLE} FORMAT AS PARQUET"


@pytest.fixture
def bucket(redshift: Redshift) -> Iterator[Bucket]:
    client = redshift.s3.client()
    yield Bucket(client, redshift.s3.bucket())
    client.close()


def integers(*columns: Sequence[int | None]) -> pa.Table:
    names = [f"c{n}" for n in range(len(columns))]
    return pa.table([pa.array(column, pa.int32()) for column in columns], names=names)


def test_copy_keeps_every_value(connect: Connect, bucket: Bucket) -> None:
    exact = [Decimal("1.2345678901234567890123456789012345678"), None]
    table = pa.table(
        [
            pa.array([1, None], pa.int64()),
            pa.array(exact, pa.decimal128(38, 37)),
            pa.array(["", None]),
            pa.array(['say "ü",\n', "\\N"]).dictionary_encode(),
            pa.array([date(2025, 12, 31), None]),
            pa.array([datetime(2025, 1, 2, 3, 4, 5, 678_901), None], pa.timestamp("us")),  # noqa: DTZ001
            pa.array([True, None]),
            pa.array([0.1, None]),
        ],
        names=list("abcdefgh"),
    )
    connection = connect()
    run(
        connection,
        "CREATE TABLE t (a BIGINT, b DECIMAL(38, 37), c VARCHAR(9), d VARCHAR(20), e DATE,"
        " f TIMESTAMP, g BOOLEAN, h DOUBLE PRECISION)",
        "COPY t " + bucket.manifest(bucket.put("part", table)),
    )
    assert run(connection, "SELECT * FROM t ORDER BY a NULLS LAST") == [
        tuple(table.column(n)[row].as_py() for n in range(8)) for row in range(2)
    ]
    assert connection.notices[-1][b"M"] == (
        b"Load into table 't' completed, 2 record(s) loaded successfully."
    )


def test_a_prefix_also_loads_what_a_failed_task_left(connect: Connect, bucket: Bucket) -> None:
    connection = connect()
    good = bucket.put("pub/part-1", integers([1, 2]))
    bucket.put("pub/part-0-failed", integers([1]))
    run(
        connection,
        "CREATE TABLE a (n INT)",
        "CREATE TABLE b (n INT)",
        f"COPY a {bucket.prefix('pub/part')}",
        f"COPY b {bucket.manifest(good)}",
    )
    assert run(connection, "SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b)") == [(3, 2)]


def test_copy_happens_inside_the_transaction(
    redshift: Redshift, connect: Connect, bucket: Bucket
) -> None:
    connection = connect()
    copy = "COPY t " + bucket.manifest(bucket.put("part", integers([1])))
    run(connection, "CREATE TABLE t (n INT)", "BEGIN", copy, copy, "ROLLBACK")
    assert redshift.sql("SELECT count(*) FROM t") == [(0,)]
    run(connection, "BEGIN", copy, copy, "COMMIT", copy)
    assert redshift.sql("SELECT count(*) FROM t") == [(3,)]


def test_copy_refuses_what_does_not_fit(
    redshift: Redshift, connect: Connect, bucket: Bucket
) -> None:
    connection = connect()
    run(connection, "CREATE TABLE t (k INT, v VARCHAR(3))")
    good = bucket.put("good", pa.table({"k": pa.array([1], pa.int32()), "v": ["üa"]}))
    cases = {
        "longer than the length defined": [{"v": ["abc", "üü"], "k": [1, 2]}, pa.int32()],
        "incompatible Parquet schema": [{"v": ["abc"], "k": [1]}, pa.int64()],
    }
    for told, (columns, kind) in cases.items():
        table = pa.table({"k": pa.array(columns["k"], kind), "v": columns["v"]})
        error = refusal(connection, "COPY t " + bucket.manifest(good, bucket.put("bad", table)))
        assert (error["C"], error["M"]) == ("XX000", "Spectrum Scan Error")
        assert told in error["D"]
    swapped = pa.table({"v": ["a"], "k": pa.array([1], pa.int32())})
    error = refusal(connection, "COPY t " + bucket.manifest(bucket.put("bad", swapped)))
    assert "incompatible Parquet schema" in error["D"]
    error = refusal(connection, "COPY t " + bucket.manifest(bucket.put("bad", integers([1]))))
    assert "Table columns: 2, Data columns: 1" in error["D"]
    assert run(connection, "SELECT count(*) FROM t") == [(0,)]
    kept = run(
        connection,
        "SELECT colname, type, col_length, err_code, filename FROM stl_load_errors ORDER BY query",
    )
    assert kept[0] == ("v", "character varying(3)", "3", 15_001, f"s3://{bucket.name}/bad")
    assert [row[3] for row in kept] == [15_001, 15_007, 15_007, 15_007]
    redshift.serverless()
    assert "does not exist" in refusal(connection, "SELECT * FROM stl_load_errors")["M"]
    assert run(connection, "SELECT count(*) FROM sys_load_error_detail") == [(4,)]


def test_copy_refuses_a_manifest_that_is_not_true(connect: Connect, bucket: Bucket) -> None:
    connection = connect()
    run(connection, "CREATE TABLE t (n INT)")
    good = bucket.put("good", integers([1]))
    longer = good | {"meta": {"content_length": good["meta"]["content_length"] + 1}}
    assert "416" in refusal(connection, "COPY t " + bucket.manifest(longer))["D"]
    shorter = good | {"meta": {"content_length": 8}}
    assert "not a Parquet" in refusal(connection, "COPY t " + bucket.manifest(shorter))["D"]
    bare = {"url": good["url"]}
    told = refusal(connection, "COPY t " + bucket.manifest(good, bare))["M"]
    assert told == "File entry does not have 'meta' key."
    gone = good | {"url": good["url"] + "-gone"}
    error = refusal(connection, "COPY t " + bucket.manifest(good, gone))
    assert "Status 404,Error NoSuchKey" in error["M"]
    for source in (bucket.prefix("none"), bucket.prefix("none") + " MANIFEST"):
        assert "not exist" in refusal(connection, f"COPY t {source}")["M"]
    assert run(connection, "SELECT count(*) FROM t") == [(0,)]
    run(connection, "COPY t " + bucket.manifest(good, gone | {"mandatory": False}))
    assert run(connection, "SELECT count(*) FROM t") == [(1,)]


def test_copy_refuses_parameters_of_text_files(connect: Connect, bucket: Bucket) -> None:
    connection = connect()
    run(connection, "CREATE TABLE t (n INT)")
    for parameter in ("COMPUPDATE OFF", "REGION 'eu-central-1'", "MAXERROR 1", "GZIP"):
        name, *_ = parameter.split()
        told = refusal(connection, f"COPY t {bucket.prefix('x')} {parameter}")["M"]
        assert told == f"{name} argument is not supported for PARQUET based COPY"


def test_copy_takes_the_documented_parameters(connect: Connect, bucket: Bucket) -> None:
    bucket.put("part", integers([1]))
    connection = connect()
    run(
        connection,
        "CREATE TABLE t (n INT, more INT)",
        f"COPY t FROM 's3://{bucket.name}/part' CREDENTIALS 'aws_iam_role=x' FORMAT PARQUET"
        " ACCEPTINVCHARS AS '?' FILLRECORD STATUPDATE OFF EXPLICIT_IDS",
    )
    assert run(connection, "SELECT n, more FROM t") == [(1, None)]
    assert "IAM_ROLE" in refusal(connection, "COPY t FROM 's3://b/k' FORMAT AS PARQUET")["M"]


# Transactions


def test_without_autocommit_the_driver_begins_and_commits(
    redshift: Redshift, connect: Connect
) -> None:
    connection = connect(autocommit=False)
    run(connection, "CREATE TABLE t (n INT)", "INSERT INTO t VALUES (1)")
    assert redshift.sql("SELECT to_regclass('t')") == [(None,)]
    connection.commit()
    run(connection, "INSERT INTO t VALUES (2)")
    connection.rollback()
    assert redshift.sql("SELECT n FROM t") == [(1,)]
    assert [each.text for each in redshift.statements] == [
        "begin transaction", "CREATE TABLE t (n INT)", "INSERT INTO t VALUES (1)", "commit",
        "begin transaction", "INSERT INTO t VALUES (2)", "rollback",
    ]  # fmt: skip


def test_truncate_commits(redshift: Redshift, connect: Connect) -> None:
    connection = connect()
    run(connection, "CREATE TABLE t (n INT)", "CREATE TABLE u (n INT)", "INSERT INTO t VALUES (1)")
    run(connection, "BEGIN", "INSERT INTO u VALUES (1)", "TRUNCATE t", "ROLLBACK")
    assert redshift.sql("SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM u)") == [(0, 1)]


def test_append_moves_rows_but_not_in_a_transaction(connect: Connect) -> None:
    connection = connect()
    run(connection, "CREATE TABLE t (n INT)", "CREATE TABLE s (n INT)", "INSERT INTO s VALUES (1)")
    run(connection, "BEGIN")
    told = refusal(connection, "ALTER TABLE t APPEND FROM s")
    assert told["M"] == "ALTER TABLE APPEND cannot run inside a transaction block"
    run(connection, "ROLLBACK", "ALTER TABLE t APPEND FROM s")
    assert run(connection, "SELECT (SELECT count(*) FROM t), count(*) FROM s") == [(1, 0)]


def test_a_temporary_table_dies_with_its_session(connect: Connect) -> None:
    first, second = connect(), connect()
    run(first, "CREATE TEMP TABLE stg (n INT)", "INSERT INTO stg VALUES (1)")
    assert "does not exist" in refusal(second, "SELECT * FROM stg")["M"]
    first.close()
    run(second, "CREATE TEMP TABLE stg (n INT)")
    assert run(second, "SELECT count(*) FROM stg") == [(0,)]


def crossing(connect: Connect) -> tuple[Connection, Connection]:
    """Two transactions that each read both tables and write to one."""
    first, second = connect(), connect()
    run(first, "CREATE TABLE a (n INT)", "CREATE TABLE b (n INT)", "INSERT INTO a VALUES (1)")
    for connection, target in ((first, "a"), (second, "b")):
        run(connection, "BEGIN", "SELECT count(*) FROM a", "SELECT count(*) FROM b")
        run(connection, f"INSERT INTO {target} VALUES (2)")
    run(first, "COMMIT")
    return first, second


def test_serializable_isolation_refuses_a_cycle_with_1023(
    redshift: Redshift, connect: Connect
) -> None:
    redshift.isolation = "serializable"
    _, second = crossing(connect)
    told = refusal(second, "COMMIT")
    assert (told["C"], told["M"]) == ("XX000", "1023")
    assert told["D"].startswith("Serializable isolation violation on table")
    assert redshift.sql("SELECT count(*) FROM b") == [(0,)]


def test_snapshot_isolation_lets_a_cycle_pass_but_not_two_writers_of_a_row(
    redshift: Redshift, connect: Connect, pool: ThreadPoolExecutor
) -> None:
    first, second = crossing(connect)
    run(second, "COMMIT")
    assert redshift.sql("SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b)") == [(2, 1)]
    run(second, "BEGIN", "SELECT * FROM b")
    run(first, "BEGIN", "UPDATE b SET n = 3")
    waiting = pool.submit(refusal, second, "UPDATE b SET n = 4")
    redshift.wait_for_blocked()
    run(first, "COMMIT")
    told = waiting.result()
    assert told["M"] == "could not complete because of conflict with concurrent transaction"
    assert told["C"] == "XX000"


def test_a_lock_makes_the_second_wait_and_its_snapshot_comes_after_it(
    redshift: Redshift, connect: Connect, pool: ThreadPoolExecutor
) -> None:
    first, second = connect(), connect()
    run(first, "CREATE TABLE mutex (n INT)", "CREATE TABLE t (n INT)")
    run(first, "BEGIN", "LOCK TABLE mutex", "INSERT INTO t VALUES (1)")
    waiting = pool.submit(run, second, "BEGIN", "LOCK mutex", "SELECT count(*) FROM t")
    redshift.wait_for_blocked()
    run(first, "COMMIT")
    assert waiting.result() == [(1,)]


def test_a_snapshot_before_the_lock_does_not_see_the_first(connect: Connect) -> None:
    first, second = connect(), connect()
    run(first, "CREATE TABLE mutex (n INT)", "CREATE TABLE t (n INT)")
    run(second, "BEGIN", "SELECT 1")
    run(first, "BEGIN", "LOCK mutex", "INSERT INTO t VALUES (1)", "COMMIT")
    assert run(second, "LOCK mutex", "SELECT count(*) FROM t") == [(0,)]


def test_six_publishers_of_one_id_publish_it_once(
    redshift: Redshift, connect: Connect, pool: ThreadPoolExecutor
) -> None:
    connections = [connect() for _ in range(6)]
    tables = ("mutex (n INT)", "ledger (id INT)", "fact (n INT)")
    run(connections[0], *(f"CREATE TABLE {table}" for table in tables))

    def publish(connection: Connection) -> bool:
        found = run(connection, "BEGIN", "LOCK mutex", "SELECT id FROM ledger WHERE id = 7")
        if found:
            run(connection, "ROLLBACK")
        else:
            run(
                connection, "INSERT INTO fact VALUES (1)", "INSERT INTO ledger VALUES (7)", "COMMIT"
            )
        return not found

    gate = redshift.faults.hold(matching="^commit")
    published = [pool.submit(publish, connection) for connection in connections]
    gate.wait()
    redshift.wait_for_blocked(5)
    gate.release()
    assert sorted(each.result() for each in published) == [False] * 5 + [True]
    assert redshift.sql("SELECT (SELECT count(*) FROM fact), count(*) FROM ledger") == [(1, 1)]


# Clients that go, and faults


def test_a_client_that_goes_ends_what_it_waits_for(
    redshift: Redshift, connect: Connect, pool: ThreadPoolExecutor
) -> None:
    first, second = connect(), connect()
    run(first, "CREATE TABLE t (n INT)", "BEGIN", "LOCK t")
    waiting = pool.submit(run, second, "BEGIN", "INSERT INTO t VALUES (1)", "COMMIT")
    redshift.wait_for_blocked()
    second._usock.shutdown(2)
    with pytest.raises(LOST_LINK):
        waiting.result()
    redshift.wait_for_clients(1)
    run(first, "COMMIT")
    assert run(first, "SELECT count(*) FROM t") == [(0,)]


def test_a_lost_answer_of_commit_leaves_it_done(redshift: Redshift, connect: Connect) -> None:
    connection = connect(autocommit=False)
    run(connection, "CREATE TABLE t (n INT)")
    fault = redshift.faults.drop_after(matching="^commit$")
    with pytest.raises(LOST_LINK):
        connection.commit()
    assert fault.happened
    assert redshift.sql("SELECT count(*) FROM t") == [(0,)]


def test_a_commit_that_never_arrived_leaves_nothing(redshift: Redshift, connect: Connect) -> None:
    connection = connect(autocommit=False)
    run(connection, "CREATE TABLE t (n INT)")
    redshift.faults.drop_before(matching="^commit$")
    with pytest.raises(LOST_LINK):
        connection.commit()
    redshift.wait_for_clients(0)
    assert redshift.sql("SELECT to_regclass('t')") == [(None,)]


def test_an_error_in_place_of_a_statement_fails_the_transaction(
    redshift: Redshift, connect: Connect
) -> None:
    connection = connect()
    run(connection, "CREATE TABLE t (n INT)")
    redshift.faults.error(2, connection=1, matching="insert", error=SERIALIZATION)
    run(connection, "BEGIN", "INSERT INTO t VALUES (1)")
    told = refusal(connection, "INSERT INTO t VALUES (2)")
    assert (told["C"], told["M"]) == ("XX000", "1023")
    assert refusal(connection, "SELECT 1")["C"] == "25P02"
    run(connection, "ROLLBACK", "INSERT INTO t VALUES (3)")
    assert run(connection, "SELECT n FROM t") == [(3,)]


def test_every_statement_can_be_the_one_that_fails(redshift: Redshift, connect: Connect) -> None:
    def publish() -> None:
        connection = connect()
        run(connection, "CREATE TABLE t (n INT)", "BEGIN")
        run(connection, "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (2)", "COMMIT")

    publish()
    statements = redshift.statements
    assert len(statements) == 5
    left = []
    for n in range(1, 6):
        for drop in ("drop_before", "drop_after"):
            redshift.reset()
            getattr(redshift.faults, drop)(n)
            with pytest.raises(LOST_LINK):
                publish()
            redshift.wait_for_clients(0)
            exists = redshift.sql("SELECT to_regclass('t') IS NOT NULL") == [(True,)]
            left.append(redshift.sql("SELECT count(*) FROM t")[0][0] if exists else None)
    assert left == [None, 0, 0, 0, 0, 0, 0, 0, 0, 2]


def test_a_gate_holds_a_statement_until_it_is_released(
    redshift: Redshift, connect: Connect, pool: ThreadPoolExecutor
) -> None:
    first, second = connect(), connect()
    run(first, "CREATE TABLE t (n INT)")
    gate = redshift.faults.hold(connection=1, matching="insert")
    held = pool.submit(run, first, "INSERT INTO t SELECT count(*) FROM t")
    gate.wait()
    run(second, "INSERT INTO t VALUES (9)")
    gate.release()
    held.result()
    assert sorted(run(second, "SELECT n FROM t")) == [(1,), (9,)]


def test_a_statement_is_counted_each_time_it_is_executed(
    redshift: Redshift, connect: Connect
) -> None:
    connection = connect()
    for _ in range(3):
        run(connection, "SELECT 1")  # prepared once, and kept by the driver
    connect()
    run(connect(), "SELECT 2")
    told = [(each.connection, each.text) for each in redshift.statements]
    assert told == [(1, "SELECT 1")] * 3 + [(3, "SELECT 2")]


def test_a_simple_query_is_rewritten_as_well(redshift: Redshift) -> None:
    assert asyncio.run(simple_query(redshift, "SELECT STRTOL('ff', 16), NVL(NULL, 'x')")) == [
        (255, "x")
    ]
    assert [each.text for each in redshift.statements] == [
        "SELECT STRTOL('ff', 16), NVL(NULL, 'x')"
    ]


async def simple_query(redshift: Redshift, text: str) -> list[tuple[Any, ...]]:
    """Speak the protocol by hand: the driver prepares each statement, and never sends a Query."""
    settings = redshift.settings
    reader, writer = await asyncio.open_connection(settings.host, settings.port)
    writer.write(struct.pack("!ii", 8, SSL))
    assert await reader.readexactly(1) == b"S"
    trust = ssl.create_default_context(cafile=settings.authority)
    await writer.start_tls(trust, server_hostname=settings.host)
    client = Backend(Path(), reader, writer)
    await client.send([start_up({"user": settings.user, "database": settings.database})])
    salt = (await client.read()).body[4:]
    inner = hashlib.md5((settings.password + settings.user).encode()).hexdigest()  # noqa: S324
    outer = hashlib.md5(inner.encode() + salt).hexdigest()  # noqa: S324
    await client.exchange([Message(b"p", b"md5" + outer.encode() + b"\0")])
    try:
        return await client.rows(text)
    finally:
        await client.close()


# S3


def test_the_loser_of_a_race_is_told(bucket: Bucket) -> None:
    put = {"Bucket": bucket.name, "Key": "manifest.json", "IfNoneMatch": "*"}
    bucket.client.put_object(**put, Body=b"first")
    with pytest.raises(ClientError) as caught:
        bucket.client.put_object(**put, Body=b"second")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    found = bucket.client.get_object(Bucket=bucket.name, Key="manifest.json")
    assert found["Body"].read() == b"first"


def test_calls_of_s3_are_recorded_and_disturbed(redshift: Redshift) -> None:
    name, faults = redshift.s3.bucket(), redshift.s3.faults
    client = redshift.s3.client(retries={"total_max_attempts": 1}, read_timeout=0.3)
    put = {"Bucket": name, "Body": b"x"}
    client.put_object(**put, Key="a")
    faults.error(matching="PUT", status=500)
    with pytest.raises(ClientError, match="InternalError"):
        client.put_object(**put, Key="b")
    faults.lose(2, matching="PUT")
    client.put_object(**put, Key="c")
    with pytest.raises(ConnectionClosedError):
        client.put_object(**put, Key="d")
    faults.hang(matching="PUT")
    with pytest.raises(ReadTimeoutError):
        client.put_object(**put, Key="e")
    assert [call.target for call in faults.calls] == [f"/{name}/{key}" for key in "abcde"]
    assert {call.method for call in faults.calls} == {"PUT"}
    listed = client.list_objects_v2(Bucket=name)["Contents"]
    assert [each["Key"] for each in listed] == ["a", "c", "d"]
    client.close()


def test_of_two_who_put_at_once_the_later_is_told(
    redshift: Redshift, bucket: Bucket, pool: ThreadPoolExecutor
) -> None:
    put = {"Bucket": bucket.name, "Key": "manifest.json", "IfNoneMatch": "*"}
    held = redshift.s3.faults.hold(matching="PUT")
    first = pool.submit(bucket.client.put_object, **put, Body=b"held")
    assert held.arrived.wait(20)
    bucket.client.put_object(**put, Body=b"passed by")
    held.released.set()
    with pytest.raises(ClientError, match="PreconditionFailed"):
        first.result()


def test_boto3_finds_the_endpoint_by_itself(redshift: Redshift) -> None:
    name = redshift.s3.bucket()
    client = boto3.client("s3")
    client.put_object(Bucket=name, Key="a", Body=b"x")
    client.close()
    assert [call.target for call in redshift.s3.faults.calls] == [f"/{name}/a"]


def test_boto3_tries_again_after_503(redshift: Redshift) -> None:
    name = redshift.s3.bucket()
    redshift.s3.faults.error(status=503)
    client = redshift.s3.client(retries={"total_max_attempts": 2})
    client.put_object(Bucket=name, Key="a", Body=b"x")
    client.close()
    assert len(redshift.s3.faults.calls) == 2


# Credentials


def test_temporary_credentials_open_the_door_and_are_counted(redshift: Redshift) -> None:
    serverless = redshift.s3.client("redshift-serverless")
    provisioned = redshift.s3.client("redshift")
    found = serverless.get_credentials(workgroupName="liquidity", dbName="dev")
    with redshift.connect(user=found["dbUser"], password=found["dbPassword"]) as connection:
        assert run(connection, "SELECT 1") == [(1,)]
    found = provisioned.get_cluster_credentials(DbUser="analyst", ClusterIdentifier="liquidity")
    assert (found["DbUser"], found["DbPassword"]) == ("analyst", redshift.settings.password)
    assert redshift.s3.credentials.fetched == {"GetCredentials": 1, "GetClusterCredentials": 1}
    serverless.close()
    provisioned.close()
