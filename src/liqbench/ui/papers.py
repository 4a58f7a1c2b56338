"""The papers of a publication as cards: submission, approval, dry run, receipt, examination."""

from __future__ import annotations

from collections.abc import Iterator

from liqbench.governance import Approval, Submission
from liqbench.governance.audit import APPROVED, PUBLISHED, REJECTED, SUBMITTED
from liqbench.ui.card import Card, CardTable, Cell, Fact, Figure, Mark, Step, Verdict
from liqbench.warehouse import Checks, DryRun, Receipt

_SHORT = 12
_MARKS: dict[str, Mark] = {APPROVED: "good", PUBLISHED: "good", REJECTED: "bad"}
_WAYS = {
    "direct": "directly",
    "upsert": "merged",
    "staged": "by way of S3",
    "spark": "by way of S3, by Spark's executors",
}
_TRUST = {
    "listed": "by people on the list of trusted people",
    "local": "by local trust only, which proves nothing about persons",
}


def submission_card(submission: Submission) -> Card:
    """Return what somebody put forward, how it stands, and whose turn it is."""
    key = submission.key_id
    return Card(
        title=submission.variant,
        beside=f"{submission.id}, {submission.state}",
        mark=_MARKS.get(submission.state, ""),
        facts=(
            Fact("author", submission.author),
            Fact("reason", submission.comment),
            Fact("at", minute(submission.at), submission.at),
            Fact("signed", f"with the key {key}" if key else "not: the author has no key"),
            *_rejected(submission),
            _content(submission.content_hash),
        ),
        steps=tuple(_turn(submission)),
    )


def _rejected(submission: Submission) -> Iterator[Fact]:
    if (said := submission.rejection) is not None:
        yield Fact("rejected", f"by {said.by}, {minute(said.at)}: {said.comment}", said.at)


def _turn(submission: Submission) -> Iterator[Step]:
    if submission.state == SUBMITTED:
        name = submission.id
        yield Step(
            "A second person approves it, or rejects it with the reason",
            f'wb.approve("{name}", by="…", comment="…")',
        )
        yield Step("What she approves with it", f'wb.review("{name}")')
    elif submission.state == APPROVED:
        yield Step("Its approval can be published", "wb.approvals()")
    elif submission.state == REJECTED:
        yield Step("The author changes it and submits it again", "wb.submit(variant, comment=…)")


def approval_card(approval: Approval) -> Card:
    """Return who approved what, until when and for which warehouses it holds."""
    places = approval.targets
    targets = "any target" if places is None else ", ".join(places) or "no target"
    exact = "" if places is None else "\n".join(f"{n}: {place}" for n, place in places.items())
    return Card(
        title=f"{approval.variant}, approved by {approval.approver}",
        beside=approval.id,
        mark="good",
        warnings=(f"approved {_TRUST['local']}",) if approval.trust == "local" else (),
        facts=(
            Fact("comment", approval.comment),
            Fact("at", minute(approval.at), approval.at),
            Fact("holds until", minute(approval.valid_until), approval.valid_until),
            Fact("for", targets, exact),
            Fact("submitted by", f"{approval.author}, {approval.submission_id}"),
            Fact("signed", f"with the key {approval.key_id}"),
            _content(approval.content_hash),
        ),
        steps=(
            Step("See first what would be done", f'wb.publish("{approval.id}", dry_run=True)'),
            Step("Publish it", f'wb.publish("{approval.id}")'),
            Step("Keep its evidence", f'wb.evidence("{approval.id}", "evidence.zip")'),
        ),
    )


def dry_run_card(dry: DryRun) -> Card:
    """Return what would be written: rows, their way, control sums, statements."""
    return Card(
        title=f"Dry run for {dry.target}",
        beside="nothing was written",
        tables=tuple(_planned(dry)),
        hidden=(f"{len(dry.statements):,} statements", dry.statements),
        steps=(Step("Publish it", "wb.publish(approval.id)"),),
    )


def _planned(dry: DryRun) -> Iterator[CardTable]:
    if dry.rows:
        yield CardTable(
            "Rows of the baseline and the variant together",
            ("table", "rows", "way"),
            tuple(
                (table, Figure(f"{rows:,}"), way_in_words(dry.routes[table]))
                for table, rows in dry.rows.items()
            ),
        )
    if dry.sums:
        yield CardTable(
            "Control sums, which the warehouse must have too; each in its figures' own unit",
            ("column", "sum"),
            tuple((column, Figure(f"{total:,f}")) for column, total in dry.sums.items()),
        )


def receipt_card(receipt: Receipt) -> Card:
    """Return what a publication did, and what can be done with it."""
    short = receipt.publish_id[:_SHORT]
    withdraw = Step(
        "Withdraw it, reports then show the one before", 'receipt.rollback("why", by="…")'
    )
    if not receipt.new:
        return Card(
            title=f"Nothing changed in {receipt.target}",
            beside=f"publication {short} was there before",
            mark="good",
            warnings=receipt.warnings,
            steps=(withdraw,),
        )
    return Card(
        title=f"Published to {receipt.target}",
        beside=f"publication {short}",
        mark="good",
        warnings=receipt.warnings,
        facts=tuple(_done(receipt)),
        tables=(
            CardTable(
                "Rows of what is new: the variant, and the baseline where it wasn't there",
                ("table", "rows"),
                tuple((table, Figure(f"{rows:,}")) for table, rows in receipt.rows.items()),
            ),
        ),
        steps=(
            Step("Report it", f'wb.powerbi("folder", "{receipt.target}")'),
            withdraw,
            Step("How it came to be", f"liqbench audit show {short}"),
        ),
    )


def _done(receipt: Receipt) -> Iterator[Fact]:
    yield Fact("id", receipt.publish_id)
    speed = f"{receipt.seconds:,.1f} s, {receipt.rows_per_second:,.0f} rows a second"
    yield Fact("took", speed if receipt.tries == 1 else f"{speed}, in {receipt.tries} tries")
    if receipt.method:
        yield Fact("way", way_in_words(receipt.method))
    if receipt.trust:
        yield Fact("approved", _TRUST.get(receipt.trust, receipt.trust))


def checks_card(checks: Checks) -> Card:
    """Return what an examination of a warehouse found, and what to do."""
    ill = sum(not check.ok for check in checks)
    rows: list[tuple[Cell, ...]] = [
        (Verdict(check.ok), check.name, check.what, check.hint) for check in checks
    ]
    return Card(
        title="The warehouse is well" if not ill else f"{ill} of {len(checks)} checks failed",
        mark="bad" if ill else "good",
        tables=(CardTable("", ("", "checked", "found", "what to do"), tuple(rows)),),
    )


def minute(at: str) -> str:
    """Return a moment of a document to the minute."""
    return f"{at[:16].replace('T', ' ')} UTC"


def way_in_words(methods: str) -> str:
    """Return the way that rows take, or the ways."""
    return ", ".join(_WAYS.get(method, method) for method in methods.split(", "))


def _content(content_hash: str) -> Fact:
    return Fact("content", f"{content_hash[:_SHORT]}…", content_hash)
