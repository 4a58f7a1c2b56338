"""Files that the browser is offered: made in a folder of their own, which is gone afterwards."""

from __future__ import annotations

import base64
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from liqbench.errors import LiqbenchError

_MOST = 64 * 1024 * 1024  # a message that long still passes through the notebook's line


def packed(name: str, write: Callable[[Path], object]) -> dict[str, str]:
    """Return what is written to a path, as a file for the browser; a folder as a zip of it.

    Raises ``LiqbenchError`` for one that is too large to be sent.
    """
    with tempfile.TemporaryDirectory(prefix="liqbench-") as folder:
        path = Path(folder) / name
        write(path)
        if path.is_dir():
            path = Path(shutil.make_archive(str(path), "zip", root_dir=path))
        return as_file(path.name, path.read_bytes())


def as_file(name: str, data: bytes) -> dict[str, str]:
    """Return bytes as a file for the browser. Raises ``LiqbenchError`` for too many to be sent."""
    if len(data) > _MOST:
        raise LiqbenchError(
            f"{name} has {len(data):,} bytes, too many to be handed to the browser",
            hint="write it to a path of this machine instead: “Code” shows the call",
        )
    kind = "application/zip" if name.endswith(".zip") else "application/octet-stream"
    return {"name": name, "type": kind, "base64": base64.b64encode(data).decode()}
