"""Where a workspace has its records, and what may be said of that place."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.governance.desk import Desk
from tests.governance.test_commands import called
from tests.store.conftest import Team
from tests.store.test_records import side_by_side

from liqbench import Workbench
from liqbench.errors import FourEyesError, LiqbenchError, RecordStoreError, SettingError
from liqbench.governance.audit import APPROVED, PUBLISHED, SUBMITTED
from liqbench.store import StoreSettings, Workspace


def test_a_variant_goes_its_way_over_two_benches_of_a_team(
    tmp_path: Path, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGUSER", "postgres")
    desk = Desk(tmp_path, store=StoreSettings(records=team.url()))
    submission = desk.submit(by="ann")
    with pytest.raises(FourEyesError):
        desk.approve(submission, by="ann")
    other = Workspace(tmp_path / "workspace")  # it remembers where its records are
    assert other.records.get("submission", submission.id)[0] == SUBMITTED
    approval = desk.approve(submission, by="ben")
    desk.publish(approval.id)
    assert desk.process.submission(submission.id).state == PUBLISHED
    told = [entry.what for entry in desk.process.audit.entries()]
    assert told == [SUBMITTED, APPROVED, PUBLISHED]
    assert desk.process.publisher.check_log().number == 3
    found = team.sql("SELECT kind, state FROM documents ORDER BY kind")
    assert found == [("approval", APPROVED), ("submission", PUBLISHED)]
    assert not (tmp_path / "workspace" / "records.db").exists()
    other.records.close()
    desk.workspace.records.close()


def test_the_audit_commands_read_the_records_of_a_team(
    tmp_path: Path, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are given the workspace only, which remembers where its records are."""
    monkeypatch.setenv("PGUSER", "postgres")
    desk = Desk(tmp_path, store=StoreSettings(records=team.url()))
    approval = desk.approved()
    receipt = desk.publish(approval.id)
    done = desk.withdraw(receipt.publish_id, by="ben")
    place = tmp_path / "workspace"
    code, text = called("audit", "verify", "-w", place)
    head = desk.process.audit.verify()
    assert (code, text) == (
        0, f"4 entries, all as they were written head: 4:{head.hash}",
    )  # fmt: skip
    code, text = called("audit", "show", receipt.publish_id[:12], "-w", place)
    assert code == 0, text
    for told in (
        "run run-1, as of 2025-12-31",
        "submitted 2026-01-15T09:00:00.000000Z by ann: month end",
        "approved 2026-01-15T09:00:00.000000Z by ben: agreed",
        "published 2026-01-15T09:00:00.000000Z by pat to local",
        f"withdrawn {done.at.isoformat()}Z by ben: wrong rates",
        "ledger 1 rows, sum 10.000000, content ",
    ):
        assert told in text
    team.sql("UPDATE audit SET who = 'zoe' WHERE number = 2")
    code, text = called("audit", "verify", "-w", place)
    assert code == 1
    assert text.startswith("AuditError audit entry 2: was changed")
    team.sql("DELETE FROM audit WHERE number > 1")
    code, text = called("audit", "verify", "-w", place, "--head", f"4:{head.hash}")
    assert code == 1
    assert text.startswith("AuditTruncatedError the log ends with entry 1")
    desk.workspace.records.close()


def test_of_two_who_approve_at_once_one_does(tmp_path: Path, team: Team) -> None:
    desk = Desk(tmp_path, store=StoreSettings(records=team.url()))
    submission = desk.submit(by="ann")
    for person in ("ben", "cleo"):
        desk.process.trust.signing_key(person)  # a key made for the first time takes its time
    found = side_by_side(2, lambda n: desk.approve(submission, by=("ben", "cleo")[n]))
    assert sorted(type(one).__name__ for one in found) == ["Approval", "StateError"]
    (approval,) = desk.process.approvals()
    assert approval in found
    assert desk.process.publisher.check_log().number == 2
    desk.workspace.records.close()


def test_a_workspace_remembers_the_place_but_not_who_came(tmp_path: Path, team: Team) -> None:
    folder = tmp_path / "workspace"
    Workspace(folder, StoreSettings(records=team.url("postgres"))).records.close()
    mark = json.loads((folder / "liqbench-workspace.json").read_text("utf-8"))
    assert mark["format"] == 2, "a liqbench that would make records.db has to refuse it"
    assert mark["records"].startswith("postgresql:///postgres?")
    with pytest.raises(SettingError, match=r"has its records in postgresql.*not in postgresql"):
        Workspace(folder, StoreSettings(records="postgresql://elsewhere/records"))


def test_a_workspace_with_records_of_its_own_keeps_them(tmp_path: Path) -> None:
    Workspace(tmp_path / "workspace").records.close()
    with pytest.raises(SettingError, match=r"has its records in .*records\.db, not in postgresql"):
        Workspace(tmp_path / "workspace", StoreSettings(records="postgresql://host/records"))


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "liqbench-workspace.json").write_text('{"format": 3}')
    with pytest.raises(LiqbenchError, match="has format 3, this version reads 1 and 2"):
        Workspace(tmp_path)


def test_an_address_that_leads_nowhere_is_not_remembered(tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    with pytest.raises(RecordStoreError):
        Workspace(folder, StoreSettings(records="postgresql://127.0.0.1:1/records"))
    assert not folder.exists()


def test_the_status_names_the_place_without_credentials(tmp_path: Path, team: Team) -> None:
    bench = Workbench(tmp_path / "workspace", store=StoreSettings(records=team.url("postgres")))
    told = bench.status().loc["records"]
    assert told["state"] == "PostgreSQL"
    assert quote(str(team.socket), safe="") in told["details"]
    assert "postgres@" not in told["details"]
    bench.close()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:hush@host/records",
        "postgresql+psycopg://ann:hush@host/records",
        "postgresql://host/records?password=hush",
        "postgresql://host/records?sslpassword=hush",
        "mysql://ann:hush@host/records",
        "hush",
        "postgresql://ann:hush@host:port/records",
    ],
)
def test_a_password_in_the_address_is_refused_and_never_repeated(url: str) -> None:
    with pytest.raises(SettingError) as caught:
        StoreSettings(records=url)
    told: BaseException | None = caught.value
    assert "hush" not in str(told)
    assert "password" in str(told) or "no address" in str(told)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite:///records.db", "can't be kept in sqlite"),
        ("postgresql+pg8000://host/records", r"can't be kept in postgresql\+pg8000"),
        ("postgresql:///records", "no host or no database"),
        ("postgresql://host", "no host or no database"),
    ],
)
def test_an_address_that_can_t_be_one_of_records_is_refused(url: str, told: str) -> None:
    with pytest.raises(SettingError, match=told):
        StoreSettings(records=url)


def test_a_missing_driver_is_told_with_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modules: dict[str, Any] = sys.modules
    monkeypatch.setitem(modules, "psycopg", None)
    with pytest.raises(SettingError, match=r"isn't installed.*liqbench\[postgres\]"):
        Workspace(tmp_path / "workspace", StoreSettings(records="postgresql://host/records"))
    assert not (tmp_path / "workspace").exists()
