from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from liqbench.errors import RemoteStoreError
from liqbench.store import RemoteStages, StageStore, StoreSettings

PRINT = "0123456789abcdef"
Open = Callable[[], RemoteStages]


def part(folder: Path, content: str = "rows") -> None:
    (folder / "entity=LE1").mkdir(parents=True)
    (folder / "part.parquet").write_text(content)
    (folder / "entity=LE1" / "part.parquet").write_text(content * 2)


def test_a_stage_written_in_one_workspace_is_there_in_another(bucket: Open, tmp_path: Path) -> None:
    one = StageStore(tmp_path / "one", remote=bucket())
    two = StageStore(tmp_path / "two", remote=bucket())
    assert not two.has(PRINT)
    lineage = one.write(PRINT, part, lambda: {"operator_id": "sums"})
    assert two.has(PRINT)
    assert two.lineage(PRINT) == lineage
    assert two.verify(PRINT) == one.verify(PRINT)
    assert [Path(file).read_text() for file in two.files(PRINT)] == ["rowsrows", "rows"]
    assert [folder.name for folder in two.folders()] == [PRINT]


def test_a_stage_without_its_description_is_not_there_yet(bucket: Open, tmp_path: Path) -> None:
    StageStore(tmp_path / "one", remote=bucket()).write(PRINT, part, dict)
    remote = bucket()
    remote._files.rm_file(remote._path(PRINT, "_lineage.json"))
    assert not StageStore(tmp_path / "two", remote=bucket()).has(PRINT)


def test_what_is_damaged_there_is_dropped_and_can_be_written_again(
    bucket: Open, tmp_path: Path
) -> None:
    StageStore(tmp_path / "one", remote=bucket()).write(PRINT, part, dict)
    remote = bucket()
    remote._files.pipe_file(remote._path(PRINT, "data", "part.parquet"), b"ro")
    two = StageStore(tmp_path / "two", remote=bucket())
    assert not two.has(PRINT)
    assert not remote.has(PRINT)
    two.write(PRINT, part, dict)
    assert StageStore(tmp_path / "three", remote=bucket()).has(PRINT)


def test_what_is_damaged_here_is_brought_from_there(bucket: Open, tmp_path: Path) -> None:
    stages = StageStore(tmp_path, remote=bucket())
    stages.write(PRINT, part, dict)
    digest = stages.verify(PRINT)
    (stages.data_path(PRINT) / "part.parquet").write_text("rowz")
    assert stages.has(PRINT)
    assert stages.verify(PRINT) == digest
    assert len(stages.damages()) == 1


def test_of_two_writers_the_reader_gets_one_whole_stage(bucket: Open, tmp_path: Path) -> None:
    one, two = (StageStore(tmp_path / name, remote=bucket()) for name in ("one", "two"))

    def second(folder: Path) -> None:
        one.write(PRINT, part, dict)
        folder.mkdir(parents=True)
        (folder / "other.parquet").write_text("the same rows, in another file")

    two.write(PRINT, second, dict)
    assert [Path(file).name for file in two.files(PRINT)] == ["other.parquet"]
    three = StageStore(tmp_path / "three", remote=bucket())
    assert three.has(PRINT)
    assert three.verify(PRINT) == one.verify(PRINT)


def test_a_bucket_that_is_not_there_is_told_with_its_address(bucket: Open, tmp_path: Path) -> None:
    options = bucket()._files.storage_options
    remote = RemoteStages("s3://no-such-bucket/stages", options)
    with pytest.raises(RemoteStoreError, match=r"^s3://no-such-bucket/stages: "):
        StageStore(tmp_path, remote=remote).write(PRINT, part, dict)


def test_an_address_of_no_known_kind_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        RemoteStoreError, match="nowhere://there: can't be used: Protocol not known"
    ):
        StoreSettings(remote="nowhere://there").open(tmp_path)
