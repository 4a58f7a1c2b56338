"""Files of scenarios: ``*.liqscenarios.json``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from liqbench.errors import DocumentError
from liqbench.model._documents import load_json, write_text
from liqbench.model.rules import Scenario

SCHEMA = "liqscenarios/1"


def load_scenarios(path: str | os.PathLike[str]) -> tuple[Scenario, ...]:
    """Read all scenarios of a file. Raises ``DocumentError`` naming the file and the scenario."""
    document = load_json(path)
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise DocumentError(
            f"this is no file of scenarios: its schema is not {SCHEMA!r}", where=str(path)
        )
    try:
        scenarios = tuple(Scenario.from_json(item) for item in document.get("scenarios", []))
    except DocumentError as error:
        raise error.at(str(path)) from None
    if not scenarios:
        raise DocumentError("holds no scenario", where=str(path))
    return scenarios


def save_scenarios(scenarios: Iterable[Scenario], path: str | os.PathLike[str]) -> Path:
    """Write scenarios to one file, whole or not at all."""
    document = {"schema": SCHEMA, "scenarios": [scenario.to_json() for scenario in scenarios]}
    return write_text(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
