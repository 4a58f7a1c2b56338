"""The statements of a publication in their order, for somebody who wants to see them before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from liqbench.warehouse import ledger, script
from liqbench.warehouse.ddl import create_table
from liqbench.warehouse.dialect import BEGIN, COMMIT
from liqbench.warehouse.job import Job
from liqbench.warehouse.protocol import tables_of
from liqbench.warehouse.publication import Publication


def statements_of(
    publications: Sequence[Publication],
    jobs: Sequence[Job],
    load: Callable[[Job], str],
    at: datetime,
) -> tuple[str, ...]:
    """Return the statements where the ledger has none of them; values are bound as ``%s``."""
    known = [ledger.FIND] * len(publications)
    steps = [*(create_table(table) for table in tables_of(jobs)), *known]
    for job in jobs:
        steps += [script.create(job).statement, load(job)]
        steps += [step.statement for step in script.staged(job)]
    steps += [BEGIN, ledger.LOCK, *known, *[ledger.FIND_WITHDRAWAL] * len(publications)]
    for publication in publications:
        own = [job for job in jobs if job.publication == publication]
        steps += [step.statement for step in script.published(publication, own)]
        steps += [ledger.LAST, script.entered(publication, own, 1, at).statement]
    steps.append(COMMIT)
    return tuple(statement.strip() for statement in steps)
