from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from liqbench.errors import DamagedStageError
from liqbench.store import StageStore

PRINT = "0123456789abcdef"


def part(folder: Path, content: str = "rows") -> None:
    folder.mkdir(parents=True)
    (folder / "part.parquet").write_text(content)
    (folder / "second.parquet").write_text(content)


def truncated(stage: Path) -> None:
    (stage / "data" / "part.parquet").write_text("ro")


def changed(stage: Path) -> None:
    (stage / "data" / "part.parquet").write_text("rowz")


def missing(stage: Path) -> None:
    (stage / "data" / "part.parquet").unlink()


def added(stage: Path) -> None:
    (stage / "data" / "part.parquet").rename(stage / "data" / "third.parquet")


def half_described(stage: Path) -> None:
    text = (stage / "_lineage.json").read_text()
    (stage / "_lineage.json").write_text(text[: len(text) // 2])


DAMAGES: dict[Callable[[Path], None], str] = {
    truncated: "changed: part.parquet",
    changed: "changed: part.parquet",
    missing: "changed: part.parquet",
    added: "changed: part.parquet, third.parquet",
    half_described: "changed: _lineage.json",
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("known", [True, False], ids=["seen before", "new process"])
def test_a_damaged_stage_is_put_aside_recorded_and_can_be_written_again(
    damage: Callable[[Path], None], known: bool, tmp_path: Path
) -> None:
    stages = StageStore(tmp_path)
    stages.write(PRINT, part, lambda: {"operator_id": "sums"})
    if not known:
        stages = StageStore(tmp_path)
    assert stages.has(PRINT) or not known
    damage(tmp_path / "stages" / PRINT)
    with pytest.raises(DamagedStageError):
        stages.verify(PRINT)
    assert not stages.has(PRINT)
    (told,) = stages.damages()
    assert (told.fingerprint, told.what) == (PRINT, DAMAGES[damage])
    assert told.operator_id == ("" if damage is half_described else "sums")
    stages.write(PRINT, part, dict)
    assert stages.has(PRINT)
    assert StageStore(tmp_path).damages() == [told]


def test_verifying_puts_nothing_aside(tmp_path: Path) -> None:
    stages = StageStore(tmp_path)
    stages.write(PRINT, part, dict)
    changed(tmp_path / "stages" / PRINT)
    with pytest.raises(DamagedStageError, match=r"files are not what was written: part\.parquet"):
        stages.verify(PRINT)
    assert stages.damages() == []
    assert (tmp_path / "stages" / PRINT).is_dir()
