"""Withdrawals: who, why, what goes with it, what the log tells, and the way back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
from tests.governance.desk import RULE, START, Desk, Row
from tests.governance.test_commands import called

from liqbench import DuckDbTarget, Workbench
from liqbench.errors import (
    AuditError,
    ClockError,
    CommentRequiredError,
    GovernanceError,
    IdentityError,
    KeyFileError,
    PublicationError,
    UnknownResultError,
    WrongTargetError,
)
from liqbench.governance import (
    Approval,
    GovernanceSettings,
    TrustList,
    TrustSettings,
    Withdrawal,
)
from liqbench.governance.audit import REFUSED, WITHDRAWN
from liqbench.governance.identity import account
from liqbench.governance.keys import KeyFolder
from liqbench.governance.pack import verify_pack, write_pack
from liqbench.governance.trust import save_signed
from liqbench.governance.withdrawals import check_signature, document_of
from liqbench.warehouse.errors import WithdrawnError

OTHER_RULE = {**RULE, "rule_id": "R2", "reason": "milder"}


def row(amount: str) -> list[Row]:
    return [("2025-12-31", "A", "Bank A", amount)]


def approved(desk: Desk, base: str, adjusted: str, name: str = "stress") -> Approval:
    """Approve a variant whose baseline has one amount, and whose own is another one."""
    before, after = desk.evidence(rows=row(base)), desk.evidence(rows=row(adjusted), name=name)
    document = {**after.document, "baseline": before.document["baseline"]}
    submission = desk.process.submit(replace(after, document=document), by="ann", comment="x")
    return desk.approve(submission)


def sharing(desk: Desk, other: Approval, adjusted: str, name: str) -> Approval:
    """Approve a variant of the same baseline."""
    evidence = desk.evidence(OTHER_RULE, rows=row(adjusted), name=name)
    baseline = desk.process.evidence(other.submission_id).document["baseline"]
    document = {**evidence.document, "baseline": baseline}
    submission = desk.process.submit(replace(evidence, document=document), by="ann", comment="x")
    return desk.approve(submission)


def money(*told: tuple[str, str]) -> list[tuple[str, Decimal]]:
    return [(variant, Decimal(amount)) for variant, amount in told]


def test_reports_show_what_was_there_before_the_publication(desk: Desk) -> None:
    desk.publish(approved(desk, "10.00", "9.00").id)
    before = desk.shown()
    assert before == money(("Base", "10.00"), ("stress@deals", "9.00"))
    receipt = desk.publish(approved(desk, "20.00", "19.00").id)
    assert desk.shown() == money(("Base", "20.00"), ("stress@deals", "19.00"))
    done = desk.withdraw(receipt.publish_id)
    assert desk.shown() == before
    assert (done.new, done.by, done.reason, len(done.publications)) == (
        True, "ben", "wrong rates", 2,
    )  # fmt: skip
    kept = desk.target.query("SELECT count(*) AS n FROM fact_position")
    assert list(kept["n"]) == [4]


def test_a_baseline_goes_with_the_last_variant_that_was_published_with_it(desk: Desk) -> None:
    first = approved(desk, "10.00", "9.00")
    second = sharing(desk, first, "8.00", "mild")
    one, two = desk.publish(first.id), desk.publish(second.id)
    assert two.rows == {"fact_position": 1, "lq_adjustment": 1}  # the baseline was there
    done = desk.withdraw(one.publish_id)
    assert (len(done.publications), len(done.kept)) == (1, 1)
    assert desk.shown() == money(("Base", "10.00"), ("mild@deals", "8.00"))
    done = desk.withdraw(two.publish_id)
    assert (len(done.publications), done.kept) == (2, ())
    assert desk.shown() == []


def test_a_baseline_is_not_withdrawn_by_itself(desk: Desk) -> None:
    receipt = desk.publish(approved(desk, "10.00", "9.00").id)
    (entry,) = desk.process.audit.entries(what="published")
    base = entry.details["publications"][0]["publish_id"]
    with pytest.raises(GovernanceError, match=f"this is a baseline.*withdraw {receipt.publish_id}"):
        desk.withdraw(base)
    assert desk.process.audit.entries(what=WITHDRAWN) == []


def test_the_log_tells_who_and_why_with_a_signature(desk: Desk) -> None:
    approval = desk.approved()
    receipt = desk.publish(approval.id)
    desk.clock.pass_(hours=1)
    desk.withdraw(receipt.publish_id, " wrong rates ", by=" ben ")
    (entry,) = desk.process.audit.entries(what=WITHDRAWN)
    assert (entry.who, entry.subject) == ("ben", receipt.publish_id)
    told = document_of(entry)
    assert told["reason"] == "wrong rates"
    assert told["approval"] == approval.id
    assert told["identity"] == desk.target.identity
    assert told["at"] == "2026-01-15T10:00:00.000000Z"
    assert (
        check_signature(entry)
        == KeyFolder(desk.folder / "workspace" / "keys", lambda: None).load("ben").key_id
    )
    assert desk.process.publisher.check_log().number == 4
    found = desk.target.query("SELECT withdrawn_by, reason FROM lq_withdrawal")
    assert list(found.itertuples(index=False, name=None)) == [("ben", "wrong rates")] * 2


def test_a_withdrawal_that_was_edited_shows(desk: Desk) -> None:
    receipt = desk.publish(desk.approved().id)
    desk.withdraw(receipt.publish_id)
    desk.sql("UPDATE audit SET details = replace(details, 'wrong rates', 'fat finger')")
    with pytest.raises(AuditError, match="audit entry 4: was changed"):
        desk.process.audit.verify()
    (entry,) = desk.process.audit.entries(what=WITHDRAWN)
    with pytest.raises(GovernanceError, match="its signature is not that of the key"):
        check_signature(entry)


def test_a_second_withdrawal_changes_nothing(desk: Desk) -> None:
    receipt = desk.publish(desk.approved().id)
    first = desk.withdraw(receipt.publish_id)
    again = desk.withdraw(receipt.publish_id, "other words", by="cleo")
    assert again == replace(first, new=False)
    assert str(again).endswith("withdrawn by ben: wrong rates, with its baseline "
                               f"{first.publications[1][:12]}, before this call")  # fmt: skip
    assert len(desk.process.audit.entries(what=WITHDRAWN)) == 1


def test_a_note_that_was_lost_is_made_by_the_next(desk: Desk) -> None:
    """The process dies between the warehouse's commit and the note."""
    receipt = desk.publish(desk.approved().id)
    order = desk.process.withdrawals.order(
        receipt.publish_id, reason="wrong rates", by="ben", target=desk.target
    )
    assert desk.target.withdraw(order).new
    assert desk.process.audit.entries(what=WITHDRAWN) == []
    assert not desk.withdraw(receipt.publish_id, "is it gone?", by="cleo").new
    (entry,) = desk.process.audit.entries(what=WITHDRAWN)
    told = document_of(entry)
    assert (entry.who, told["withdrawn_by"], told["reason"]) == ("cleo", "ben", "wrong rates")


def test_what_was_withdrawn_is_not_published_again_under_its_approval(desk: Desk) -> None:
    approval = desk.approved()
    receipt = desk.publish(approval.id)
    desk.withdraw(receipt.publish_id)
    before = desk.shown()
    with pytest.raises(WithdrawnError, match=r"after it was approved.*submit and approve"):
        desk.publish(approval.id)
    assert desk.shown() == before == []
    (entry,) = desk.process.audit.entries(what=REFUSED)
    assert (entry.who, entry.details["error"]) == ("pat", "WithdrawnError")


def test_a_new_approval_of_the_same_figures_brings_them_back_as_a_new_publication(
    desk: Desk,
) -> None:
    first = desk.approved()
    old = desk.publish(first.id)
    desk.withdraw(old.publish_id)
    evidence = desk.process.evidence(first.submission_id)
    submission = desk.process.submit(evidence, by="ann", comment="they were right after all")
    approval = desk.approve(submission)
    new = desk.publish(approval.id)
    assert new.new
    # By hand: the id that follows is the hash of the first one's identity and the first one.
    document = evidence.document["adjusted"]
    sha = hashed([document["dag_hash"], document["results"], "2025-12-31"])
    identity = f"{sha}|stress|deals|{desk.target.identity}"
    assert old.publish_id == hashed(identity)
    assert new.publish_id == hashed(f"{identity}|{old.publish_id}")
    assert desk.shown() == money(("Base", "10.00"), ("stress@deals", "10.00"))
    assert not desk.publish(approval.id).new
    with pytest.raises(WithdrawnError):
        desk.publish(first.id)
    desk.withdraw(new.publish_id)
    assert desk.shown() == []
    assert len(desk.target.query("SELECT * FROM lq_ledger")) == 4


def hashed(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_variants_of_a_withdrawn_baseline_need_a_new_approval(desk: Desk) -> None:
    first = approved(desk, "10.00", "9.00")
    waiting = sharing(desk, first, "8.00", "mild")
    desk.withdraw(desk.publish(first.id).publish_id)
    with pytest.raises(WithdrawnError):
        desk.publish(waiting.id)
    assert desk.shown() == []


def test_a_withdrawal_by_other_means_is_told_by_the_warehouse(desk: Desk) -> None:
    """Another bench's log doesn't tell it, but the warehouse knows."""
    approval = desk.approved()
    receipt = desk.publish(approval.id)
    desk.target._protocol.withdraw((receipt.publish_id,), reason="fire", by="dba")
    with pytest.raises(WithdrawnError, match="by dba: fire"):
        desk.publish(approval.id)
    done = desk.withdraw(receipt.publish_id, "note it")
    assert (done.new, done.publications) == (False, (receipt.publish_id,))  # not the baseline
    submission = desk.process.submit(
        desk.process.evidence(approval.submission_id), by="ann", comment="again"
    )
    assert desk.publish(desk.approve(submission).id).new


def test_a_withdrawal_needs_a_reason_a_publication_and_its_warehouse(
    desk: Desk, tmp_path: Path
) -> None:
    receipt = desk.publish(desk.approved().id)
    with pytest.raises(CommentRequiredError, match="a withdrawal needs its reason"):
        desk.withdraw(receipt.publish_id, " ")
    for unknown in ("0" * 64, receipt.publish_id[:7], ""):
        with pytest.raises(UnknownResultError, match="there is no one publication"):
            desk.withdraw(unknown)
    other = DuckDbTarget(tmp_path / "other.duckdb")
    with pytest.raises(WrongTargetError, match=r"published to duckdb:.*not to duckdb:.*other"):
        desk.withdraw(receipt.publish_id, target=other)
    desk.clock.pass_(days=-1)
    with pytest.raises(ClockError):
        desk.withdraw(receipt.publish_id)
    assert desk.process.audit.entries(what=WITHDRAWN) == []
    assert len(desk.target.query("SELECT * FROM lq_withdrawal")) == 0


def test_an_order_holds_for_what_the_log_tells(desk: Desk) -> None:
    receipt = desk.publish(desk.approved().id)
    order = desk.process.withdrawals.order(
        receipt.publish_id, reason="wrong rates", by="ben", target=desk.target
    )
    desk.sql("UPDATE audit SET who = 'zoe' WHERE number = 1")
    with pytest.raises(AuditError, match="audit entry 1: was changed"):
        desk.target.withdraw(order)
    with pytest.raises(GovernanceError, match="no order comes with this withdrawal"):
        desk.target.withdraw(cast("Withdrawal", object()))
    assert len(desk.target.query("SELECT * FROM lq_withdrawal")) == 0


# --- the bench and its commands -----------------------------------------------------------------


@pytest.fixture
def bench(desk: Desk) -> Iterator[Workbench]:
    desk.clock.now = datetime.now(UTC)
    desk.workspace.records.close()
    bench = Workbench(desk.folder / "workspace", session="local[1]")
    yield bench
    bench.close()


def test_a_receipt_is_rolled_back_by_a_person(desk: Desk, bench: Workbench) -> None:
    receipt = bench.publish(desk.approved().id)
    with pytest.raises(IdentityError, match="names the person"):
        receipt.rollback("wrong rates")
    with pytest.raises(PublicationError, match="doesn't know its bench"):
        replace(receipt, bench=None).rollback("wrong rates", by="ben")
    assert receipt.rollback("wrong rates", by="ben").new
    assert not bench.withdraw(receipt.publish_id[:12], reason="again", by="ben").new
    (entry,) = desk.process.audit.entries(what=WITHDRAWN)
    assert entry.who == "ben"
    assert "spark" not in vars(bench)


def test_who_withdraws_is_asked_of_the_configured_identity(desk: Desk) -> None:
    desk.clock.now = datetime.now(UTC)
    approval = desk.approved()
    settings = GovernanceSettings(identity="os")
    bench = Workbench(desk.folder / "workspace", session="local[1]", governance=settings)
    receipt = bench.publish(approval.id)
    with pytest.raises(IdentityError, match="who can't act as somebody"):
        receipt.rollback("wrong rates", by="somebody")
    assert receipt.rollback("wrong rates").by == account()
    bench.close()


def test_a_key_that_can_not_be_opened_is_told_before_anything_is_done(tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path / "keys", lambda: "hush")
    administrator = keys.new("administrator")
    for person in ("ben", "cleo"):
        keys.new(person, encrypted=person == "cleo")
    file = tmp_path / "trust.json"
    day_before = START - timedelta(days=1)
    save_signed(TrustList().trust(keys.load("ben").card, day_before), file, administrator)
    settings = TrustSettings(path=file, administrator=administrator.card.public.raw.hex())
    desk = Desk(tmp_path, GovernanceSettings(trust=settings, keys=keys.folder))
    receipt = desk.publish(desk.approved().id)
    with pytest.raises(KeyFileError, match="can't be opened"):
        desk.withdraw(receipt.publish_id, by="cleo")
    assert len(desk.target.query("SELECT * FROM lq_withdrawal")) == 0
    assert desk.withdraw(receipt.publish_id, by="dora").new  # who has no key
    (entry,) = desk.process.audit.entries(what=WITHDRAWN)
    assert check_signature(entry) == ""
    desk.workspace.records.close()


def test_audit_show_tells_the_withdrawal_of_both(desk: Desk) -> None:
    receipt = desk.publish(desk.approved().id)
    done = desk.withdraw(receipt.publish_id)
    key = KeyFolder(desk.folder / "workspace" / "keys", lambda: None).load("ben").key_id
    for publish_id in done.publications:
        code, text = called("audit", "show", publish_id, "-w", desk.folder / "workspace")
        assert code == 0, text
        told = f"withdrawn {done.at.isoformat()}Z by ben: wrong rates signature key {key} as it is"
        assert told in text


def test_an_evidence_pack_has_the_withdrawal_and_it_is_verified(desk: Desk) -> None:
    approval = desk.approved()
    desk.withdraw(desk.publish(approval.id).publish_id)
    desk.submit(name="other")  # nothing of the pack's
    found = verify_pack(write_pack(desk.process, approval.id, desk.folder / "pack.zip"))
    assert found.holds
    (told,) = (text for heading, text in found.story if heading == "withdrawn")
    assert told.endswith("by ben: wrong rates")
