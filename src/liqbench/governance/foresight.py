"""Who acts at a bench, and what she would be refused: known before she tries, nothing written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from liqbench.engine import Variant
from liqbench.errors import FaultsError, LiqbenchError, StateError
from liqbench.governance.audit import SUBMITTED
from liqbench.governance.canonical import moment
from liqbench.governance.evidence import check_publishable
from liqbench.governance.identity import Provider
from liqbench.governance.process import ApprovalProcess
from liqbench.governance.publisher import Destination
from liqbench.governance.rules import check_rules
from liqbench.governance.signatures import check_four_eyes
from liqbench.governance.trust import Kind

Faults = tuple[LiqbenchError, ...]


@dataclass(frozen=True)
class Actor:
    """Who acts, where the name comes from, whose keys count, and the id of her key.

    ``person`` is empty where every call names her. Without a key yet, ``key_id`` is empty; by local
    trust one is made when it is needed.
    """

    person: str
    provider: Provider
    trust: Kind
    key_id: str


def actor_of(process: ApprovalProcess, by: str | None) -> Actor:
    """Return who acts. Raises ``IdentityError``, ``KeyFileError`` for a key that can't be read."""
    if by is None and process.provider == "explicit":
        return Actor("", process.provider, process.trust.kind, "")
    who = process.person(by)
    key = process.trust.known_key(who)
    return Actor(who, process.provider, process.trust.kind, "" if key is None else key.key_id)


def against_submitting(variant: Variant, now: datetime) -> Faults:
    """Return why a variant would not be submitted: it failed, has no star, or by its rules."""

    def checks() -> Iterator[Callable[[], object]]:
        yield lambda: check_publishable(variant.result())
        yield lambda: check_rules(_named(variant), now)

    return tuple(_faults(checks()))


def _named(variant: Variant) -> dict[str, Any]:
    """Return the part of the evidence in which rules are named."""
    return {
        "as_of": variant.baseline.as_of.isoformat(),
        "scenario": variant.injections.scenario.to_json(),
        "adjusted": {"dag": variant.dag.to_json()},
    }


def against_approving(process: ApprovalProcess, submission_id: str, by: str | None) -> Faults:
    """Return why a person would not approve a submission: state, identity, four eyes, key, rules.

    That it is still what was submitted shows only when it is reviewed. Raises
    ``UnknownResultError``.
    """
    submission, now = process.submission(submission_id), process.now()

    def key_counts() -> None:
        who = process.person(by)
        check_four_eyes(submission, who, "", submission_id)
        key = process.trust.known_key(who)
        if key is None:  # one will be made, which nobody else has
            if process.trust.kind == "listed":
                process.trust.signing_key(who)
            return
        check_four_eyes(submission, who, key.key_id, submission_id)
        process.trust.public_key(key.key_id, who, signed_at=moment(now), now=now)

    def checks() -> Iterator[Callable[[], object]]:
        yield lambda: _check_open(submission_id, submission.state)
        yield key_counts
        yield lambda: check_rules(process.evidence(submission_id).document, now)

    return tuple(_faults(checks()))


def against_rejecting(process: ApprovalProcess, submission_id: str, by: str | None) -> Faults:
    """Return why a person would not reject a submission. Raises ``UnknownResultError``."""
    submission = process.submission(submission_id)

    def checks() -> Iterator[Callable[[], object]]:
        yield lambda: _check_open(submission_id, submission.state)
        yield lambda: process.person(by)

    return tuple(_faults(checks()))


def against_publishing(
    process: ApprovalProcess, approval_id: str, *, name: str, target: Destination
) -> Faults:
    """Return why an approval would not be published to a target: trust, its time, its targets.

    What was approved is not read: a dry run does that. Raises ``UnknownResultError``.
    """
    approval = process.approval(approval_id)
    check = process.publisher.check_use
    return tuple(_faults(iter([lambda: check(approval, name=name, target=target)])))


def _check_open(submission_id: str, state: str) -> None:
    if state != SUBMITTED:
        raise StateError(f"it is {state}, so it was decided already", where=submission_id)


def _faults(checks: Iterator[Callable[[], object]]) -> Iterator[LiqbenchError]:
    for check in checks:
        try:
            check()
        except FaultsError as several:
            yield from several.faults
        except LiqbenchError as fault:
            yield fault
