"""YAML documents with exact numbers, their faults told with line and column."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import yaml

from liqbench.errors import LiqbenchError
from liqbench.model._documents import read_text

YAML_SUFFIXES = (".yaml", ".yml")
Base = TypeVar("Base")


def read_document(file: Path, *, error: type[LiqbenchError]) -> Any:
    """Read a YAML file. Raises ``error`` for one that is not there or can't be read."""
    text = read_text(file, error=error, siblings="*.y*ml")
    try:
        return yaml.load(text, Loader=_Exact)  # noqa: S506 - a safe loader, of ours
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise error(f"this is no YAML: {fault.problem}{place}", where=str(file)) from fault


def base_of(
    extends: str | None,
    file: Path,
    below: tuple[Path, ...],
    *,
    read: Callable[[Path, tuple[Path, ...]], Base],
    packaged: Callable[[str], Base],
) -> Base | None:
    """Return what a file extends: another file, by its path from there, or a packaged one.

    ``below`` are the files that led to this one.
    """
    if extends is None:
        return None
    if extends.endswith(YAML_SUFFIXES):
        return read(file.parent / extends, (*below, file))
    return packaged(extends)


def check_circle(
    file: Path, below: tuple[Path, ...], what: str, *, error: type[LiqbenchError]
) -> None:
    """Raise ``error`` where a file is among those that extend it."""
    if file in below:
        chain = " extends ".join(path.name for path in (*below[below.index(file) :], file))
        raise error(f"{what} extend each other in a circle: {chain}", where=str(file))


class _Exact(yaml.SafeLoader):
    """Reads numbers as decimals, dates as text, and refuses a name that stands twice."""


def _number(loader: _Exact, node: yaml.ScalarNode) -> Decimal:
    return Decimal(str(loader.construct_scalar(node)).replace("_", ""))


def _text(loader: _Exact, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


def _unique(loader: _Exact, node: yaml.MappingNode) -> dict[str, Any]:
    names = [loader.construct_object(key) for key, _ in node.value]
    for place, name in enumerate(names):
        if name in names[:place]:
            mark = node.value[place][0].start_mark
            raise yaml.constructor.ConstructorError(None, None, f"{name!r} stands twice", mark)
    loader.flatten_mapping(node)
    return {str(key): value for key, value in loader.construct_mapping(node, deep=True).items()}


_Exact.add_constructor("tag:yaml.org,2002:float", _number)
_Exact.add_constructor("tag:yaml.org,2002:timestamp", _text)
_Exact.add_constructor("tag:yaml.org,2002:map", _unique)
