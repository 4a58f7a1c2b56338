"""A variant's recorded adjustments as a warehouse loads them, every value checked before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from liqbench.operators.adjust import RECORD_FIELDS
from liqbench.warehouse.columns import columns
from liqbench.warehouse.errors import ValueTooWideError
from liqbench.warehouse.load import Load
from liqbench.warehouse.parts import Totals, Types
from liqbench.warehouse.publication import Adjustments, Publication, Records
from liqbench.warehouse.rows import BATCH
from liqbench.warehouse.tables import ADJUSTMENT, Table

_OF_A_ROW = (
    "record_key", "place", "rule_id", "deal_key", "field", "field_type", "old_value",
    "new_value",
)  # fmt: skip
STAGE = Table(
    "lq_stage", tuple(next(c for c in ADJUSTMENT.columns if c.name == name) for name in _OF_A_ROW)
)
CHECKSUM = "checksum"
BASE = Table("lq_base", columns(record_key="VARCHAR(64)", version="BIGINT"))
_ROOM = {column.name: column.type.size for column in ADJUSTMENT.columns}


@dataclass(frozen=True)
class Scope:
    """What one set of adjustments is known by; the next publication of it takes its place."""

    dag: str
    scenario: str
    injection_point: str
    as_of: date

    @property
    def values(self) -> tuple[object, ...]:
        """The values to bind."""
        return (self.dag, self.scenario, self.injection_point, self.as_of)

    def __str__(self) -> str:
        point = f"@{self.injection_point}" if self.injection_point else ""
        return f"the adjustments of {self.scenario}{point} in {self.dag!r} as of {self.as_of}"


@dataclass(frozen=True)
class RecordRows:
    """The rows in the files of a set of adjustments.

    ``deal_key`` is the adjusted row's key as a JSON object; dates and decimals in it are texts.
    ``record_key`` is the SHA-256 of what an adjustment is of: its scope, place, rule, row and
    field, not the run; so a later run's adjustment of the same is the same one.
    """

    scope: Scope
    adjustments: Adjustments

    @property
    def types(self) -> Types:
        """The stage's columns: texts."""
        return _types(STAGE)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows. Raises ``ValueTooWideError`` for one that doesn't fit its column."""
        for records in self.adjustments.records:
            if records.rows:
                dataset = ds.dataset(list(records.files), format="parquet")
                for batch in dataset.to_batches(batch_size=BATCH):
                    if batch.num_rows:
                        yield self._made(records, batch)

    def totals(self) -> dict[str, int]:
        """Read all of them once. Raises as ``batches`` does.

        Return their number, how many values each column of the stage has, and the sum of what
        ``checksum`` makes of each row: so many values must arrive, and these.
        """
        counted, digests = Totals(values=dict.fromkeys(STAGE.names, 0)), 0
        for batch in self.batches():
            counted.add(Totals.of(batch))
            texts = zip(*(batch.column(name).to_pylist() for name in STAGE.names), strict=True)
            digests += sum(_digest("|".join(text or "" for text in row)) for row in texts)
        values = {f"values of {name}": counted.values[name] for name in STAGE.names}
        return {"rows": counted.rows, **values, CHECKSUM: digests}

    def _made(self, records: Records, batch: pa.RecordBatch) -> pa.RecordBatch:
        names = [name for name in batch.schema.names if name not in RECORD_FIELDS]
        keys = [_json(row) for row in batch.select(names).to_pylist()]
        rules, fields = (batch.column(name).to_pylist() for name in ("rule_id", "field"))
        same = [*map(str, self.scope.values), records.place]
        known = [
            hashlib.sha256(_json([*same, *of_row]).encode()).hexdigest()
            for of_row in zip(rules, keys, fields, strict=True)
        ]
        made = {
            "record_key": known,
            "place": [records.place] * len(known),
            "rule_id": rules,
            "deal_key": keys,
            "field": fields,
            "field_type": batch.column("type"),
            "old_value": batch.column("old"),
            "new_value": batch.column("new"),
        }
        arrays = [pa.array(made[name], pa.string()) for name in STAGE.names]
        for name, array in zip(STAGE.names, arrays, strict=True):
            lengths = pc.binary_length(array)
            longest, room = pc.max(lengths).as_py() or 0, _ROOM[name]
            if room is not None and longest > room:
                at = pc.index(lengths, longest).as_py()
                where = f"rule {rules[at]!r} on {keys[at][:200]}, field {fields[at]!r}"
                raise ValueTooWideError.of_text(longest, name, room, where=where)
        return pa.record_batch(arrays, schema=self.types.schema)


def _types(table: Table) -> Types:
    return Types(pa.schema([(column.name, column.type.arrow) for column in table.columns]), {})


def _digest(text: str) -> int:
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:15], 16)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


@dataclass(frozen=True)
class Upsert:
    """A set of adjustments to be published, its rows, and the names of its temporary tables.

    ``base`` holds the versions that were there when the call began, ``changes`` the rows as they
    shall be.
    """

    publication: Publication
    scope: Scope
    rows: RecordRows
    counted: Mapping[str, int]
    stage: str

    @property
    def base(self) -> str:
        """The name of the table of versions."""
        return f"{self.stage}_base"

    @property
    def changes(self) -> str:
        """The name of the table of changes."""
        return f"{self.stage}_changes"

    @property
    def count(self) -> int:
        """How many rows were approved."""
        return self.rows.adjustments.rows

    @property
    def totals(self) -> dict[str, int]:
        """The approved number of rows, the values of each column, and the checksum, by name."""
        return {**self.counted, "rows": self.count}

    @property
    def load(self) -> Load:
        """The rows on their way into the stage."""
        return Load(
            publication=self.publication,
            name="lq-adjustment",
            what=str(self.scope),
            kind="adjustments",
            stage=self.stage,
            table=STAGE,
            rows=self.rows,
            count=self.count,
            sort=("record_key",),
            totals={name: total for name, total in self.totals.items() if name != CHECKSUM},
        )

    def base_load(self, versions: Sequence[tuple[str, int]]) -> Load:
        """Return the versions that were there, on their way into the table of them."""
        return replace(
            self.load,
            stage=self.base,
            table=BASE,
            rows=_Versions(versions),
            count=len(versions),
            totals={},
        )


@dataclass(frozen=True)
class _Versions:
    found: Sequence[tuple[str, int]]

    @property
    def types(self) -> Types:
        return _types(BASE)

    def batches(self) -> Iterator[pa.RecordBatch]:
        for at in range(0, len(self.found), BATCH):
            part = self.found[at : at + BATCH]
            keys, versions = zip(*part, strict=True)
            arrays = [pa.array(keys), pa.array(versions)]
            yield pa.record_batch(arrays, schema=self.types.schema)


def upserts_of(publications: Sequence[Publication]) -> tuple[Upsert, ...]:
    """Return the sets of adjustments of all publications, every value checked.

    Raises ``ValueTooWideError``.
    """
    found: list[Upsert] = []
    for publication in publications:
        adjustments = publication.adjustments
        if adjustments is None:
            continue
        scope = Scope(
            adjustments.dag,
            publication.scenario,
            publication.injection_point,
            date.fromisoformat(publication.as_of),
        )
        _check_scope(scope)
        rows = RecordRows(scope, adjustments)
        stage = f"lq_adjusted_{len(found)}"
        found.append(Upsert(publication, scope, rows, rows.totals(), stage))
    return tuple(found)


def _check_scope(scope: Scope) -> None:
    for name in ("dag", "scenario", "injection_point"):
        value, room = getattr(scope, name), _ROOM[name]
        if room is not None and len(value.encode()) > room:
            raise ValueTooWideError(
                f"the {name.replace('_', ' ')} {value[:40]!r}… has {len(value.encode())} bytes, "
                f"its column takes {room}",
                where=str(scope)[:200],
                hint="nothing was changed; give it a shorter name",
            )
