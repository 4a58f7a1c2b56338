"""How things are shown: rooms below ``ui`` ask here, ``ui`` answers by registering."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import singledispatch
from typing import Any

from liqbench.errors import LiqbenchError


@singledispatch
def show(thing: Any) -> Any:
    """Return the picture of a thing for a notebook. Raises ``LiqbenchError`` where none exists."""
    raise LiqbenchError(
        f"a {type(thing).__name__} has no picture",
        hint="import liqbench.ui, which brings the pictures",
    )


def has_picture(thing: Any) -> bool:
    """Tell whether ``show`` has a picture of such a thing."""
    return show.dispatch(type(thing)) is not show.dispatch(object)


def html_of(thing: Any) -> str | None:
    """Return the HTML of a thing's picture; without one ``None``, and a notebook shows its text."""
    return show(thing)._repr_html_() if has_picture(thing) else None


Reporter = Callable[[str], AbstractContextManager[Callable[[Any], None]]]


def _quiet(_title: str) -> AbstractContextManager[Callable[[Any], None]]:
    return nullcontext(lambda _progress: None)


_reporter: Reporter = _quiet


def use_reporter(reporter: Reporter) -> None:
    """Show the progress of runs by this reporter: a title in, a sink for progress out."""
    global _reporter  # noqa: PLW0603 - the one place where ui plugs in
    _reporter = reporter


def progress(title: str) -> AbstractContextManager[Callable[[Any], None]]:
    """Return the sink for the progress of one run, by the reporter in use."""
    return _reporter(title)
