"""What goes on while something is published, for somebody who waits for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Phase = Literal["checking", "preparing", "staging", "committing", "refreshing"]
PHASES: tuple[Phase, ...] = ("checking", "preparing", "staging", "committing", "refreshing")


@dataclass(frozen=True)
class PublishStep:
    """What goes on now.

    ``checking`` is of the approval and every value, ``preparing`` of the warehouse's tables,
    ``staging`` and auditing of ``what`` and its ``rows``, with ``finished`` of ``total`` done;
    ``committing`` is the transaction. Once ``refreshing`` is told, all of it is committed. A try
    that failed begins anew with ``preparing``, under the next number of ``attempt``.
    """

    phase: Phase
    attempt: int = 1
    finished: int = 0
    total: int = 0
    what: str = ""
    rows: int = 0


Listener = Callable[[PublishStep], None]
"""Is told every step, in the thread that publishes.

What it raises ends the call: before the transaction nothing is written, and after it, publishing
again finds it done.
"""


def nobody(step: PublishStep) -> None:
    """Listen to nothing."""
    del step
