"""Every way round an approval that we could think of; each is refused, and nothing is published.

Those by keys that somebody else keeps a list of are in ``test_trust``, those by identities in
``test_identity``, those by attachments in ``test_pack``; some of all run on the stand-in for
Redshift, in ``tests/warehouse/test_approvals.py``.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.governance.desk import RULE, Desk

from liqbench import DuckDbTarget, Workbench
from liqbench.errors import (
    AuditError,
    AuditTruncatedError,
    ChangedSinceApprovalError,
    ClockError,
    CommentRequiredError,
    DamagedRecordError,
    FourEyesError,
    LiqbenchError,
    LocalTrustError,
    NotApprovedError,
    RuleExpiredError,
    RuleNotApprovedError,
    SignatureError,
    StaleApprovalError,
    StateError,
    UntrustedKeyError,
    WrongTargetError,
)
from liqbench.governance import Approval, Clearance, Submission
from liqbench.governance.audit import PUBLISHED, REFUSED, hash_of
from liqbench.governance.canonical import moment
from liqbench.governance.identity import this_account
from liqbench.governance.keys import KeyFolder, PersonKey
from liqbench.governance.signatures import Signed
from liqbench.warehouse import Publication


def refused(desk: Desk, approval_id: str, error: type[LiqbenchError], match: str) -> None:
    """Publishing is refused with this error; nothing is written but the refusal, once."""
    before = len(desk.process.audit.entries(what=REFUSED))
    with pytest.raises(error, match=match) as caught:
        desk.publish(approval_id)
    assert type(caught.value) is error
    told = desk.process.audit.entries(what=REFUSED)[before:]
    assert [(entry.who, entry.subject, entry.details["error"]) for entry in told] == [
        ("pat", approval_id, error.__name__)
    ]


@pytest.fixture(autouse=True)
def _nothing_is_published(desk: Desk) -> Iterator[None]:
    yield
    assert desk.nothing_was_published()
    assert desk.process.audit.entries(what=PUBLISHED) == []


def local_keys(desk: Desk) -> KeyFolder:
    return KeyFolder(desk.folder / "workspace" / "keys", lambda: None)


def resigned(key: PersonKey, **change: Any) -> Callable[[dict[str, Any]], object]:
    """Change an approval's document and sign it anew, with a key at hand."""

    def edit(body: dict[str, Any]) -> None:
        body.update(Signed.by(key, {**body["document"], **change}).to_json())

    return edit


@pytest.mark.parametrize("name", ["ann", "Ann", " ANN ", "\uff21nn"])
def test_own_approval(desk: Desk, name: str) -> None:
    submission = desk.submit(by="ann")
    with pytest.raises(FourEyesError, match="submitted it and can't approve it"):
        desk.approve(submission, by=name)
    assert desk.process.approvals() == []


def test_same_key_under_two_names(desk: Desk) -> None:
    submission = desk.submit(by="ann")
    keys = local_keys(desk)
    shutil.copy2(keys.file("ann"), keys.file("ben"))
    with pytest.raises(FourEyesError, match="ben has the key of ann"):
        desk.approve(submission, by="ben")
    assert desk.process.approvals() == []


def test_own_approval_signed_by_hand(desk: Desk) -> None:
    """The author signs an approval in her own name and puts it in place of the other's."""
    approval = desk.approved()
    ann = local_keys(desk).load("ann")
    desk.edit_body(approval.id, resigned(ann, approver="ann", key_id=ann.key_id))
    refused(desk, approval.id, AuditError, "tells of no such document that was approved")


def test_signature_by_another_key(desk: Desk) -> None:
    approval = desk.approved()
    desk.edit_body(approval.id, resigned(local_keys(desk).load("ann"), comment="fine"))
    refused(desk, approval.id, SignatureError, f"not that of the key {approval.key_id}")


def test_signature_removed(desk: Desk) -> None:
    approval = desk.approved()
    desk.edit_body(approval.id, lambda body: body.update(signature=None))
    refused(desk, approval.id, SignatureError, "its signature is not that of the key")


def test_unknown_key(desk: Desk) -> None:
    approval = desk.approved()
    local_keys(desk).card_file(approval.key_id).unlink()
    refused(desk, approval.id, UntrustedKeyError, "the workspace has no key")


def test_edited_approval(desk: Desk) -> None:
    approval = desk.approved()
    desk.edit_body(
        approval.id, lambda body: body["document"].update(valid_until="2099-01-01T00:00:00.000000Z")
    )
    refused(desk, approval.id, SignatureError, "or it was changed since")


def test_edited_rule_in_the_record(desk: Desk) -> None:
    approval = desk.approved()

    def soften(body: dict[str, Any]) -> None:
        body["evidence"]["scenario"]["rules"][0]["adjustments"][0]["value"] = 0.99

    desk.edit_body(approval.submission_id, soften)
    refused(desk, approval.id, ChangedSinceApprovalError, "its record was changed")


def test_edited_submission(desk: Desk) -> None:
    approval = desk.approved()
    desk.edit_body(
        approval.submission_id,
        lambda body: body["submission"]["document"].update(author="somebody"),
    )
    refused(desk, approval.submission_id, NotApprovedError, "this is a submission")
    refused(desk, approval.id, SignatureError, "its signature is not that of the key")


def test_edited_evidence_and_its_hash(desk: Desk) -> None:
    """The author changes what she submitted and signs it anew; the approval fixes the old one."""
    approval = desk.approved()
    ann = local_keys(desk).load("ann")
    other = desk.evidence(name="harmless")

    def change(body: dict[str, Any]) -> None:
        document = {**body["submission"]["document"], "content_hash": other.content_hash}
        body.update(submission=Signed.by(ann, document).to_json(), evidence=dict(other.document))

    desk.edit_body(approval.submission_id, change)
    refused(desk, approval.id, AuditError, "no such document that was submitted")


def test_edited_stage_file(desk: Desk) -> None:
    approval = desk.approved()
    for file in (desk.folder / "workspace" / "stages").rglob("*.parquet"):
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(bytes(data))
    refused(desk, approval.id, ChangedSinceApprovalError, "files are not what was written")


def test_edited_stage_file_and_its_lineage(desk: Desk) -> None:
    """Other rows under the approved name, with a lineage that fits them."""
    approval = desk.approved()
    other = desk.evidence(rows=[("2025-12-31", "A", "Bank A", "99.00")]).document["adjusted"]
    approved = desk.process.evidence(approval.submission_id).document["adjusted"]
    stages = desk.folder / "workspace" / "stages"
    place, source = (stages / side["results"]["star"]["fingerprint"] for side in (approved, other))
    shutil.rmtree(place)
    shutil.copytree(source, place)
    refused(desk, approval.id, ChangedSinceApprovalError, "is another one")


def test_file_added_to_a_stage(desk: Desk) -> None:
    approval = desk.approved()
    star = desk.process.evidence(approval.submission_id).document["adjusted"]["results"]["star"]
    place = desk.folder / "workspace" / "stages" / star["fingerprint"]
    shutil.copy2(next(place.rglob("*.parquet")), place / "data" / "part-9.parquet")
    refused(desk, approval.id, ChangedSinceApprovalError, "files are not what was written")


def test_edited_adjustment_records(desk: Desk) -> None:
    approval = desk.approved()
    document = desk.process.evidence(approval.submission_id).document
    place = desk.folder / "workspace/stages" / document["adjustments"]["adj_deals"]["fingerprint"]
    lineage = json.loads((place / "_lineage.json").read_text())
    for file in (place / "data").iterdir():
        file.unlink()
    (place / "_lineage.json").write_text(json.dumps({**lineage, "files": {}}))
    refused(desk, approval.id, ChangedSinceApprovalError, "the adjustment records of operator")


def test_input_file_changed(desk: Desk) -> None:
    approval = desk.approved()
    (desk.inbox / "deals.csv").write_text("id,amount\n1,10.01\n")
    refused(desk, approval.id, ChangedSinceApprovalError, "is not what it was when the run read it")


def test_input_file_gone(desk: Desk) -> None:
    approval = desk.approved()
    (desk.inbox / "deals.csv").unlink()
    refused(desk, approval.id, ChangedSinceApprovalError, "can't be read any more")


def test_input_file_changed_before_the_approval(desk: Desk) -> None:
    submission = desk.submit()
    (desk.inbox / "deals.csv").write_text("id,amount\n1,10.01\n")
    with pytest.raises(ChangedSinceApprovalError, match="is not what it was when the run read it"):
        desk.approve(submission)
    assert desk.process.approvals() == []


def test_approval_replayed_for_another_submission(desk: Desk) -> None:
    approval, other = desk.approved(), desk.submit(rows=[("2025-12-31", "A", "Bank A", "99.00")])
    desk.sql("UPDATE documents SET state = 'approved' WHERE id = ?", other.id)
    desk.edit_body(approval.id, lambda body: body["document"].update(submission=other.id))
    refused(desk, approval.id, SignatureError, "or it was changed since")


def test_approval_replayed_under_another_id(desk: Desk) -> None:
    approval = desk.approved()
    desk.sql(
        "INSERT INTO documents SELECT 'apr-copy', kind, state, created_at, body FROM documents "
        "WHERE id = ?",
        approval.id,
    )
    refused(desk, "apr-copy", SignatureError, f"its document is that of {approval.id}")


def test_approval_carried_to_another_workspace(desk: Desk, tmp_path: Path) -> None:
    """Record, keys and all; but nobody submitted or approved anything there."""
    approval = desk.approved()
    (tmp_path / "other").mkdir()
    other = Desk(tmp_path / "other")
    here, there = desk.folder / "workspace", other.folder / "workspace"
    shutil.copytree(here / "stages", there / "stages", dirs_exist_ok=True)
    with sqlite3.connect(there / "records.db") as connection:
        connection.execute("ATTACH ? AS origin", [str(here / "records.db")])
        connection.execute("INSERT INTO documents SELECT * FROM origin.documents")
    connection.close()
    refused(other, approval.id, UntrustedKeyError, "the workspace has no key")
    shutil.copytree(here / "keys", there / "keys")
    refused(other, approval.id, AuditError, "is not the one that was signed as the log's head")
    assert other.nothing_was_published()
    other.workspace.records.close()


def test_another_submission_under_the_approved_id(desk: Desk) -> None:
    """The whole record of another submission is put in the place of the approved one."""
    approval, other = desk.approved(), desk.submit(rows=[("2025-12-31", "A", "Bank A", "99.00")])
    desk.sql(
        "UPDATE documents SET body = (SELECT body FROM documents WHERE id = ?) WHERE id = ?",
        other.id,
        approval.submission_id,
    )
    refused(desk, approval.id, SignatureError, f"its document is that of {other.id}")


def test_approval_inserted_by_hand(desk: Desk) -> None:
    """Everything signed as it should be, by keys that are there; but nobody's step made it."""
    made, submission = desk.approved(), desk.submit(name="other")
    ben = local_keys(desk).load("ben")
    document = {
        **made.signed.document,
        "approval": "apr-made",
        "submission": submission.id,
        "submission_digest": submission.signed.digest,
        "content_hash": submission.content_hash,
    }
    body = json.dumps(Signed.by(ben, document).to_json(), sort_keys=True)
    desk.sql(
        "INSERT INTO documents VALUES ('apr-made', 'approval', 'approved', '2026-01-15', ?)", body
    )
    desk.sql("UPDATE documents SET state = 'approved' WHERE id = ?", submission.id)
    refused(desk, "apr-made", AuditError, "tells of no such document that was approved")


def test_a_record_that_is_none(desk: Desk) -> None:
    approval = desk.approved()
    desk.sql("UPDATE documents SET body = '[]' WHERE id = ?", approval.id)
    refused(desk, approval.id, DamagedRecordError, "its record can't be read")


def test_a_document_without_its_parts(desk: Desk) -> None:
    approval = desk.approved()
    desk.edit_body(approval.id, lambda body: body["document"].pop("valid_until"))
    refused(desk, approval.id, SignatureError, "its document lacks a part")


def test_other_target(desk: Desk) -> None:
    place = {"reporting": "duckdb:/reports.duckdb"}
    approval = desk.approve(desk.submit(), targets=place)
    refused(
        desk, approval.id, WrongTargetError, r"is for reporting \(duckdb:/reports.duckdb\), not for"
    )


def test_other_target_under_the_approved_name(desk: Desk, tmp_path: Path) -> None:
    approval = desk.approve(desk.submit(), targets={"local": desk.target.identity})
    other = DuckDbTarget(tmp_path / "other.duckdb")
    with pytest.raises(WrongTargetError, match=r"is for local \(.*\), not for local \(.*other"):
        desk.publish(approval.id, target=other)
    assert not other.file.exists()


def test_expired_approval(desk: Desk) -> None:
    approval = desk.approved()
    desk.clock.pass_(days=30, seconds=1)
    refused(desk, approval.id, StaleApprovalError, "valid until 2026-02-14T09:00:00.000000Z")


def test_clock_set_back(desk: Desk) -> None:
    approval = desk.approved()
    desk.clock.pass_(minutes=-1)
    with pytest.raises(ClockError, match=r"the clock says 2026-01-15T08:59:00"):
        desk.publish(approval.id)
    with pytest.raises(ClockError, match="set the clock right; nothing was written"):
        desk.submit()
    assert len(desk.process.submissions()) == 1


def test_clock_set_back_between_entries_shows(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody whose clock was set back wrote an entry without the log's own check."""
    desk.submit()
    desk.clock.pass_(days=-1)
    with desk.workspace.records.transaction() as connection:
        log = desk.process.audit
        monkeypatch.setattr(log, "_following", lambda _, now: moment(now))
        log.append(connection, who="ann", what="x", subject="y", details={})
    with pytest.raises(AuditError, match="audit entry 2: is of 2026-01-14T09"):
        log.verify()


def test_unapproved_rule(desk: Desk) -> None:
    rule = {name: value for name, value in RULE.items() if name != "approval"}
    with pytest.raises(RuleNotApprovedError, match="rule 'R1': nobody approved it"):
        desk.submit(rule)


def test_rule_approved_tomorrow(desk: Desk) -> None:
    rule = {**RULE, "approval": {"user": "risk_admin", "timestamp": "2026-01-16T09:00:00Z"}}
    with pytest.raises(RuleNotApprovedError, match="later than now"):
        desk.submit(rule)


@pytest.mark.parametrize(
    ("dates", "message"),
    [
        ({"expiry_date": "2025-12-30"}, "expired on 2025-12-30, before the as-of date 2025-12-31"),
        ({"expiry_date": "2026-01-14"}, "expired on 2026-01-14, and today is 2026-01-15"),
        ({"effective_date": "2026-01-01"}, "takes effect on 2026-01-01, after the as-of date"),
    ],
)
def test_expired_rule(desk: Desk, dates: dict[str, str], message: str) -> None:
    with pytest.raises(RuleExpiredError, match=f"rule 'R1': {message}"):
        desk.submit({**RULE, **dates})
    assert desk.process.submissions() == []


def test_every_faulty_rule_is_named(desk: Desk) -> None:
    bare = {name: value for name, value in RULE.items() if name != "approval"}
    with pytest.raises(LiqbenchError) as caught:
        desk.submit({**bare, "rule_id": "R1"}, {**RULE, "rule_id": "R2"}, {**bare, "rule_id": "R3"})
    assert "'R1'" in str(caught.value)
    assert "'R2'" not in str(caught.value)
    assert "'R3'" in str(caught.value)


def test_unapproved_rule_in_the_dag_itself(desk: Desk) -> None:
    """A rule is no less a rule where the analyst wrote it into the DAG."""
    evidence = desk.evidence()
    document = json.loads(json.dumps(dict(evidence.document)))
    (adjust,) = (
        operator
        for operator in document["adjusted"]["dag"]["operators"]
        if operator["operator_type"] == "adjust"
    )
    del adjust["parameters"]["rules"][0]["approval"]
    with pytest.raises(RuleNotApprovedError, match="rule 'R1'"):
        desk.process.submit(replace(evidence, document=document), by="ann", comment="month end")


def test_rule_that_expires_before_it_is_published(desk: Desk) -> None:
    approval = desk.approved({**RULE, "expiry_date": "2026-01-20"})
    desk.clock.pass_(days=6)
    refused(desk, approval.id, RuleExpiredError, "expired on 2026-01-20")


def test_truncated_audit_log(desk: Desk) -> None:
    desk.submit()
    approval = desk.approved()
    assert desk.sql("DELETE FROM audit WHERE number >= 2") == 2
    refused(desk, approval.id, AuditTruncatedError, "ends with entry 1, but entry 2 was signed")


def test_truncated_audit_log_that_was_filled_up_again(desk: Desk) -> None:
    approval = desk.approved()
    desk.sql("DELETE FROM audit")
    desk.submit(name="other")
    refused(desk, approval.id, AuditError, "audit entry 1: is not the one that was signed")


def test_truncated_audit_log_without_the_approval_itself(desk: Desk) -> None:
    approval = desk.approved()
    assert desk.sql("DELETE FROM audit WHERE what = 'approved'") == 1
    refused(desk, approval.id, AuditError, "tells of no such document that was approved")


def test_audit_log_written_anew(desk: Desk) -> None:
    """An entry is changed, and the chain behind it calculated again; the approval has its head."""
    approval = desk.approved()
    previous = "0" * 64
    for entry in desk.process.audit.entries():
        values = {**vars(entry), "previous": previous}
        values["who"] = "cleo" if entry.number == 1 else entry.who
        del values["hash"]
        changed = hash_of(**values)
        desk.sql(
            "UPDATE audit SET who = ?, previous = ?, hash = ? WHERE number = ?",
            values["who"], previous, changed, entry.number,
        )  # fmt: skip
        previous = changed
    refused(desk, approval.id, AuditError, "audit entry 1: is not the one that was signed")


def test_approval_told_twice(desk: Desk) -> None:
    """A second entry of one approval, chained as it should be."""
    approval = desk.approved()
    (told,) = desk.process.audit.entries(what="approved")
    with desk.workspace.records.transaction() as connection:
        desk.process.audit.append(
            connection, who="ben", what=told.what, subject=told.subject, details=told.details
        )
    refused(desk, approval.id, AuditError, "tells of no such document that was approved")


def test_edited_audit_entry(desk: Desk) -> None:
    approval = desk.approved()
    assert desk.sql("UPDATE audit SET who = 'cleo' WHERE number = 2") == 1
    refused(desk, approval.id, AuditError, "audit entry 2: was changed")


def test_reordered_audit_log(desk: Desk) -> None:
    desk.submit(name="other")
    approval = desk.approved()
    for statement in ("-1 WHERE number = 1", "1 WHERE number = 2", "2 WHERE number = -1"):
        desk.sql(f"UPDATE audit SET number = {statement}")
    refused(desk, approval.id, AuditError, "audit entry 1: is out of place: it was written as")


def test_entry_removed_from_the_audit_log(desk: Desk) -> None:
    desk.submit(name="other")
    approval = desk.approved()
    desk.sql("DELETE FROM audit WHERE number = 1")
    refused(desk, approval.id, AuditError, "audit entry 1: was removed")


def test_direct_call_of_the_target_with_made_up_data(desk: Desk) -> None:
    genuine = desk.publications(desk.approved())[-1]
    made_up = Publication(
        **{
            name: getattr(genuine, name)
            for name in ("publish_id", "run_id", "content_sha", "scenario", "injection_point")
        },
        description="",
        as_of="2025-12-31",
        facts=genuine.facts,
    )
    with pytest.raises(NotApprovedError, match="no approval comes with it"):
        desk.target.publish((made_up,), name="local")
    assert desk.process.audit.entries(what=REFUSED) == []  # it knows no bench to tell
    desk.target.witness = desk.process.publisher
    for call in (desk.target.publish, desk.target.dry_run):
        with pytest.raises(NotApprovedError, match="no approval comes with it"):
            call((made_up,), name="local")
    told = desk.process.audit.entries(what=REFUSED)
    assert [(entry.who, entry.subject, entry.details["error"]) for entry in told] == [
        (this_account(), made_up.publish_id, "NotApprovedError")
    ] * 2


def test_a_bench_s_targets_tell_it_of_direct_calls(desk: Desk, tmp_path: Path) -> None:
    """Those that it was given, and those that were added since."""
    desk.clock.now = datetime.now(UTC)
    bare = replace(desk.publications(desk.approved())[-1], clearance=None)
    given, later = (DuckDbTarget(tmp_path / f"{n}.duckdb") for n in ("given", "later"))
    bench = Workbench(desk.folder / "workspace", session="local[1]", targets={"given": given})
    bench.targets["later"] = later
    for target in (given, bench.target("later"), bench.target()):
        with pytest.raises(NotApprovedError, match="no approval comes with it"):
            target.publish((bare,), name="x")
    bench.close()
    told = [entry.details["identity"] for entry in desk.process.audit.entries(what=REFUSED)]
    assert told == [given.identity, later.identity, bench.target().identity]
    assert not given.file.exists()
    assert not later.file.exists()


def test_a_clearance_made_by_hand(desk: Desk) -> None:
    """A genuine submission, an approval that nobody gave, and a class that looks like it."""
    genuine = desk.publications(desk.approved())[-1]
    assert genuine.clearance is not None
    forged = replace(genuine.clearance, approval=replace(genuine.clearance.approval, id="apr-0"))
    with pytest.raises(NotApprovedError, match="there is no such approval"):
        desk.target.publish((replace(genuine, clearance=forged),), name="local")

    class Waved(Clearance):
        def renew(self, **_: Any) -> Clearance:
            return self

    waved = Waved(**vars(genuine.clearance))
    with pytest.raises(NotApprovedError, match="no approval comes with it"):
        desk.target.publish((replace(genuine, clearance=waved),), name="local")


def test_direct_call_of_the_target_with_data_under_anothers_approval(
    desk: Desk, tmp_path: Path
) -> None:
    publications = desk.publications(desk.approved())
    file = tmp_path / "mine.parquet"
    shutil.copy2(publications[0].facts[0].files[0], file)
    fact = replace(publications[0].facts[0], files=(str(file),))
    swapped = replace(publications[0], facts=(fact,))
    with pytest.raises(NotApprovedError, match=r"it is not what apr-.* approves"):
        desk.target.publish((publications[1], swapped), name="local")
    (told,) = desk.process.audit.entries(what=REFUSED)
    assert (told.who, told.subject) == ("pat", swapped.publish_id)


def test_a_clearance_does_not_outlive_what_it_was_for(desk: Desk) -> None:
    """Between clearing and writing something changes; the target sees it."""
    publications = desk.publications(desk.approved())
    (desk.inbox / "deals.csv").write_text("id,amount\n1,10.01\n")
    with pytest.raises(ChangedSinceApprovalError, match="is not what it was when the run read it"):
        desk.target.publish(publications, name="local")
    (told,) = desk.process.audit.entries(what=REFUSED)
    assert told.details["error"] == "ChangedSinceApprovalError"


def test_local_trust_where_a_list_is_demanded(desk: Desk) -> None:
    approval = desk.approved()
    desk.target.demands_trust = True
    refused(desk, approval.id, LocalTrustError, "takes nothing that is approved by local trust")


def test_publishing_a_submission(desk: Desk) -> None:
    submission = desk.submit()
    refused(desk, submission.id, NotApprovedError, "this is a submission, and it is submitted")
    refused(desk, "apr-1", NotApprovedError, "there is no such approval")


def test_approval_of_a_rejected_submission(desk: Desk) -> None:
    submission = desk.submit()
    assert desk.process.reject(submission.id, by="ben", comment="too mild").state == "rejected"
    with pytest.raises(StateError) as caught:
        desk.approve(submission, by="cleo")
    assert str(caught.value) == (
        f"{submission.id}: is rejected, and only what is submitted can become approved"
    )
    assert desk.process.approvals() == []


def test_rejected_after_the_approval_behind_everybodys_back(desk: Desk) -> None:
    approval = desk.approved()
    desk.sql("UPDATE documents SET state = 'rejected' WHERE id = ?", approval.submission_id)
    refused(desk, approval.id, NotApprovedError, "its submission is rejected")


@pytest.mark.parametrize("comment", ["", "  \n"])
def test_comment_missing(desk: Desk, comment: str) -> None:
    with pytest.raises(CommentRequiredError, match="a comment is needed"):
        desk.process.submit(desk.evidence(), by="ann", comment=comment)
    submission = desk.submit()
    for step in (desk.process.approve, desk.process.reject):
        with pytest.raises(CommentRequiredError, match="the reason is read with the number"):
            step(submission.id, by="ben", comment=comment)
    assert desk.process.submission(submission.id).state == "submitted"


class Meeting:
    """Lets two people both look at a submission before either decides."""

    def __init__(self, desk: Desk) -> None:
        self._barrier = threading.Barrier(2, timeout=30)
        self._verified = desk.process.publisher.verified
        desk.process.publisher.verified = self.verified  # type: ignore[method-assign,assignment]

    def verified(self, *given: Any) -> Any:
        found = self._verified(*given)
        self.wait()
        return found

    def wait(self) -> None:
        self._barrier.wait()


def at_once(*steps: Callable[[], object]) -> list[object]:
    """Take the steps side by side; return what each returned or raised."""
    found: list[object] = [None] * len(steps)

    def take(place: int) -> None:
        try:
            found[place] = steps[place]()
        except LiqbenchError as error:
            found[place] = error

    threads = [threading.Thread(target=take, args=(place,)) for place in range(len(steps))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_two_approvers_at_once(desk: Desk) -> None:
    submission = desk.submit()
    Meeting(desk)
    found = at_once(
        lambda: desk.approve(submission, by="ben"), lambda: desk.approve(submission, by="cleo")
    )
    kinds = sorted(type(outcome).__name__ for outcome in found)
    assert kinds == ["Approval", "StateError"]
    (approval,) = desk.process.approvals()
    assert approval in found
    assert [entry.what for entry in desk.process.audit.entries()] == ["submitted", "approved"]
    desk.process.publisher.check_log()


def test_race_between_approval_and_edit(desk: Desk) -> None:
    """The record changes after the approver verified it and before the approval is written."""
    submission = desk.submit()
    meeting = Meeting(desk)

    def edit() -> None:
        with desk.workspace.records.transaction() as connection:  # nobody decides meanwhile
            meeting.wait()
            connection.exec_driver_sql(
                "UPDATE documents SET body = replace(body, '\"value\": 0.95', '\"value\": 0.99')"
            )

    approved, _ = at_once(lambda: desk.approve(submission), edit)
    assert isinstance(approved, StateError)
    assert "was changed while it was looked at" in str(approved)
    assert desk.process.approvals() == []
    assert [entry.what for entry in desk.process.audit.entries()] == ["submitted"]


def test_rejection_and_approval_at_once(desk: Desk) -> None:
    submission = desk.submit()
    barrier = threading.Barrier(2, timeout=30)

    def approve() -> Approval:
        barrier.wait()
        return desk.approve(submission, by="ben")

    def reject() -> Submission:
        barrier.wait()
        return desk.process.reject(submission.id, by="cleo", comment="no")

    found = at_once(approve, reject)
    assert sum(isinstance(outcome, StateError) for outcome in found) == 1
    assert len(desk.process.audit.entries()) == 2
    desk.process.publisher.check_log()
