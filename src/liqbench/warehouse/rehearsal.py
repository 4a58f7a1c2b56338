"""The statements of a publication in their order, for somebody who wants to see them before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from liqbench.warehouse import ledger, merging, script
from liqbench.warehouse.connection import Question
from liqbench.warehouse.ddl import create_table
from liqbench.warehouse.dialect import BEGIN, COMMIT
from liqbench.warehouse.job import Work
from liqbench.warehouse.load import Load
from liqbench.warehouse.protocol import tables_of
from liqbench.warehouse.publication import Publication


def statements_of(
    publications: Sequence[Publication],
    work: Work,
    load: Callable[[Load], str],
    at: datetime,
    stored_views: Question | None,
) -> tuple[str, ...]:
    """Return the statements where the warehouse has none of them; values are bound as ``%s``.

    Which views are refreshed after the COMMIT only the warehouse knows.
    """
    known = [ledger.FIND] * len(publications)
    steps = [*(create_table(table) for table in tables_of(work.jobs)), *known]
    for upsert in work.upserts:
        steps += [merging.versions(upsert).statement]
        steps += [step.statement for step in merging.create(upsert)]
        steps += [load(upsert.load), *(step.statement for step in merging.staged(upsert))]
    for job in work.jobs:
        steps += [script.create(job).statement, load(job.load)]
        steps += [step.statement for step in script.staged(job)]
    steps += [BEGIN, ledger.LOCK, *known, *[ledger.FIND_WITHDRAWAL] * len(publications)]
    for publication in publications:
        own = work.of(publication)
        steps += [step.statement for step in script.published(publication, own.jobs)]
        for upsert in own.upserts:
            steps += [step.statement for step in merging.published(upsert)]
        steps += [ledger.LAST, script.entered(publication, own.jobs, 1, at).statement]
    steps.append(COMMIT)
    if stored_views is not None:
        steps.append(stored_views[0])
    return tuple(statement.strip() for statement in steps)
