"""What every step of the bench is: a state for the screen, and the commands that change it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from liqbench.ui.bench.bench import Bench


class Panel:
    """A step of the working day. ``state`` is JSON, and all that the screen knows of it.

    Methods marked by ``command`` are called from the screen as ``<name>.<method>``, under the
    bench's lock. A ``slow`` one runs in a thread of its own without it, takes ``bench.changing()``
    for what it changes, and its answer comes when it is there. So does a ``question``, which
    changes nothing of the draft: it ends with ``RunCancelledError`` where nobody waits for it.
    """

    name: ClassVar[str]

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    def state(self) -> dict[str, Any]:
        """Return what the screen shows of this step; cheap, as it is asked after every command."""
        return {}

    def code(self) -> str:
        """Return the calls that do in a cell what this step does on the screen."""
        return ""

    def understood(self, selection: Mapping[str, Any]) -> dict[str, Any]:
        """Return a selection by the names that its things go by now."""
        return dict(selection)

    def moved(self) -> None:
        """Learn that the draft, the run or the selection changed; drop what no longer holds."""
