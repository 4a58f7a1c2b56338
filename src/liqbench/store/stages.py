"""Stages: operators' stored outputs, addressed by fingerprint, written once and atomically."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from liqbench.errors import DamagedStageError
from liqbench.model._documents import write_text
from liqbench.store.digests import Marks, data_files, differences, digests, marks
from liqbench.store.levels import Level, MemoryLevel
from liqbench.store.remote import DATA, LINEAGE, RemoteStages

_DAMAGE = "_damage.json"
BELONGS_TO = "belongs_to"  # in a lineage: the stage without which this one is of no use


@dataclass(frozen=True)
class Damage:
    """A stage that was not what had been written, and was put aside when it was found."""

    fingerprint: str
    operator_id: str
    found_at: str
    what: str


class StageStore:
    """Folders named by fingerprint; each holds parquet files and what is known about them.

    A stage appears whole, by one rename. Of two writers of one fingerprint the later one finds
    the stage there and discards its own. A damaged stage is put aside and recorded, so that it is
    computed again. ``remote`` holds the same stages for other workspaces; ``levels`` hold small
    tables nearer than the stages do.
    """

    def __init__(
        self,
        folder: Path,
        *,
        remote: RemoteStages | None = None,
        levels: Sequence[Level] | None = None,
    ) -> None:
        self._stages = folder / "stages"
        self._checks = folder / "checks"
        self._aside = folder / "damaged"
        self.remote = remote
        self.levels: tuple[Level, ...] = (MemoryLevel(),) if levels is None else tuple(levels)
        self._known: dict[str, Marks] = {}
        self._lock = threading.Lock()
        self._stages.mkdir(parents=True, exist_ok=True)
        self._checks.mkdir(parents=True, exist_ok=True)

    def has(self, fingerprint: str) -> bool:
        """Tell whether the stage is stored and is what was written.

        The files are read once per process and after every change of theirs. What is damaged is
        put aside; what only ``remote`` holds is fetched.
        """
        if self._is_here(fingerprint):
            if not (wrong := self._differences(fingerprint)):
                return True
            self._put_aside(fingerprint, wrong)
        return self._fetch(fingerprint)

    def _is_here(self, fingerprint: str) -> bool:
        return (self._stages / fingerprint / LINEAGE).is_file()

    def _differences(self, fingerprint: str) -> list[str]:
        """Return what is not as it was written."""
        try:
            written = self.lineage(fingerprint)["files"]
        except (DamagedStageError, KeyError, TypeError):
            return [LINEAGE]
        folder = self.data_path(fingerprint)
        now = marks(folder)
        if self._known.get(fingerprint) == now:
            return []
        wrong = differences(written, digests(folder))
        if not wrong:
            self._known[fingerprint] = now
            (self._stages / fingerprint / LINEAGE).touch()  # it is in use, so cleaning spares it
        return wrong

    def _put_aside(self, fingerprint: str, wrong: list[str]) -> None:
        with self._lock:
            self._aside.mkdir(exist_ok=True)
            place = self._aside / f"{fingerprint}.{uuid.uuid4().hex}"
            try:
                operator_id = str(self.lineage(fingerprint).get("operator_id", ""))
            except DamagedStageError:
                operator_id = ""
            try:
                (self._stages / fingerprint).rename(place)
            except FileNotFoundError:  # another process was first
                return
            told = Damage(
                fingerprint,
                operator_id,
                datetime.now(UTC).isoformat(),
                f"changed: {', '.join(wrong)}",
            )
            write_text(place / _DAMAGE, json.dumps(asdict(told), indent=1))

    def damages(self) -> list[Damage]:
        """Return the stages that were put aside, the oldest first."""
        files = self._aside.glob(f"*/{_DAMAGE}")
        found = [Damage(**json.loads(file.read_text("utf-8"))) for file in files]
        return sorted(found, key=lambda damage: damage.found_at)

    def folders(self) -> list[Path]:
        """Return the folders of all stages, unfinished ones too, sorted."""
        return sorted(self._stages.iterdir())

    def put_aside(self) -> list[Path]:
        """Return the folders of damaged stages, sorted."""
        return sorted(self._aside.iterdir()) if self._aside.is_dir() else []

    def checks(self) -> list[Path]:
        """Return the marks of checked input snapshots, sorted."""
        return sorted(self._checks.iterdir())

    def _fetch(self, fingerprint: str) -> bool:
        """Bring a stage from the remote store, if it has it."""
        if self.remote is None or not self.remote.has(fingerprint):
            return False
        beside = self._beside(fingerprint)
        try:
            self.remote.fetch(fingerprint, beside)
            self._put(beside, fingerprint)
        except DamagedStageError:
            self.remote.drop(fingerprint)
            return False
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        return True

    def data_path(self, fingerprint: str) -> Path:
        """Return the folder of the stage's parquet files."""
        return self._stages / fingerprint / DATA

    def lineage(self, fingerprint: str) -> dict[str, Any]:
        """Return what was written beside the data. Raises ``DamagedStageError``."""
        path = self._stages / fingerprint / LINEAGE
        try:
            found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise DamagedStageError(
                f"its {LINEAGE} can't be read: {error}", where=f"stage {fingerprint[:12]}"
            ) from error
        return found

    def write(
        self,
        fingerprint: str,
        write_data: Callable[[Path], None],
        describe: Callable[[], Mapping[str, Any]],
    ) -> dict[str, Any]:
        """Let ``write_data`` fill a folder, describe it after that, and put both in place."""
        beside = self._beside(fingerprint)
        try:
            write_data(beside / DATA)
            lineage = {
                "fingerprint": fingerprint,
                **describe(),
                "written_at": datetime.now(UTC).isoformat(),
                "files": digests(beside / DATA),
            }
            write_text(beside / LINEAGE, json.dumps(lineage, indent=1, sort_keys=True))
            if self._put(beside, fingerprint):
                self._known[fingerprint] = marks(self.data_path(fingerprint))
            else:
                lineage = self.lineage(fingerprint)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        if self.remote is not None and not self.remote.has(fingerprint):
            self.remote.push(fingerprint, self._stages / fingerprint)
        return lineage

    def _beside(self, fingerprint: str) -> Path:
        return self._stages / f".{fingerprint}.{uuid.uuid4().hex}"

    def _put(self, written: Path, fingerprint: str) -> bool:
        """Put a written folder in place; tell whether it is the one that counts."""
        place = self._stages / fingerprint
        if place.exists() and not self._is_here(fingerprint):  # what a deletion left
            remains = written.with_name(f"{written.name}.remains")
            place.rename(remains)
            shutil.rmtree(remains, ignore_errors=True)
        try:
            written.rename(place)
        except OSError:
            if not self._is_here(fingerprint):
                raise
            return False
        return True

    def dataset(self, fingerprint: str) -> ds.Dataset:
        """Return the stage's files as an Arrow dataset, to be read without Spark."""
        return ds.dataset(self.files(fingerprint), format="parquet")

    def get_or_compute(self, fingerprint: str, compute: Callable[[], pa.Table]) -> pa.Table:
        """Return a small result from the nearest place that has it; only then compute it.

        Asked are the levels in their order, then the stage. Where it was found or computed, the
        levels before get it too.
        """
        found: pa.Table | None = None
        missed: list[Level] = []
        for level in self.levels:
            found = level.get(fingerprint)
            if found is not None:
                break
            missed.append(level)
        if found is None:
            stored = self.has(fingerprint)
            found = self.dataset(fingerprint).to_table() if stored else compute()
        for level in missed:
            level.put(fingerprint, found)
        return found

    def files(self, fingerprint: str) -> list[str]:
        """Return the paths of the stage's parquet files, sorted."""
        return [str(file) for file in data_files(self.data_path(fingerprint))]

    def verify(self, fingerprint: str) -> str:
        """Return the digest over the stage's files as they are now.

        Raises ``DamagedStageError`` where a file is missing, new or changed. Nothing is put
        aside or computed again here: what was approved is this stage, or none.
        """
        if not self._is_here(fingerprint):
            self._fetch(fingerprint)
        written = self.lineage(fingerprint)["files"]
        found = digests(self.data_path(fingerprint))
        if wrong := differences(written, found):
            raise DamagedStageError(
                f"files are not what was written: {', '.join(wrong)}",
                where=f"stage {fingerprint[:12]}",
                hint="run again, and find out who changed them",
            )
        text = json.dumps(found, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def checked(self, fingerprint: str) -> bool:
        """Tell whether the input snapshot of this fingerprint passed its checks before."""
        return (self._checks / fingerprint).is_file()

    def mark_checked(self, fingerprint: str) -> None:
        """Remember that an input snapshot passed its checks."""
        write_text(self._checks / fingerprint, "")
