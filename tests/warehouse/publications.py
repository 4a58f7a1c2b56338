"""Publications made by hand, and both warehouses, below the check of approvals."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession
from tests.redshift.stand_in import Redshift

from liqbench import DuckDbTarget
from liqbench.operators.star_schema import StarSchemaOperator
from liqbench.warehouse import (
    Adjustments,
    Fact,
    Patience,
    Publication,
    Receipt,
    Records,
    RedshiftSettings,
    RedshiftTarget,
    RouteSettings,
    Workings,
)
from liqbench.warehouse.protocol import Takeback
from liqbench.warehouse.target import WarehouseTarget

ROLE = "arn:aws:iam::123456789012:role/load"
VARIABLE = "LIQBENCH_TEST_PASSWORD"
NOON = datetime(2026, 1, 15, 12)  # noqa: DTZ001 - as the ledger keeps it
STAR = StarSchemaOperator.model_validate(
    {
        "fact": "position",
        "date": "day",
        "dimensions": [
            {"name": "entity", "key": "entity_id", "attributes": ["name", "is_bank", "rated"]},
            {"name": "currency", "key": "ccy"},
        ],
        "measures": [
            {"field": "amount", "type": "decimal(20,2)"},
            {"field": "deals", "type": "int"},
            {"field": "note", "type": "string"},
        ],
    }
)
SCHEMA = pa.schema(
    [
        ("day", pa.date32()),
        ("entity_id", pa.string()),
        ("name", pa.string()),
        ("is_bank", pa.bool_()),
        ("rated", pa.date32()),
        ("ccy", pa.string()),
        ("amount", pa.decimal128(20, 2)),
        ("deals", pa.int32()),
        ("note", pa.string()),
    ]
)
Row = tuple[str, str | None, str | None, str, str]
_NUMBERS = itertools.count(1)
_FILES = itertools.count(1)


@dataclass
class Sleep:
    """Waits that only are remembered."""

    waits: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)


def row(day: str, entity: str | None, name: str | None, amount: str, ccy: str = "EUR") -> Row:
    return (day, entity, name, amount, ccy)


def table_of(rows: Sequence[Row]) -> pa.Table:
    """A row's other fields follow from its entity's name."""
    made = [
        {
            "day": date.fromisoformat(day),
            "entity_id": entity,
            "name": name,
            "is_bank": None if name is None else name < "M",
            "rated": None if name is None else date(2020, 1, len(name)),
            "ccy": ccy,
            "amount": Decimal(amount),
            "deals": len(amount),
            "note": None if ccy == "USD" else f"ü{amount}",
        }
        for day, entity, name, amount, ccy in rows
    ]
    return pa.Table.from_pylist(made, SCHEMA)


def publication(
    folder: Path,
    table: pa.Table | Sequence[Row],
    *,
    star: StarSchemaOperator = STAR,
    name: str = "Base",
    point: str = "",
    as_of: str = "2025-12-31",
    publish_id: str | None = None,
    sums: dict[str, Decimal] | None = None,
) -> Publication:
    """A publication of these rows; what was approved are their sums, or others."""
    if not isinstance(table, pa.Table):
        table = table_of(table)
    file = folder / f"rows-{next(_FILES)}.parquet"
    pq.write_table(table, file)
    totals = {
        measure.field: sum(
            (x for x in table[measure.field].to_pylist() if x is not None), Decimal(0)
        )
        for measure in star.measures
        if pa.types.is_decimal(table.schema.field(measure.field).type)
    }
    publish_id = publish_id or hashlib.sha256(str(next(_NUMBERS)).encode()).hexdigest()
    return Publication(
        publish_id=publish_id,
        run_id=f"run-{publish_id[:8]}",
        content_sha=hashlib.sha256(publish_id.encode()).hexdigest(),
        scenario=name,
        injection_point=point,
        description="by hand",
        as_of=as_of,
        facts=(Fact(star, (str(file),), table.num_rows, sums or totals),),
    )


Adjusted = tuple[str, str, str | None, str | None]  # deal, rule, old, new


def adjusted(
    folder: Path,
    publication: Publication,
    records: Sequence[Adjusted],
    *,
    dag: str = "lcr",
    place: str = "enrich",
    rows: int | None = None,
) -> Publication:
    """The publication with these adjustments of the field rate; ``rows`` were approved."""
    file = folder / f"records-{next(_FILES)}.parquet"
    made = [
        {"deal_id": deal, "rule_id": rule, "field": "rate", "old": old, "new": new, "type": "int"}
        for deal, rule, old, new in records
    ]
    kept = [(name, pa.string()) for name in ("deal_id", "rule_id", "field", "old", "new", "type")]
    pq.write_table(pa.Table.from_pylist(made, pa.schema(kept)), file)
    count = len(made) if rows is None else rows
    return replace(
        publication, adjustments=Adjustments(dag, (Records(place, (str(file),), count),))
    )


def workings(sleep: Callable[[float], None], tries: int = 3) -> Workings:
    return Workings(Patience(tries=tries, sleep=sleep, chance=lambda: 1.0), clock=lambda: NOON)


def duckdb_target(folder: Path) -> DuckDbTarget:
    return DuckDbTarget(folder / "warehouse.duckdb", workings=workings(Sleep()))


def redshift_settings(redshift: Redshift, **changes: Any) -> RedshiftSettings:
    known = redshift.settings
    given = {
        "host": known.host,
        "port": known.port,
        "database": known.database,
        "user": known.user,
        "password_variable": VARIABLE,
        "iam_role": ROLE,
        "s3_tries": 1,
        "statement_timeout": 60,
    }
    return RedshiftSettings.model_validate(given | changes)


def redshift_target(
    redshift: Redshift,
    *,
    sleep: Callable[[float], None] | None = None,
    tries: int = 3,
    spark: SparkSession | None = None,
    **changes: Any,
) -> RedshiftTarget:
    settings = redshift_settings(redshift, **changes)
    return RedshiftTarget(settings, spark=spark, workings=workings(sleep or Sleep(), tries))


STAGED = RouteSettings(upsert_rows=0, direct_rows=0)


def publish(target: WarehouseTarget, *publications: Publication) -> Receipt:
    """Publish without an approval."""
    return target._publish(publications, "tests")


def withdraw(target: WarehouseTarget, publish_id: str, reason: str, *, by: str) -> Takeback:
    """Withdraw without a bench."""
    return target._protocol.withdraw((publish_id,), reason=reason, by=by)


def rows_of(target: WarehouseTarget, query: str) -> list[tuple[Any, ...]]:
    found = target.query(query)
    return [
        tuple(None if value is None or value != value else value for value in each)  # noqa: PLR0124
        for each in found.astype(object).itertuples(index=False)
    ]
