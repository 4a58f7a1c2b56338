"""YAML documents with exact numbers, their faults told with line and column."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from liqbench.errors import LiqbenchError, did_you_mean

YAML_SUFFIXES = (".yaml", ".yml")


def read_document(file: Path, *, error: type[LiqbenchError]) -> Any:
    """Read a YAML file. Raises ``error`` for one that is not there or can't be read."""
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        siblings = [entry.name for entry in file.parent.glob("*.y*ml")]
        raise error(
            f"there is no file {file.name!r} in {file.parent}",
            hint=did_you_mean(file.name, siblings),
        ) from None
    except (OSError, UnicodeDecodeError) as fault:
        raise error(f"can't be read: {fault}", where=str(file)) from fault
    try:
        return yaml.load(text, Loader=_Exact)  # noqa: S506 - a safe loader, of ours
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise error(f"this is no YAML: {fault.problem}{place}", where=str(file)) from fault


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
