"""Screen and JupyterLab extension travel with the package: who installs it needs no node."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from liqbench import __version__

ROOT = Path(__file__).parents[3]
BUNDLE = {"liqbench/ui/static/bench.js", "liqbench/ui/static/bench.css"}
EXTENSION = {"package.json", "schemas/liqbench/launcher.json", "schemas/liqbench/dag-files.json"}


def test_wheel_and_source_distribution_carry_what_was_built(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)  # noqa: S603
    (wheel,) = tmp_path.glob("*.whl")
    (source,) = tmp_path.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as file:
        names = file.namelist()
        # Where JupyterLab looks for extensions once it is installed, and nowhere else.
        place = f"liqbench-{__version__}.data/data/share/jupyter/labextensions/liqbench"
        described = json.loads(file.read(f"{place}/package.json"))
    entry = described["jupyterlab"]["_build"]["load"]
    extension = EXTENSION | {entry}
    assert described["version"] == __version__
    assert set(names) >= BUNDLE | {f"{place}/{name}" for name in extension}
    assert not any(name.startswith("liqbench/labextension") for name in names)
    assert len(names) == len(set(names))
    with tarfile.open(source) as archive:
        found = {name.partition("/")[2] for name in archive.getnames()}
    built = BUNDLE | {f"liqbench/labextensions/liqbench/{name}" for name in extension}
    assert {f"src/{name}" for name in built} | {"labextension/package-lock.json"} <= found
    assert not any("node_modules" in name for name in found)
