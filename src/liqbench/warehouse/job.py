"""What has to be loaded for publications: their facts, and their sets of adjustments."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import pyarrow.dataset as ds

from liqbench.warehouse.load import Load
from liqbench.warehouse.parts import Totals
from liqbench.warehouse.publication import Fact, Publication
from liqbench.warehouse.recorded import Upsert, upserts_of
from liqbench.warehouse.rows import StageRows
from liqbench.warehouse.tables import DesignSettings, StarTables, star_tables


@dataclass(frozen=True)
class Job:
    """A fact, its tables, its rows, how many values they have, and the names of its stages."""

    publication: Publication
    fact: Fact
    tables: StarTables
    rows: StageRows
    filled: Totals
    stage: str

    def members(self, number: int) -> str:
        """Return the name of the table of staged members of a dimension."""
        return f"{self.stage}_{number}"

    def versions(self, number: int) -> str:
        """Return the name of the table of their versions as they shall be."""
        return f"{self.stage}_{number}_versions"

    @property
    def load(self) -> Load:
        """The rows on their way into the stage."""
        name = self.fact.star.fact
        return Load(
            publication=self.publication,
            name=name,
            what=f"fact {name!r}",
            kind="fact",
            stage=self.stage,
            table=self.tables.stage,
            rows=self.rows,
            count=self.fact.rows,
            sort=self.tables.sort,
            sums=self.fact.sums,
            totals=self.totals(self.tables.stage.names),
            files=self.fact.files,
        )

    def totals(self, counted: Iterable[str]) -> dict[str, object]:
        """Return the approved rows and sums, and how many values columns must have, by name."""
        values = {f"values of {name}": self.filled.values[name] for name in counted}
        return {"rows": self.fact.rows, **self.fact.sums, **values}


@dataclass(frozen=True)
class Work:
    """All that publications bring."""

    jobs: tuple[Job, ...]
    upserts: tuple[Upsert, ...]

    def without(self, known: Collection[str]) -> Work:
        """Return what those bring that are not known, by their ids."""
        return Work(
            tuple(job for job in self.jobs if job.publication.publish_id not in known),
            tuple(each for each in self.upserts if each.publication.publish_id not in known),
        )

    def of(self, publication: Publication) -> Work:
        """Return what one publication brings."""
        return Work(
            tuple(job for job in self.jobs if job.publication == publication),
            tuple(each for each in self.upserts if each.publication == publication),
        )


def work_of(publications: Sequence[Publication], settings: DesignSettings) -> Work:
    """Return what all publications bring, every value checked. Raises as ``jobs_of`` does."""
    return Work(jobs_of(publications, settings), upserts_of(publications))


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
