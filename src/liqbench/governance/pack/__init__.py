"""The evidence pack of an approval: one zip that is verified without the workspace (liqpack/1)."""

from liqbench.governance.pack.archive import Archive, archive_of, read_archive
from liqbench.governance.pack.contents import pack_of, write_pack
from liqbench.governance.pack.errors import (
    PackContentError,
    PackExistsError,
    PackFileError,
    UnreadablePackError,
)
from liqbench.governance.pack.verification import Verification, verify_files, verify_pack

__all__ = [
    "Archive",
    "PackContentError",
    "PackExistsError",
    "PackFileError",
    "UnreadablePackError",
    "Verification",
    "archive_of",
    "pack_of",
    "read_archive",
    "verify_files",
    "verify_pack",
    "write_pack",
]
