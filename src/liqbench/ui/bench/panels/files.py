"""Calculations in files: opened, saved, begun from an example, and kept as templates."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from liqbench import samples
from liqbench.errors import DocumentError, did_you_mean
from liqbench.model import Dag, OperatorConfig, Scenario, as_date
from liqbench.model._values import thaw
from liqbench.model.dag import SUFFIX
from liqbench.ui.bench import edits
from liqbench.ui.bench.commands import command
from liqbench.ui.bench.panel import Panel

_MOST_FILES = 200
_DATA_FORMATS = ("parquet", "csv", "json")


@dataclass(frozen=True)
class Example:
    """A calculation that comes with liqbench, with the scenarios for it."""

    title: str
    words: str
    dag: Callable[[], Dag]
    scenarios: Callable[[], Sequence[Scenario]]
    as_of: date = date(2025, 12, 31)


EXAMPLES: Mapping[str, Example] = {
    "lcr": Example(
        "LCR of a banking group",
        "Ten thousand invented deals to the LCR per entity, in eight operators; three scenarios",
        samples.lcr_dag,
        samples.lcr_scenarios,
    ),
    "lcr_nsfr": Example(
        "LCR and NSFR from a balance sheet",
        "Deals split and classified by rule, both ratios per entity, group and currency; stresses",
        samples.lcr_nsfr_dag,
        samples.stress_scenarios,
    ),
    "disclosures": Example(
        "LCR of real banks",
        "Published LIQ1 tables, reproduced to the last digit; what-ifs on them",
        samples.disclosure_dag,
        samples.disclosure_scenarios,
    ),
}


class FilesPanel(Panel):
    """Where calculations come from and go to."""

    name = "files"

    @command()
    def saved(self) -> list[dict[str, str]]:
        """Return the calculations in files below the notebook's folder."""
        here = Path.cwd()
        found = [
            path
            for pattern in (f"*{SUFFIX}", f"*/*{SUFFIX}", f"*/*/*{SUFFIX}")
            for path in sorted(here.glob(pattern))
            if not any(part.startswith(".") for part in path.relative_to(here).parts)
        ]
        return [{"path": str(path.relative_to(here))} for path in found[:_MOST_FILES]]

    @command()
    def new(self) -> None:
        """Begin an empty calculation."""
        self._take("a new calculation", Dag(name="calculation", operators=()))

    @command()
    def open(self, path: str) -> None:
        """Open a file. Raises ``DocumentError`` naming it and what is wrong with it."""
        self._take(f"open {path}", Dag.load(path))

    @command()
    def save(self, path: str) -> str:
        """Store the calculation in a file; its sources are found from there. Return its path."""
        if not path.strip():
            raise DocumentError("the file has no name")
        folder = Path(path).parent.resolve()
        moved = rebased(self.bench.draft.dag, folder)
        written = moved.save(path)
        self.bench.change(f"save as {written.name}", dag=moved)
        return str(written)

    @command()
    def examples(self) -> list[dict[str, str]]:
        """Return what comes with liqbench to begin with."""
        return [
            {"name": name, "title": each.title, "words": each.words}
            for name, each in EXAMPLES.items()
        ]

    @command(slow=True)
    def start_from(self, example: str) -> None:
        """Begin with an example and its scenarios; its deals are written where they aren't yet."""
        if example not in EXAMPLES:
            raise DocumentError(
                f"there is no example {example!r}", hint=did_you_mean(example, EXAMPLES)
            )
        chosen = EXAMPLES[example]
        dag, scenarios = chosen.dag(), tuple(chosen.scenarios())
        with self.bench.changing():
            day = as_date(chosen.as_of)
            self._take(f"start from {chosen.title}", dag, as_of=day, scenarios=scenarios)

    def _take(self, words: str, dag: Dag, **more: Any) -> None:
        self.bench.selection = {}
        self.bench.change(words, dag=dag, places={}, **more)

    # --- templates -----------------------------------------------------------------------------

    @property
    def _templates(self) -> Path:
        return self.bench.workbench.folder / "templates"

    @command()
    def templates(self) -> list[dict[str, Any]]:
        """Return the templates: those that come with liqbench, and the workspace's own."""
        own = {path.name.removesuffix(SUFFIX): path for path in self._templates.glob(f"*{SUFFIX}")}
        shipped = samples.templates()
        return [
            *(_told(name, Dag.load(path), own=True) for name, path in sorted(own.items())),
            *(_told(name, dag, own=False) for name, dag in shipped.items() if name not in own),
        ]

    @command()
    def save_template(self, name: str, operators: Sequence[str]) -> None:
        """Keep some operators and the edges among them as a template of the workspace."""
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ,._-]{0,79}", name):
            raise DocumentError(
                f"a template can't be called {name!r}",
                hint="use up to 80 letters, digits, blanks, commas, points and hyphens",
            )
        if not operators:
            raise DocumentError("a template needs operators", hint="select some on the canvas")
        dag = self.bench.draft.dag
        kept = [dag.operator(each) for each in operators]
        inside = [
            each.model_copy(update={"inputs": tuple(n for n in each.inputs if n in operators)})
            for each in kept
        ]
        part = dag.model_copy(update={"name": name, "operators": tuple(inside)})
        rebased(part, self._templates).save(self._templates / f"{name}{SUFFIX}")

    @command()
    def insert(self, template: str, after: str | None = None) -> None:
        """Add a template's operators, its beginning fed by an operator where one is named."""
        path = self._templates / f"{template}{SUFFIX}"
        shipped = samples.templates()
        if path.is_file():
            found = Dag.load(path)
        elif template in shipped:
            found = shipped[template]
        else:
            raise DocumentError(
                f"there is no template {template!r}", hint=did_you_mean(template, shipped)
            )
        dag = self.bench.draft.dag
        operators = [each.model_dump() for each in rebased(found, dag.folder).operators]
        changed, names = edits.pasted(dag, operators)
        if after is not None:
            changed = edits.fed_by(changed, names, after)
        self.bench.change(f"insert {template}", dag=changed)
        self.bench.selection = {"kind": "operator", "id": names[0], "ids": [*names]}


def _told(name: str, dag: Dag, *, own: bool) -> dict[str, Any]:
    return {
        "name": name,
        "words": dag.description,
        "operators": [*dag.inputs],
        "own": own,
    }


def rebased(dag: Dag, folder: Path) -> Dag:
    """Return the DAG at another folder, its relative paths leading where they led before."""
    changed = [
        OperatorConfig.of(
            **{**each.model_dump(), "parameters": _rebased(each.parameters, dag.folder, folder)}
        )
        for each in dag.operators
    ]
    return dag.model_copy(update={"operators": tuple(changed)}).at_folder(folder)


def _rebased(value: Any, old: Path, new: Path) -> Any:
    """Return parameters with the sources in them read from another folder."""
    if isinstance(value, Mapping):
        plain = {name: _rebased(item, old, new) for name, item in value.items()}
        path = plain.get("path")
        if plain.get("format") in _DATA_FORMATS and isinstance(path, str) and "://" not in path:
            place = Path(path).expanduser()
            if not place.is_absolute():
                plain["path"] = os.path.relpath(old / place, new.resolve())
        return plain
    if isinstance(value, list | tuple):
        return [_rebased(item, old, new) for item in value]
    return thaw(value)
