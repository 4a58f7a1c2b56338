"""How commands tell their results and errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from liqbench.errors import LiqbenchError

NARROWEST = 120  # columns, where output goes to a file or a log
console = Console() if Console().is_terminal else Console(width=max(NARROWEST, Console().width))
errors = Console(stderr=True)


@contextmanager
def told() -> Iterator[None]:
    """Tell a liqbench error in words and leave with exit code 1."""
    try:
        yield
    except LiqbenchError as error:
        tell(error)
        raise typer.Exit(1) from None


def tell(error: LiqbenchError) -> None:
    """Print an error to stderr: its class, then its words."""
    errors.print(f"[bold red]{type(error).__name__}[/]", highlight=False)
    errors.print(str(error), markup=False, highlight=False)


def say(text: str) -> None:
    """Print a line as it is."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)
