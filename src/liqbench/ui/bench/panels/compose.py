"""Compose: the DAG on a canvas, its operators in forms, its faults where they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liqbench.engine import Examination, Node
from liqbench.errors import DocumentError, FaultsError, LiqbenchError
from liqbench.model import Dag, OperatorConfig
from liqbench.model._values import thaw
from liqbench.operators.expressions.types import name_of
from liqbench.ui.bench import edits
from liqbench.ui.bench.bench import Bench
from liqbench.ui.bench.checking import expression_type
from liqbench.ui.bench.code import dag_code
from liqbench.ui.bench.commands import command
from liqbench.ui.bench.draft import Draft
from liqbench.ui.bench.latest import Latest
from liqbench.ui.bench.palette import family_of, palette, vocabulary
from liqbench.ui.bench.panel import Panel
from liqbench.ui.bench.renames import Renames
from liqbench.ui.bench.wire import error_to_wire


class ComposePanel(Panel):
    """The DAG: its operators, the edges between them, and what is known of it before a run.

    Faults and fields are found in the background after every change; ``checking`` says that
    those shown are of an earlier state.
    """

    name = "compose"

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._examined: Examination | None = None
        self._examined_draft: Draft | None = None
        self._problem: LiqbenchError | None = None
        self._renames = Renames()
        self.checks = Latest(self._examine, "liqbench check")

    def moved(self) -> None:
        """Have a changed DAG checked."""
        if self._stale:
            self.checks.ask(self.bench.draft)

    @property
    def _stale(self) -> bool:
        known, draft = self._examined_draft, self.bench.draft
        return known is None or (known.dag, known.as_of) != (draft.dag, draft.as_of)

    def _examine(self, draft: Draft) -> None:
        try:
            found, problem = self.bench.examine(draft), None
        except LiqbenchError as error:
            found, problem = None, error
        with self.bench.changing():
            self._examined, self._examined_draft, self._problem = found, draft, problem

    def state(self) -> dict[str, Any]:
        """Return the operators, edges, faults, and the fields at what is selected."""
        draft = self.bench.draft
        return {
            "name": draft.dag.name,
            "description": draft.dag.description,
            "folder": str(draft.dag.folder),
            "operators": [_operator(config) for config in draft.dag.operators],
            "edges": [list(edge) for edge in draft.dag.edges],
            "places": draft.places,
            "faults": self._faults(),
            "checking": self._stale,
            "known": self._known(),
        }

    def now(self, name: str) -> str:
        """Return what an operator goes by now; the same where it was never called otherwise."""
        return self._renames.now(name, self.bench.draft.dag.inputs)

    def understood(self, selection: Mapping[str, Any]) -> dict[str, Any]:
        """Return a selection by the operators' names of now."""
        if selection.get("kind") != "operator" or "id" not in selection:
            return dict(selection)
        named = {**selection, "id": self.now(selection["id"])}
        return named | ({"ids": [*map(self.now, named["ids"])]} if "ids" in named else {})

    def node(self, name: str) -> Node | None:
        """Return what is known of an operator, where it could be made."""
        return None if self._examined is None else self._examined.nodes.get(name)

    def _known(self) -> dict[str, Any] | None:
        """Return the fields that go into and come out of the selected operator."""
        name, dag = self.bench.selection.get("id"), self.bench.draft.dag
        if self.bench.selection.get("kind") != "operator" or name not in dag.inputs:
            return None
        node = self.node(name)
        return {
            "operator": name,
            "inputs": [
                {"id": source, "fields": fields_to_wire(self.node(source))}
                for source in dag.inputs[name]
            ],
            "fields": fields_to_wire(node),
            "keys": [] if node is None else list(node.keys),
        }

    def _faults(self) -> list[dict[str, Any]]:
        if self._problem is not None:
            return [{"operator": "", **error_to_wire(self._problem)}]
        found = {} if self._examined is None else self._examined.faults
        return [
            {"operator": name, **error_to_wire(fault)}
            for name, faults in found.items()
            for each in faults
            for fault in (each.faults if isinstance(each, FaultsError) else (each,))
        ]

    def code(self) -> str:
        """Return the DAG as calls of its builder, and its check."""
        return dag_code(self.bench.draft.dag) + (
            f'wb.validate(dag, as_of="{self.bench.draft.as_of.isoformat()}")\n'
        )

    # --- commands ------------------------------------------------------------------------------

    @command()
    def palette(self) -> list[dict[str, Any]]:
        """Return the operators that there are: kind, family, words, inputs, form."""
        return palette()

    @command()
    def vocabulary(self) -> dict[str, Any]:
        """Return what may stand in expressions and in fields that name packaged things."""
        return vocabulary()

    @command()
    def check_expression(self, operator: str, text: str, place: int = 0) -> dict[str, Any]:
        """Return the type of an expression over an operator's input, or what is wrong with it.

        ``place``: the expressions of the operator that stand before it count as fields, too.
        """
        config = self.bench.draft.dag.operator(self.now(operator))
        feeding = self.node(config.inputs[0]) if config.inputs else None
        schema = None if feeding is None else feeding.schema
        try:
            return {"type": expression_type(config, text, place, schema, self.bench.draft.as_of)}
        except LiqbenchError as error:
            return {"fault": error_to_wire(error)}

    def _change(self, words: str, dag: Dag, **fields: Any) -> None:
        self.bench.change(words, dag=dag, **fields)

    @command()
    def add(
        self, kind: str, after: str | None = None, place: tuple[float, float] | None = None
    ) -> str:
        """Add an operator, fed by another where one is named; return its id."""
        dag, name = edits.with_operator(
            self.bench.draft.dag, kind, None if after is None else self.now(after)
        )
        places = self.bench.draft.places
        self._change(
            f"add {name}", dag, places=places if place is None else {**places, name: place}
        )
        self.bench.selection = {"kind": "operator", "id": name}
        return name

    @command()
    def inject(self, source: str, to: str) -> str:
        """Put an adjustment on an edge; return its id."""
        source, to = self.now(source), self.now(to)
        dag, name = edits.with_adjustment(self.bench.draft.dag, source, to)
        self._change(f"adjust between {source} and {to}", dag)
        self.bench.selection = {"kind": "operator", "id": name}
        return name

    @command()
    def connect(self, source: str, to: str) -> None:
        """Let an operator feed another."""
        source, to = self.now(source), self.now(to)
        self._change(f"connect {source} to {to}", edits.connected(self.bench.draft.dag, source, to))

    @command()
    def disconnect(self, source: str, to: str) -> None:
        """Take an edge away."""
        source, to = self.now(source), self.now(to)
        dag = edits.disconnected(self.bench.draft.dag, source, to)
        self._change(f"disconnect {source} from {to}", dag)

    @command()
    def reorder(self, to: str, inputs: list[str]) -> None:
        """Put what feeds an operator in another order."""
        to, inputs = self.now(to), [*map(self.now, inputs)]
        dag = edits.reordered(self.bench.draft.dag, to, inputs)
        self._change(f"inputs of {to}", dag)

    @command()
    def remove(self, operators: list[str]) -> None:
        """Take operators out."""
        operators = [*map(self.now, operators)]
        dag = edits.without(self.bench.draft.dag, operators)
        self._change(f"remove {', '.join(operators)}", dag)
        if {self.bench.selection.get("id"), *self.bench.selection.get("ids", ())} & {*operators}:
            self.bench.selection = {}

    @command()
    def rename(self, old: str, new: str) -> None:
        """Call an operator otherwise."""
        old = self.now(old)
        places = self.bench.draft.places
        moved = {new if name == old else name: place for name, place in places.items()}
        dag = edits.renamed(self.bench.draft.dag, old, new)
        self._change(f"rename {old} to {new}", dag, places=moved)
        self._renames.add(old, new)
        self.bench.selection = {"kind": "operator", "id": new}

    @command()
    def configure(self, operator: str, fields: dict[str, Any]) -> None:
        """Set an operator's parameters, description or checkpoint."""
        operator = self.now(operator)
        dag = edits.configured(self.bench.draft.dag, operator, fields)
        self._change(f"change {operator}", dag)

    @command()
    def set(self, operator: str, path: list[str | int], value: Any = None) -> None:
        """Set one value in an operator's parameters; what stands beside it stays as it is now."""
        operator = self.now(operator)
        dag = edits.with_value(self.bench.draft.dag, operator, path, value)
        self._change(f"change {operator}", dag)

    @command()
    def unset(self, operator: str, path: list[str | int]) -> None:
        """Take one value out of an operator's parameters."""
        operator = self.now(operator)
        dag = edits.without_value(self.bench.draft.dag, operator, path)
        self._change(f"change {operator}", dag)

    @command()
    def describe(self, name: str, description: str) -> None:
        """Call the calculation so, and say what it is for."""
        dag = self.bench.draft.dag
        if not name.strip():
            raise DocumentError("a calculation needs a name")
        changed = dag.model_copy(update={"name": name.strip(), "description": description})
        self._change(f"call it {name.strip()}", changed)

    @command()
    def paste(self, operators: list[dict[str, Any]]) -> list[str]:
        """Add copies of operators; return their ids."""
        dag, names = edits.pasted(self.bench.draft.dag, operators)
        self._change(f"paste {', '.join(names)}", dag)
        if names:
            self.bench.selection = {"kind": "operator", "id": names[0], "ids": list(names)}
        return list(names)

    @command()
    def move(self, places: dict[str, tuple[float, float]]) -> None:
        """Put operators somewhere on the canvas."""
        self._change("move", self.bench.draft.dag, places={**self.bench.draft.places, **places})

    @command()
    def arrange(self) -> None:
        """Forget where operators were put by hand."""
        self._change("arrange", self.bench.draft.dag, places={})


def _operator(config: OperatorConfig) -> dict[str, Any]:
    return {
        "id": config.operator_id,
        "kind": config.operator_type,
        "family": family_of(config.operator_type),
        "parameters": thaw(config.parameters),
        "description": config.description,
        "checkpoint": config.checkpoint,
    }


def fields_to_wire(node: Node | None) -> list[dict[str, str]]:
    """Return the names and types of what comes out of an operator, where that is known."""
    fields = () if node is None else node.schema.fields
    return [{"name": each.name, "type": name_of(each.dataType)} for each in fields]
