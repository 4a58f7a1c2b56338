"""A large fact published four ways from the files of a stage to a stand-in for Redshift.

    python -m benchmarks.publishing --rows 1000000 --json result.json

``spark`` and ``driver`` are liqbench's ways: staged by Spark's executors through ``mapInArrow``,
or by the driver; then dimensions, facts, audits and the ledger in one transaction. ``awswrangler``
is its ``redshift.copy``, ``plain`` pandas' ``to_parquet`` with boto3's ``upload_file`` and a COPY;
both fill one flat table and check nothing. ``…_staged_s`` is from the files to the COPY that reads
the bucket, ``…_s`` to the commit; each is the median of several times, every time into an empty
database. Rows and sums in the warehouse must equal those that DuckDB finds in the files, or there
is no result.

S3 (moto) and the warehouse (PostgreSQL behind a proxy) run beside this on one machine, S3 in this
very process. So the figures compare ways; they are not Redshift's.
"""

from __future__ import annotations

import argparse
import logging
import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import awswrangler
import duckdb
import pandas as pd
from pyspark.sql import SparkSession
from rich.console import Console
from rich.table import Table
from tests.redshift.stand_in import Redshift, stand_in

from benchmarks.answers import DifferentResultsError
from benchmarks.report import write_json
from liqbench import RedshiftSettings, RedshiftTarget, SessionSettings
from liqbench.engine import open_session
from liqbench.operators.star_schema import StarSchemaOperator
from liqbench.warehouse import Fact, Patience, Publication, RouteSettings
from liqbench.warehouse.columns import columns
from liqbench.warehouse.ddl import create_table
from liqbench.warehouse.job import work_of
from liqbench.warehouse.protocol import WriteAuditPublish
from liqbench.warehouse.tables import Table as WarehouseTable
from liqbench.warehouse.target import utc_now

FEW = 1_000
FILES = 8
PASSWORD = "LIQBENCH_BENCHMARK_PASSWORD"  # noqa: S105 - the name of a variable
ROLE = "arn:aws:iam::123456789012:role/load"
STAR = StarSchemaOperator.model_validate(
    {
        "fact": "position",
        "date": "day",
        "dimensions": [
            {"name": "entity", "key": "entity_id", "attributes": ["entity_name"]},
            {"name": "currency", "key": "ccy"},
            {"name": "product", "key": "product"},
            {"name": "bucket", "key": "bucket"},
        ],
        "measures": [
            {"field": "amount", "type": "decimal(20,2)"},
            {"field": "weighted", "type": "decimal(28,6)"},
            {"field": "deals", "type": "int"},
        ],
    }
)
FLAT = WarehouseTable(
    "flat",
    columns(
        day="DATE",
        entity_id="VARCHAR(512)",
        entity_name="VARCHAR(512)",
        ccy="VARCHAR(512)",
        product="VARCHAR(512)",
        bucket="VARCHAR(512)",
        amount="DECIMAL(20,2)",
        weighted="DECIMAL(28,6)",
        deals="INTEGER",
    ),
    "EVEN",
    sortkey=("day",),
)
# No two rows have one entity, currency, product and bucket.
ROWS = """
SELECT DATE '2025-12-31' AS day, printf('E%06d', id // 2000) AS entity_id,
       'Bank ' || (id // 2000) AS entity_name, ['EUR', 'USD', 'GBP', 'CHF'][id % 4 + 1] AS ccy,
       'P' || (id // 4 % 25) AS product, 'B' || (id // 100 % 20) AS bucket,
       CAST(id * 7919 % 1000003 * 0.37 AS DECIMAL(20,2)) AS amount,
       CAST(id * 104729 % 1000003 * 0.000123 AS DECIMAL(28,6)) AS weighted,
       CAST(id % 13 AS INTEGER) AS deals
FROM range({first}, {last}) AS numbers(id)"""
TOTALS = "SELECT count(*), sum(amount), sum(weighted), sum(deals) FROM {place}"
WORDS = {
    "spark": "liqbench, mapInArrow",
    "driver": "liqbench, driver",
    "awswrangler": "awswrangler copy",
    "plain": "pandas, upload_file",
}
Totals = tuple[Any, ...]


@dataclass(frozen=True)
class Stage:
    """The files of a stored fact, and what DuckDB finds in them."""

    files: tuple[str, ...]
    totals: Totals


@dataclass(frozen=True)
class Place:
    """The stand-in, a bucket of its S3, a Spark session, and a folder for what is written."""

    redshift: Redshift
    bucket: str
    spark: SparkSession
    folder: Path


def stored(rows: int, folder: Path) -> Stage:
    """Write a fact as a run of eight tasks stores it."""
    folder.mkdir()
    files = [str(folder / f"part-{number}.parquet") for number in range(FILES)]
    with duckdb.connect() as connection:
        for number, file in enumerate(files):
            first, last = rows * number // FILES, rows * (number + 1) // FILES
            made = ROWS.format(first=first, last=last)
            connection.execute(f"COPY ({made}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)")
        found = connection.execute(TOTALS.format(place=f"read_parquet({files})")).fetchall()
    return Stage(tuple(files), found[0])


def by_liqbench(staging: Literal["spark", "driver"]) -> Callable[[Stage, Place], str]:
    """Return liqbench's way; who stages is told by name."""

    def publish(stage: Stage, place: Place) -> str:
        known, name = place.redshift.settings, secrets.token_hex(32)
        settings = RedshiftSettings(
            host=known.host,
            port=known.port,
            database=known.database,
            user=known.user,
            password_variable=PASSWORD,
            iam_role=ROLE,
            bucket=place.bucket,
            routes=RouteSettings(direct_rows=0, staging=staging),
        )
        rows, amount, weighted, _ = stage.totals
        publication = Publication(
            publish_id=name,
            run_id=f"run-{name[:8]}",
            content_sha=name,
            scenario="Base",
            injection_point="",
            description="a benchmark",
            as_of="2025-12-31",
            facts=(Fact(STAR, stage.files, rows, {"amount": amount, "weighted": weighted}),),
        )
        target = RedshiftTarget(settings, spark=place.spark)
        work = work_of([publication], settings.design)
        loader = target.loader()
        WriteAuditPublish(target, Patience(tries=1), utc_now).publish([publication], work, loader)
        if loader.methods != (("spark",) if staging == "spark" else ("staged",)):
            raise DifferentResultsError(
                f"{staging} was asked for, and the way was {loader.methods}"
            )
        return "fact_position"

    return publish


def by_awswrangler(stage: Stage, place: Place) -> str:
    """Let awswrangler write, upload, copy, delete and commit."""
    frame = pd.concat(map(pd.read_parquet, stage.files), ignore_index=True)
    with closing(place.redshift.connect()) as connection:
        awswrangler.redshift.copy(
            df=frame,
            path=f"s3://{place.bucket}/awswrangler/",
            con=connection,
            table=FLAT.name,
            schema="public",
            iam_role=ROLE,
            dtype={"amount": "decimal(20,2)", "weighted": "decimal(28,6)", "deals": "int"},
        )
    return FLAT.name


def by_hand(stage: Stage, place: Place) -> str:
    """Do the same in the plainest way."""
    import boto3  # noqa: PLC0415 - the variables that lead it to the endpoint are set by now

    frame = pd.concat(map(pd.read_parquet, stage.files), ignore_index=True)
    file = place.folder / "plain.parquet"
    frame.to_parquet(file, compression="zstd", index=False)
    with closing(boto3.client("s3")) as s3:
        s3.upload_file(str(file), place.bucket, "plain/part.parquet")
    with closing(place.redshift.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(create_table(FLAT))
        cursor.execute(
            f"COPY {FLAT.name} FROM 's3://{place.bucket}/plain/' IAM_ROLE '{ROLE}' "
            "FORMAT AS PARQUET"
        )
        connection.commit()
    return FLAT.name


WAYS: dict[str, Callable[[Stage, Place], str]] = {
    "spark": by_liqbench("spark"),
    "driver": by_liqbench("driver"),
    "awswrangler": by_awswrangler,
    "plain": by_hand,
}


def timed(way: str, stage: Stage, place: Place) -> tuple[float, float]:
    """Return the seconds to the COPY and to the commit, in an empty database."""
    redshift = place.redshift
    redshift.reset()
    start = time.perf_counter()
    table = WAYS[way](stage, place)
    done = time.perf_counter() - start
    (copied,) = [each for each in redshift.statements if each.text.startswith("COPY")]
    (found,) = redshift.sql(TOTALS.format(place=table))
    if found != stage.totals:
        raise DifferentResultsError(f"{way} has {found}, DuckDB has {stage.totals}")
    return copied.at - start, done


def measure(rows: int, repeats: int, folder: Path, driver_memory: str) -> dict[str, Any]:
    """Return the seconds of all ways, rows a second, ratios, and what they were measured on."""
    few, stage = stored(FEW, folder / "few"), stored(rows, folder / "stage")
    (folder / "authority").mkdir()
    with stand_in(folder / "authority") as redshift:
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        # Before Spark starts: its executors have these too, as a cluster's have theirs.
        os.environ |= redshift.s3.environment | {
            "SSL_CERT_FILE": str(redshift.settings.authority),
            PASSWORD: redshift.settings.password,
        }
        spark = open_session(SessionSettings(driver_memory=driver_memory), folder / "java")
        place = Place(redshift, redshift.s3.bucket(), spark, folder)
        for way in WAYS:
            timed(way, few, place)
        taken = [{way: timed(way, stage, place) for way in WAYS} for _ in range(repeats)]
        redshift.end()
        spark.stop()
    return _figures(rows, taken)


def _figures(rows: int, taken: Sequence[dict[str, tuple[float, float]]]) -> dict[str, Any]:
    cell: dict[str, Any] = {"rows": rows, "repeats": len(taken)}
    for way in WAYS:
        staged, done = (statistics.median(each[way][n] for each in taken) for n in (0, 1))
        cell |= {f"{way}_staged_s": staged, f"{way}_s": done}
        cell |= {f"{way}_staged_rows_per_s": rows / staged, f"{way}_rows_per_s": rows / done}
    cell["ratios"] = {
        f"{way}/{other}{part}": cell[f"{way}{part}_s"] / cell[f"{other}{part}_s"]
        for way in ("spark", "driver")
        for other in ("awswrangler", "plain")
        for part in ("_staged", "")
    }
    versions = {name: version(name) for name in ("awswrangler", "pandas", "pyarrow", "pyspark")}
    load = round(os.getloadavg()[1], 2)
    return cell | {"machine": {"cores": os.cpu_count(), "load": load, **versions}}


def table_of(cell: dict[str, Any]) -> Table:
    """Return the figures as a table."""
    machine = cell["machine"]
    table = Table(
        title=f"{cell['rows']:,} fact rows, from a stage's files to a stand-in for Redshift",
        caption=f"median of {cell['repeats']}; {machine['cores']} cores, load {machine['load']}; "
        "rows and sums are DuckDB's to the last digit; only liqbench's ways audit them, and fill "
        "dimensions and ledger",
        title_justify="left",
    )
    table.add_column("way")
    for name in ("staged s", "rows/s", "× plain", "commit s", "rows/s", "× plain"):
        table.add_column(name, justify="right")
    for way, words in WORDS.items():
        told = []
        for part in ("_staged", ""):
            seconds, plain = cell[f"{way}{part}_s"], cell[f"plain{part}_s"]
            told += [f"{seconds:,.2f}", f"{cell[f'{way}{part}_rows_per_s']:,.0f}"]
            told += [f"{seconds / plain:,.2f}"]
        table.add_row(words, *told)
    return table


def main() -> None:
    """Measure, print, and write what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--driver-memory", default="2g", help="Spark's heap (default: 2g)")
    parser.add_argument("--json", type=Path, help="where the figures go")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cell = measure(given.rows, given.repeats, Path(folder), given.driver_memory)
    Console().print(table_of(cell))
    if given.json is not None:
        write_json(given.json, cell)


if __name__ == "__main__":
    main()
