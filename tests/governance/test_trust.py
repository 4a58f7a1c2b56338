"""Configured trust: whose signature counts, and lists that must not be believed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from tests.governance.desk import START, Desk

from liqbench import DuckDbTarget
from liqbench.errors import (
    FourEyesError,
    KeyFileError,
    LocalTrustError,
    RevokedKeyError,
    SignatureError,
    TrustListError,
    UntrustedKeyError,
)
from liqbench.governance import GovernanceSettings, TrustList, TrustSettings
from liqbench.governance.keys import KeyFolder, PersonKey
from liqbench.governance.signatures import Signed
from liqbench.governance.trust import changeable, save_signed


@dataclass
class Bank:
    """A desk with a list that an administrator signs, and the keys of all of them."""

    desk: Desk
    keys: KeyFolder
    administrator: PersonKey
    file: Path

    @property
    def settings(self) -> TrustSettings:
        return TrustSettings(path=self.file, administrator=self.administrator.card.public.raw.hex())

    def trust(self, *people: str) -> None:
        """Begin the list with these people."""
        held = TrustList()
        for person in people:
            held = held.trust(self.keys.load(person).card, START - timedelta(days=1))
        save_signed(held, self.file, self.administrator)

    def change(self, held: TrustList) -> None:
        save_signed(held, self.file, self.administrator)


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    keys = KeyFolder(tmp_path / "keys", lambda: None)
    people = {name: keys.new(name) for name in ("administrator", "ann", "ben", "cleo")}
    administrator, file = people["administrator"], tmp_path / "trust.json"
    pinned = administrator.card.public.raw.hex()
    settings = GovernanceSettings(
        trust=TrustSettings(path=file, administrator=pinned), keys=keys.folder
    )
    desk = Desk(tmp_path, settings)
    desk.target.demands_trust = True
    bank = Bank(desk, keys, administrator, file)
    bank.trust("ben")
    yield bank
    desk.workspace.records.close()


def test_what_a_trusted_person_approved_is_published(bank: Bank) -> None:
    approval = bank.desk.approved()
    assert approval.trust == "listed"
    assert approval.key_id == bank.keys.load("ben").key_id
    receipt = bank.desk.publish(approval.id)
    assert receipt.new
    assert "local trust" not in str(receipt) + str(approval)
    whats = [entry.what for entry in bank.desk.process.audit.entries()]
    assert whats == ["submitted", "trust list seen", "approved", "published"]


def test_an_author_needs_no_key(bank: Bank) -> None:
    bank.keys.file("ann").unlink()
    submission = bank.desk.submit()
    assert submission.key_id == ""
    assert bank.desk.publish(bank.desk.approve(submission).id).new


def test_an_author_without_a_key_is_not_renamed_in_the_record(bank: Bank) -> None:
    """Nothing is signed, but the audit log tells what was submitted."""
    bank.keys.file("ann").unlink()
    submission = bank.desk.submit()
    bank.desk.edit_body(
        submission.id, lambda body: body["submission"]["document"].update(author="zoe")
    )
    with pytest.raises(Exception, match="no such document that was submitted"):
        bank.desk.approve(submission)


def test_unknown_key(bank: Bank) -> None:
    submission = bank.desk.submit()
    with pytest.raises(UntrustedKeyError, match="is not on the list as that of cleo"):
        bank.desk.approve(submission, by="cleo")
    with pytest.raises(KeyFileError, match="dora has no key here"):
        bank.desk.approve(submission, by="dora")
    assert bank.desk.process.approvals() == []


def test_unknown_key_in_the_record(bank: Bank) -> None:
    """Cleo, whom nobody trusts, signs in Ben's name with her own key."""
    approval, cleo = bank.desk.approved(), bank.keys.load("cleo")
    document = {**approval.signed.document, "key_id": cleo.key_id}
    bank.desk.edit_body(approval.id, lambda body: body.update(Signed.by(cleo, document).to_json()))
    with pytest.raises(UntrustedKeyError, match="is not on the list as that of ben"):
        bank.desk.publish(approval.id)
    body = Signed.by(cleo, approval.signed.document).to_json()
    bank.desk.edit_body(approval.id, lambda old: old.update(body))
    with pytest.raises(SignatureError, match="not that of the key"):
        bank.desk.publish(approval.id)
    assert bank.desk.nothing_was_published()


def test_revoked_key(bank: Bank) -> None:
    """What it approved before it was revoked isn't published either."""
    desk, ben = bank.desk, bank.keys.load("ben")
    approval = desk.approved()
    desk.clock.pass_(hours=1)
    bank.change(bank.settings.load().revoke(ben.key_id, desk.clock()))
    with pytest.raises(RevokedKeyError, match="of ben was revoked at 2026-01-15T10:00:00"):
        desk.publish(approval.id)
    with pytest.raises(RevokedKeyError):
        desk.approve(desk.submit(name="other"))
    assert desk.nothing_was_published()
    seen = desk.process.audit.entries(what="trust list seen")
    assert [entry.details["number"] for entry in seen] == [1, 2]
    assert seen[1].details["keys"] == {ben.key_id: "2026-01-15T10:00:00.000000Z"}


def test_an_old_list_put_back(bank: Bank) -> None:
    """It is signed all right, and still has the key that was revoked since."""
    desk, ben = bank.desk, bank.keys.load("ben")
    approval, old = desk.approved(), bank.file.read_bytes()
    bank.change(bank.settings.load().revoke(ben.key_id, desk.clock()))
    with pytest.raises(RevokedKeyError):
        desk.publish(approval.id)
    bank.file.write_bytes(old)
    with pytest.raises(TrustListError, match="has number 1, but number 2 was seen before"):
        desk.publish(approval.id)
    assert desk.nothing_was_published()


def test_a_key_that_was_trusted_only_afterwards(bank: Bank) -> None:
    desk, approval = bank.desk, bank.desk.approved()
    later = TrustList(number=1).trust(bank.keys.load("ben").card, START + timedelta(hours=1))
    bank.change(later)
    desk.clock.pass_(hours=2)
    with pytest.raises(UntrustedKeyError, match="trusted only after it signed"):
        desk.publish(approval.id)


def test_list_extended_by_the_analyst_in_the_signed_file(bank: Bank) -> None:
    signed = json.loads(bank.file.read_text())
    signed["list"] = (
        TrustList.from_json(signed["list"]).trust(bank.keys.load("cleo").card, START).to_json()
    )
    bank.file.write_text(json.dumps(signed))
    with pytest.raises(TrustListError, match="not that of the administrator's key"):
        bank.desk.approve(bank.desk.submit(), by="cleo")


def test_list_signed_by_the_analyst(bank: Bank) -> None:
    cleo = bank.keys.load("cleo")
    save_signed(TrustList().trust(cleo.card, START), bank.file, cleo)
    with pytest.raises(TrustListError, match="not that of the administrator's key"):
        bank.desk.approve(bank.desk.submit(), by="cleo")


def test_list_with_a_bad_signature(bank: Bank) -> None:
    signed = json.loads(bank.file.read_text())
    for wrong in ("", "00" * 64, "no hex", signed["signature"][:-2]):
        bank.file.write_text(json.dumps({**signed, "signature": wrong}))
        with pytest.raises(TrustListError, match="not that of the administrator's key"):
            bank.settings.load()


def test_unsigned_list_where_a_signed_one_is_configured(bank: Bank) -> None:
    bank.file.write_text(json.dumps(TrustList().to_json()))
    with pytest.raises(TrustListError, match="the list is not signed"):
        bank.desk.approve(bank.desk.submit())


def test_list_that_the_analyst_may_write(bank: Bank) -> None:
    bank.file.write_text(json.dumps(TrustList().trust(bank.keys.load("ben").card, START).to_json()))
    bank.file.chmod(0o444)  # its owner can take that back
    process = bank.desk.process_with(trust=TrustSettings(path=bank.file))
    submission = bank.desk.submit()
    with pytest.raises(TrustListError, match="this process could change the list itself"):
        process.approve(submission.id, by="ben", comment="agreed")


@pytest.fixture
def of_another_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A list in a folder that is nobody's but the account's that this process then isn't."""
    folder = tmp_path / "etc"
    folder.mkdir(mode=0o755)
    file = folder / "trust.json"
    file.touch(0o644)
    folder.chmod(0o755)
    file.chmod(0o644)
    everybody = os.geteuid() + 54_321
    monkeypatch.setattr(os, "geteuid", lambda: everybody)
    return file


def test_list_that_this_process_has_no_way_to_change(bank: Bank, of_another_account: Path) -> None:
    trusted = TrustList().trust(bank.keys.load("ben").card, START - timedelta(days=1))
    of_another_account.write_text(json.dumps(trusted.to_json()))
    settings = TrustSettings(path=of_another_account)
    assert settings.load() == trusted
    process = bank.desk.process_with(trust=settings)
    submission = process.submit(bank.desk.evidence(), by="ann", comment="month end")
    approval = process.approve(submission.id, by="ben", comment="agreed")
    assert bank.desk.publish(approval.id, process=process).new


def test_a_folder_or_link_in_others_hands_is_told(of_another_account: Path, tmp_path: Path) -> None:
    assert changeable(of_another_account) is None
    of_another_account.chmod(0o664)
    assert changeable(of_another_account) == of_another_account
    of_another_account.chmod(0o644)
    of_another_account.parent.chmod(0o775)
    assert changeable(of_another_account) == of_another_account.parent
    of_another_account.parent.chmod(0o1777)
    assert changeable(of_another_account) is None
    link = tmp_path / "link.json"
    link.symlink_to(of_another_account)
    with pytest.raises(TrustListError, match="leads over a link"):
        changeable(link)


@pytest.mark.parametrize("text", ["", "[]", '{"schema": "liqtrust/2"}'])
def test_a_list_that_is_none(bank: Bank, text: str) -> None:
    bank.file.write_text(text)
    with pytest.raises(TrustListError):
        bank.settings.load()


def test_a_list_that_contradicts_itself(bank: Bank) -> None:
    (entry,) = bank.settings.load().people
    renamed = entry.model_copy(update={"person": "cleo"})
    other_id = entry.model_copy(update={"key_id": "0123456789abcdef"})
    for people, message in (
        ((entry, renamed), "is there more than once"),
        ((other_id,), "doesn't have the id"),
        ((entry.model_copy(update={"public_key": "00"}),), "is no public key"),
    ):
        bank.change(TrustList(number=1, people=people))
        with pytest.raises(TrustListError, match=message):
            bank.settings.load()


def test_same_key_under_two_names(bank: Bank) -> None:
    """Ann keeps Ben's key file as her own, and submits with it."""
    shutil.copy2(bank.keys.file("ben"), bank.keys.file("ann"))
    with pytest.raises(FourEyesError, match="ben has the key of ann"):
        bank.desk.approve(bank.desk.submit())


def test_what_local_trust_approved_counts_nowhere_else(bank: Bank) -> None:
    local = bank.desk.process_with(trust=None)
    submission = local.submit(bank.desk.evidence(), by="ann", comment="month end")
    approval = local.approve(submission.id, by="ben", comment="agreed")
    with pytest.raises(LocalTrustError, match="by local trust, and here only listed counts"):
        bank.desk.publish(approval.id)
    with pytest.raises(LocalTrustError, match="takes nothing that is approved by local trust"):
        bank.desk.publish(approval.id, process=local)
    assert bank.desk.nothing_was_published()


def test_a_target_asks_its_own_list(bank: Bank, tmp_path: Path) -> None:
    """The bench trusts whom it likes; the warehouse trusts nobody yet."""
    approval = bank.desk.approved()
    own = tmp_path / "warehouse-trust.json"
    save_signed(TrustList(), own, bank.administrator)
    pinned = bank.administrator.card.public.raw.hex()
    target = DuckDbTarget(
        tmp_path / "own.duckdb", trust=TrustSettings(path=own, administrator=pinned)
    )
    with pytest.raises(UntrustedKeyError):
        target.publish(bank.desk.publications(approval), name="local")
    assert not target.file.exists()


def test_a_revoked_key_stays_revoked(bank: Bank) -> None:
    ben = bank.keys.load("ben")
    revoked = bank.settings.load().revoke(ben.key_id, START)
    with pytest.raises(TrustListError, match="a revoked key stays revoked"):
        revoked.trust(ben.card, START)
    with pytest.raises(TrustListError, match="there is no trusted key"):
        revoked.revoke(ben.key_id, START)
