"""What an evidence pack tells, in a few lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from liqbench.governance.audit import PUBLISHED, Entry
from liqbench.governance.rules import rules_of
from liqbench.governance.signatures import Approval, Submission
from liqbench.governance.withdrawals import approval_of
from liqbench.governance.withdrawals import lines_of as withdrawal_lines

Line = tuple[str, str]


def lines_of(
    document: Mapping[str, Any],
    submission: Submission,
    approval: Approval,
    entries: Iterable[Entry],
) -> Iterator[Line]:
    """Yield the story of an approval as lines, each with a heading."""
    yield (
        "variant",
        f"{approval.variant}, as of {document['as_of']}, liqbench {document['liqbench']}",
    )
    for rule in rules_of(document):
        yield "rule", f"{rule.rule_id}: {rule.describe()}"
    for name, totals in document["adjusted"]["stars"].items():
        sums = ", ".join(f"{field} {total}" for field, total in totals["sums"].items())
        yield "result", f"{name}: {totals['rows']} rows, {sums}"
    key = f"key {submission.key_id}" if submission.key_id else "unsigned: she has no key"
    yield "submitted", f"{submission.at} by {submission.author} ({key}): {submission.comment}"
    yield (
        "approved",
        f"{approval.at} by {approval.approver} (key {approval.key_id}): {approval.comment}",
    )
    yield "", f"{approval.id}, {approval.trust} trust, valid until {approval.valid_until}"
    for entry in entries:
        if approval_of(entry) != approval.id:
            continue
        if entry.what == PUBLISHED:
            yield "published", f"{entry.at} by {entry.who} to {entry.details.get('target')}"
        else:
            yield from withdrawal_lines([entry], entry.subject)
    for name, why in document.get("absent", {}).items():
        yield "absent", f"{name}: {why}"
