"""A publication as a list of steps: statements to execute, and questions with the right answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial

from liqbench.warehouse import dimensions, facts, ledger, rule_tables
from liqbench.warehouse.connection import Connection, Rows
from liqbench.warehouse.ddl import create_stage
from liqbench.warehouse.errors import AuditMismatchError, ValueTooWideError
from liqbench.warehouse.job import Job
from liqbench.warehouse.load import check_totals
from liqbench.warehouse.publication import Publication
from liqbench.warehouse.tables import Table

_AMOUNT_LIMIT = Decimal(10) ** 32  # of the ledger's DECIMAL(38,6)


@dataclass(frozen=True)
class Step:
    """A statement; with ``check``, a query whose answer has to be right, or it raises.

    A check may have a remark for the receipt.
    """

    statement: str
    values: tuple[object, ...] = ()
    check: Callable[[Rows], str | None] | None = None

    def run(self, connection: Connection) -> str | None:
        """Execute the statement, or ask and check; return the remark."""
        if self.check is not None:
            return self.check(connection.fetch(self.statement, self.values))
        connection.execute(self.statement, self.values)
        return None


def create(job: Job) -> Step:
    """Return the making of a job's stage."""
    return Step(create_stage(job.tables.stage, job.stage))


def staged(job: Job) -> Iterator[Step]:
    """Yield what follows the loading of a stage: its audit, and the tables of its members."""
    star = job.fact.star
    yield _totals(job, job.stage, "what was staged", counted=job.tables.stage.names)
    grain = (star.date, *(dimension.key for dimension in star.dimensions))
    yield Step(facts.doubled(job.stage, grain), check=partial(_none_doubled, "what was staged"))
    for number, dimension in enumerate(job.tables.dimensions):
        members = job.members(number)
        yield Step(dimensions.stage_members(dimension, job.stage, members, star.date))
        yield Step(
            dimensions.described_twice(dimension, members),
            check=partial(_described_once, dimension.name),
        )
        yield Step(create_stage(dimension, job.versions(number)))


def published(publication: Publication, jobs: Sequence[Job]) -> Iterator[Step]:
    """Yield a publication's own changes, which are made under the lock, and their audit."""
    as_of = date.fromisoformat(publication.as_of)
    yield Step(
        facts.ADD_SCENARIO,
        (
            publication.scenario_key,
            publication.publish_id,
            publication.scenario,
            publication.injection_point,
            publication.description,
            publication.run_id,
            as_of,
        ),
    )
    changes = publication.changes
    for statement in rule_tables.added(
        changes, publication.publish_id, publication.scenario_key, as_of
    ):
        yield Step(*statement)
    yield Step(
        rule_tables.COUNT_LINKS, (publication.publish_id,), partial(_all_linked, len(changes))
    )
    for job in jobs:
        for number, dimension in enumerate(job.tables.dimensions):
            yield from _dimension(job, number, dimension)
        yield Step(facts.add_dates(job.stage, job.fact.star.date))
        yield Step(
            facts.add_facts(job.tables, job.stage),
            (publication.publish_id, publication.scenario_key),
        )
        yield from _audited(job, publication.publish_id)


def _dimension(job: Job, number: int, dimension: Table) -> Iterator[Step]:
    members, versions = job.members(number), job.versions(number)
    if job.fact.star.dimensions[number].attributes:
        yield Step(
            dimensions.corrections(dimension, members), check=partial(_corrected, dimension.name)
        )
    yield Step(dimensions.chain_members(dimension, members, versions))
    yield Step(dimensions.retire_members(dimension, members, versions))
    yield Step(dimensions.renew_members(dimension, versions))
    yield Step(dimensions.add_members(dimension, versions))
    yield Step(dimensions.shared_keys(dimension), check=partial(_none_shared, dimension.name))


def _audited(job: Job, publish_id: str) -> Iterator[Step]:
    """Yield the questions whether the facts are the staged ones: not lost, not doubled."""
    table = job.tables.fact
    measures = [measure.field for measure in job.fact.star.measures]
    condition = " WHERE publish_id = %s"
    yield _totals(job, table.name, table.name, counted=measures, of=publish_id)
    grain = ["date_key", *(d.columns[0].name for d in job.tables.dimensions)]
    yield Step(
        facts.doubled(table.name, grain, condition),
        (publish_id,),
        partial(_none_doubled, table.name),
    )


def entered(
    publication: Publication, jobs: Sequence[Job], attempt: int, published_at: datetime
) -> Step:
    """Return the ledger's row of a publication. Raises ``ValueTooWideError``."""
    amount = sum((sum(job.fact.sums.values(), Decimal(0)) for job in jobs), Decimal(0))
    if abs(amount) >= _AMOUNT_LIMIT:
        raise ValueTooWideError(
            f"the sum of all figures, {amount:,}, doesn't fit the ledger",
            where=f"publication {publication.publish_id[:12]}",
            hint="nothing was changed; publish in a larger unit",
        )
    return Step(
        ledger.ADD,
        (
            publication.publish_id,
            publication.run_id,
            publication.content_sha,
            sum(job.fact.rows for job in jobs),
            round(amount, 6),
            attempt,
            published_at,
        ),
    )


def _totals(job: Job, table: str, what: str, *, counted: Sequence[str], of: str = "") -> Step:
    condition = " WHERE publish_id = %s" if of else ""
    return Step(
        facts.totals(table, tuple(job.fact.sums), counted, condition),
        (of,) if of else (),
        partial(_same, what, job.totals(counted)),
    )


def _same(what: str, wanted: dict[str, object], found: Rows) -> None:
    check_totals(what, wanted, found[0])


def _none_doubled(what: str, found: Rows) -> None:
    if found[0][0]:
        raise AuditMismatchError(
            f"{found[0][0]:,} facts share their date and dimensions with another one",
            where=what,
            hint="a dimension is missing from the star schema; nothing was changed",
        )


def _all_linked(wanted: int, found: Rows) -> None:
    if found[0][0] != wanted:
        raise AuditMismatchError(
            f"{found[0][0]:,} changes of rules are there instead of {wanted:,}",
            where="dim_adjustment",
            hint="nothing was changed; find out who changed the warehouse",
        )


def _described_once(table: str, found: Rows) -> None:
    for member, day in found:
        raise AuditMismatchError(
            f"{member!r} is described in two ways on {day}",
            where=table,
            hint="nothing was changed; its attributes must depend on its key",
        )


def _corrected(table: str, found: Rows) -> str | None:
    (count,) = found[0]
    if not count:
        return None
    return (
        f"{table}: {count:,} described otherwise than before on a day that was published; facts "
        "that are there keep the old description, as of that day the new one holds"
    )


def _none_shared(table: str, found: Rows) -> None:
    if found[0][0]:
        raise AuditMismatchError(
            f"{found[0][0]:,} surrogate keys belong to several versions",
            where=table,
            hint="nothing was changed; find out who changed the warehouse",
        )
