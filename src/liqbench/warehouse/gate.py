"""The gate of a warehouse: what a target is, and that it takes only what somebody approved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from liqbench.errors import GovernanceError, NotApprovedError
from liqbench.governance import (
    Clearance,
    Destination,
    Publisher,
    Withdrawal,
    Withdrawals,
    Withdrawn,
)
from liqbench.governance.identity import this_account
from liqbench.operators.star_schema import StarSchemaOperator
from liqbench.warehouse.errors import WithdrawnError
from liqbench.warehouse.publication import Publication, publication_of
from liqbench.warehouse.receipt import DryRun, Receipt
from liqbench.warehouse.reporting import Aggregation
from liqbench.warehouse.steps import Listener, PublishStep, nobody

if TYPE_CHECKING:
    from liqbench.warehouse.doctor import Checks


class Target(Destination, Protocol):
    """A warehouse to publish to.

    ``demands_trust`` says that it refuses what is approved by local trust only; ``trust`` is its
    own list of trusted people, ``None`` where the bench's counts. ``witness`` is the publisher
    whose audit log is told what the target refuses though no bench asked for it.
    """

    witness: Publisher | None

    def publish(
        self, publications: tuple[Publication, ...], *, name: str, tell: Listener = ...
    ) -> Receipt:
        """Publish all of them in one transaction, or nothing; the receipt is of the last one.

        ``tell`` is told every step. Before anything is written, ``check_approved`` must let them
        pass.
        """

    def dry_run(self, publications: tuple[Publication, ...], *, name: str) -> DryRun:
        """Return what ``publish`` would do, after the same checks."""

    def withdraw(self, order: Withdrawal) -> Withdrawn:
        """Let reports no longer show what is ordered; ``order.renew`` must let it pass before."""

    def make_views(
        self, stars: Sequence[StarSchemaOperator], aggregations: Sequence[Aggregation] = ()
    ) -> None:
        """Make the views that reports read, outside any publication."""

    def doctor(self) -> Checks:
        """Examine the warehouse without changing it."""

    def query(self, sql: str) -> pd.DataFrame:
        """Return a query's rows, decimals exact."""


def publish_approved(
    publisher: Publisher,
    approval_id: str,
    target: Target,
    *,
    name: str,
    by: str,
    tell: Listener = nobody,
) -> Receipt:
    """Publish what was approved, exactly once, and note it; ``tell`` every step.

    Raises as ``Publisher.clear`` and the target do; the warehouse is then as it was.
    """
    tell(PublishStep("checking"))
    clearance = publisher.clear(approval_id, name=name, target=target, by=by)
    publications = publication_of(clearance, target)
    receipt = target.publish(publications, name=name, tell=tell)
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


def withdraw_published(
    withdrawals: Withdrawals, publish_id: str, target: Target, *, name: str, reason: str, by: str
) -> Withdrawn:
    """Withdraw a publication, and note it; once more it is only noted, if that was lost.

    Raises as ``Withdrawals.order`` and the target do; the warehouse is then as it was.
    """
    order = withdrawals.order(publish_id, reason=reason, by=by, target=target)
    done = target.withdraw(order)
    withdrawals.note(done, order, name=name, target=target)
    return done


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
    allows is worked out again. Raises ``NotApprovedError``, ``WithdrawnError``, and as
    ``Publisher.clear``. The refusal is in the audit log of the approval's bench, or of the
    target's witness; a target that knows neither can only refuse.
    """
    renewed: dict[str, tuple[Publication, ...]] = {}
    for publication in publications:
        clearance = publication.clearance
        genuine = clearance if type(clearance) is Clearance else None
        if genuine is not None and genuine.approval.id not in renewed:
            renewed[genuine.approval.id] = publication_of(
                Clearance.renew(genuine, name=name, target=target), target
            )
        try:
            _check_one(publication, genuine, renewed)
        except (NotApprovedError, WithdrawnError) as refusal:
            witness = target.witness if genuine is None else genuine.publisher
            if witness is not None:
                witness.note_refused(
                    refusal,
                    subject=publication.publish_id,
                    name=name,
                    target=target,
                    by=this_account() if genuine is None else genuine.by,
                )
            raise


def _check_one(
    publication: Publication,
    clearance: Clearance | None,
    renewed: Mapping[str, tuple[Publication, ...]],
) -> None:
    where = f"publication {publication.publish_id[:12]}"
    if clearance is None:
        raise NotApprovedError(
            "no approval comes with it, so nothing is written",
            where=where,
            hint="publish an approval: wb.publish(apr.id)",
        )
    if publication not in renewed[clearance.approval.id]:
        raise NotApprovedError(
            f"it is not what {clearance.approval.id} approves, so nothing is written",
            where=where,
            hint="publish the approval itself: wb.publish(apr.id)",
        )
    if publication.publish_id in clearance.publisher.withdrawn():
        raise WithdrawnError(
            "it was withdrawn after it was approved, so nothing is written",
            where=where,
            hint="submit and approve again; liqbench audit show tells who withdrew it, and why",
        )


def check_ordered(order: Withdrawal, target: Target) -> Withdrawal:
    """Verify, as the target, that a withdrawal was ordered by a bench, and renew it.

    Raises ``GovernanceError`` for what is no order, and as ``Withdrawals.order``.
    """
    if type(order) is not Withdrawal:
        raise GovernanceError(
            "no order comes with this withdrawal, so nothing is written",
            where=target.identity,
            hint="withdraw at the bench: wb.withdraw(…)",
        )
    return Withdrawal.renew(order, target)
