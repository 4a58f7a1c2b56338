"""Where scenarios come from and go to: the library, and files for others and for a spreadsheet."""

from __future__ import annotations

from typing import Any

from liqbench.errors import DocumentError
from liqbench.model import Scenario, read_scenario_sheet, scenario_sheet
from liqbench.model.scenarios import read_scenarios, scenarios_text
from liqbench.ui.bench import scenario_edits as edits
from liqbench.ui.bench.bench import Bench
from liqbench.ui.bench.commands import command
from liqbench.ui.bench.library import Library
from liqbench.ui.bench.panel import Panel


class ShelfPanel(Panel):
    """The scenarios kept in the workspace, the shipped examples, and files."""

    name = "shelf"

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.library = Library(bench.workbench.folder)

    @command()
    def entries(self) -> list[dict[str, Any]]:
        """Return the library: where each scenario is from, its rules in words, what it lacks."""
        return [
            {
                "source": entry.source,
                "name": entry.scenario.name,
                "description": entry.scenario.description,
                "rules": [rule.describe() for rule in entry.scenario.rules],
                "missing": list(entry.missing),
            }
            for entry in self.library.entries(self.bench.draft.dag)
        ]

    @command()
    def take(self, source: str, name: str) -> str:
        """Add a scenario of the library; return the name it has here."""
        found = self.library.take(source, name)
        changed, names = edits.with_scenarios(self.bench.draft, [found])
        self.bench.change(f"take {name} from the library", **changed)
        self.bench.selection = {"kind": "scenario", "id": names[0]}
        self.bench.moved()
        return names[0]

    @command()
    def keep(self, name: str) -> None:
        """Keep a scenario in the workspace's library. Raises ``DocumentError`` for an open rule."""
        self.library.keep(self._whole(name))

    @command()
    def forget(self, name: str) -> None:
        """Take a scenario out of the workspace's library."""
        self.library.forget(name)

    @command()
    def read(self, file: str, text: str) -> list[str]:
        """Add the scenarios of a file, JSON or CSV; return the names they have here."""
        reader = read_scenario_sheet if file.lower().endswith(".csv") else read_scenarios
        changed, names = edits.with_scenarios(self.bench.draft, reader(text, where=file))
        self.bench.change(f"import {file}", **changed)
        self.bench.selection = {"kind": "scenario", "id": names[0]}
        self.bench.moved()
        return names

    @command()
    def write(self, kind: str, names: list[str]) -> dict[str, str]:
        """Return scenarios as a file's name and text; ``kind`` is ``json`` or ``csv``.

        Raises ``DocumentError`` for a rule that isn't finished: it is never left out silently.
        """
        draft = self.bench.draft
        chosen = [self._whole(name) for name in names]
        if kind == "csv":
            return {"file": f"{draft.dag.name}.scenarios.csv", "text": scenario_sheet(chosen)}
        return {"file": f"{draft.dag.name}.liqscenarios.json", "text": scenarios_text(chosen)}

    def _whole(self, name: str) -> Scenario:
        """Return a scenario with all its rules. Raises ``DocumentError`` for one not finished."""
        for rule in edits.rules_of(self.bench.draft, name):
            if rule.fault is not None:
                raise DocumentError(
                    f"the rule {rule.rule_id!r} is not finished",
                    where=f"scenario {name!r}",
                    hint="finish it, or discard it, so that nothing is left out",
                )
        return edits.finished(self.bench.draft, name)
