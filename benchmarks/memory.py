"""The most memory that a process and all it started had, as Linux tells it."""

from __future__ import annotations

import os
from pathlib import Path

_MARK = "VmHWM"


def peak_mb() -> float:
    """Return the peaks of this process and of its living descendants, summed, in MiB.

    The peaks need not fall together, so the sum is no less than what was ever held at once. With
    Spark it is that of the Python driver and of Spark's JVM. 0 where there is no ``/proc``.
    """
    parents: dict[int, int] = {}
    peaks: dict[int, float] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        fields = _status(entry)
        if "PPid" in fields and _MARK in fields:
            parents[int(entry.name)] = int(fields["PPid"])
            peaks[int(entry.name)] = int(fields[_MARK].split()[0]) / 1024
    return sum(peak for pid, peak in peaks.items() if _descends(pid, os.getpid(), parents))


def _status(entry: Path) -> dict[str, str]:
    """Return what is told of a process; nothing where it has ended meanwhile."""
    try:
        lines = (entry / "status").read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    return {name: value for name, _, value in (line.partition(":") for line in lines)}


def _descends(pid: int, ancestor: int, parents: dict[int, int]) -> bool:
    seen: set[int] = set()
    while pid != ancestor:
        if pid in seen or pid not in parents:
            return False
        seen.add(pid)
        pid = parents[pid]
    return True
