"""What a stage's files hold, as digests, and what tells at a glance that they are as they were."""

from __future__ import annotations

import hashlib
from pathlib import Path

Marks = tuple[tuple[str, int, int], ...]


def data_files(folder: Path) -> list[Path]:
    """Return the parquet files of a folder, sorted; Spark's marks and checksums are none."""
    found = sorted(folder.rglob("*.parquet"))
    return [file for file in found if not file.name.startswith((".", "_"))]


def digests(folder: Path) -> dict[str, str]:
    """Return name and SHA-256 of every data file."""
    return {file.relative_to(folder).as_posix(): digest_of(file) for file in data_files(folder)}


def digest_of(file: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def marks(folder: Path) -> Marks:
    """Return name, size in bytes and modification time in ns of every data file."""
    found = ((file, file.stat()) for file in data_files(folder))
    return tuple((file.name, stat.st_size, stat.st_mtime_ns) for file, stat in found)


def differences(written: dict[str, str], found: dict[str, str]) -> list[str]:
    """Return the names of files that are missing, new or changed, sorted."""
    return sorted(n for n in written.keys() | found.keys() if written.get(n) != found.get(n))
