"""What is published: the approved facts of the baseline and the variant, and the receipt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Protocol

import pandas as pd

from liqbench.errors import NotApprovedError, PublicationError
from liqbench.governance import Clearance, Destination, Publisher
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
class Publication:
    """The facts of one run under one scenario name, and the id by which they are known.

    ``changes`` are what the rules in its DAG change. ``clearance`` is the leave to publish it; a
    target takes none without, and renews it first.
    """

    publish_id: str
    run_id: str
    content_sha: str
    scenario: str
    injection_point: str
    description: str
    as_of: str
    facts: tuple[Fact, ...]
    changes: tuple[Change, ...] = ()
    clearance: Clearance | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Receipt:
    """What a publication did: the ids, the rows it added per table, and whether it was new.

    ``method`` is the way its rows took (``direct``, ``staged``; empty where nothing was loaded)
    in how many ``tries``; ``trust`` the kind of trust by which it was approved.
    """

    publish_id: str
    target: str
    new: bool
    rows: Mapping[str, int]
    seconds: float
    trust: str = ""
    method: str = ""
    tries: int = 1
    warnings: tuple[str, ...] = ()
    warehouse: Target | None = field(default=None, repr=False, compare=False)

    @property
    def rows_per_second(self) -> float:
        """The throughput, checks and audits included."""
        return sum(self.rows.values()) / self.seconds

    def rollback(self, reason: str, *, by: str) -> bool:
        """Withdraw this publication, not the baseline's: reports show the one before it again.

        Nothing is deleted. Return whether it wasn't withdrawn before. Raises as
        ``Target.withdraw`` does.
        """
        if self.warehouse is None:
            raise PublicationError(
                "this receipt doesn't know its warehouse",
                where=self.publish_id[:12],
                hint="withdraw it there: wb.target(…).withdraw(…)",
            )
        return self.warehouse.withdraw(self.publish_id, reason=reason, by=by)

    def __str__(self) -> str:
        if not self.new:
            return (
                f"{self.publish_id[:12]} was published to {self.target!r} before: nothing changed"
            )
        added = ", ".join(f"{table} {count:,}" for table, count in self.rows.items())
        local = ", approved by local trust only" if self.trust == "local" else ""
        return f"{self.publish_id[:12]} published to {self.target!r}: {added} rows{local}"


@dataclass(frozen=True)
class DryRun:
    """What a publication would do: the way of each fact's rows, the statements, rows and sums.

    ``rows`` are per table, ``sums`` per table and measure, as approved.
    """

    target: str
    routes: Mapping[str, str]
    statements: tuple[str, ...]
    rows: Mapping[str, int]
    sums: Mapping[str, Decimal]

    def __str__(self) -> str:
        lines = [f"to {self.target!r}, nothing was written:"]
        lines += [f"  {table}: {n:,} rows, {self.routes[table]}" for table, n in self.rows.items()]
        lines += [f"  sum of {column}: {total:,}" for column, total in self.sums.items()]
        return "\n".join([*lines, f"  {len(self.statements)} statements"])


class Target(Destination, Protocol):
    """A warehouse to publish to.

    ``demands_trust`` says that it refuses what is approved by local trust only; ``trust`` is its
    own list of trusted people, ``None`` where the bench's counts.
    """

    def publish(self, publications: tuple[Publication, ...], *, name: str) -> Receipt:
        """Publish all of them in one transaction, or nothing; the receipt is of the last one.

        Before anything is written, ``check_approved`` must let them pass.
        """

    def dry_run(self, publications: tuple[Publication, ...], *, name: str) -> DryRun:
        """Return what ``publish`` would do, after the same checks."""

    def withdraw(self, publish_id: str, *, reason: str, by: str) -> bool:
        """Let reports no longer show a publication; return whether they did before."""

    def query(self, sql: str) -> pd.DataFrame:
        """Return a query's rows, decimals exact."""


def publish_approved(
    publisher: Publisher, approval_id: str, target: Target, *, name: str, by: str
) -> Receipt:
    """Publish what was approved, exactly once, and note it.

    Raises as ``Publisher.clear`` and the target do; the warehouse is then as it was.
    """
    clearance = publisher.clear(approval_id, name=name, target=target, by=by)
    publications = publication_of(clearance, target)
    receipt = target.publish(publications, name=name)
    told = [
        {
            "publish_id": publication.publish_id,
            "scenario": publication.scenario,
            "run_id": publication.run_id,
            "content_sha": publication.content_sha,
        }
        for publication in publications
    ]
    publisher.note_published(clearance, name=name, target=target, publications=told)
    return replace(receipt, trust=clearance.approval.trust)


def dry_run_approved(
    publisher: Publisher, approval_id: str, target: Target, *, name: str, by: str
) -> DryRun:
    """Return what ``publish_approved`` would do. Raises as it does before it writes."""
    clearance = publisher.clear(approval_id, name=name, target=target, by=by)
    return target.dry_run(publication_of(clearance, target), name=name)


def ledger_row(target: Target, publish_id: str) -> str:
    """Return a publication's row of the ledger in words."""
    found = target.query(
        "SELECT row_count, amount_sum, content_sha, published_at FROM lq_ledger "
        f"WHERE publish_id = '{int(publish_id, 16):064x}'"
    )
    for row in found.itertuples():
        return (
            f"{row.row_count} rows, sum {row.amount_sum}, content {str(row.content_sha)[:12]}, "
            f"at {row.published_at}"
        )
    return "has no row of it"


def check_approved(publications: tuple[Publication, ...], target: Target, *, name: str) -> None:
    """Verify, as the target, that each publication is exactly what somebody approved.

    Nothing that it carries is believed: its clearance is renewed from the records, and what that
    allows is worked out again. Raises ``NotApprovedError``, and as ``Publisher.clear``.
    """
    renewed: dict[str, tuple[Publication, ...]] = {}
    for publication in publications:
        clearance = publication.clearance
        if type(clearance) is not Clearance:
            raise NotApprovedError(
                "no approval comes with it, so nothing is written",
                where=f"publication {publication.publish_id[:12]}",
                hint="publish an approval: wb.publish(apr.id)",
            )
        approval_id = clearance.approval.id
        if approval_id not in renewed:
            renewed[approval_id] = publication_of(
                Clearance.renew(clearance, name=name, target=target), target
            )
        if publication not in renewed[approval_id]:
            raise NotApprovedError(
                f"it is not what {approval_id} approves, so nothing is written",
                where=f"publication {publication.publish_id[:12]}",
                hint="publish the approval itself: wb.publish(apr.id)",
            )


def publication_of(clearance: Clearance, target: Target) -> tuple[Publication, ...]:
    """Return the baseline's and the variant's publication, in this order.

    ``publish_id`` = SHA-256 of run, target and content, so the same thing has the same id.
    """
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
