"""What a run tells while it goes on (the seed's ``DAGMonitor``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

State = Literal["running", "done", "reused", "failed"]


@dataclass(frozen=True)
class Progress:
    """One step of one run or variant: which operator, its state, rows and seconds so far."""

    run: str
    operator_id: str
    state: State
    finished: int
    total: int
    rows: int | None = None
    seconds: float = 0.0
    message: str = ""


Monitor = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """Tell nobody."""
