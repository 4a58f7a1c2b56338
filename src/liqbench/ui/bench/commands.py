"""What a screen may ask of the bench: named commands with checked arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ConfigDict, ValidationError, validate_call

from liqbench.errors import DocumentError, LiqbenchError, did_you_mean

_MARK = "__liqbench_command__"
Method = TypeVar("Method", bound=Callable[..., Any])


@dataclass(frozen=True)
class Command:
    """A command as a panel offers it; ``slow`` ones run in a thread of their own.

    A ``question`` is slow and only reads: it may be given up on its way.
    """

    call: Callable[..., Any]
    slow: bool
    question: bool


def command(*, slow: bool = False, question: bool = False) -> Callable[[Method], Method]:
    """Offer a panel's method to the screen, its arguments checked against their annotations."""

    def mark(method: Method) -> Method:
        setattr(method, _MARK, {"slow": slow or question, "question": question})
        return method

    return mark


def commands_of(panel: object) -> Iterator[tuple[str, Command]]:
    """Yield the commands of a panel by name."""
    for name, function in inspect.getmembers(type(panel), inspect.isfunction):
        kind = getattr(function, _MARK, None)
        if kind is not None:
            method = getattr(panel, name)
            checked = validate_call(config=ConfigDict(arbitrary_types_allowed=True))(method)
            yield name, Command(checked, **kind)


def find(commands: Mapping[str, Command], name: str) -> Command:
    """Return a command by ``panel.name``. Raises ``LiqbenchError``."""
    if name not in commands:
        raise LiqbenchError(
            f"the screen asks for {name!r}, which this bench does not know",
            hint=did_you_mean(name, commands) + " Reload the page if liqbench was updated",
        )
    return commands[name]


def call(command: Command, arguments: Mapping[str, Any]) -> Any:
    """Return a command's answer. Raises ``DocumentError`` for arguments that don't fit it."""
    try:
        return command.call(**arguments)
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
            for item in error.errors()
        )
        raise DocumentError(told) from None
