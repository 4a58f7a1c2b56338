"""The calls that build what is on the screen, as an analyst would write them in a cell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from liqbench.model import Dag


def dag_code(dag: Dag) -> str:
    """Return the calls that build a DAG."""
    about = f", {dag.description!r}" if dag.description else ""
    lines = ["import liqbench as lq", "", f"builder = lq.DagBuilder({dag.name!r}{about})"]
    for config in dag.operators:
        given = config.model_dump(exclude_defaults=True)
        fields = ", ".join(f"{name}={_plain(value)!r}" for name, value in given.items())
        lines.append(f"builder.add_operator({fields})")
    place = "" if dag.folder == Path.cwd() else f".at_folder({shown(dag.folder)!r})"
    return "\n".join([*lines, f"dag = builder.build(){place}", ""])


def shown(path: Path) -> str:
    """Return a path as one would write it: from here, where it lies here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
