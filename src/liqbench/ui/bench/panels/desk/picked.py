"""Files of evidence that she picked in the browser, kept until the variant is submitted."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from liqbench.errors import DocumentError
from liqbench.governance import check_name
from liqbench.model._documents import write_bytes

FIELD = "files"  # of the form of a variant; one a line
_KEPT = re.compile(r"[0-9a-f]{12}/[^/\\]+")
# What a browser sends in one message still passes through the notebook's line.
MOST = 6 * 1024 * 1024


class Picked:
    """Files in a folder, each named ``digest/name``: another content is another file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, name: str, data: bytes) -> str:
        """Store a file; return what it is called here. Raises ``EvidenceFileError``."""
        kept = f"{sha256(data).hexdigest()[:12]}/{check_name(name)}"
        write_bytes(self.path(kept), data)
        return kept

    def path(self, kept: str) -> Path:
        """Return where a file lies. Raises ``DocumentError`` for a name that leads elsewhere."""
        if not _KEPT.fullmatch(kept):
            raise DocumentError(f"{kept!r} is no file that was picked", hint="pick it again")
        return self._folder / kept

    def keep_only(self, wanted: Iterable[str]) -> None:
        """Remove all files but these, which are still named in a form."""
        paths = {self.path(kept) for kept in wanted}
        for path in self._folder.glob("*/*"):
            if path not in paths:
                path.unlink(missing_ok=True)
                with contextlib.suppress(OSError):  # another file of these bytes is in it
                    path.parent.rmdir()


def files_of(form: dict[str, str]) -> list[str]:
    """Return the files that a form names."""
    return form.get(FIELD, "").splitlines()


def with_file(files: list[str], kept: str) -> dict[str, str]:
    """Return the form's field with one more file, in the place of another of its name."""
    name = kept.partition("/")[2]
    others = [each for each in files if each.partition("/")[2] != name]
    return {FIELD: "\n".join([*others, kept])}


def without_file(files: list[str], kept: str) -> dict[str, str]:
    """Return the form's field without a file."""
    return {FIELD: "\n".join(each for each in files if each != kept)}
