"""Lineage: any number back to its deals, any deal forwards to its numbers."""

from __future__ import annotations

from typing import Any

from liqbench.engine import Run
from liqbench.errors import UnknownResultError
from liqbench.impact import ImpactAnalysis
from liqbench.ui.bench.bench import Bench
from liqbench.ui.bench.calls import analysis_code, call_of
from liqbench.ui.bench.commands import command
from liqbench.ui.bench.entities import EntityKeys
from liqbench.ui.bench.panel import Panel
from liqbench.ui.bench.panels.lineage.trail import Backwards, Forwards, home_of
from liqbench.ui.bench.turns import Turns

_MOST_ROWS = 200  # in one answer
_KEPT = 32  # trails
PAGE = 50

Asked = tuple[Any, ...]


class LineagePanel(Panel):
    """The trail of the number that is selected, or of a deal that is followed.

    Only its outline and a page of rows go to the screen.

    ``variant`` is the run that is looked at: a variant's by its name, the baseline's without.
    """

    name = "lineage"

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._analysis: ImpactAnalysis | None = None
        self._entities: EntityKeys | None = None
        self._trails: dict[Asked, Backwards | Forwards] = {}
        self._made_by = self._asked = ""
        self._target: dict[str, Any] | None = None
        self._followed: dict[str, Any] | None = None
        self._reading = Turns()

    def moved(self) -> None:
        """Forget the trails of an analysis that is no longer looked at."""
        if self.bench.analysis is not self._analysis:
            self._analysis = self.bench.analysis
            self._entities = None if self._analysis is None else EntityKeys(self._analysis)
            self._trails = {}
            self._made_by = ""
            if self._analysis is not None:
                self._made_by = analysis_code(self._analysis, with_inputs=bool(self.bench.inputs))
            self._target = self._followed = None
        if (selected := self._selected()) is not None and selected != self._target:
            self._target, self._followed, self._asked = selected, None, ""

    def state(self) -> dict[str, Any]:
        """Return what is traced: the part of the selection that has a trail."""
        if self._analysis is None:
            return {"ready": False}
        return {
            "ready": True,
            "runs": [variant.name for variant in self._analysis if variant.run is not None],
            "ratio": self._analysis.measure.ratio.names.title(
                self._analysis.measure.ratio.names.ratio
            ),
            "target": self._followed or self._target,
        }

    def _selected(self) -> dict[str, Any] | None:
        """Return the number that is selected; a step or a deal on its way is none itself."""
        selection = self.bench.selection
        variant = selection.get("variant") or ""
        known = self._entities
        if known is not None and selection.get("entity") in known.by_name:
            return {
                "kind": "number",
                "variant": variant,
                "entity": selection["entity"],
                "category": selection.get("category") or "",
            }
        return None

    def code(self) -> str:
        """Return the calls that trace what is selected."""
        target = self._followed or self._target
        if self._analysis is None or target is None:
            return ""
        analysis, variant = self._analysis, target["variant"]
        run = f"imp[{variant!r}].result()" if variant else "imp.base"
        lines = [self._made_by, f"run = {run}"]
        if target["kind"] == "deal":
            key = target["key"]
            table = home_of(self._run(variant), key)
            lines += [
                f"ahead = {call_of('run.lineage.impact', table, key)}",
                f"history = {call_of('run.lineage.history', key)}",
                "ahead.summary()",
            ]
        else:
            assert self._entities is not None  # noqa: S101 - there is an analysis
            key, ratio = self._entities.key(target["entity"]), analysis.measure.ratio
            call = call_of("run.lineage.trace", ratio.output(self._run(variant)), key)
            if target["category"]:
                node = self._run(variant).resolved.nodes[ratio.operator_id]
                where = {**key, ratio.operator.detail: target["category"]}
                call = call_of("run.lineage.trace_where", node.config.inputs[0], where)
            lines += [f"trace = {call}", "trace.summary()"]
        return "\n".join([*lines, *([self._asked] if self._asked else []), ""])

    def _told(self, call: str) -> None:
        """Keep the call that gives what was looked at last, for the code."""
        with self.bench.lock:
            self._asked = call

    def _page_told(self, trail: str, found: dict[str, Any], operator: str, limit: int) -> None:
        calls = [
            call_of(f"{trail}.frame", operator),
            call_of("sort", *found["keys"]),
            *([call_of("offset", found["offset"])] if found["offset"] else []),
            call_of("limit", limit),
            "toArrow()",
            "to_pandas(date_as_object=True)",
        ]
        self._told(f"rows = {'.'.join(calls)}")

    def _run(self, variant: str) -> Run:
        if self._analysis is None:
            raise UnknownResultError(
                "there is no run to trace yet", hint="choose scenarios and run them"
            )
        return self._analysis[variant].result() if variant else self._analysis.base

    def _back(self, variant: str, entity: str, category: str) -> Backwards:
        run = self._run(variant)
        assert self._analysis is not None  # noqa: S101 - else there was no run
        assert self._entities is not None  # noqa: S101
        asked = (variant, entity, category)
        found = self._trails.get(asked)
        if not isinstance(found, Backwards):
            key = self._entities.key(entity)
            found = Backwards(run, self._analysis.measure.ratio, key, category)
            self._keep(asked, found)
        return found

    def _ahead(self, variant: str, key: dict[str, Any]) -> Forwards:
        run, asked = self._run(variant), (variant, tuple(key.items()))
        found = self._trails.get(asked)
        if not isinstance(found, Forwards):
            found = Forwards(run, key)
            self._keep(asked, found)
        return found

    def _keep(self, asked: Asked, trail: Backwards | Forwards) -> None:
        kept = list(self._trails.items())[-_KEPT + 1 :]
        self._trails = {**dict(kept), asked: trail}

    # --- from a number back --------------------------------------------------------------------

    @command(question=True)
    def trace(self, variant: str, entity: str, category: str = "") -> dict[str, Any]:
        """Return the way of a number through the DAG: its operators, how many rows at each."""
        with self._reading.turn():
            found = self._back(variant, entity, category)
            return {"table": found.table, "stages": found.stages}

    @command(question=True)
    def rules(self, variant: str, entity: str, category: str = "") -> list[dict[str, Any]]:
        """Return the rules on the way of a number, and how many of its rows each changed."""
        with self._reading.turn():
            found = self._back(variant, entity, category).rules
        self._told("adjustments = trace.adjustments()")
        return found

    @command(question=True)
    def parameters(self, variant: str, entity: str, category: str = "") -> list[dict[str, Any]]:
        """Return the weights that count at a number, each with its paragraph."""
        with self._reading.turn():
            trail = self._back(variant, entity, category)
            found = trail.parameters
        self._told(f"weights = {call_of('run.lineage.weights', *trail.weighed)}")
        return found

    @command(question=True)
    def rows(
        self,
        *,
        variant: str,
        operator: str,
        entity: str,
        category: str = "",
        limit: int = PAGE,
        offset: int = 0,
    ) -> dict[str, Any]:
        """Return a page of the rows that an operator has on the way of a number."""
        with self._reading.turn():
            trail, most = self._back(variant, entity, category), min(limit, _MOST_ROWS)
            found = trail.rows(operator, most, offset)
        self._page_told("trace", found, operator, most)
        return found

    # --- from a deal ahead ---------------------------------------------------------------------

    @command()
    def follow(self, variant: str = "", key: dict[str, Any] | None = None) -> None:
        """Follow a deal to its numbers; without a key, go back to the number that was traced."""
        self._followed = None if not key else {"kind": "deal", "variant": variant, "key": key}
        self._asked = ""

    @command(question=True)
    def deal(self, variant: str, key: dict[str, Any]) -> dict[str, Any]:
        """Return what a deal is, what touched it, and why it counts as it does."""
        with self._reading.turn():
            return self._ahead(variant, key).told

    @command(question=True)
    def ahead(self, variant: str, key: dict[str, Any]) -> dict[str, Any]:
        """Return the way of all that a deal feeds: its operators, how many rows at each."""
        with self._reading.turn():
            found = self._ahead(variant, key)
            return {"table": found.table, "stages": found.stages}

    @command(question=True)
    def fed(
        self,
        *,
        variant: str,
        operator: str,
        key: dict[str, Any],
        limit: int = PAGE,
        offset: int = 0,
    ) -> dict[str, Any]:
        """Return a page of the rows of an operator that a deal feeds."""
        with self._reading.turn():
            trail, most = self._ahead(variant, key), min(limit, _MOST_ROWS)
            found = trail.rows(operator, most, offset)
        self._page_told("ahead", found, operator, most)
        return found

    # --- fields ----------------------------------------------------------------------------------

    @command(question=True)
    def columns(self, variant: str, table: str, field: str) -> dict[str, Any]:
        """Return what a field follows from, back to the sources: edges between fields."""
        graph = self._run(variant).lineage.column_graph(table, field)
        self._told(f"fields = {call_of('run.lineage.column_graph', table, field)}")
        return {
            "nodes": [list(node) for node in graph],
            "edges": [
                {"from": list(origin), "to": list(to), "how": list(edge["how"])}
                for origin, to, edge in graph.edges(data=True)
            ],
        }
