"""JupyterLab with what it does for the bench: its card, its files, its code in a new cell."""

from __future__ import annotations

import sys
from pathlib import Path

_BUILT = Path(__file__).parents[1] / "labextensions"


def jupyterlab(*arguments: str) -> list[str]:
    """Return the command that starts JupyterLab.

    It finds the extension of an installed liqbench by itself; a checkout's is told to it.
    """
    extension = [f"--LabApp.extra_labextensions_path={_BUILT}"] if _BUILT.is_dir() else []
    return [sys.executable, "-m", "jupyterlab", *extension, *arguments]
