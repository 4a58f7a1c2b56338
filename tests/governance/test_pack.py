"""Evidence packs: what is in them, and that nothing about one can be changed unseen."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from tests.governance.desk import AS_OF, RULE, START, Desk
from typer.testing import CliRunner

from liqbench import Dag, ImpactAnalysis, Scenario, Workbench
from liqbench.cli import app
from liqbench.engine import OperatorResult, Run, Variant, VariantPlan, injections_of
from liqbench.engine.touched import Touched
from liqbench.errors import (
    AuditError,
    AuditTruncatedError,
    ChangedSinceApprovalError,
    DataError,
    FaultsError,
    FourEyesError,
    GovernanceError,
    InputChangedError,
    LiqbenchError,
    RevokedKeyError,
    SignatureError,
    UnknownResultError,
    UntrustedKeyError,
)
from liqbench.governance import Approval, Attached, Evidence, TrustList, attached_to
from liqbench.governance.attachments import (
    BY_ENTITY,
    LINEAGE,
    PLAN,
    RECALC_PLAN,
    SUMMARY,
    _plan_row,
    csv_of,
)
from liqbench.governance.canonical import canonical, digest_of
from liqbench.governance.keys import KeyFolder, PersonKey
from liqbench.governance.pack import (
    Archive,
    PackContentError,
    PackExistsError,
    PackFileError,
    UnreadablePackError,
    Verification,
    archive_of,
    pack_of,
    read_archive,
    verify_files,
    verify_pack,
    write_pack,
)
from liqbench.governance.signatures import Signed
from liqbench.governance.trust import save_signed
from liqbench.housekeeping import clean
from liqbench.model import OperatorConfig
from liqbench.operators import Context, make_operator, snapshot
from liqbench.regulation import load_parameters
from liqbench.store import DamagedAttachmentError
from liqbench.ui.graph import dag_picture, variant_picture

Files = dict[str, bytes]
HOSTILE = "<img src=x onerror=alert(1)>"
PARAMETERS = f"parameters/parameters-basel-{load_parameters('basel').content_hash[:8]}.json"
ATTACHED = ("README.txt", BY_ENTITY, SUMMARY, LINEAGE, PLAN, RECALC_PLAN, PARAMETERS)
DERIVED = ("dag/adjusted.liqdag.json", "dag/baseline.liqdag.json", "rules.json", "versions.json")
SIGNED = ("approval.json", "audit.json", "evidence.json", "submission.json")
KEYS = ("keys/approver.pub.json", "keys/author.pub.json")
LISTED = tuple(sorted((*ATTACHED, *DERIVED, *SIGNED, *KEYS)))
ALL = (*LISTED, "manifest.json")


def given(scenario: str = "stress") -> Attached:
    """What an analysis would have attached."""
    found = {
        name: csv_of(pd.DataFrame([{"scenario": scenario, "table": name}]))
        for name in (BY_ENTITY, SUMMARY, PLAN, RECALC_PLAN)
    }
    dag = Dag(name=scenario, operators=(OperatorConfig(operator_id="a", operator_type="ingest"),))
    return Attached({**found, LINEAGE: dag_picture(dag).html.encode()}, {})


def reading(evidence: Evidence, name: str = "basel") -> Evidence:
    """Return evidence whose DAGs read a parameter set too."""
    document = dict(evidence.document)
    config = OperatorConfig(
        operator_id="weights",
        operator_type="ingest",
        parameters={"source": {"format": "parameters", "name": name}, "key": ["code"]},
    )
    (source,) = make_operator(config).sources()
    context = Context(as_of=AS_OF, folder=Path(evidence.folder))
    for side in ("baseline", "adjusted"):
        dag = Dag.from_json(document[side]["dag"])
        dag = dag.model_copy(update={"operators": (*dag.operators, config)})
        inputs = {**document[side]["inputs"], "weights": [snapshot(source, context)]}
        document[side] = {
            **document[side],
            "dag": dag.to_json(),
            "dag_hash": dag.content_hash,
            "inputs": inputs,
        }
    return replace(evidence, document=document)


def approved(desk: Desk, *, name: str = "stress") -> Approval:
    evidence = reading(desk.evidence(name=name))
    submission = desk.process.submit(evidence, by="ann", comment="month end", attached=given(name))
    return desk.approve(submission)


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, Files]]:
    """A desk with two approvals, and the files of the first one's pack."""
    desk = Desk(tmp_path_factory.mktemp("desk"))
    approval = approved(desk)
    files = unzipped(pack_of(desk.process, approval.id))
    yield desk, files
    desk.workspace.records.close()


@pytest.fixture
def files(packed: tuple[Desk, Files]) -> Files:
    return dict(packed[1])


def unzipped(data: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def verified(data: bytes, folder: Path, **more: Any) -> Verification:
    file = folder / "pack.zip"
    file.write_bytes(data)
    return verify_pack(file, **more)


def faults_of(files: Mapping[str, bytes]) -> tuple[LiqbenchError, ...]:
    return verify_files(Archive(files)).faults


def found(faults: tuple[LiqbenchError, ...], name: str, kind: type[LiqbenchError]) -> bool:
    """Tell whether one of the faults is of this kind and names this file."""
    return any(isinstance(f, kind) and name in str(f.where).split(", ") for f in faults)


def listed_anew(files: Files) -> Files:
    """Return the files with a manifest that fits them, as a forger would."""
    manifest = json.loads(files["manifest.json"])
    manifest["files"] = {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        for name, data in files.items()
        if name != "manifest.json"
    }
    return {**files, "manifest.json": canonical(manifest)}


def changed(data: bytes) -> bytes:
    """Return the bytes with one in the middle changed."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


# --- what is in it ------------------------------------------------------------------------------


def test_a_pack_holds_and_tells_its_story(desk: Desk, tmp_path: Path) -> None:
    approval = approved(desk)
    place = write_pack(desk.process, approval.id, tmp_path / "approval.zip")
    verification = verify_pack(place)
    assert verification.faults == ()
    assert verification.holds
    assert verification.approval == approval.id
    assert not verification.listed
    story = dict(verification.story)
    assert story["variant"].startswith("stress@deals, as of 2025-12-31")
    assert story["rule"] == "R1: on every row: multiply amount by 0.95"
    assert story["result"] == "star: 1 rows, amount 10.00"
    assert "by ann (key " in story["submitted"]
    assert story["submitted"].endswith("month end")
    assert f"by ben (key {approval.key_id}): agreed" in story["approved"]


def test_a_pack_has_these_files(files: Files) -> None:
    assert sorted(files) == sorted(ALL)
    manifest = json.loads(files["manifest.json"])
    assert manifest["schema"] == "liqpack/1"
    assert sorted(manifest["files"]) == list(LISTED)
    assert manifest["absent"] == {}
    for name, entry in manifest["files"].items():
        assert entry["sha256"] == hashlib.sha256(files[name]).hexdigest()
        assert entry["size"] == len(files[name])


def test_a_pack_is_verified_by_its_readme_without_liqbench(files: Files) -> None:
    content_hash = hashlib.sha256(files["evidence.json"]).hexdigest()
    for name, key in (("submission.json", "author"), ("approval.json", "approver")):
        text = files[name]
        begin, end = text.index(b'{"document":') + 12, text.rindex(b',"signature":')
        signature = bytes.fromhex(json.loads(text)["signature"])
        card = json.loads(files[f"keys/{key}.pub.json"])
        public = bytes.fromhex(card["public_key"])
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text[begin:end])
        with pytest.raises(InvalidSignature):
            Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
        assert card["key_id"] == hashlib.sha256(public).hexdigest()[:16]
        assert json.loads(text)["document"]["content_hash"] == content_hash
    document = json.loads(files["approval.json"])["document"]
    digest = hashlib.sha256(files["submission.json"]).hexdigest()
    assert document["submission_digest"] == digest
    attachments = json.loads(files["evidence.json"])["attachments"]
    assert sorted(attachments) == sorted(ATTACHED)
    for name, entry in attachments.items():
        assert entry["sha256"] == hashlib.sha256(files[name]).hexdigest()


def test_the_dags_and_rules_in_it_can_be_used_again(files: Files, tmp_path: Path) -> None:
    for side in ("baseline", "adjusted"):
        file = tmp_path / f"{side}.liqdag.json"
        file.write_bytes(files[f"dag/{side}.liqdag.json"])
        expected = json.loads(files["evidence.json"])[side]["dag_hash"]
        assert Dag.load(file).content_hash == expected
    (rule,) = json.loads(files["rules.json"])
    assert rule["rule_id"] == "R1"
    assert rule["adjustments"][0]["value"] == 0.95


def test_a_bank_s_own_parameters_are_in_it_in_full(desk: Desk) -> None:
    (desk.inbox / "own.yaml").write_text(
        "schema: liqparameters/1\nname: own\nversion: '1'\ntitle: Own\nsource: policy\n"
        "extends: basel\ncategories:\n"
        "  - {code: O.RET.LESS, weight: 0.15, paragraph: '79', paragraph_status: seen,\n"
        "     reason: The supervisor asks for 15 %}\n"
    )
    evidence = reading(desk.evidence(), "own.yaml")
    approval = desk.approve(desk.process.submit(evidence, by="ann", comment="month end"))
    files = unzipped(pack_of(desk.process, approval.id))
    (name,) = (name for name in files if name.startswith("parameters/"))
    assert name.startswith("parameters/parameters-own-")
    weights = {
        category["code"]: category["weight"] for category in json.loads(files[name])["categories"]
    }
    basel = load_parameters("basel").by_code
    assert weights.keys() == basel.keys()
    assert weights["O.RET.LESS"] == 0.15
    assert basel["O.RET.LESS"].weight == Decimal("0.10")


def test_parameters_that_changed_since_the_run_are_not_submitted(desk: Desk) -> None:
    evidence = reading(desk.evidence())
    part = evidence.document["adjusted"]
    other = {**part, "inputs": {**part["inputs"], "weights": ["0" * 64]}}
    with pytest.raises(InputChangedError, match="'weights': the parameters 'basel'"):
        desk.process.submit(
            replace(evidence, document={**evidence.document, "adjusted": other}),
            by="ann",
            comment="month end",
        )
    assert desk.process.submissions() == []


def test_what_a_bare_variant_lacks_is_said_and_approved(desk: Desk, tmp_path: Path) -> None:
    approval = desk.approved()
    data = pack_of(desk.process, approval.id)
    files = unzipped(data)
    missing = {BY_ENTITY, SUMMARY, PLAN, RECALC_PLAN, LINEAGE}
    assert not missing & files.keys()
    absent = json.loads(files["manifest.json"])["absent"]
    assert absent.keys() == missing
    assert absent == json.loads(files["evidence.json"])["absent"]
    verification = verified(data, tmp_path)
    assert verification.holds
    assert ("absent", f"{PLAN}: it was submitted without its analysis") in verification.story
    added = listed_anew({**files, PLAN: b"scenario\r\n"})
    assert found(faults_of(added), PLAN, PackFileError)


def test_the_same_approval_is_the_same_bytes_until_it_is_published(desk: Desk) -> None:
    approval, other = approved(desk), approved(desk, name="other")
    before = pack_of(desk.process, approval.id)
    assert pack_of(desk.process, approval.id) == before
    desk.publish(other.id)
    assert pack_of(desk.process, approval.id) == before
    desk.publish(approval.id)
    after = pack_of(desk.process, approval.id)
    verification = verify_files(Archive(unzipped(after)))
    assert verification.holds
    assert dict(verification.story)["published"].endswith("by pat to local")
    names = {name for name, data in unzipped(after).items() if unzipped(before)[name] != data}
    assert names == {"audit.json", "manifest.json"}


def test_the_zip_has_sorted_names_and_no_times(packed: tuple[Desk, Files]) -> None:
    desk, _ = packed
    (approval,) = desk.process.approvals()
    with zipfile.ZipFile(io.BytesIO(pack_of(desk.process, approval.id))) as archive:
        assert archive.namelist() == sorted(ALL)
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_pack_of_what_is_not_published_yet_names_no_place_and_no_private_key(
    packed: tuple[Desk, Files],
) -> None:
    desk, files = packed
    for data in files.values():
        assert str(desk.folder).encode() not in data
        assert b"PRIVATE KEY" not in data


def test_a_pack_is_not_written_over_a_file(desk: Desk, tmp_path: Path) -> None:
    approval = desk.approved()
    file = tmp_path / "pack.zip"
    file.write_text("mine")
    with pytest.raises(PackExistsError, match="is there already"):
        write_pack(desk.process, approval.id, file)
    assert file.read_text() == "mine"
    assert [entry.name for entry in tmp_path.glob(".pack*")] == []


def test_there_is_no_pack_of_a_submission(desk: Desk) -> None:
    with pytest.raises(UnknownResultError, match="there is no approval"):
        pack_of(desk.process, desk.submit().id)


# --- the workspace keeps what is attached -------------------------------------------------------


def attachment(desk: Desk, approval: Approval, name: str) -> Path:
    document = desk.process.evidence(approval.submission_id).document
    digest = document["attachments"][name]["sha256"]
    return desk.folder / "workspace" / "attachments" / str(digest)


def test_a_changed_attachment_is_neither_published_nor_packed(desk: Desk) -> None:
    approval = approved(desk)
    file = attachment(desk, approval, SUMMARY)
    file.write_bytes(changed(file.read_bytes()))
    with pytest.raises(ChangedSinceApprovalError, match=r"the attachment '.*\.csv' is no longer"):
        desk.publish(approval.id)
    with pytest.raises(DamagedAttachmentError, match="is not what was stored"):
        pack_of(desk.process, approval.id)
    assert desk.nothing_was_published()


def test_a_lost_attachment_is_not_approved(desk: Desk) -> None:
    evidence = reading(desk.evidence())
    submission = desk.process.submit(evidence, by="ann", comment="month end", attached=given())
    digest = desk.process.evidence(submission.id).document["attachments"][LINEAGE]["sha256"]
    (desk.folder / "workspace" / "attachments" / digest).unlink()
    with pytest.raises(ChangedSinceApprovalError, match=r"'lineage\.html' is no longer there"):
        desk.approve(submission)


def test_a_workspace_that_was_changed_gives_no_pack(desk: Desk) -> None:
    approval = approved(desk)
    desk.edit_body(approval.submission_id, lambda body: body["evidence"].update(as_of="2025-12-30"))
    with pytest.raises(PackContentError, match="is not the evidence that was approved"):
        pack_of(desk.process, approval.id)


def test_where_the_inputs_lie_is_not_approved_but_what_they_are_is(
    desk: Desk, tmp_path: Path
) -> None:
    approval, other = approved(desk), approved(desk, name="other")
    moved, wrong = tmp_path / "moved", tmp_path / "wrong"
    desk.inbox.rename(moved)
    with pytest.raises(ChangedSinceApprovalError, match="can't be read any more"):
        desk.publish(approval.id)
    wrong.mkdir()
    (wrong / "deals.csv").write_text("id,amount\n1,10.01\n")
    desk.edit_body(other.submission_id, lambda body: body.update(folder=str(wrong)))
    with pytest.raises(ChangedSinceApprovalError, match="is not what it was when the run read it"):
        desk.publish(other.id)
    desk.edit_body(approval.submission_id, lambda body: body.update(folder=str(moved)))
    assert desk.publish(approval.id).new


def test_cleaning_keeps_what_is_attached_and_takes_what_is_not(desk: Desk) -> None:
    approval = approved(desk)
    place = desk.folder / "workspace" / "attachments"
    kept = set(place.iterdir())
    digest = desk.workspace.attachments.put(b"of nobody")
    assert (place / digest) not in kept
    gone = clean(desk.workspace, dry_run=False, unused_for=timedelta(0), runs_before=None)
    assert list(gone.loc[gone["what"] == "attachment", "name"]) == [digest[:12]]
    assert set(place.iterdir()) == kept
    assert len(pack_of(desk.process, approval.id)) > 0


# --- tampering ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_a_changed_byte_is_found(files: Files, name: str) -> None:
    files[name] = changed(files[name])
    assert found(faults_of(files), name, PackFileError)


@pytest.mark.parametrize("name", LISTED)
def test_a_changed_byte_is_found_where_the_manifest_fits(files: Files, name: str) -> None:
    files[name] = changed(files[name])
    assert found(faults_of(listed_anew(files)), name, GovernanceError)


@pytest.mark.parametrize("name", ALL)
def test_a_removed_file_is_found(files: Files, name: str) -> None:
    del files[name]
    assert found(faults_of(files), name, PackFileError)


@pytest.mark.parametrize("name", LISTED)
def test_a_removed_file_is_found_where_the_manifest_fits(files: Files, name: str) -> None:
    del files[name]
    assert found(faults_of(listed_anew(files)), name, PackFileError)


@pytest.mark.parametrize("name", ["note.txt", "impact/by_desk.csv", "keys/zoe.pub.json"])
def test_an_added_file_is_found(files: Files, name: str) -> None:
    files[name] = b"{}"
    assert found(faults_of(files), name, PackFileError)
    assert found(faults_of(listed_anew(files)), name, PackFileError)


@pytest.mark.parametrize("name", ALL)
def test_a_renamed_file_is_found_under_both_names(files: Files, name: str) -> None:
    files[f"{name}.bak"] = files.pop(name)
    faults = faults_of(files)
    assert found(faults, name, PackFileError)
    if name != "manifest.json":
        assert found(faults, f"{name}.bak", PackFileError)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice_is_found(files: Files, name: str, tmp_path: Path) -> None:
    data = io.BytesIO(archive_of(files))
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr(name, files[name])
    assert found(verified(data.getvalue(), tmp_path).faults, name, PackFileError)


@pytest.mark.parametrize("name", ["../evil.txt", "/etc/evil.txt", "a/../../evil.txt", "c:\\evil"])
def test_a_path_out_of_the_pack_is_found(files: Files, name: str, tmp_path: Path) -> None:
    faults = verified(archive_of({**files, name: b""}), tmp_path).faults
    assert any("leads out of the pack" in str(fault) for fault in faults)
    assert sorted(tmp_path.rglob("*evil*")) == []


def test_bytes_beside_the_files_are_found(files: Files, tmp_path: Path) -> None:
    data = archive_of(files)
    assert verified(data, tmp_path).holds
    for other in (b"#!/bin/sh\n" + data, data[:-2] + b"\x02\x00hi"):
        (fault,) = verified(other, tmp_path).faults
        assert "has something beside them" in str(fault)


def test_a_compressed_pack_is_another_one(files: Files, tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(name, files[name])
    (fault,) = verified(data.getvalue(), tmp_path).faults
    assert isinstance(fault, PackFileError)


@pytest.mark.parametrize("cut", [0, 1, 30, 1000, -1, -22, -500])
def test_a_truncated_zip_can_not_be_read(files: Files, cut: int, tmp_path: Path) -> None:
    with pytest.raises(UnreadablePackError):
        verified(archive_of(files)[:cut], tmp_path)


def test_a_flipped_bit_in_the_zip_is_found_wherever_it_is(tmp_path: Path) -> None:
    """Every byte of a zip's frame, headers and contents counts."""
    small = {"a.json": b"{}", "b/c.txt": b"text"}
    data = archive_of(small)
    assert read_of(data, tmp_path) == Archive(small)
    for place in range(len(data)):
        other = data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :]
        try:
            read = read_of(other, tmp_path)
        except UnreadablePackError:
            continue
        assert read.faults, place


def read_of(data: bytes, folder: Path) -> Archive:
    file = folder / "small.zip"
    file.write_bytes(data)
    return read_archive(file)


# --- forgeries ----------------------------------------------------------------------------------


def signed_anew(files: Files, name: str, key: PersonKey, **changes: Any) -> None:
    document = {**json.loads(files[name])["document"], **changes}
    files[name] = canonical(Signed.by(key, document).to_json())


def test_a_wrong_signature_is_found(files: Files) -> None:
    value = json.loads(files["approval.json"])
    value["signature"] = value["signature"][::-1]
    files["approval.json"] = canonical(value)
    assert found(faults_of(listed_anew(files)), "approval.json", SignatureError)


def test_a_signature_by_another_key_is_found(files: Files) -> None:
    zoe = PersonKey.of("ben", Ed25519PrivateKey.generate())
    signed_anew(files, "approval.json", zoe, comment="splendid")
    assert found(faults_of(listed_anew(files)), "approval.json", SignatureError)


def test_another_approval_s_signature_is_found(files: Files, desk: Desk) -> None:
    other = approved(desk, name="other")
    value = json.loads(files["approval.json"])
    files["approval.json"] = canonical({**value, "signature": other.signed.signature})
    assert found(faults_of(listed_anew(files)), "approval.json", SignatureError)
    files["approval.json"] = canonical(other.signed.to_json())
    faults = faults_of(listed_anew(files))
    assert found(faults, "approval.json", PackContentError)


def test_an_author_who_approves_is_found_though_all_is_signed_anew(
    files: Files, packed: tuple[Desk, Files]
) -> None:
    """Who has the author's key can sign an approval of her own, but not as a second person."""
    ann = KeyFolder(packed[0].folder / "workspace" / "keys").load("ann")
    files["keys/approver.pub.json"] = canonical(ann.card.to_json())
    signed_anew(files, "approval.json", ann, approver="ann", key_id=ann.key_id)
    assert found(faults_of(listed_anew(files)), "approval.json", FourEyesError)


def test_a_log_without_the_approval_or_with_more_is_found(files: Files) -> None:
    log = json.loads(files["audit.json"])
    for entries, kind in (
        (log["entries"][:-1], AuditError),
        ([], AuditTruncatedError),
        (log["entries"][::-1], AuditError),
    ):
        files["audit.json"] = canonical({**log, "entries": entries})
        assert found(faults_of(listed_anew(files)), "audit.json", kind)
    last = log["entries"][-1]
    more = {**last, "number": last["number"] + 1, "previous": last["hash"], "what": "rejected"}
    more["hash"] = digest_of({name: value for name, value in more.items() if name != "hash"})
    files["audit.json"] = canonical({**log, "entries": [*log["entries"], more]})
    (fault,) = faults_of(listed_anew(files))
    assert isinstance(fault, AuditError)
    assert "goes on behind the approval" in str(fault)


@pytest.mark.parametrize("part", ["baseline", "scenario", "liqbench", "as_of"])
def test_a_forged_pack_that_lacks_a_part_is_a_fault_and_no_crash(
    files: Files, part: str, packed: tuple[Desk, Files]
) -> None:
    folder = KeyFolder(packed[0].folder / "workspace" / "keys")
    document = json.loads(files["evidence.json"])
    del document[part]
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    files["evidence.json"] = text.encode()
    content_hash = hashlib.sha256(text.encode()).hexdigest()
    signed_anew(files, "submission.json", folder.load("ann"), content_hash=content_hash)
    digest = hashlib.sha256(files["submission.json"]).hexdigest()
    signed_anew(
        files,
        "approval.json",
        folder.load("ben"),
        content_hash=content_hash,
        submission_digest=digest,
    )
    assert found(faults_of(listed_anew(files)), "evidence.json", PackContentError)


# --- who signed ---------------------------------------------------------------------------------


def trusting(desk: Desk, *people: str) -> TrustList:
    trusted = TrustList()
    for card in KeyFolder(desk.folder / "workspace" / "keys").cards():
        if card.person in people:
            trusted = trusted.trust(card, START - timedelta(days=1))
    return trusted


def test_a_list_says_who_signed(packed: tuple[Desk, Files]) -> None:
    desk, files = packed
    verification = verify_files(Archive(files), trusting(desk, "ann", "ben"), now=START)
    assert verification.holds
    assert verification.listed


def test_a_key_that_is_not_on_the_list_or_revoked_is_found(packed: tuple[Desk, Files]) -> None:
    desk, files = packed
    faults = verify_files(Archive(files), trusting(desk, "ann"), now=START).faults
    assert [type(fault) for fault in faults] == [UntrustedKeyError]
    assert found(faults, "approval.json", UntrustedKeyError)
    both = trusting(desk, "ann", "ben")
    (ann,) = (entry.key_id for entry in both.people if entry.person == "ann")
    later = START + timedelta(days=1)
    faults = verify_files(Archive(files), both.revoke(ann, later), now=later).faults
    assert found(faults, "submission.json", RevokedKeyError)


# --- the command --------------------------------------------------------------------------------


def called(*args: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["evidence", "verify", *(str(arg) for arg in args)])
    return result.exit_code, " ".join(result.output.split())


def test_the_command_needs_no_workspace(
    packed: tuple[Desk, Files], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, files = packed
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    pack, admin = tmp_path / "pack.zip", PersonKey.of("admin", Ed25519PrivateKey.generate())
    pack.write_bytes(archive_of(files))
    code, text = called(pack)
    assert code == 0, text
    assert "holds, by the keys as enclosed: they prove no person" in text
    assert "by ben" in text
    save_signed(trusting(desk, "ann", "ben"), tmp_path / "list.json", admin)
    public = admin.card.public.raw.hex()
    listed = ("--trust", tmp_path / "list.json", "--administrator", public)
    code, text = called(pack, *listed)
    assert code == 0, text
    assert text.endswith("holds, signed by people of list number 2")
    code, text = called(pack, *listed, "--json")
    told = json.loads(text)
    assert (code, told["verdict"], told["keys"], told["faults"]) == (0, "holds", "listed", [])
    assert list(empty.iterdir()) == []


def test_the_command_leaves_with_1_and_names_what_is_wrong(files: Files, tmp_path: Path) -> None:
    pack = tmp_path / "pack.zip"
    files[SUMMARY] = changed(files[SUMMARY])
    pack.write_bytes(archive_of(files))
    code, text = called(pack)
    assert code == 1
    assert "PackFileError impact/summary.csv: is not what the manifest lists" in text
    assert "does not hold" in text
    code, text = called(pack, "--json")
    told = json.loads(text)
    assert (code, told["verdict"], told["keys"]) == (1, "does not hold", "as enclosed")
    assert told["faults"][0]["where"] == SUMMARY


def test_the_command_leaves_with_2_where_it_can_not_read(files: Files, tmp_path: Path) -> None:
    pack = tmp_path / "pack.zip"
    assert called(pack)[0] == 2
    pack.write_text("no zip")
    code, text = called(pack)
    assert code == 2
    assert text.startswith("UnreadablePackError")
    assert json.loads(called(pack, "--json")[1])["verdict"] == "unreadable"
    pack.write_bytes(archive_of(files))
    assert called(pack, "--trust", tmp_path / "none.json", "--administrator", "00" * 32)[0] == 2
    assert called(pack, "--administrator", "00" * 32)[0] == 2


# --- figures and pictures -----------------------------------------------------------------------


def test_tables_have_all_digits_and_no_floats() -> None:
    table = pd.DataFrame(
        {
            "amount": [Decimal("12345678901234567890123456789.0000000001"), Decimal("0E-10")],
            "large": [Decimal("1E+3"), None],
            "count": pd.array([1, None], dtype="Int64"),
            "plain": [2**60 + 1, -1],
            "day": [date(2025, 12, 31), None],
            "breach": [True, False],
            "note": ['a, "b"', "ä\nö"],
        }
    )
    assert csv_of(table).decode() == (
        "amount,large,count,plain,day,breach,note\r\n"
        "12345678901234567890123456789.0000000001,1000,1,1152921504606846977,2025-12-31,true,"
        '"a, ""b"""\r\n'
        '0.0000000000,,,-1,,false,"ä\nö"\r\n'
    )
    with pytest.raises(DataError, match="column 'lcr' of a table: a float has no exact text"):
        csv_of(pd.DataFrame({"lcr": [1.05]}))


def test_no_text_is_a_formula_to_a_spreadsheet() -> None:
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "a=1", "", "-"]
    table = pd.DataFrame({"=name": texts, "figure": [Decimal(-1)] * len(texts)})
    assert csv_of(table).decode().splitlines() == [
        "'=name,figure", "'=1+1,-1", "'+1,-1", "'-1,-1", "'@SUM(A1),-1", "'\t=1,-1", "' =1,-1",
        "a=1,-1", ",-1", "'-,-1",
    ]  # fmt: skip


def test_the_plan_tells_what_was_done_and_not_what_was_planned(desk: Desk) -> None:
    variant = variant_named(desk, "stress")
    results = {
        "deals": OperatorResult("deals", "ingest", "1"),
        "sums": OperatorResult("sums", "aggregate", "2", stored=True, reused=True),
        "star": OperatorResult("star", "star_schema", "3", stored=True),
    }
    planned = VariantPlan(variant.injections, cast(Any, None), {}, "cube", "fast")
    done = replace(variant, run=replace(variant.result(), results=results))
    row = _plan_row(done, planned)
    assert (row["scenario"], row["injection_point"]) == ("stress", "deals")
    assert (row["reused"], row["computed"]) == ("sums", "star")
    assert (row["strategy"], row["reason"]) == (
        "full",
        "planned as cube, which stopped; run as it stands",
    )
    row = _plan_row(replace(done, touched=Touched()), planned)
    assert (row["strategy"], row["reason"]) == ("cube", "fast")
    row = _plan_row(done, replace(planned, strategy="stored", reason="all of it is there"))
    assert (row["strategy"], row["reason"]) == ("stored", "all of it is there")


class Page(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def variant_named(desk: Desk, name: str) -> Variant:
    """Return a finished variant of the desk's DAG, its run made by hand."""
    document = desk.evidence().document
    dag = Dag.from_json(document["baseline"]["dag"])
    scenario = Scenario.from_json({"name": name, "rules": [dict(RULE)]})
    (injections,) = injections_of(dag, [scenario], None)
    nothing = cast(Any, None)
    run = Run(
        run_id="run-1",
        dag=Dag.from_json(document["adjusted"]["dag"]),
        as_of=AS_OF,
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        seconds=0.5,
        results={},
        notices=(),
        resolved=nothing,
        context=nothing,
        stages=desk.workspace.stages,
    )
    return Variant(injections, run, run.dag, run)


def test_the_graph_loads_nothing_and_hostile_names_stay_text(desk: Desk) -> None:
    attached = attached_to(variant_named(desk, HOSTILE), None)
    assert attached.absent.keys() == {BY_ENTITY, SUMMARY, PLAN, RECALC_PLAN}
    text = attached.files[LINEAGE].decode()
    assert text == variant_picture(variant_named(desk, HOSTILE)).html
    page, harmless = Page(text), Page(variant_picture(variant_named(desk, "calm")).html)
    assert page.tags == harmless.tags
    assert "img" not in page.tags
    assert not [value for name, value in page.attributes if name.startswith("on")]
    loading = [value for name, value in page.attributes if name in ("src", "href", "data")]
    assert loading == []
    assert "url(http" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text
    assert "&lt;img src=x onerror=alert(1)&gt;@deals: run of hand-made" in text
    assert HOSTILE not in text


def test_a_hostile_name_goes_through_a_pack(desk: Desk) -> None:
    approval = approved(desk, name=HOSTILE)
    files = unzipped(pack_of(desk.process, approval.id))
    assert faults_of(files) == ()
    assert HOSTILE.encode() not in files[LINEAGE]


def test_what_an_analysis_has_is_attached(
    bench: Workbench, banks: ImpactAnalysis, tmp_path: Path
) -> None:
    variant = banks["less_stable_plus_5"]
    submission = bench.submit(variant, by="ann", comment="stress")
    approval = bench.approve(submission.id, by="ben", comment="agreed")
    place = bench.evidence(approval.id, tmp_path / "pack.zip")
    verification = verify_pack(place)
    assert verification.faults == ()
    files = unzipped(place.read_bytes())
    assert json.loads(files["manifest.json"])["absent"] == {}
    by_entity = banks.by_entity()
    own = by_entity[by_entity["scenario"] == "less_stable_plus_5"]
    told = pd.read_csv(io.BytesIO(files[BY_ENTITY]), dtype=str, keep_default_na=False)
    assert list(told.columns) == list(own.columns)
    for column in ("hqla_after", "net_outflows_after", "lcr_after"):
        assert [Decimal(text) for text in told[column]] == list(own[column])
    (plan,) = pd.read_csv(io.BytesIO(files[PLAN]), dtype=str, keep_default_na=False).to_dict(
        "records"
    )
    assert plan["scenario"] == "less_stable_plus_5"
    results = variant.result().results
    computed = [name for name, each in results.items() if each.stored and not each.reused]
    assert plan["computed"] == ", ".join(computed)
    recalculated = banks.recalc_plan
    own_steps = recalculated[recalculated["scenario"] == "less_stable_plus_5"]
    steps = pd.read_csv(io.BytesIO(files[RECALC_PLAN]), dtype=str, keep_default_na=False)
    assert list(steps["action"]) == list(own_steps["action"])
    assert b"less_stable_plus_5@" in files[LINEAGE]
    (summary,) = pd.read_csv(io.BytesIO(files[SUMMARY]), dtype=str).to_dict("records")
    assert summary["limit"] == "1"


def test_several_faults_of_a_workspace_come_together(desk: Desk) -> None:
    approval = approved(desk)
    desk.edit_body(approval.submission_id, lambda body: body["evidence"].update(as_of="1999-01-01"))
    desk.sql("UPDATE audit SET who = 'zoe' WHERE number = 1")
    with pytest.raises(FaultsError, match="audit entry 1: was changed"):
        pack_of(desk.process, approval.id)
