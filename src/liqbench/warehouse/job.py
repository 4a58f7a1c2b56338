"""What has to be loaded for one fact of a publication."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow.dataset as ds

from liqbench.warehouse.errors import AuditMismatchError
from liqbench.warehouse.parts import Totals
from liqbench.warehouse.publication import Fact, Publication
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

    def totals(self, counted: Iterable[str]) -> dict[str, object]:
        """Return the approved rows and sums, and how many values columns must have, by name."""
        values = {f"values of {name}": self.filled.values[name] for name in counted}
        return {"rows": self.fact.rows, **self.fact.sums, **values}


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


def check_totals(where: str, wanted: Mapping[str, object], found: Sequence[object]) -> None:
    """Raise ``AuditMismatchError`` naming each total that is not the approved one."""
    off = [
        f"{name} {got} instead of {right}"
        for (name, right), got in zip(wanted.items(), found, strict=True)
        if got != right
    ]
    if off:
        raise AuditMismatchError(
            f"the totals are not the approved ones: {', '.join(off)}",
            where=where,
            hint="nothing was changed; run and submit again",
        )
