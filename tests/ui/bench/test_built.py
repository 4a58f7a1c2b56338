"""The screen travels with the package: who installs liqbench needs no node."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[3]
BUNDLE = {"liqbench/ui/static/bench.js", "liqbench/ui/static/bench.css"}


def test_wheel_and_source_distribution_carry_the_built_screen(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)  # noqa: S603
    (wheel,) = tmp_path.glob("*.whl")
    (source,) = tmp_path.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as file:
        names = file.namelist()
    assert set(names) >= BUNDLE
    assert len(names) == len(set(names))
    with tarfile.open(source) as archive:
        found = {name.partition("/")[2] for name in archive.getnames()}
    assert {f"src/{name}" for name in BUNDLE} | {"labextension/package-lock.json"} <= found
    assert not any("node_modules" in name for name in found)
