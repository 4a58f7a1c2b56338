"""Who acts, by each provider."""

from __future__ import annotations

import os
import pwd

import pytest
from tests.governance.desk import Desk

from liqbench.errors import IdentityError
from liqbench.governance.identity import (
    ExplicitIdentity,
    HubIdentity,
    SystemIdentity,
    account,
    folded,
    same_person,
)


def test_the_named_person_acts() -> None:
    assert ExplicitIdentity().person(" ann ") == "ann"
    for nobody in (None, "", " "):
        with pytest.raises(IdentityError, match="names the person"):
            ExplicitIdentity().person(nobody)


def test_the_hubs_user_acts_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", "ann")
    assert HubIdentity().person() == "ann"
    assert HubIdentity().person("Ann") == "ann"
    with pytest.raises(IdentityError, match="the JupyterHub's user ann, who can't act as ben"):
        HubIdentity().person("ben")
    with pytest.raises(IdentityError, match="can't act as nobody"):
        HubIdentity().person("")
    monkeypatch.delenv("JUPYTERHUB_USER")
    with pytest.raises(IdentityError, match="no JupyterHub says who acts"):
        HubIdentity().person("ann")


def test_the_account_acts_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    name = pwd.getpwuid(os.geteuid()).pw_name
    for variable in ("USER", "LOGNAME", "JUPYTERHUB_USER"):
        monkeypatch.setenv(variable, "somebody")
    assert SystemIdentity().person() == name
    with pytest.raises(IdentityError, match="who can't act as somebody"):
        SystemIdentity().person("somebody")


def test_an_account_without_a_name_has_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    free = max(entry.pw_uid for entry in pwd.getpwall()) + 7
    monkeypatch.setattr(os, "geteuid", lambda: free)
    assert account() == f"uid {free}"


def test_spellings_of_one_person() -> None:
    assert same_person("Ann  Weiß", " ann WEISS ")
    assert same_person("\uff21nn", "ann")  # a full-width A
    assert not same_person("ann", "anna")
    assert folded(" A \t b ") == "a b"


def test_with_a_provider_nobody_has_to_be_named(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = desk.process_with(identity="jupyterhub")
    monkeypatch.setenv("JUPYTERHUB_USER", "ann")
    submission = process.submit(desk.evidence(), comment="month end")
    assert submission.author == "ann"
    with pytest.raises(IdentityError):
        process.approve(submission.id, by="ben", comment="agreed")
    monkeypatch.setenv("JUPYTERHUB_USER", "ben")
    approval = process.approve(submission.id, comment="agreed")
    assert approval.approver == "ben"
    assert process.publishing_person(None) == "ben"
    with pytest.raises(IdentityError):
        process.publishing_person("ann")
    assert desk.process.publishing_person(None) == f"account {account()}"
    assert desk.process.publishing_person("ann") == "ann"
