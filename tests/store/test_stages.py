from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from liqbench.errors import DamagedStageError
from liqbench.store import StageStore

PRINT = "0123456789abcdef"


def part(folder: Path, content: str = "rows") -> None:
    folder.mkdir(parents=True)
    (folder / "part.parquet").write_text(content)
    (folder / "_SUCCESS").touch()


def nothing() -> dict[str, Any]:
    return {}


def test_a_stage_is_there_with_its_description_once_it_is_written(tmp_path: Path) -> None:
    stages = StageStore(tmp_path)
    assert not stages.has(PRINT)
    lineage = stages.write(PRINT, part, lambda: {"operator_id": "sums"})
    assert stages.has(PRINT)
    assert stages.lineage(PRINT) == lineage
    digest = "bc51e9e65d79e1c90ba544ab2eae1044ccdf8c1af7a559ba375cba4276f7d99e"
    assert lineage.pop("written_at").startswith("20")
    assert lineage == {
        "fingerprint": PRINT, "operator_id": "sums", "files": {"part.parquet": digest},
    }  # fmt: skip
    assert (stages.data_path(PRINT) / "part.parquet").read_text() == "rows"
    assert [Path(file).name for file in stages.files(PRINT)] == ["part.parquet"]


def test_another_store_on_the_same_folder_finds_it(tmp_path: Path) -> None:
    StageStore(tmp_path).write(PRINT, part, nothing)
    assert StageStore(tmp_path).has(PRINT)
    assert StageStore(tmp_path).verify(PRINT) == StageStore(tmp_path).verify(PRINT)


@pytest.mark.parametrize("failing", ["data", "description"])
def test_a_writer_that_fails_leaves_nothing(failing: str, tmp_path: Path) -> None:
    stages = StageStore(tmp_path)

    def write(folder: Path) -> None:
        part(folder)
        if failing == "data":
            raise OSError("disk full")

    def describe() -> dict[str, Any]:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        stages.write(PRINT, write, describe if failing == "description" else nothing)
    assert not stages.has(PRINT)
    assert list((tmp_path / "stages").iterdir()) == []


def test_of_two_writers_at_once_one_whole_stage_remains(tmp_path: Path) -> None:
    stages = StageStore(tmp_path)
    both_wrote = threading.Barrier(2, timeout=30)

    def writer(name: str) -> dict[str, Any]:
        def describe() -> dict[str, Any]:
            both_wrote.wait()
            return {"operator_id": name}

        return stages.write(PRINT, lambda folder: part(folder, name), describe)

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(writer, ["one", "two"]))
    kept = (stages.data_path(PRINT) / "part.parquet").read_text()
    assert [lineage["operator_id"] for lineage in told] == [kept, kept]
    stages.verify(PRINT)
    assert [entry.name for entry in (tmp_path / "stages").iterdir()] == [PRINT]


KILLED = """
import os, signal, sys
from pathlib import Path
from liqbench.store import StageStore

def write(folder):
    folder.mkdir(parents=True)
    (folder / "part.parquet").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)

StageStore(Path(sys.argv[1])).write(sys.argv[2], write, dict)
"""


def test_a_killed_writer_leaves_no_stage_and_the_next_one_writes_it(tmp_path: Path) -> None:
    killed = subprocess.run(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", KILLED, str(tmp_path), PRINT],
        check=False, env={**os.environ}, capture_output=True,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    stages = StageStore(tmp_path)
    assert not stages.has(PRINT)
    stages.write(PRINT, part, nothing)
    assert (stages.data_path(PRINT) / "part.parquet").read_text() == "rows"


def test_a_stage_whose_description_is_gone_is_no_stage(tmp_path: Path) -> None:
    stages = StageStore(tmp_path)
    stages.write(PRINT, part, nothing)
    (stages.data_path(PRINT).parent / "_lineage.json").unlink()
    assert not stages.has(PRINT)
    with pytest.raises(DamagedStageError, match=r"its _lineage\.json can't be read"):
        stages.verify(PRINT)


def test_what_remains_of_a_stage_is_replaced(tmp_path: Path) -> None:
    stages = StageStore(tmp_path)
    stages.write(PRINT, lambda folder: part(folder, "old"), nothing)
    (stages.data_path(PRINT).parent / "_lineage.json").unlink()
    stages.write(PRINT, part, nothing)
    assert (stages.data_path(PRINT) / "part.parquet").read_text() == "rows"
    stages.verify(PRINT)


def test_checks_are_remembered_by_fingerprint(tmp_path: Path) -> None:
    stages = StageStore(tmp_path)
    assert not stages.checked(PRINT)
    stages.mark_checked(PRINT)
    stages.mark_checked(PRINT)
    assert StageStore(tmp_path).checked(PRINT)
    assert not stages.checked("another")
