"""Files of scenarios: ``*.liqscenarios.json``."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from liqbench.errors import DocumentError, FaultCollector
from liqbench.model._documents import read_text, write_text
from liqbench.model._values import read_json
from liqbench.model.rules import Scenario

SCHEMA = "liqscenarios/1"


def load_scenarios(path: str | os.PathLike[str]) -> tuple[Scenario, ...]:
    """Read all scenarios of a file.

    Raises ``DocumentError`` naming the file and the scenario; several as ``FaultsError``.
    """
    return read_scenarios(read_text(Path(path)), where=str(path))


def read_scenarios(text: str, *, where: str) -> tuple[Scenario, ...]:
    """Read all scenarios of a file's text. Raises as ``load_scenarios``; ``where`` names it."""
    document = read_json(text, where=where)
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise DocumentError(
            f"this is no file of scenarios: its schema is not {SCHEMA!r}", where=where
        )
    items = document.get("scenarios")
    if not isinstance(items, list) or not items:
        raise DocumentError("holds no scenario", where=where)
    faults = FaultCollector()
    scenarios: list[Scenario] = []
    for item in items:
        with faults.collect(where):
            scenarios.append(Scenario.from_json(item))
    with faults.collect(where):
        check_names(scenarios)
    faults.raise_all()
    return tuple(scenarios)


def save_scenarios(scenarios: Iterable[Scenario], path: str | os.PathLike[str]) -> Path:
    """Write scenarios to one file, whole or not at all.

    Raises ``DocumentError`` for two of one name.
    """
    return write_text(path, scenarios_text(scenarios))


def scenarios_text(scenarios: Iterable[Scenario]) -> str:
    """Return the text of a file of scenarios. Raises ``DocumentError`` for two of one name."""
    scenarios = tuple(scenarios)
    check_names(scenarios)
    document = {"schema": SCHEMA, "scenarios": [scenario.to_json() for scenario in scenarios]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def check_names(scenarios: Iterable[Scenario]) -> None:
    """Raise ``DocumentError`` where two scenarios are called the same."""
    for name, times in Counter(scenario.name for scenario in scenarios).items():
        if times > 1:
            raise DocumentError(f"{times} scenarios are called {name!r}", hint="rename one")
