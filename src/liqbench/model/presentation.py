"""How things are shown: rooms below ``ui`` ask here, ``ui`` answers by registering."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from liqbench.errors import LiqbenchError


@singledispatch
def show(thing: Any) -> Any:
    """Return the picture of a thing for a notebook. Raises ``LiqbenchError`` where none exists."""
    raise LiqbenchError(
        f"a {type(thing).__name__} has no picture", hint="import liqbench, which brings the pictures"
    )
