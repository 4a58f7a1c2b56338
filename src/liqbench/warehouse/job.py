"""What has to be loaded for one fact of a publication."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow.dataset as ds

from liqbench.warehouse.publication import Fact, Publication
from liqbench.warehouse.rows import Filled, StageRows
from liqbench.warehouse.tables import DesignSettings, StarTables, star_tables


@dataclass(frozen=True)
class Job:
    """A fact, its tables, its rows, how many values they have, and the names of its stages."""

    publication: Publication
    fact: Fact
    tables: StarTables
    rows: StageRows
    filled: Filled
    stage: str

    def members(self, number: int) -> str:
        """Return the name of the table of staged members of a dimension."""
        return f"{self.stage}_{number}"

    def versions(self, number: int) -> str:
        """Return the name of the table of their versions as they shall be."""
        return f"{self.stage}_{number}_versions"


def jobs_of(publications: Sequence[Publication], settings: DesignSettings) -> tuple[Job, ...]:
    """Return the facts of all publications, every value checked.

    Raises ``ValueTooWideError``, ``AuditMismatchError`` for a row without a date,
    ``PublicationError`` for a type that no warehouse has, ``SettingError``.
    """
    facts = [(publication, fact) for publication in publications for fact in publication.facts]
    jobs = []
    for number, (publication, fact) in enumerate(facts):
        schema = ds.dataset(list(fact.files), format="parquet").schema
        tables = star_tables(fact.star, schema, settings)
        rows = StageRows(fact.files, tables)
        jobs.append(Job(publication, fact, tables, rows, rows.count(), f"lq_stage_{number}"))
    return tuple(jobs)
