"""The protocol: write, audit, publish. Exactly once, or not at all, whatever fails when.

Rows are loaded into temporary tables and audited with no lock held. Then one transaction takes
the mutex, first and alone; asks the ledger; adds dimensions and facts; merges the adjustments,
unless somebody else wrote them since the call began; audits all; enters the publications in the
ledger; commits. Then the views with stored rows are refreshed, and what fails of that fails
alone. A lost connection or a conflict of transactions is tried again from the start,
and after a lost answer to COMMIT the ledger says what happened. Where somebody else wrote the
adjustments, nothing is tried again: the user has to know.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from liqbench.errors import PublicationError
from liqbench.warehouse import ledger, merging, script
from liqbench.warehouse.connection import Connection, Loader, Rows, Warehouse
from liqbench.warehouse.dialect import BEGIN, COMMIT
from liqbench.warehouse.dimensions import add_confirmed
from liqbench.warehouse.errors import (
    AuditMismatchError,
    OutcomeUnknownError,
    TargetUnreachableError,
    TransactionConflictError,
    WithdrawnError,
)
from liqbench.warehouse.job import Job, Work
from liqbench.warehouse.publication import Publication
from liqbench.warehouse.recorded import Upsert
from liqbench.warehouse.refresh import refresh
from liqbench.warehouse.retry import Patience
from liqbench.warehouse.schema import (
    catalog,
    check_drift,
    missing,
    of_first_form,
    with_column,
)
from liqbench.warehouse.steps import Listener, PublishStep, nobody
from liqbench.warehouse.tables import ALWAYS, Table, distinct

_TICK = timedelta(microseconds=1)
T = TypeVar("T")


@dataclass
class _Call:
    """What is known of one call over all its tries."""

    stamps: set[datetime] = field(default_factory=set)
    """The moments under which it tried to enter something: none is used by anybody else."""

    remarks: list[str] = field(default_factory=list)
    """What was remarked on when something was added."""

    bases: dict[str, Rows] = field(default_factory=dict)
    """The versions of adjustments that were there when the call began, by publication."""

    committing: bool = False
    """Whether a COMMIT was sent of which no answer came."""

    attempt: int = 0
    """The number of the try."""


@dataclass(frozen=True)
class Outcome:
    """What a call did: the publications it added, and in how many tries."""

    added: frozenset[str]
    tries: int
    committed: float
    """When it was committed, as ``time.perf_counter`` tells it."""

    remarks: tuple[str, ...] = ()
    """What a reader of the receipt should know."""


@dataclass(frozen=True)
class Takeback:
    """A withdrawal as the warehouse has it: what, when, by whom, why, and whether by this call."""

    publications: tuple[str, ...]
    at: datetime
    by: str
    reason: str
    new: bool


class WriteAuditPublish:
    """The protocol over one warehouse.

    It asks for no approval: a target does that before. ``clock`` answers the time in UTC, without
    a zone, as the ledger keeps it.
    """

    def __init__(
        self, warehouse: Warehouse, patience: Patience, clock: Callable[[], datetime]
    ) -> None:
        self._warehouse = warehouse
        self._patience = patience
        self._clock = clock

    def publish(
        self,
        publications: Sequence[Publication],
        work: Work,
        loader: Loader,
        tell: Listener = nobody,
    ) -> Outcome:
        """Publish what the ledger doesn't have yet, all in one transaction; ``tell`` every step.

        Raises ``AuditMismatchError``, ``TargetDriftError``, ``StatementRefusedError``,
        ``AdjustmentConflictError`` where somebody else wrote the adjustments, ``WithdrawnError``
        for what was published and then withdrawn; after all tries
        ``TargetUnreachableError``, ``TransactionConflictError``, or ``OutcomeUnknownError``.
        """
        call = _Call()

        def attempt(number: int) -> Outcome:
            call.attempt = number
            tell(PublishStep("preparing", number))
            with self._warehouse.connect() as connection:
                self._prepare(connection, work.jobs)
                # The ledger only grows, so what it has needs no staging.
                staged = work.without(self._known(connection, publications))
                self._stage_all(connection, call, staged, loader, tell)
                tell(PublishStep("committing", number))
                with self._transaction(connection, call):
                    added = self._add(connection, call, publications, staged, number)
                committed = time.perf_counter()
                tell(PublishStep("refreshing", number))
                refreshed = tuple(refresh(connection, self._warehouse))
            return Outcome(added, number, committed, (*call.remarks, *refreshed))

        return self._tried(attempt, call)

    def withdraw(self, publish_ids: Sequence[str], *, reason: str, by: str) -> Takeback:
        """Withdraw a publication and what goes with it.

        Their rows stay; adjustments are as they were before them.

        Where it was withdrawn before, nothing is changed. Raises ``PublicationError`` for one
        that the ledger doesn't have, and as ``publish`` does.
        """
        call = _Call()
        publish_id = publish_ids[0]

        def attempt(number: int) -> Takeback:
            del number
            with self._warehouse.connect() as connection:
                self._prepare(connection, ())
                with self._transaction(connection, call):
                    if not connection.fetch(ledger.FIND, (publish_id,)):
                        raise PublicationError(
                            "it was never published here",
                            where=f"publication {publish_id[:12]}",
                            hint="nothing was changed",
                        )
                    for at, whose, why in connection.fetch(ledger.FIND_WITHDRAWAL, (publish_id,)):
                        gone = tuple(
                            each
                            for each in publish_ids
                            if connection.fetch(ledger.FIND_WITHDRAWAL, (each,))
                        )
                        return Takeback(gone, at, whose, why, new=at in call.stamps)
                    now = self._clock()
                    call.stamps.add(now)
                    for each in publish_ids:
                        if not connection.fetch(ledger.FIND_WITHDRAWAL, (each,)):
                            connection.execute(ledger.WITHDRAW, (each, now, by, reason))
                            for step in merging.withdrawn(each):
                                step.run(connection)
                for _ in refresh(connection, self._warehouse):  # what failed is in the log
                    continue
            return Takeback(tuple(publish_ids), now, by, reason, new=True)

        return self._tried(attempt, call)

    def _tried(self, attempt: Callable[[int], T], call: _Call) -> T:
        tries = self._patience.tries
        for number in range(1, tries + 1):
            try:
                return attempt(number)
            except (TargetUnreachableError, TransactionConflictError) as error:
                if number < tries:
                    self._patience.wait(number)
                    continue
                if call.committing:
                    raise OutcomeUnknownError(
                        f"the answer to COMMIT was lost, and {tries} tries to ask failed: "
                        f"{error.what}",
                        where=self._warehouse.place,
                        hint="it is there whole or not at all; publish again, and the ledger "
                        "says which",
                    ) from error
                raise
        raise AssertionError  # pragma: no cover - there is one try at least

    def _prepare(self, connection: Connection, jobs: Sequence[Job]) -> None:
        """Make the tables that are missing; that is no part of the publication."""
        tables = tables_of(jobs)
        known = catalog(connection, self._warehouse.schema())
        old = list(of_first_form(known, tables))
        check_drift(known, [table for table in tables if table not in old])
        for statement in missing(known, tables):
            connection.execute(statement)
        if old:
            with self._transaction(connection, _Call()):
                known = catalog(connection, self._warehouse.schema())
                for table in of_first_form(known, old):  # if nobody else was faster
                    facts = with_column(known, table.columns[0].name)
                    for statement in add_confirmed(table, facts):
                        connection.execute(statement)
            check_drift(catalog(connection, self._warehouse.schema()), old)

    def _stage_all(
        self, connection: Connection, call: _Call, work: Work, loader: Loader, tell: Listener
    ) -> None:
        loads = [*(each.load for each in work.upserts), *(job.load for job in work.jobs)]
        steps = (
            PublishStep("staging", call.attempt, done, len(loads), load.what, load.count)
            for done, load in enumerate(loads)
        )
        for upsert in work.upserts:
            tell(next(steps))
            self._stage_upsert(connection, call, upsert, loader)
        for job in work.jobs:
            tell(next(steps))
            self._stage(connection, job, loader)

    def _stage(self, connection: Connection, job: Job, loader: Loader) -> None:
        script.create(job).run(connection)
        loader.load(connection, job.load)
        for step in script.staged(job):
            step.run(connection)

    def _stage_upsert(
        self, connection: Connection, call: _Call, upsert: Upsert, loader: Loader
    ) -> None:
        publish_id = upsert.publication.publish_id
        if publish_id not in call.bases:
            asked = merging.versions(upsert)
            call.bases[publish_id] = connection.fetch(asked.statement, asked.values)
        for step in merging.create(upsert):
            step.run(connection)
        loader.load(connection, upsert.load)
        loader.send(connection, upsert.base_load(call.bases[publish_id]))
        for step in merging.staged(upsert):
            step.run(connection)

    def _add(
        self,
        connection: Connection,
        call: _Call,
        publications: Sequence[Publication],
        work: Work,
        attempt: int,
    ) -> frozenset[str]:
        """Add what the ledger doesn't have; return what this call added, in whichever try."""
        known = self._known(connection, publications)
        self._check_standing(connection, publications)
        if len(known) < len(publications):
            call.remarks.clear()  # of a try that came to nothing
        added = {publish_id for publish_id, at in known.items() if at in call.stamps}
        for publication in publications:
            if publication.publish_id in known or publication.publish_id in added:
                continue
            own = work.of(publication)
            remarks = (step.run(connection) for step in script.published(publication, own.jobs))
            call.remarks += [remark for remark in remarks if remark is not None]
            for upsert in own.upserts:
                for step in merging.published(upsert):
                    step.run(connection)
            at = self._moment(connection)
            call.stamps.add(at)
            script.entered(publication, own.jobs, attempt, at).run(connection)
            added.add(publication.publish_id)
        return frozenset(added)

    def _moment(self, connection: Connection) -> datetime:
        """Return now, but later than everything in the ledger: reports show the newest."""
        ((last,),) = connection.fetch(ledger.LAST)
        now = self._clock()
        return now if last is None else max(now, last + _TICK)

    def _known(
        self, connection: Connection, publications: Sequence[Publication]
    ) -> dict[str, datetime]:
        """Return what the ledger has of them, and since when."""
        known = {}
        for publication in publications:
            for content_sha, at in connection.fetch(ledger.FIND, (publication.publish_id,)):
                if content_sha != publication.content_sha:
                    raise AuditMismatchError(
                        f"the ledger has it with other content, {str(content_sha)[:12]}",
                        where=f"publication {publication.publish_id[:12]}",
                        hint="nothing was changed; find out who changed the warehouse",
                    )
                known[publication.publish_id] = at
        return known

    def _check_standing(self, connection: Connection, publications: Sequence[Publication]) -> None:
        """Raise ``WithdrawnError`` where one of them was withdrawn: it doesn't come back so."""
        for publication in publications:
            values = (publication.publish_id,)
            for at, by, reason in connection.fetch(ledger.FIND_WITHDRAWAL, values):
                raise WithdrawnError(
                    f"it was withdrawn at {at} by {by}: {reason}",
                    where=f"publication {publication.publish_id[:12]}",
                    hint="nothing was changed; have the withdrawal noted at this bench if it "
                    "isn't, wb.withdraw(…), then submit and approve again",
                )

    @contextmanager
    def _transaction(self, connection: Connection, call: _Call) -> Iterator[None]:
        """Hold the mutex for the block, and commit at its end.

        Where the block raises, the connection is closed, which rolls back.
        """
        connection.execute(BEGIN)
        connection.execute(ledger.LOCK)
        # Whatever a lost COMMIT was about is over: its transaction held the lock.
        call.committing = False
        yield
        try:
            connection.execute(COMMIT)
        except TargetUnreachableError:
            call.committing = True
            raise


def tables_of(jobs: Sequence[Job]) -> tuple[Table, ...]:
    """Return all tables that stay, each once. Raises ``PublicationError``."""
    return distinct([*ALWAYS, *(table for job in jobs for table in job.tables.all)])
