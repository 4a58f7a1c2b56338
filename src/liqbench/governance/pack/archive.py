"""The zip itself: the same bytes for the same files, and nothing beside them.

Files are stored as they are, sorted by name and without times, so that the zip follows from its
files alone; a compressed one would depend on the compressor's version.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from liqbench.errors import GovernanceError
from liqbench.governance.pack.errors import PackFileError, UnreadablePackError

_NO_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX, _REGULAR_FILE = 3, 0o100644 << 16
_LARGEST = 1 << 28  # bytes of a pack; no honest one comes near


@dataclass(frozen=True)
class Archive:
    """The files of a zip by their names, and what is wrong with the zip."""

    files: Mapping[str, bytes]
    faults: tuple[GovernanceError, ...] = ()


def archive_of(files: Mapping[str, bytes]) -> bytes:
    """Return the zip of these files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.create_system, entry.external_attr = _UNIX, _REGULAR_FILE
            archive.writestr(entry, files[name])
    return packed.getvalue()


def read_archive(file: Path) -> Archive:
    """Read a zip; nothing is unpacked to disk. Raises ``UnreadablePackError`` for what is none."""
    where = str(file)
    try:
        if file.stat().st_size > _LARGEST:
            raise UnreadablePackError("is too large for an evidence pack", where=where)
        data = file.read_bytes()
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _archive(archive, data, where)
    except OSError as error:
        raise UnreadablePackError(f"can't be read: {error.strerror}", where=where) from error
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise UnreadablePackError(f"is no whole zip: {error}", where=where) from error


def _archive(archive: zipfile.ZipFile, data: bytes, where: str) -> Archive:
    entries = archive.infolist()
    if sum(entry.file_size for entry in entries) > _LARGEST:
        raise UnreadablePackError("is too large for an evidence pack", where=where)
    files: dict[str, bytes] = {}
    faults = list(_faults(entries))
    for entry in entries:
        try:
            files[entry.filename] = archive.read(entry)
        except (zipfile.BadZipFile, EOFError, RuntimeError, zlib.error) as error:
            files[entry.filename] = b""
            faults.append(PackFileError(f"can't be read: {error}", where=entry.filename))
    if not faults and archive_of(files) != data:
        faults.append(
            PackFileError(
                "the zip is not the one of its files: it was packed by other means, or has "
                "something beside them",
                where=where,
            )
        )
    return Archive(files, tuple(faults))


def _faults(entries: list[zipfile.ZipInfo]) -> Iterator[PackFileError]:
    """Yield what is wrong with the names."""
    for name, times in Counter(entry.filename for entry in entries).items():
        parts = PurePosixPath(name).parts
        if times > 1:
            yield PackFileError(f"is there {times} times", where=name)
        if name.startswith("/") or ".." in parts or "\\" in name or ":" in name or not parts:
            yield PackFileError("leads out of the pack", where=repr(name))
        elif name.endswith("/"):
            yield PackFileError("is a folder of its own", where=name)
