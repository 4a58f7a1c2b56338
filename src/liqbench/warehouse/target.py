"""A warehouse as a target: approval, protocol, receipt. What it is made of is a subclass's."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import pandas as pd

from liqbench.governance import Publisher, TrustSettings, Withdrawal, Withdrawn
from liqbench.operators.star_schema import StarSchemaOperator
from liqbench.warehouse.attributes import attribute_types
from liqbench.warehouse.connection import Connection, Loader, Question
from liqbench.warehouse.dialect import BEGIN, COMMIT
from liqbench.warehouse.doctor import Checks, examine
from liqbench.warehouse.gate import check_approved, check_ordered
from liqbench.warehouse.job import work_of
from liqbench.warehouse.load import Load
from liqbench.warehouse.protocol import WriteAuditPublish
from liqbench.warehouse.publication import Publication
from liqbench.warehouse.receipt import DryRun, Receipt
from liqbench.warehouse.rehearsal import statements_of
from liqbench.warehouse.reporting import Aggregation, reporting_views
from liqbench.warehouse.retry import Patience
from liqbench.warehouse.routes import Route, RouteSettings, slow
from liqbench.warehouse.schema import catalog
from liqbench.warehouse.steps import Listener, nobody
from liqbench.warehouse.tables import ADJUSTMENT, DesignSettings


def utc_now() -> datetime:
    """Return the time as the ledger keeps it: UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class Workings:
    """How a target retries and which clock it goes by."""

    patience: Patience = field(default_factory=Patience)
    clock: Callable[[], datetime] = utc_now


class WarehouseTarget(ABC):
    """What every warehouse does the same way.

    With ``demands_trust`` it refuses what is approved by local trust only; ``trust`` is a list of
    trusted people of its own.
    """

    def __init__(
        self,
        design: DesignSettings,
        routes: RouteSettings,
        *,
        demands_trust: bool,
        trust: TrustSettings | None,
        workings: Workings,
    ) -> None:
        self.demands_trust = demands_trust
        self.trust = trust
        self.witness: Publisher | None = None
        self._design = design
        self._routes = routes
        self._clock = workings.clock
        self._protocol = WriteAuditPublish(self, workings.patience, workings.clock)

    @property
    @abstractmethod
    def identity(self) -> str:
        """What tells this warehouse from every other one."""

    @property
    @abstractmethod
    def place(self) -> str:
        """Where it is, for messages."""

    @abstractmethod
    def connect(self) -> AbstractContextManager[Connection]:
        """Open a connection; it is closed at the end, and what was not committed is gone."""

    @abstractmethod
    def schema(self) -> str:
        """Return the schema in which the tables are."""

    @abstractmethod
    def loader(self) -> Loader:
        """Return a loader for one call."""

    @abstractmethod
    def route(self, load: Load) -> Route:
        """Return the way that rows will take."""

    @abstractmethod
    def load_statement(self, load: Load) -> str:
        """Return the statement that will fill their stage."""

    def stored_views(self) -> Question | None:
        """Return the question which views have stored rows, ``None`` where none has."""
        return None

    @abstractmethod
    def rights(self, connection: Connection) -> Iterator[tuple[str, Callable[[], None]]]:
        """Yield what a publisher must be allowed to do here, and a try of it, which may raise."""

    @abstractmethod
    def query(self, sql: str) -> pd.DataFrame:
        """Return a query's rows; decimals come as ``Decimal``."""

    def publish(
        self, publications: tuple[Publication, ...], *, name: str, tell: Listener = nobody
    ) -> Receipt:
        """Publish what the ledger doesn't have yet, all in one transaction; ``tell`` every step.

        Raises ``PublicationError``, and ``GovernanceError`` for what isn't approved; the warehouse
        is then as it was.
        """
        check_approved(publications, self, name=name)
        return self._publish(publications, name, tell)

    def _publish(
        self, publications: tuple[Publication, ...], name: str, tell: Listener = nobody
    ) -> Receipt:
        start = time.perf_counter()
        work = work_of(publications, self._design)
        loader = self.loader()
        outcome = self._protocol.publish(publications, work, loader, tell)
        rows = Counter[str]()
        for job in work.jobs:
            if job.publication.publish_id in outcome.added:
                rows[job.tables.fact.name] += job.fact.rows
        for upsert in work.upserts:
            if upsert.count and upsert.publication.publish_id in outcome.added:
                rows[ADJUSTMENT.name] += upsert.count
        seconds = outcome.committed - start
        publish_id = publications[-1].publish_id
        return Receipt(
            publish_id=publish_id,
            target=name,
            new=publish_id in outcome.added,
            rows=dict(rows),
            seconds=seconds,
            method=", ".join(loader.methods),
            tries=outcome.tries,
            warnings=(
                *outcome.remarks,
                *loader.warnings,
                *slow(rows.total(), seconds, self._routes),
            ),
        )

    def dry_run(self, publications: tuple[Publication, ...], *, name: str) -> DryRun:
        """Return what ``publish`` would do, after the same checks; nothing is connected to.

        Raises as ``publish`` does before it connects.
        """
        check_approved(publications, self, name=name)
        return self._dry_run(publications, name)

    def _dry_run(self, publications: tuple[Publication, ...], name: str) -> DryRun:
        work = work_of(publications, self._design)
        rows, sums = Counter[str](), dict[str, Decimal]()
        for job in work.jobs:
            table = job.tables.fact.name
            rows[table] += job.fact.rows
            for measure, total in job.fact.sums.items():
                column = f"{table}.{measure}"
                sums[column] = sums.get(column, Decimal(0)) + total
        routes: dict[str, str] = {}
        for job in work.jobs:
            routes[job.tables.fact.name] = self.route(job.load)
        for upsert in work.upserts:
            rows[ADJUSTMENT.name] += upsert.count
            routes[ADJUSTMENT.name] = self.route(upsert.load)
        statements = statements_of(
            publications, work, self.load_statement, self._clock(), self.stored_views()
        )
        return DryRun(name, routes, statements, dict(rows), sums)

    def withdraw(self, order: Withdrawal) -> Withdrawn:
        """Withdraw what is ordered: reports no longer show it, its rows and ledger rows stay.

        Its variant's adjustments are again those of the publication before it. Raises
        ``GovernanceError`` for what no bench ordered, ``PublicationError`` for what was never
        published here.
        """
        return self._withdraw(check_ordered(order, self))

    def _withdraw(self, order: Withdrawal) -> Withdrawn:
        done = self._protocol.withdraw(order.publications, reason=order.reason, by=order.by)
        return Withdrawn(
            publish_id=order.publish_id,
            publications=done.publications,
            kept=order.kept,
            at=done.at,
            by=done.by,
            reason=done.reason,
            new=done.new,
        )

    def make_views(
        self,
        stars: Sequence[StarSchemaOperator],
        aggregations: Sequence[Aggregation] = (),
    ) -> None:
        """Make the views that reports read, or bring them up to date; permissions are kept.

        Raises ``PublicationError`` for stars that were never published here,
        ``SemanticModelError``, and ``StatementRefusedError``.
        """
        with self.connect() as connection:
            types = attribute_types(stars, catalog(connection, self.schema()), self.place)
            connection.execute(BEGIN)
            for statement in reporting_views(stars, aggregations, types):
                connection.execute(statement)
            connection.execute(COMMIT)

    def doctor(self) -> Checks:
        """Examine the warehouse without changing it: each check with what to do about it."""
        return examine(self, self._clock)
