"""Scenarios to take from: those kept in the workspace, and the shipped examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from liqbench import samples
from liqbench.errors import DocumentError, UnknownResultError, did_you_mean
from liqbench.model import Dag, Scenario, load_scenarios, save_scenarios

_SUFFIX = ".liqscenarios.json"
EXAMPLES = {
    "example: LCR of deals": samples.lcr_scenarios,
    "example: stress of a balance sheet": samples.stress_scenarios,
    "example: disclosed LCR": samples.disclosure_scenarios,
}


@dataclass(frozen=True)
class Entry:
    """A scenario of the library, and the operators it needs that the DAG at hand does not have."""

    source: str
    scenario: Scenario
    missing: tuple[str, ...]


class Library:
    """The scenarios of a workspace's folder, a file each, and the examples."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "scenarios"

    def entries(self, dag: Dag) -> Iterator[Entry]:
        """Yield all scenarios; ``missing`` are the operators that the DAG has not."""
        for file in sorted(self._folder.glob(f"*{_SUFFIX}")):
            for scenario in load_scenarios(file):
                yield Entry("workspace", scenario, _missing(scenario, dag))
        for source, make in EXAMPLES.items():
            for scenario in make():
                yield Entry(source, scenario, _missing(scenario, dag))

    def take(self, source: str, name: str) -> Scenario:
        """Return a scenario. Raises ``UnknownResultError``."""
        own = [e.scenario for e in self.entries(Dag(operators=())) if e.source == source]
        for scenario in own:
            if scenario.name == name:
                return scenario
        raise UnknownResultError(
            f"the library has no scenario {name!r} in {source!r}",
            hint=did_you_mean(name, (scenario.name for scenario in own)),
        )

    def keep(self, scenario: Scenario) -> Path:
        """Keep a scenario in the workspace, over an earlier one of its name."""
        return save_scenarios([scenario], self._file(scenario.name))

    def forget(self, name: str) -> None:
        """Take a scenario out of the workspace's library. Raises ``UnknownResultError``."""
        self.take("workspace", name)
        self._file(name).unlink()

    def _file(self, name: str) -> Path:
        plain = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")
        if not plain:
            raise DocumentError(f"{name!r} can't be a file's name", hint="use letters or digits")
        return self._folder / f"{plain}{_SUFFIX}"


def _missing(scenario: Scenario, dag: Dag) -> tuple[str, ...]:
    stages = {rule.stage for rule in scenario.rules if rule.stage}
    return tuple(sorted(stages - set(dag.inputs)))
