"""Files that an author gives as evidence: under the hash, in the pack, and whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.governance.desk import Desk

from liqbench.governance import Attached, EvidenceFileError, given_files
from liqbench.governance.pack import read_archive, verify_pack, write_pack

NO_TEXT = b"\xff\xfe\x00 not UTF-8"


def test_they_are_approved_as_they_are_and_in_the_pack(desk: Desk) -> None:
    (desk.folder / "minutes.pdf").write_bytes(NO_TEXT)
    (desk.folder / "deals.csv").write_bytes(b"no,table\n1")
    given = given_files([desk.folder / "minutes.pdf", desk.folder / "deals.csv"])
    submission = desk.process.submit(
        desk.evidence(), by="ann", comment="month end", attached=Attached(given)
    )
    review = desk.process.review(submission.id)
    assert review.files["evidence/minutes.pdf"] == NO_TEXT
    assert not [n for n in (*review.texts, *review.tables) if n.startswith("evidence/")]
    assert "evidence/minutes.pdf" in review._repr_html_()
    pack = write_pack(desk.process, desk.approve(submission).id, desk.folder / "pack.zip")
    assert verify_pack(pack).holds
    assert read_archive(pack).files["evidence/deals.csv"] == b"no,table\n1"


def test_two_of_one_name_are_refused(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "minutes.txt").write_text(folder)
    with pytest.raises(EvidenceFileError, match=r"minutes\.txt: is the name of two files"):
        given_files([tmp_path / "a" / "minutes.txt", tmp_path / "b" / "minutes.txt"])


def test_one_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvidenceFileError, match=r"can't be read: No such file"):
        given_files([tmp_path / "minutes.txt"])


@pytest.mark.parametrize("name", ["a:b.txt", "what?.txt", "end.", "line\nline", "x" * 151])
def test_a_name_that_other_systems_refuse_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x")
    with pytest.raises(EvidenceFileError, match="can't be called"):
        given_files([tmp_path / name])


def test_more_than_a_pack_bears_is_refused(tmp_path: Path) -> None:
    large = tmp_path / "large.bin"
    large.touch()
    os.truncate(large, (1 << 26) + 1)
    with pytest.raises(EvidenceFileError, match="67,108,864 is the most"):
        given_files([large])
