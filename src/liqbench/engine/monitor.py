"""What a run tells while it goes on (the seed's ``DAGMonitor``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from liqbench.engine.executor import OperatorResult

State = Literal["running", "done", "reused", "failed", "cancelled"]


@dataclass(frozen=True)
class Progress:
    """One step of one run or variant: which operator, its state, rows and seconds so far.

    A step computes operators ``on_the_way`` to the one that it stores; what is known of them is
    in ``results`` when it is done.
    """

    run: str
    operator_id: str
    state: State
    finished: int
    total: int
    rows: int | None = None
    seconds: float = 0.0
    message: str = ""
    on_the_way: tuple[str, ...] = ()
    results: tuple[OperatorResult, ...] = ()


Monitor = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """Tell nobody."""
