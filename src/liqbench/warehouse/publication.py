"""What is published: the approved facts and adjustments of a run, under the id of what they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from liqbench.governance import Clearance, Destination
from liqbench.model import Dag
from liqbench.model._values import content_hash
from liqbench.operators import make_operator
from liqbench.operators.star_schema import StarSchemaOperator
from liqbench.store import StageStore
from liqbench.warehouse.rule_tables import Change, changes_of

BASE = "Base"


@dataclass(frozen=True)
class Fact:
    """One star's rows as they are stored: their files, their shape, their approved totals."""

    star: StarSchemaOperator
    files: tuple[str, ...]
    rows: int
    sums: Mapping[str, Decimal]


@dataclass(frozen=True)
class Records:
    """The adjustments that were recorded behind one operator: their files, and how many."""

    place: str
    files: tuple[str, ...]
    rows: int


@dataclass(frozen=True)
class Adjustments:
    """Every value that a variant's rules wrote, as it was recorded and approved.

    They are kept per DAG, scenario, injection point and as-of date: those of a later publication
    take the place of the earlier one's.
    """

    dag: str
    records: tuple[Records, ...]

    @property
    def rows(self) -> int:
        """How many there are."""
        return sum(records.rows for records in self.records)


@dataclass(frozen=True)
class Publication:
    """The facts of one run under one scenario name, and the id by which they are known.

    ``adjustments`` are a variant's; the baseline has ``None``. ``changes`` are what the rules in
    its DAG change. ``clearance`` is the leave to publish it; a target takes none without, and
    renews it first.
    """

    publish_id: str
    run_id: str
    content_sha: str
    scenario: str
    injection_point: str
    description: str
    as_of: str
    facts: tuple[Fact, ...]
    adjustments: Adjustments | None = None
    changes: tuple[Change, ...] = ()
    clearance: Clearance | None = field(default=None, repr=False, compare=False)

    @property
    def scenario_key(self) -> int:
        """The key by which facts name it: the first 60 bits of its id."""
        return int(self.publish_id[:15], 16)


def publication_of(clearance: Clearance, target: Destination) -> tuple[Publication, ...]:
    """Return the baseline's and the variant's publication, in this order.

    ``publish_id`` = SHA-256 of run, target and content, so the same thing has the same id. Where
    that was withdrawn before the approval, it is published under the id that follows.
    """
    withdrawn = clearance.publisher.withdrawn(clearance.approval.audit.number)
    evidence, stages = clearance.evidence, clearance.publisher.stages
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
        publish_id = content_hash(identity)
        while publish_id in withdrawn:
            publish_id = content_hash(f"{identity}|{publish_id}")
        found.append(
            Publication(
                publish_id=publish_id,
                run_id=part["run_id"],
                content_sha=content_sha,
                scenario=name,
                injection_point=injection_point,
                description=description,
                as_of=document["as_of"],
                facts=tuple(_facts(part, stages)),
                adjustments=_adjustments(document, stages) if side == "adjusted" else None,
                changes=changes_of(Dag.from_json(part["dag"])),
                clearance=clearance,
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


def _adjustments(document: Mapping[str, Any], stages: StageStore) -> Adjustments:
    dag = Dag.from_json(document["adjusted"]["dag"])
    return Adjustments(
        dag=str(dag.name),
        records=tuple(
            Records(
                place=dag.operator(name).inputs[0],
                files=tuple(stages.files(stage["fingerprint"])),
                rows=stage["rows"],
            )
            for name, stage in document.get("adjustments", {}).items()
        ),
    )
