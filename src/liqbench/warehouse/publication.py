"""What is published: the approved facts of the baseline and the variant, and the receipt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

import pandas as pd

from liqbench.governance import Evidence
from liqbench.model import Dag
from liqbench.model._values import content_hash
from liqbench.operators import make_operator
from liqbench.operators.star_schema import StarSchemaOperator
from liqbench.store import StageStore

BASE = "Base"


@dataclass(frozen=True)
class Fact:
    """One star's rows as they are stored: their files, their shape, their approved totals."""

    star: StarSchemaOperator
    files: tuple[str, ...]
    rows: int
    sums: Mapping[str, Decimal]


@dataclass(frozen=True)
class Publication:
    """The facts of one run under one scenario name, and the id by which they are known."""

    publish_id: str
    run_id: str
    content_sha: str
    scenario: str
    injection_point: str
    description: str
    as_of: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Receipt:
    """What a publication did: the ids, the rows it added per table, and whether it was new."""

    publish_id: str
    target: str
    new: bool
    rows: Mapping[str, int]
    seconds: float

    def __str__(self) -> str:
        if not self.new:
            return (
                f"{self.publish_id[:12]} was published to {self.target!r} before: nothing changed"
            )
        added = ", ".join(f"{table} {count:,}" for table, count in self.rows.items())
        return f"{self.publish_id[:12]} published to {self.target!r}: {added} rows"


class Target(Protocol):
    """A warehouse to publish to."""

    @property
    def identity(self) -> str:
        """Return what tells this warehouse from every other one."""

    def publish(self, publications: tuple[Publication, ...], *, name: str) -> Receipt:
        """Publish all of them in one transaction, or nothing; the receipt is of the last one."""

    def query(self, sql: str) -> pd.DataFrame:
        """Return a query's rows, decimals exact."""


def publication_of(
    evidence: Evidence, stages: StageStore, target: Target
) -> tuple[Publication, ...]:
    """Return the baseline's and the variant's publication, in this order.

    ``publish_id`` = SHA-256 of run, target and content, so the same thing has the same id.
    """
    document = evidence.document
    scenario = document["scenario"]
    point = evidence.variant.partition("@")[2]
    sides = (
        ("baseline", BASE, "", "the run as it is, without adjustments"),
        ("adjusted", scenario["name"], point, scenario.get("description", "")),
    )
    found = []
    for side, name, injection_point, description in sides:
        part = document[side]
        content_sha = content_hash([part["dag_hash"], part["results"], document["as_of"]])
        # Results, not the run that had them: running again gives the same publication.
        identity = f"{content_sha}|{name}|{injection_point}|{target.identity}"
        found.append(
            Publication(
                publish_id=content_hash(identity),
                run_id=part["run_id"],
                content_sha=content_sha,
                scenario=name,
                injection_point=injection_point,
                description=description,
                as_of=document["as_of"],
                facts=tuple(_facts(part, stages)),
            )
        )
    return tuple(found)


def _facts(part: Mapping[str, Any], stages: StageStore) -> Iterator[Fact]:
    dag = Dag.from_json(part["dag"])
    for name, totals in part["stars"].items():
        star = make_operator(dag.operator(name))
        assert isinstance(star, StarSchemaOperator)  # noqa: S101 - the evidence lists stars only
        yield Fact(
            star=star,
            files=tuple(stages.files(totals["fingerprint"])),
            rows=totals["rows"],
            sums={field: Decimal(total) for field, total in totals["sums"].items()},
        )
