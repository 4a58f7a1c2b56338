"""The variants of the last analysis: which may be submitted, and why others may not."""

from __future__ import annotations

from typing import Any

from liqbench.engine import Variant
from liqbench.errors import UnknownResultError, did_you_mean
from liqbench.impact import ImpactAnalysis
from liqbench.ui.bench.panels.desk.reading import Papers
from liqbench.ui.bench.panels.desk.reviewing import summary_told
from liqbench.ui.bench.panels.desk.told import faults_told, submission_told
from liqbench.ui.bench.told import rule_told
from liqbench.ui.bench.wire import to_wire
from liqbench.workbench import Workbench


class Variants:
    """The variants of an analysis, or of none."""

    def __init__(self, analysis: ImpactAnalysis | None) -> None:
        self.analysis = analysis
        self._variants = {} if analysis is None else {each.name: each for each in analysis}
        self.chosen = next(iter(self._variants), "")
        self.told: list[dict[str, Any]] = []

    def look(self, workbench: Workbench, papers: Papers | None) -> None:
        """Learn what may be submitted, and what was sent back before."""
        self.told = [_told(each, workbench, papers) for each in self._variants.values()]

    def choose(self, name: str) -> None:
        """Turn to a variant, if it is one of these."""
        if name in self._variants:
            self.chosen = name

    def of(self, name: str) -> Variant:
        """Return a variant. Raises ``UnknownResultError``."""
        if name not in self._variants:
            raise UnknownResultError(
                f"the last analysis has no variant {name!r}",
                hint=did_you_mean(name, self._variants) or "run the scenarios first",
            )
        return self._variants[name]

    def explained(self, name: str) -> dict[str, Any]:
        """Return a variant's rules in words, and its line of the summary."""
        variant, analysis = self.of(name), self.analysis
        assert analysis is not None  # noqa: S101 - it has a variant
        own = variant.injections
        summary: Any = analysis.summary()
        mine = summary[
            (summary["scenario"] == own.scenario.name) & (summary["injection_point"] == own.point)
        ]
        return {
            "rules": [to_wire(rule_told(rule)) for rule in own.scenario.rules],
            "summary": summary_told({str(n): value for n, value in mine.iloc[0].items()}),
        }


def _told(variant: Variant, workbench: Workbench, papers: Papers | None) -> dict[str, Any]:
    before = papers and papers.newest(variant.name)
    return {
        "name": variant.name,
        "rules": len(variant.injections.scenario.rules),
        "touched": variant.records_affected,
        "faults": faults_told(workbench.why_not_submit(variant)),
        "before": before and submission_told(before, papers.publications if papers else ()),
    }
