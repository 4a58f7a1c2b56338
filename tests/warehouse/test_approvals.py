"""Ways round an approval, on the stand-in for Redshift: not one statement reaches it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from tests.governance.desk import Desk
from tests.redshift.stand_in import PASSWORD, Redshift
from tests.warehouse.publications import VARIABLE, redshift_target

from liqbench.errors import (
    AuditError,
    AuditTruncatedError,
    ChangedSinceApprovalError,
    ClockError,
    LiqbenchError,
    LocalTrustError,
    NotApprovedError,
    SignatureError,
    StaleApprovalError,
    UntrustedKeyError,
    WrongTargetError,
)
from liqbench.governance import Approval
from liqbench.governance.audit import PUBLISHED, REFUSED
from liqbench.governance.identity import this_account
from liqbench.governance.keys import KeyFolder
from liqbench.governance.signatures import Signed
from liqbench.warehouse import (
    RedshiftTarget,
    dry_run_approved,
    publication_of,
    publish_approved,
    withdraw_published,
)
from liqbench.warehouse.errors import WithdrawnError


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.workspace.records.close()


def publish(desk: Desk, approval: Approval, target: RedshiftTarget) -> bool:
    publisher = desk.process.publisher
    return publish_approved(publisher, approval.id, target, name="dwh", by="pat").new


def edit_approval(desk: Desk, approval: Approval) -> None:
    desk.edit_body(approval.id, lambda body: body["document"].update(comment="never mind"))


def sign_as_another(desk: Desk, approval: Approval) -> None:
    ann = KeyFolder(desk.folder / "workspace" / "keys", lambda: None).load("ann")
    document = {**approval.signed.document, "approver": "ann", "key_id": ann.key_id}
    desk.edit_body(approval.id, lambda body: body.update(Signed.by(ann, document).to_json()))


def lose_the_key(desk: Desk, approval: Approval) -> None:
    (desk.folder / "workspace" / "keys" / f"{approval.key_id}.pub.json").unlink()


def edit_rule(desk: Desk, approval: Approval) -> None:
    def soften(body: dict[str, dict[str, dict[str, list[dict[str, object]]]]]) -> None:
        body["evidence"]["scenario"]["rules"][0]["reason"] = "milder"

    desk.edit_body(approval.submission_id, soften)


def edit_stage(desk: Desk, _: Approval) -> None:
    for file in (desk.folder / "workspace" / "stages").rglob("*.parquet"):
        file.write_bytes(file.read_bytes() + b" ")


def edit_input(desk: Desk, _: Approval) -> None:
    (desk.inbox / "deals.csv").write_text("id,amount\n1,10.01\n")


def cut_log(desk: Desk, _: Approval) -> None:
    desk.submit(name="other")  # so that there is a head behind the approval's own
    desk.sql("DELETE FROM audit WHERE number >= 1")


def edit_log(desk: Desk, _: Approval) -> None:
    desk.sql("UPDATE audit SET who = 'cleo' WHERE number = 2")


def wait_too_long(desk: Desk, _: Approval) -> None:
    desk.clock.pass_(days=31)


def set_clock_back(desk: Desk, _: Approval) -> None:
    desk.clock.pass_(hours=-1)


def replay(desk: Desk, approval: Approval) -> None:
    """The approval's record is put in the place of what another one approved."""
    other = desk.approved(rows=[("2025-12-31", "A", "Bank A", "99.00")])
    text = json.dumps(other.signed.to_json(), sort_keys=True)
    desk.sql("UPDATE documents SET body = ? WHERE id = ?", text, approval.id)


WAYS: dict[Callable[[Desk, Approval], None], tuple[type[LiqbenchError], str]] = {
    edit_approval: (SignatureError, "or it was changed since"),
    sign_as_another: (AuditError, "tells of no such document that was approved"),
    lose_the_key: (UntrustedKeyError, "the workspace has no key"),
    edit_rule: (ChangedSinceApprovalError, "its record was changed"),
    edit_stage: (ChangedSinceApprovalError, "files are not what was written"),
    edit_input: (ChangedSinceApprovalError, "is not what it was when the run read it"),
    cut_log: (AuditTruncatedError, "the log ends with entry 0, but entry 1 was signed"),
    edit_log: (AuditError, "audit entry 2: was changed"),
    wait_too_long: (StaleApprovalError, "it was valid until 2026-02-14"),
    set_clock_back: (ClockError, "the clock says 2026-01-15T08:00:00"),
    replay: (SignatureError, "its document is that of apr-"),
}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_way_round_leads_to_redshift(
    redshift: Redshift, desk: Desk, way: Callable[[Desk, Approval], None]
) -> None:
    approval = desk.approved()
    way(desk, approval)
    error, words = WAYS[way]
    with pytest.raises(error, match=words) as caught:
        publish(desk, approval, redshift_target(redshift))
    assert type(caught.value) is error
    assert not redshift.statements
    assert desk.process.audit.entries(what=PUBLISHED) == []
    refused = [entry.details["error"] for entry in desk.process.audit.entries(what=REFUSED)]
    assert refused == ([] if error is ClockError else [error.__name__])


def test_an_approval_for_another_cluster(redshift: Redshift, desk: Desk) -> None:
    target = redshift_target(redshift)
    approval = desk.approve(desk.submit(), targets={"dwh": "redshift:elsewhere:5439/dev/public"})
    with pytest.raises(WrongTargetError, match=r"is for dwh \(redshift:elsewhere.*not for dwh"):
        publish(desk, approval, target)
    assert not redshift.statements


def test_local_trust_where_the_cluster_demands_more(redshift: Redshift, desk: Desk) -> None:
    target = redshift_target(redshift)
    target.demands_trust = True
    with pytest.raises(LocalTrustError, match="takes nothing that is approved by local trust"):
        publish(desk, desk.approved(), target)
    assert not redshift.statements


def test_direct_calls_of_the_target_are_told(redshift: Redshift, desk: Desk) -> None:
    target = redshift_target(redshift)
    target.witness = publisher = desk.process.publisher
    cleared = publisher.clear(desk.approved().id, name="dwh", target=target, by="pat")
    genuine = publication_of(cleared, target)[-1]
    (fact,) = genuine.facts
    inflated = replace(genuine, facts=(replace(fact, sums={"amount": Decimal("99.00")}),))
    for publication, words in (
        (replace(genuine, clearance=None), "no approval comes with it"),
        (inflated, "it is not what apr-.* approves"),
    ):
        with pytest.raises(NotApprovedError, match=words):
            target.publish((publication,), name="dwh")
    assert not redshift.statements
    told = [(entry.who, entry.subject) for entry in desk.process.audit.entries(what=REFUSED)]
    assert told == [(this_account(), genuine.publish_id), ("pat", genuine.publish_id)]


def test_an_approval_is_published_to_redshift_once(redshift: Redshift, desk: Desk) -> None:
    target = redshift_target(redshift)
    approval = desk.approved()
    publisher = desk.process.publisher
    told = dry_run_approved(publisher, approval.id, target, name="dwh", by="pat")
    assert told.sums == {"fact_position.amount": Decimal("20.00")}
    assert not redshift.statements
    assert publish(desk, approval, target)
    assert not publish(desk, approval, target)
    assert redshift.sql("SELECT count(*), sum(amount) FROM fact_position") == [
        (2, Decimal("20.00"))
    ]


def test_what_was_withdrawn_comes_back_to_redshift_by_a_new_approval(
    redshift: Redshift, desk: Desk
) -> None:
    target = redshift_target(redshift)
    approval = desk.approved()
    publish(desk, approval, target)
    (entry,) = desk.process.audit.entries(what=PUBLISHED)
    done = withdraw_published(
        desk.process.withdrawals, entry.subject, target, name="dwh", reason="rates", by="ben"
    )
    assert (done.new, len(done.publications)) == (True, 2)
    with pytest.raises(WithdrawnError, match="after it was approved"):
        publish(desk, approval, target)
    evidence = desk.process.evidence(approval.submission_id)
    again = desk.process.submit(evidence, by="ann", comment="right after all")
    assert publish(desk, desk.approve(again), target)
    standing = (
        "SELECT count(*), sum(amount) FROM fact_position AS f WHERE NOT EXISTS "
        "(SELECT 1 FROM lq_withdrawal AS w WHERE w.publish_id = f.publish_id)"
    )
    assert redshift.sql(standing) == [(2, Decimal("20.00"))]
    assert redshift.sql("SELECT count(*) FROM fact_position") == [(4,)]
