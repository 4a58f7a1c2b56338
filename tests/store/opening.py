"""What one of several processes does that open the same new records at once."""

from __future__ import annotations

from multiprocessing.synchronize import Barrier
from pathlib import Path

from sqlalchemy import URL

from liqbench.store import Records


def open_and_add(place: Path | URL, barrier: Barrier, number: int) -> None:
    barrier.wait(30)
    records = Records(place)
    records.add("kind", f"d{number}", "new", {})
    records.close()
