"""Impact: scenarios side by side, down to the deals that moved, and what moves them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from liqbench.errors import UnknownResultError, did_you_mean
from liqbench.model._documents import parse
from liqbench.ui.bench.bench import Bench
from liqbench.ui.bench.calls import analysis_code, call_of
from liqbench.ui.bench.commands import command
from liqbench.ui.bench.panel import Panel
from liqbench.ui.bench.panels.impact.answers import Answers, Moved
from liqbench.ui.bench.panels.impact.files import exported
from liqbench.ui.bench.panels.impact.view import PAGE, View

_MOST_DEALS = 200  # in one answer
_COLUMNS = ("worst", "name", "baseline")


class ImpactPanel(Panel):
    """The last analysis as a table, and the questions that its cells lead to.

    Only the rows that are looked at go to the screen; deals come page by page.
    """

    name = "impact"

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._answers: Answers | None = None
        self._view = View()
        self._number = 0
        self._asked = self._made_by = ""
        self._cell: dict[str, Any] | None = None

    def moved(self) -> None:
        """Turn to a new analysis, keeping the way it is looked at where that still fits."""
        now = None if self._answers is None else self._answers.analysis
        if self.bench.selection.get("kind") == "cell":
            self._cell = self.bench.selection
        if self.bench.analysis is now:
            return
        if self._answers is not None:
            self._answers.close()
        self._answers = None if self.bench.analysis is None else Answers(self.bench.analysis)
        self._number += 1
        self._asked = self._made_by = ""
        if self._answers is not None:
            analysis = self._answers.analysis
            self._made_by = analysis_code(analysis, with_inputs=bool(self.bench.inputs))
        self._view = self._fitting(self._view)
        self._cell = self._still(self._cell)

    def _still(self, cell: dict[str, Any] | None) -> dict[str, Any] | None:
        """Return a cell that is in this table too."""
        if cell is None or self._answers is None:
            return None
        there = cell.get("variant", "") in ("", *self._answers.names)
        return cell if there and cell.get("entity", "") in ("", *self._answers.entities) else None

    def _fitting(self, view: View) -> View:
        """Return a view with what this analysis doesn't have left out."""
        names: tuple[str, ...] = ()
        known: set[str] = set()
        if self._answers is not None:
            names, known = self._answers.names, set(self._answers.analysis.measure.ratio.metrics)
            ran = {variant.name for variant in self._answers.analysis if variant.run is not None}
        return view.model_copy(
            update={
                "by": view.by if view.by in (*_COLUMNS, *names) else "worst",
                "against": view.against if names and view.against in ran else "",
                "metric": view.metric if view.metric in known else "",
                "shown": PAGE,
            }
        )

    @property
    def answers(self) -> Answers:
        """What the last analysis answers. Raises ``UnknownResultError`` where there is none."""
        if self._answers is None:
            raise UnknownResultError(
                "there is nothing to compare yet", hint="choose scenarios and run them"
            )
        return self._answers

    def state(self) -> dict[str, Any]:
        """Return the table's first rows; without an analysis only that there is none."""
        if self._answers is None:
            return {"ready": False}
        table = self._answers.table(self._view).state()
        return {"ready": True, "number": self._number, "cell": self._cell, **table}

    def code(self) -> str:
        """Return the analysis, the table as it is looked at, and what was asked of it last."""
        if self._answers is None:
            return ""
        view, cell = self._view, self._cell or {}
        asked = {"changed_only": view.changed_only, "against": view.against}
        lines = [self._made_by, f"entities = {call_of('imp.by_entity', **asked)}"]
        entity = str(cell.get("entity", ""))
        if entity in self._answers.entities:
            key = self._answers.key(entity)
            lines.append(f"categories = {call_of('imp.by_category', **asked, entity=key)}")
            if variant := cell.get("variant"):
                narrow = {"entity": key, "category": cell.get("category"), "against": view.against}
                lines.append(f"deals = {call_of('imp.deals', variant, **narrow, limit=PAGE)}")
        return "\n".join([*lines, *([self._asked] if self._asked else []), "entities", ""])

    # --- the table -------------------------------------------------------------------------------

    @command()
    def view(self, changes: dict[str, Any]) -> None:
        """Look at the table otherwise: see ``View``."""
        wanted = parse(View, dict(self._view) | changes, where="the table")
        figures, names = self.answers.analysis.measure.ratio.metrics, self.answers.names
        if wanted.metric and wanted.metric not in figures:
            hint = did_you_mean(wanted.metric, figures)
            raise UnknownResultError(f"there is no figure {wanted.metric!r}", hint=hint)
        if wanted.by not in (*_COLUMNS, *names):
            hint = did_you_mean(wanted.by, names)
            raise UnknownResultError(f"there is no column {wanted.by!r}", hint=hint)
        if wanted.against:
            self.answers.analysis[wanted.against].result()
        self._view = wanted

    @command(question=True)
    def entity(self, entity: str) -> dict[str, Any]:
        """Return what is behind an entity's row: its other figures, and its categories."""
        return self.answers.behind(entity, self._view)

    @command(question=True)
    def deals(
        self,
        *,
        variant: str,
        entity: str = "",
        category: str = "",
        against: str = "",
        limit: int = PAGE,
        offset: int = 0,
    ) -> dict[str, Any]:
        """Return a page of the deals that moved, the largest first, and how many there are."""
        asked = Moved(variant, entity, category, against)
        return self.answers.deals(asked, min(limit, _MOST_DEALS), offset)

    @command(question=True)
    def histogram(
        self, variant: str, entity: str = "", category: str = "", against: str = ""
    ) -> dict[str, Any]:
        """Return how many deals moved how far."""
        return self.answers.histogram(Moved(variant, entity, category, against))

    @command(slow=True)
    def export(self, kind: Literal["csv", "xlsx", "html"]) -> dict[str, str]:
        """Return the table as a file: its name, its type, and its bytes in base64."""
        return exported(self.answers.table(self._view), kind)

    # --- what moves it ---------------------------------------------------------------------------

    @command(question=True)
    def shares(self, variant: str, metric: str, entity: str = "") -> dict[str, Any]:
        """Return what each rule contributes to a figure's change from the baseline run on."""
        return self._told(
            self.answers.shares(variant, metric, entity),
            "shares", "attribution", variant, metric=metric, entity=self.answers.key(entity),
        )  # fmt: skip

    @command(question=True)
    def tornado(self, variant: str, metric: str, entity: str = "") -> dict[str, Any]:
        """Return how far a figure moves with a tenth more or less of each number of the rules."""
        return self._told(
            self.answers.tornado(variant, metric, entity),
            "tornado", "sensitivity", variant, metric=metric, entity=self.answers.key(entity),
        )  # fmt: skip

    @command()
    def rules(self, variant: str) -> list[dict[str, Any]]:
        """Return a variant's rules in words, each with its place, reason and approval."""
        return self.answers.rules(variant)

    @command(question=True)
    def numbers(self, variant: str) -> list[dict[str, Any]]:
        """Return the numbers in a variant's rules, and from where to where a slider takes them."""
        return self.answers.numbers(variant)

    @command(question=True)
    def curve(
        self, variant: str, rule: str, parameter: str, metric: str, entity: str = ""
    ) -> dict[str, Any]:
        """Return a figure along a rule's number; of a ratio also where it crosses the limit."""
        asked = {"rule": rule, "parameter": parameter, "variant": variant}
        found = self.answers.curve(asked, metric, entity)
        values = [str(value) for value, _ in found["points"]]
        return self._told(found, "curve", "sweep", rule, parameter, values, variant=variant)

    @command(question=True)
    def price(
        self,
        *,
        variant: str,
        rule: str,
        parameter: str,
        value: Decimal,
        metric: str,
        entity: str = "",
    ) -> dict[str, Any]:
        """Return a figure, and every entity's ratio, if a rule's number had this value."""
        asked = {"rule": rule, "parameter": parameter, "variant": variant}
        found = self.answers.price(asked, value, metric, entity)
        return self._told(found, "priced", "sweep", rule, parameter, [str(value)], variant=variant)

    def _told(
        self, found: dict[str, Any], name: str, call: str, *given: Any, **named: Any
    ) -> dict[str, Any]:
        """Keep the call that gives the same answer, for the code."""
        with self.bench.lock:
            self._asked = f"{name} = {call_of(f'imp.{call}', *given, **named)}"
        return found
