"""Files that the browser is offered: made in a folder of their own, which is gone afterwards."""

from __future__ import annotations

import base64
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from liqbench.errors import LiqbenchError

_MOST = 64 * 1024 * 1024  # a message that long still passes through the notebook's line


def packed(name: str, write: Callable[[Path], object]) -> dict[str, Any]:
    """Return what is written to a path, as a file for the browser; a folder as a zip of it.

    Raises ``LiqbenchError`` for one that is too large to be sent.
    """
    with tempfile.TemporaryDirectory(prefix="liqbench-") as folder:
        path = Path(folder) / name
        write(path)
        if path.is_dir():
            path = Path(shutil.make_archive(str(path), "zip", root_dir=path))
        return _file(path)


def _file(path: Path) -> dict[str, Any]:
    if (size := path.stat().st_size) > _MOST:
        raise LiqbenchError(
            f"{path.name} has {size:,} bytes, too many to be handed to the browser",
            hint="write it to a path of this machine instead",
        )
    text = base64.b64encode(path.read_bytes()).decode()
    return {"name": path.name, "type": "application/zip", "base64": text}
