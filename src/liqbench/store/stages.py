"""Stages: operators' stored outputs, addressed by fingerprint, written once and atomically."""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from liqbench.errors import DamagedStageError
from liqbench.model._documents import write_text

LINEAGE = "_lineage.json"
_DATA = "data"
_BLOCK = 1 << 20


class StageStore:
    """Folders named by fingerprint; each holds parquet files and what is known about them.

    A stage appears whole, by one rename. Of two writers of one fingerprint the later one finds
    the stage there and discards its own.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stages = folder / "stages"
        self._checks = folder / "checks"
        self._stages.mkdir(parents=True, exist_ok=True)
        self._checks.mkdir(parents=True, exist_ok=True)

    def has(self, fingerprint: str) -> bool:
        """Tell whether the stage is stored."""
        return (self._stages / fingerprint / LINEAGE).is_file()

    def data_path(self, fingerprint: str) -> Path:
        """Return the folder of the stage's parquet files."""
        return self._stages / fingerprint / _DATA

    def lineage(self, fingerprint: str) -> dict[str, Any]:
        """Return what was written beside the data. Raises ``DamagedStageError``."""
        path = self._stages / fingerprint / LINEAGE
        try:
            found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        except (OSError, json.JSONDecodeError) as error:
            raise DamagedStageError(
                f"its {LINEAGE} can't be read: {error}", where=str(path)
            ) from error
        return found

    def write(
        self,
        fingerprint: str,
        write_data: Callable[[Path], None],
        describe: Callable[[], Mapping[str, Any]],
    ) -> dict[str, Any]:
        """Let ``write_data`` fill a folder, describe it after that, and put both in place."""
        beside = self._stages / f".{fingerprint}.{uuid.uuid4().hex}"
        try:
            write_data(beside / _DATA)
            lineage = {
                "fingerprint": fingerprint,
                **describe(),
                "files": dict(_digests(beside / _DATA)),
            }
            write_text(beside / LINEAGE, json.dumps(lineage, indent=1, sort_keys=True))
            try:
                self._put(beside, fingerprint)
            except OSError:
                if not self.has(fingerprint):
                    raise
                lineage = self.lineage(fingerprint)
            return lineage
        finally:
            shutil.rmtree(beside, ignore_errors=True)

    def _put(self, written: Path, fingerprint: str) -> None:
        place = self._stages / fingerprint
        if place.exists() and not self.has(fingerprint):  # what an interrupted deletion left
            remains = written.with_name(f"{written.name}.remains")
            place.rename(remains)
            shutil.rmtree(remains, ignore_errors=True)
        written.rename(place)

    def dataset(self, fingerprint: str) -> ds.Dataset:
        """Return the stage's files as an Arrow dataset, to be read without Spark."""
        return ds.dataset(self.files(fingerprint), format="parquet")

    def files(self, fingerprint: str) -> list[str]:
        """Return the paths of the stage's parquet files, sorted."""
        return [str(file) for file in _data_files(self.data_path(fingerprint))]

    def verify(self, fingerprint: str) -> str:
        """Return the digest over the stage's files as they are now.

        Raises ``DamagedStageError`` where a file is missing, new or changed.
        """
        written = self.lineage(fingerprint)["files"]
        found = dict(_digests(self.data_path(fingerprint)))
        if written != found:
            names = sorted(
                n for n in written.keys() | found.keys() if written.get(n) != found.get(n)
            )
            raise DamagedStageError(
                f"files are not what was written: {', '.join(names)}",
                where=f"stage {fingerprint[:12]}",
                hint="run again in a fresh workspace, and find out who changed them",
            )
        text = json.dumps(found, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def checked(self, fingerprint: str) -> bool:
        """Tell whether the input snapshot of this fingerprint passed its checks before."""
        return (self._checks / fingerprint).is_file()

    def mark_checked(self, fingerprint: str) -> None:
        """Remember that an input snapshot passed its checks."""
        write_text(self._checks / fingerprint, "")


def _data_files(folder: Path) -> list[Path]:
    found = sorted(folder.rglob("*.parquet"))
    return [file for file in found if not file.name.startswith((".", "_"))]


def _digests(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield name and SHA-256 of every data file; Spark's marks and checksums are none."""
    for file in _data_files(folder):
        digest = hashlib.sha256()
        with file.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
        yield file.relative_to(folder).as_posix(), digest.hexdigest()
