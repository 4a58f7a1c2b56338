"""What is stored beside a submission: files named by the SHA-256 of their bytes."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from liqbench.model._documents import write_bytes
from liqbench.store.errors import DamagedAttachmentError


class Attachments:
    """A folder of files that are written once and found by their digest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> str:
        """Store bytes; return their SHA-256. What is there already counts as used now."""
        digest = sha256(data).hexdigest()
        file = self._folder / digest
        if file.is_file() and sha256(file.read_bytes()).hexdigest() == digest:
            file.touch()  # it is in use, so cleaning spares it
        else:
            write_bytes(file, data)
        return digest

    def get(self, digest: str) -> bytes:
        """Return the bytes of a digest. Raises ``DamagedAttachmentError``."""
        where = f"attachment {digest[:12]}"
        try:
            data = (self._folder / digest).read_bytes()
        except OSError as error:
            raise DamagedAttachmentError(f"can't be read: {error.strerror}", where=where) from error
        if sha256(data).hexdigest() != digest:
            raise DamagedAttachmentError(
                "is not what was stored", where=where, hint="find out who changed the workspace"
            )
        return data

    def files(self) -> list[Path]:
        """Return all files, unfinished ones too, sorted."""
        return sorted(self._folder.iterdir()) if self._folder.is_dir() else []
