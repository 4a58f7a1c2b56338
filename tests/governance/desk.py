"""A workspace with results made by hand, a clock and people: the process without Spark."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from liqbench import AdjustmentRule, Dag, DuckDbTarget
from liqbench.governance import (
    Approval,
    ApprovalProcess,
    Evidence,
    GovernanceSettings,
    Submission,
    Withdrawn,
)
from liqbench.model import OperatorConfig
from liqbench.operators import Context, make_operator, snapshot
from liqbench.operators.star_schema import StarSchemaOperator
from liqbench.store import StoreSettings, Workspace
from liqbench.warehouse import (
    Publication,
    Receipt,
    publication_of,
    publish_approved,
    withdraw_published,
)

START = datetime(2026, 1, 15, 9, tzinfo=UTC)
AS_OF = date(2025, 12, 31)
RULE: Mapping[str, Any] = {
    "rule_id": "R1",
    "stage": "deals",
    "adjustments": [{"field": "amount", "operation": "multiply", "value": 0.95}],
    "approval": {"user": "risk_admin", "timestamp": "2025-12-15T09:00:00Z"},
    "reason": "stress",
}
STAR = StarSchemaOperator.model_validate(
    {
        "fact": "position",
        "date": "day",
        "dimensions": [{"name": "entity", "key": "entity_id", "attributes": ["name"]}],
        "measures": [{"field": "amount", "type": "decimal(20,2)"}],
    }
)
Row = tuple[str, str | None, str | None, str]
ROWS: tuple[Row, ...] = (("2025-12-31", "A", "Bank A", "10.00"),)


@dataclass
class Clock:
    """A clock that stands where it is put."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class Desk:
    """A workspace in ``folder``, and what people do there."""

    folder: Path
    settings: GovernanceSettings = field(default_factory=GovernanceSettings)
    clock: Clock = field(default_factory=Clock)
    store: StoreSettings = field(default_factory=StoreSettings)

    def __post_init__(self) -> None:
        self.inbox = self.folder / "inbox"
        self.inbox.mkdir(exist_ok=True)
        (self.inbox / "deals.csv").write_text("id,amount\n1,10.00\n")
        self.workspace = Workspace(self.folder / "workspace", self.store)
        self.process = ApprovalProcess(self.workspace, self.settings, clock=self.clock)
        self.target = DuckDbTarget(self.workspace.warehouse_path)
        self._stages = 0

    def process_with(self, **settings: Any) -> ApprovalProcess:
        """Return the process as a bench with other settings has it."""
        chosen = self.settings.model_copy(update=settings)
        return ApprovalProcess(self.workspace, chosen, clock=self.clock)

    def evidence(
        self,
        *rules: Mapping[str, Any],
        rows: Sequence[Row] = ROWS,
        star: StarSchemaOperator = STAR,
        total: str | None = None,
        name: str = "stress",
    ) -> Evidence:
        """Return evidence over stages written by hand; both sides hold the rows."""
        given = [AdjustmentRule.from_json(rule) for rule in rules or (RULE,)]
        dag = _dag(star).at_folder(self.inbox)
        stage = self._stage(rows)
        return Evidence(
            {
                "schema": "liqevidence/2",
                "liqbench": "0",
                "variant": f"{name}@deals",
                "scenario": {"name": name, "rules": [rule.to_json() for rule in given]},
                "as_of": AS_OF.isoformat(),
                "baseline": self._side(dag, stage, rows, total),
                "adjusted": self._side(dag.inject_adjustment("deals", given), stage, rows, total),
                "adjustments": {"adj_deals": self._records(given, rows)},
            },
            str(self.inbox),
        )

    def _stage(self, rows: Sequence[Row]) -> dict[str, Any]:
        return self._stored(partial(_write, rows=rows), len(rows))

    def _stored(self, write: Callable[[Path], None], rows: int) -> dict[str, Any]:
        self._stages += 1
        fingerprint = f"{self._stages:064x}"
        stages = self.workspace.stages
        stages.write(fingerprint, write, lambda: {"operator_id": "star", "keys": []})
        digest = stages.verify(fingerprint)
        return {"fingerprint": fingerprint, "digest": digest, "rows": rows}

    def _records(self, rules: Sequence[AdjustmentRule], rows: Sequence[Row]) -> dict[str, Any]:
        """Store a record per rule and row: what the rules found, and left as it was."""
        records = [
            {"id": at, "rule_id": rule.rule_id, "field": "amount", "old": row[3], "new": row[3],
             "type": "decimal(20,2)"}
            for rule in rules
            for at, row in enumerate(rows, start=1)
        ]  # fmt: skip
        return self._stored(partial(_write_records, records=records), len(records))

    def _side(
        self, dag: Dag, stage: Mapping[str, Any], rows: Sequence[Row], total: str | None
    ) -> dict[str, Any]:
        context = Context(as_of=AS_OF, folder=self.inbox)
        (source,) = make_operator(dag.operator("deals")).sources()
        sums = {"amount": total or str(sum((Decimal(row[3]) for row in rows), Decimal("0.00")))}
        return {
            "run_id": "run-1",
            "dag": dag.to_json(),
            "dag_hash": dag.content_hash,
            "inputs": {"deals": [snapshot(source, context)]},
            "code": {},
            "results": {"star": {**stage, "metrics": {}}},
            "stars": {
                "star": {"fingerprint": stage["fingerprint"], "rows": len(rows), "sums": sums}
            },
        }

    def submit(self, *rules: Mapping[str, Any], by: str = "ann", **evidence: Any) -> Submission:
        """Submit hand-made results."""
        return self.process.submit(self.evidence(*rules, **evidence), by=by, comment="month end")

    def approve(self, submission: Submission, *, by: str = "ben", **more: Any) -> Approval:
        """Approve a submission."""
        return self.process.approve(submission.id, by=by, comment="agreed", **more)

    def approved(self, *rules: Mapping[str, Any], **evidence: Any) -> Approval:
        """Submit and approve."""
        return self.approve(self.submit(*rules, **evidence))

    def publish(
        self,
        approval_id: str,
        *,
        name: str = "local",
        target: DuckDbTarget | None = None,
        process: ApprovalProcess | None = None,
    ) -> Receipt:
        """Publish as a bench does."""
        publisher = (process or self.process).publisher
        place = target or self.target
        return publish_approved(publisher, approval_id, place, name=name, by="pat")

    def withdraw(
        self,
        publish_id: str,
        reason: str = "wrong rates",
        *,
        by: str = "ben",
        target: DuckDbTarget | None = None,
    ) -> Withdrawn:
        """Withdraw as a bench does."""
        return withdraw_published(
            self.process.withdrawals,
            publish_id,
            target or self.target,
            name="local",
            reason=reason,
            by=self.process.person(by),
        )

    def shown(self) -> list[tuple[str, Decimal]]:
        """Return what a report shows: variants and amounts."""
        self.target.make_views([STAR])
        found = self.target.query(
            "SELECT variant, amount FROM rpt_fact_position JOIN rpt_dim_scenario "
            "USING (scenario_key) ORDER BY 1, 2"
        )
        return list(found.itertuples(index=False, name=None))

    def publications(self, approval: Approval, name: str = "local") -> tuple[Publication, ...]:
        """Return what the target is given."""
        publisher = self.process.publisher
        cleared = publisher.clear(approval.id, name=name, target=self.target, by="pat")
        return publication_of(cleared, self.target)

    def nothing_was_published(self) -> bool:
        """Tell whether the warehouse was never written to."""
        return not self.target.file.exists()

    def sql(self, statement: str, *values: Any) -> int:
        """Change the records behind everybody's back; return how many rows it touched."""
        connection = sqlite3.connect(self.folder / "workspace" / "records.db")
        try:
            with connection:
                return connection.execute(statement, values).rowcount
        finally:
            connection.close()

    def edit_body(self, record_id: str, change: Callable[[dict[str, Any]], object]) -> None:
        """Change the body of a record behind everybody's back."""
        connection = sqlite3.connect(self.folder / "workspace" / "records.db")
        try:
            query = "SELECT body FROM documents WHERE id = ?"
            (text,) = connection.execute(query, [record_id]).fetchone()
            body = json.loads(text)
            change(body)
            with connection:
                connection.execute(
                    "UPDATE documents SET body = ? WHERE id = ?",
                    [json.dumps(body, sort_keys=True), record_id],
                )
        finally:
            connection.close()


def _dag(star: StarSchemaOperator) -> Dag:
    source = {"format": "csv", "path": "deals.csv", "identity": "content"}
    return Dag(
        name="hand-made",
        operators=(
            OperatorConfig(
                operator_id="deals",
                operator_type="ingest",
                parameters={"source": source, "key": ["id"]},
            ),
            OperatorConfig(
                operator_id="star",
                operator_type="star_schema",
                inputs=("deals",),
                parameters=star.model_dump(),
            ),
        ),
    )


def _write(folder: Path, rows: Sequence[Row]) -> None:
    amounts = [Decimal(row[3]) for row in rows]
    table = pa.table(
        {
            "day": [date.fromisoformat(row[0]) for row in rows],
            "entity_id": pa.array([row[1] for row in rows], pa.string()),
            "name": pa.array([row[2] for row in rows], pa.string()),
            "amount": pa.array(amounts, pa.decimal128(20, 2)),
        }
    )
    folder.mkdir(parents=True)
    pq.write_table(table, folder / "part-0.parquet")


def _write_records(folder: Path, records: Sequence[Mapping[str, Any]]) -> None:
    folder.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(list(records)), folder / "part-0.parquet")
