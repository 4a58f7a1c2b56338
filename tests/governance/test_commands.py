"""``liqbench keys`` and ``liqbench audit``, called as a user calls them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.governance.desk import Desk
from typer.testing import CliRunner

from liqbench.cli import app
from liqbench.governance import GovernanceSettings, TrustSettings
from liqbench.governance.keys import KeyFolder


@pytest.fixture(autouse=True)
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeyFolder:
    monkeypatch.setenv("LIQBENCH_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("LIQBENCH_KEY_PASSPHRASE", "correct horse")
    return KeyFolder(tmp_path / "keys")


def called(*args: str | Path) -> tuple[int, str]:
    """Run the command; return its exit code and all that it printed, in one line."""
    result = CliRunner().invoke(app, [str(arg) for arg in args])
    return result.exit_code, " ".join(result.output.split())


def made(text: str) -> tuple[str, str]:
    """Return key id and public key of what ``keys new`` said."""
    match = re.search(r"key (\w{16}) of .*public key: (\w{64})", text)
    assert match, text
    return match[1], match[2]


def test_keys_are_made_listed_and_encrypted(keys: KeyFolder) -> None:
    code, text = called("keys", "new", "ann")
    assert code == 0
    key_id, public = made(text)
    assert keys.load("ann").card.public.raw.hex() == public
    assert b"ENCRYPTED" in keys.file("ann").read_bytes()
    assert called("keys", "list") == (0, f"{key_id} ann")
    code, text = called("keys", "new", "ann")
    assert code == 1
    assert text.startswith("KeyFileError")
    code, _ = called("keys", "new", "ben", "--no-encrypt")
    assert code == 0
    assert b"ENCRYPTED" not in keys.file("ben").read_bytes()


def test_a_passphrase_may_be_typed(keys: KeyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIQBENCH_KEY_PASSPHRASE")
    result = CliRunner().invoke(app, ["keys", "new", "ann"], input="open sesame\nopen sesame\n")
    assert result.exit_code == 0
    assert "sesame" not in result.output
    monkeypatch.setenv("LIQBENCH_KEY_PASSPHRASE", "open sesame")
    assert keys.load("ann").card.person == "ann"


def test_an_administrator_keeps_the_list(keys: KeyFolder, tmp_path: Path) -> None:
    _, public = made(called("keys", "new", "admin")[1])
    ann, _ = made(called("keys", "new", "ann")[1])
    file = tmp_path / "trust.json"
    signing = ("--list", file, "--administrator", "admin")
    code, text = called("keys", "trust", keys.card_file(ann), *signing)
    assert code == 0, text
    assert f"ann is trusted with the key {ann}" in text
    pinned = TrustSettings(path=file, administrator=public)
    assert [(entry.person, entry.key_id) for entry in pinned.load().people] == [("ann", ann)]
    code, text = called("keys", "revoke", ann, *signing)
    assert code == 0, text
    entry = pinned.load().entry(ann)
    assert entry is not None
    assert entry.revoked_at is not None
    assert pinned.load().number == 2
    code, text = called("keys", "list", "--list", file, "--administrator", public)
    assert code == 0
    assert re.match(rf"list number 2 {ann} ann trusted \S+, revoked \S+Z", text)
    code, text = called("keys", "list", "--list", file)
    assert code == 1
    assert "this process could change the list itself" in text


def test_a_list_of_another_administrator_is_not_gone_on_with(
    keys: KeyFolder, tmp_path: Path
) -> None:
    made(called("keys", "new", "admin")[1])
    ann, _ = made(called("keys", "new", "ann")[1])
    file = tmp_path / "trust.json"
    card = keys.card_file(ann)
    assert called("keys", "trust", card, "--list", file, "--administrator", "admin")[0] == 0
    before = file.read_bytes()
    code, text = called("keys", "revoke", ann, "--list", file, "--administrator", "ann")
    assert code == 1
    assert "not that of the administrator's key" in text
    assert file.read_bytes() == before


def test_the_list_of_the_command_is_the_one_that_the_bench_reads(
    keys: KeyFolder, tmp_path: Path
) -> None:
    _, public = made(called("keys", "new", "admin")[1])
    ben, _ = made(called("keys", "new", "ben")[1])
    file = tmp_path / "trust.json"
    called("keys", "trust", keys.card_file(ben), "--list", file, "--administrator", "admin")
    pinned = TrustSettings(path=file, administrator=public)
    desk = Desk(tmp_path, GovernanceSettings(trust=pinned))
    desk.clock.now = datetime.now(UTC)
    approval = desk.approved()
    receipt = desk.publish(approval.id)
    assert receipt.new
    desk.workspace.records.close()
    show = ("audit", "show", receipt.publish_id, "-w", desk.folder / "workspace")
    signature = f"signature key {approval.key_id}, "
    assert f"{signature}not checked: --trust names the list" in called(*show)[1]
    told = called(*show, "--trust", file, "--administrator", public)
    assert f"{signature}holds {approval.signed.signature}" in told[1]
    assert called(*show, "--administrator", public)[0] == 2


def test_audit_verify_leaves_with_0_or_1(desk: Desk) -> None:
    desk.publish(desk.approved().id)
    place = desk.folder / "workspace"
    code, text = called("audit", "verify", "-w", place)
    head = desk.process.audit.verify()
    assert code == 0
    assert text == f"3 entries, all as they were written head: 3:{head.hash}"
    assert called("audit", "verify", "-w", place, "--head", f"3:{head.hash}")[0] == 0
    desk.sql("DELETE FROM audit WHERE number = 3")
    code, text = called("audit", "verify", "-w", place, "--head", f"3:{head.hash}")
    assert code == 1
    assert text.startswith("AuditTruncatedError the log ends with entry 2, but entry 3 was signed")
    desk.sql("UPDATE audit SET who = 'zoe' WHERE number = 1")
    code, text = called("audit", "verify", "-w", place)
    assert code == 1
    assert text.startswith("AuditError audit entry 1: was changed")
    assert called("audit", "verify", "-w", place, "--head", "three")[0] == 1


def test_audit_of_a_folder_that_is_no_workspace_makes_none(tmp_path: Path) -> None:
    code, text = called("audit", "verify", "-w", tmp_path / "typo")
    assert code == 1
    assert "is no workspace" in text
    assert not (tmp_path / "typo").exists()


def test_audit_show_tells_the_story_of_a_publication(desk: Desk) -> None:
    approval = desk.approved()
    receipt = desk.publish(approval.id)
    place = desk.folder / "workspace"
    code, text = called("audit", "show", receipt.publish_id, "-w", place)
    assert code == 0, text
    snapshot = desk.process.evidence(approval.submission_id).document["adjusted"]["inputs"]["deals"]
    in_order = [
        f"input deals: csv 'deals.csv' in {desk.inbox}, snapshot {snapshot[0][:12]}",
        "run run-1, as of 2025-12-31",
        "rule R1, approved by risk_admin at 2025-12-15T09:00:00+00:00: on every row: multiply "
        "amount by 0.95",
        "result star: 1 rows, amount 10.00",
        "submitted 2026-01-15T09:00:00.000000Z by ann: month end",
        approval.submission_id,
        "approved 2026-01-15T09:00:00.000000Z by ben: agreed",
        f"{approval.id}, local trust",
        f"signature key {approval.key_id}, holds {approval.signed.signature}",
        "published 2026-01-15T09:00:00.000000Z by pat to local",
        f"publication {receipt.publish_id}",
        "ledger 1 rows, sum 10.000000, content ",
    ]
    places = [text.find(part) for part in in_order]
    assert -1 not in places, in_order[places.index(-1)] + " | " + text
    assert places == sorted(places)
    assert called("audit", "show", receipt.publish_id[:12], "-w", place) == (0, text)


def test_audit_show_of_the_baseline_and_of_nothing(desk: Desk) -> None:
    desk.publish(desk.approved().id)
    place = desk.folder / "workspace"
    (entry,) = desk.process.audit.entries(what="published")
    base, _ = entry.details["publications"]
    code, text = called("audit", "show", base["publish_id"], "-w", place)
    assert code == 0
    assert "rule" not in text
    for unknown in ("0" * 64, base["publish_id"][:7]):
        code, text = called("audit", "show", unknown, "-w", place)
        assert code == 1
        assert "there is no one publication" in text
