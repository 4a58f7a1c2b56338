"""The story of one publication, from the files that were read to the warehouse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from liqbench.errors import GovernanceError, UnknownResultError, did_you_mean
from liqbench.governance.audit import PUBLISHED, WITHDRAWN, Entry
from liqbench.governance.process import ApprovalProcess
from liqbench.governance.rules import rules_of
from liqbench.governance.signatures import Approval, Submission
from liqbench.governance.withdrawals import lines_of
from liqbench.model import Dag
from liqbench.operators import make_operator

_FEWEST_DIGITS = 8
_SHORT = 12
_UNCHECKED = {
    "listed": "not checked: --trust names the list of trusted people",
    "local": "not checked: by local trust, so it is on no list",
}


@dataclass(frozen=True)
class Story:
    """A publication: its id, where it is, and its story as lines, each with a heading."""

    publish_id: str
    identity: str
    lines: tuple[tuple[str, str], ...]


def story_of(process: ApprovalProcess, publish_id: str) -> Story:
    """Tell the story of a publication, named by its id or at least eight digits of it.

    Raises ``UnknownResultError``.
    """
    entry, publication = _find(process, publish_id)
    approval = process.approval(str(entry.details["approval"]))
    submission = process.submission(approval.submission_id)
    evidence = process.evidence(submission.id)
    document = evidence.document
    base = publication is not entry.details["publications"][-1]
    side = "baseline" if base else "adjusted"
    lines = (
        *_inputs(document[side], evidence.folder),
        ("run", f"{document[side]['run_id']}, as of {document['as_of']}, {document['liqbench']}"),
        ("DAG", document[side]["dag_hash"]),
        *(() if base else _rules(document)),
        *_results(document[side]),
        *_decisions(process, submission, approval),
        ("published", f"{entry.at} by {entry.who} to {entry.details['target']}"),
        ("publication", publication["publish_id"]),
        *lines_of(process.audit.entries(what=WITHDRAWN), publication["publish_id"]),
    )
    return Story(publication["publish_id"], str(entry.details["identity"]), lines)


def _find(process: ApprovalProcess, publish_id: str) -> tuple[Entry, Mapping[str, str]]:
    known = []
    found: list[tuple[Entry, Mapping[str, str]]] = []
    for entry in process.audit.entries(what=PUBLISHED):
        for publication in entry.details["publications"]:
            known.append(publication["publish_id"])
            if len(publish_id) >= _FEWEST_DIGITS and known[-1].startswith(publish_id):
                found.append((entry, publication))
    if len({publication["publish_id"] for _, publication in found}) != 1:
        raise UnknownResultError(
            f"there is no one publication {publish_id!r}", hint=did_you_mean(publish_id, known)
        )
    return found[0]


def _inputs(part: Mapping[str, Any], folder: str) -> Iterator[tuple[str, str]]:
    dag = Dag.from_json(part["dag"]).at_folder(folder)
    for name, snapshots in part["inputs"].items():
        sources = make_operator(dag.operator(name)).sources()
        for source, snapshot in zip(sources, snapshots, strict=True):
            yield "input", f"{name}: {source} in {dag.folder}, snapshot {snapshot[:_SHORT]}"


def _rules(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for rule in rules_of(document):
        word = rule.approval
        approved = "nobody" if word is None else f"{word.user} at {word.timestamp.isoformat()}"
        yield "rule", f"{rule.rule_id}, approved by {approved}: {rule.describe()}"


def _results(part: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, totals in part["stars"].items():
        sums = ", ".join(f"{field} {total}" for field, total in totals["sums"].items())
        digest = part["results"][name]["digest"]
        yield "result", f"{name}: {totals['rows']} rows, {sums}, digest {digest[:_SHORT]}"


def _decisions(
    process: ApprovalProcess, submission: Submission, approval: Approval
) -> Iterator[tuple[str, str]]:
    yield "submitted", f"{submission.at} by {submission.author}: {submission.comment}"
    yield "", f"{submission.id}, content {submission.content_hash}"
    yield "approved", f"{approval.at} by {approval.approver}: {approval.comment}"
    yield "", f"{approval.id}, {approval.trust} trust, valid until {approval.valid_until}"
    yield "signature", f"key {approval.key_id}, {_signature(process, approval)}"
    yield "", str(approval.signed.signature)


def _signature(process: ApprovalProcess, approval: Approval) -> str:
    """Tell in words whether the signature holds by the keys that are known here."""
    if approval.trust != process.trust.kind:
        return _UNCHECKED[approval.trust]
    try:
        public = process.trust.public_key(
            approval.key_id, approval.approver, signed_at=approval.at, now=process.now()
        )
        approval.signed.check(public, approval.id)
    except GovernanceError as error:
        return f"does not hold: {error}"
    return "holds"
