"""How often something is tried again, and how long to wait before."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """Tries, and seconds between them, which double up to the longest.

    Of each wait a random part is left out, so that those who collided don't meet again.
    """

    tries: int = 6
    first: float = 0.5
    longest: float = 30.0
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def wait(self, tried: int) -> None:
        """Wait after so many tries."""
        seconds = min(self.first * 2 ** (tried - 1), self.longest)
        self.sleep(seconds * (1 + self.chance()) / 2)
