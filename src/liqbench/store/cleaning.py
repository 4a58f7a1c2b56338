"""Finding and removing what nothing refers to any more."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from stat import S_ISREG

from liqbench.errors import DamagedStageError
from liqbench.store.attachments import Attachments
from liqbench.store.stages import BELONGS_TO, StageStore


@dataclass(frozen=True)
class Leftover:
    """A folder or file of a workspace that can go: what it is, why, its size in bytes."""

    path: Path
    what: str
    why: str
    size: int

    def remove(self) -> None:
        """Remove it; nobody sees half of it."""
        gone = self.path.with_name(f".{self.path.name}.{uuid.uuid4().hex}.remains")
        self.path.rename(gone)
        shutil.rmtree(gone) if gone.is_dir() else gone.unlink()


def leftovers(
    stages: StageStore,
    attachments: Attachments,
    is_referred: Callable[[str], bool],
    *,
    unused_for: timedelta,
) -> Iterator[Leftover]:
    """Yield what can go: it is referred to by nothing, and was not used for this long.

    The second protects what another process is just computing. A stage that says that it
    ``belongs_to`` another one stays with that one. The remote store is shared, so it is left alone.
    """
    latest = datetime.now(UTC) - unused_for
    leftover = partial(_unused, latest)
    for path in stages.folders():
        if path.name.startswith("."):
            yield from leftover(path, "unfinished stage", "its writer was stopped")
        elif not is_referred(path.name) and not is_referred(_owner(stages, path.name)):
            yield from leftover(path, "stage", "no run, submission or publication refers to it")
    for path in stages.put_aside():
        yield from leftover(path, "damaged stage", "it was computed again where it was needed")
    for path in stages.checks():
        if not is_referred(path.name):
            yield from leftover(path, "mark of checked input", "no run refers to this input")
    for path in attachments.files():
        if not is_referred(path.name):
            yield from leftover(path, "attachment", "no submission refers to it")


def _unused(latest: datetime, path: Path, what: str, why: str) -> Iterator[Leftover]:
    used, size = _used_and_size(path)
    if used <= latest:
        yield Leftover(path, what, why, size)


def _owner(stages: StageStore, fingerprint: str) -> str:
    try:
        return str(stages.lineage(fingerprint).get(BELONGS_TO, ""))
    except DamagedStageError:
        return ""


def _used_and_size(path: Path) -> tuple[datetime, int]:
    found = list(_stats(path))
    used = max((stat.st_mtime for stat in found), default=datetime.now(UTC).timestamp())
    return datetime.fromtimestamp(used, UTC), _bytes(found)


def size_of(path: Path) -> int:
    """Return the bytes of all files in a folder, or of a file."""
    return _bytes(_stats(path))


def _bytes(stats: Iterable[os.stat_result]) -> int:
    return sum(stat.st_size for stat in stats if S_ISREG(stat.st_mode))


def _stats(path: Path) -> Iterator[os.stat_result]:
    for file in [path, *(path.rglob("*") if path.is_dir() else ())]:
        with suppress(FileNotFoundError):  # others may just be finishing or cleaning it
            yield file.stat()
