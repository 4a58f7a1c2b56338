"""Files that an author gives as evidence: attached as they are, under the hash."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from liqbench.governance.errors import EvidenceFileError

GIVEN = "evidence/"
_LARGEST = 1 << 26  # bytes of all of them; a pack of all that is attached is read as a whole
_LONGEST = 150  # bytes of a name
_BARRED = frozenset('/\\:<>|"?*')  # in names of files somewhere, so not in a pack that travels


def given_files(paths: Sequence[str | os.PathLike[str]]) -> dict[str, bytes]:
    """Read the files, by their names in an evidence pack.

    Raises ``EvidenceFileError`` for one that can't be read, two of one name, a name that other
    systems have no place for, and more than 64 MiB together.
    """
    found: dict[str, bytes] = {}
    for path in map(Path, paths):
        name = f"{GIVEN}{check_name(path.name)}"
        if name in found:
            raise EvidenceFileError(
                "is the name of two files of evidence", where=path.name, hint="rename one of them"
            )
        try:
            found[name] = path.read_bytes()
        except OSError as error:
            raise EvidenceFileError(
                f"can't be read: {error.strerror}", where=str(path), hint="choose the file again"
            ) from error
        if (size := sum(map(len, found.values()))) > _LARGEST:
            raise EvidenceFileError(
                f"the files of evidence have {size:,} bytes or more, and {_LARGEST:,} is the most",
                where=path.name,
                hint="attach what counts of them, and say in the reason where the rest lies",
            )
    return found


def check_name(name: str) -> str:
    """Return the name of a file of evidence. Raises ``EvidenceFileError``."""
    whole = name and name.strip(". ") == name and len(name.encode()) <= _LONGEST
    if not whole or not name.isprintable() or _BARRED & set(name):
        raise EvidenceFileError(
            f"a file of evidence can't be called {name!r}",
            hint=f"rename it: {_LONGEST} bytes at most, no point or blank at its ends, and none of "
            + " ".join(sorted(_BARRED)),
        )
    return name
