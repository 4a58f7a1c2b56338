"""The way of a variant from a notebook into a warehouse, as the façade offers it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal, overload

from liqbench.engine import Variant
from liqbench.errors import LiqbenchError, UnknownResultError, did_you_mean
from liqbench.governance import (
    Actor,
    Approval,
    ApprovalProcess,
    GovernanceSettings,
    Head,
    Published,
    Review,
    Story,
    Submission,
    Withdrawn,
    actor_of,
    against_approving,
    against_publishing,
    against_rejecting,
    against_submitting,
    attached_to,
    evidence_of,
    given_files,
    published_of,
    story_of,
)
from liqbench.governance.pack import write_pack
from liqbench.impact import Measure
from liqbench.store import Workspace
from liqbench.warehouse import (
    DryRun,
    DuckDbTarget,
    Receipt,
    Target,
    dry_run_approved,
    publish_approved,
    withdraw_published,
)
from liqbench.warehouse.powerbi import Aggregation, RefreshPolicy, write_published
from liqbench.warehouse.steps import Listener, nobody


class ApprovalDesk:
    """Submissions, approvals and publications of one workspace, and the targets they go to."""

    def __init__(
        self,
        workspace: Workspace,
        targets: Mapping[str, Target] | None,
        governance: GovernanceSettings | None,
    ) -> None:
        self._workspace = workspace
        local = DuckDbTarget(workspace.warehouse_path)
        self.targets: dict[str, Target] = {"local": local, **(targets or {})}
        self._process = ApprovalProcess(workspace, governance)
        self._measures: dict[str, Measure] = {}  # by run, of the analyses so far
        for target in self.targets.values():
            target.witness = self._process.publisher

    def submit(
        self,
        variant: Variant,
        *,
        by: str | None = None,
        comment: str,
        evidence: Sequence[str | os.PathLike[str]] = (),
    ) -> Submission:
        """Put a variant forward for approval, as it is stored now.

        Its rules must be approved and within their dates. ``evidence`` are files that speak for
        it; they are attached as they are, and approved with it. Raises ``EvidenceFileError``.
        """
        given = given_files(evidence)
        attached = attached_to(variant, self._measures.get(variant.result().run_id))
        attached = replace(attached, files={**attached.files, **given})
        return self._process.submit(evidence_of(variant), by=by, comment=comment, attached=attached)

    def whoami(self, by: str | None = None) -> Actor:
        """Return in whose name steps are taken here, by the configured identity, and her key.

        Her name is empty where every call names the person. Raises ``IdentityError`` for another
        one than the configured, ``KeyFileError`` for a key that can't be opened.
        """
        return actor_of(self._process, by)

    @property
    def approvals_hold(self) -> timedelta:
        """How long an approval may be published, as the bench is configured."""
        return self._process.valid_for

    def why_not_submit(self, variant: Variant) -> tuple[LiqbenchError, ...]:
        """Return what ``submit`` would refuse a variant for; nothing where it would take it."""
        return against_submitting(variant, self._process.now())

    def submission(self, submission_id: str) -> Submission:
        """Return a submission as it stands now. Raises ``UnknownResultError``."""
        return self._process.submission(submission_id)

    def submissions(self) -> list[Submission]:
        """Return all submissions, the oldest first."""
        return self._process.submissions()

    def review(self, submission_id: str) -> Review:
        """Return what an approver decides on: rules in words, figures before and after, files.

        Raises ``UnknownResultError``; ``ChangedSinceApprovalError`` or ``DamagedAttachmentError``
        where it is no longer what was submitted.
        """
        return self._process.review(submission_id)

    def approvals(self) -> list[Approval]:
        """Return all approvals, the oldest first."""
        return self._process.approvals()

    def why_not_approve(
        self, submission_id: str, *, by: str | None = None
    ) -> tuple[LiqbenchError, ...]:
        """Return what ``approve`` would refuse for, as far as it is known without reading files.

        That is its state, the identity, four eyes, the key and whether it counts, and the rules.
        """
        return against_approving(self._process, submission_id, by)

    def why_not_reject(
        self, submission_id: str, *, by: str | None = None
    ) -> tuple[LiqbenchError, ...]:
        """Return what ``reject`` would refuse for: its state, the identity."""
        return against_rejecting(self._process, submission_id, by)

    def approve(
        self,
        submission_id: str,
        *,
        by: str | None = None,
        comment: str,
        targets: Sequence[str] | None = None,
    ) -> Approval:
        """Approve a submission; not its author, and not without a comment.

        ``targets`` are the names of those that it may be published to; by default all.
        """
        named = None if targets is None else {n: self.target(n).identity for n in targets}
        return self._process.approve(submission_id, by=by, comment=comment, targets=named)

    def reject(self, submission_id: str, *, by: str | None = None, comment: str) -> Submission:
        """Send a submission back with the reason."""
        return self._process.reject(submission_id, by=by, comment=comment)

    def evidence(self, approval_id: str, path: str | os.PathLike[str]) -> Path:
        """Write an approval's evidence pack, a new zip for ``liqbench evidence verify``."""
        return write_pack(self._process, approval_id, Path(path))

    def why_not_publish(
        self, approval_id: str, *, target: str = "local"
    ) -> tuple[LiqbenchError, ...]:
        """Return what ``publish`` would refuse for, as far as it is known without reading files.

        That is the trust, whether the approval still holds, and the targets that it is for; a dry
        run verifies all.
        """
        place = self.target(target)
        return against_publishing(self._process, approval_id, name=target, target=place)

    def publications(self) -> list[Published]:
        """Return what was published when by whom, and what is withdrawn, the oldest first."""
        return published_of(self._process)

    def story(self, publish_id: str) -> Story:
        """Return how a publication came to be, from its inputs on; 8 digits of its id are enough.

        Raises ``UnknownResultError``.
        """
        return story_of(self._process, publish_id)

    def verify_log(self) -> Head:
        """Check the audit log against itself, the approvals and the records; return its head.

        Raises ``AuditError`` naming the first broken entry, ``AuditTruncatedError``.
        """
        return self._process.publisher.check_log()

    @overload
    def publish(
        self, approval_id: str, *, target: str = ..., by: str | None = ..., dry_run: Literal[True]
    ) -> DryRun: ...

    @overload
    def publish(
        self,
        approval_id: str,
        *,
        target: str = ...,
        by: str | None = ...,
        dry_run: Literal[False] = ...,
        monitor: Listener = ...,
    ) -> Receipt: ...

    def publish(
        self,
        approval_id: str,
        *,
        target: str = "local",
        by: str | None = None,
        dry_run: bool = False,
        monitor: Listener = nobody,
    ) -> Receipt | DryRun:
        """Publish what was approved, exactly once; a second time changes nothing and says so.

        ``monitor`` is told every step, in this thread. ``dry_run`` only says what would be done:
        the rows' way, the statements, rows and sums.
        Raises ``GovernanceError`` where the approval doesn't hold, or ``PublicationError``; the
        warehouse is then as it was.
        """
        publisher, place = self._process.publisher, self.target(target)
        who = self._process.publishing_person(by)
        if dry_run:
            return dry_run_approved(publisher, approval_id, place, name=target, by=who)
        receipt = publish_approved(publisher, approval_id, place, name=target, by=who, tell=monitor)
        return replace(receipt, bench=self)

    def withdraw(
        self, publish_id: str, *, reason: str, by: str | None = None, target: str | None = None
    ) -> Withdrawn:
        """Withdraw a publication: reports show the one before it again; nothing is deleted.

        It is named by its id or 8 digits of it at least, ``target`` by default as it was published
        under. Its baseline goes too, unless others that stand were published with it. The audit
        log tells who and why, signed if the person has a key. It comes back only by a new
        submission and approval. Raises ``UnknownResultError``, ``CommentRequiredError``,
        ``GovernanceError`` or ``PublicationError``; the warehouse is then as it was.
        """
        withdrawals = self._process.withdrawals
        name = target or str(withdrawals.published(publish_id).details["target"])
        return withdraw_published(
            withdrawals,
            publish_id,
            self.target(name),
            name=name,
            reason=reason,
            by=self._process.person(by),
        )

    def powerbi(
        self,
        path: str | os.PathLike[str],
        target: str = "local",
        *,
        name: str = "Liquidity",
        refresh: RefreshPolicy | None = None,
        aggregations: Sequence[Aggregation] = (),
    ) -> Path:
        """Write the Power BI project of what was published to a target; return its ``.pbip`` file.

        ``path`` is a folder of its own: new, empty, or with this project, of which only the
        model is replaced. The same publications give the same files. The warehouse gets, or gets
        anew, the views ``rpt_…`` that the project reads: of every figure the newest publication
        that wasn't withdrawn. ``refresh`` reads only a fact's latest days again; without it
        everything is read. ``aggregations`` are for Redshift.

        Redshift is reached by Power BI's own connector, which asks for the credentials. A DuckDB
        file is imported by DuckDB's ODBC driver: install it where Power BI runs, copy the file
        there, and set the parameter ``File`` to its place.

        Raises ``PublicationError`` where nothing was published there yet, ``SemanticModelError``
        where no model can be made of it, ``ProjectFolderError`` where the folder holds something
        else, and as publishing does where the warehouse doesn't answer.
        """
        return write_published(
            self._process,
            self.target(target),
            Path(path),
            name=name,
            refresh=refresh,
            aggregations=aggregations,
        )

    def target(self, name: str = "local") -> Target:
        """Return a target by name. Raises ``UnknownResultError``."""
        if name not in self.targets:
            raise UnknownResultError(
                f"there is no target {name!r}", hint=did_you_mean(name, self.targets)
            )
        found = self.targets[name]
        found.witness = self._process.publisher  # of one that was added since, too
        return found
