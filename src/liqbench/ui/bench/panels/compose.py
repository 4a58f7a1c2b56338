"""Compose: the DAG on a canvas, its operators in forms, its faults where they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from liqbench.engine import Examination
from liqbench.errors import FaultsError, LiqbenchError
from liqbench.model import Dag
from liqbench.model.dag import ADJUST
from liqbench.operators.expressions.types import name_of
from liqbench.operators.registry import operator_types
from liqbench.ui.bench import edits
from liqbench.ui.bench.bench import Bench
from liqbench.ui.bench.commands import command
from liqbench.ui.bench.draft import Draft
from liqbench.ui.bench.latest import Latest
from liqbench.ui.bench.panel import Panel
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
        """Return the operators, edges, faults and fields."""
        draft = self.bench.draft
        return {
            "operators": [self._operator(draft.dag, name) for name in draft.dag.inputs],
            "edges": [list(edge) for edge in draft.dag.edges],
            "places": draft.places,
            "faults": self._faults(),
            "checking": self._stale,
        }

    def _operator(self, dag: Dag, name: str) -> dict[str, Any]:
        config = dag.operator(name)
        node = None if self._examined is None else self._examined.nodes.get(name)
        fields = () if node is None else node.schema.fields
        return {
            "id": name,
            "kind": config.operator_type,
            "family": _family(config.operator_type),
            "parameters": config.parameters,
            "description": config.description,
            "checkpoint": config.checkpoint,
            "fields": [{"name": each.name, "type": name_of(each.dataType)} for each in fields],
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
        """Return the operators that there are: kind, first sentence, inputs, form."""
        return [
            {
                "kind": kind,
                "family": _family(kind),
                "help": _sentence(own.__doc__ or ""),
                "fewest": own.fewest_inputs,
                "most": own.most_inputs,
                "schema": own.model_json_schema(),
            }
            for kind, own in sorted(operator_types().items())
        ]

    def _change(self, words: str, dag: Dag, **fields: Any) -> None:
        self.bench.change(words, dag=dag, **fields)

    @command()
    def add(
        self, kind: str, after: str | None = None, place: tuple[float, float] | None = None
    ) -> str:
        """Add an operator, fed by another where one is named; return its id."""
        dag, name = edits.with_operator(self.bench.draft.dag, kind, after)
        places = self.bench.draft.places
        self._change(
            f"add {name}", dag, places=places if place is None else {**places, name: place}
        )
        self.bench.selection = {"kind": "operator", "id": name}
        return name

    @command()
    def inject(self, source: str, to: str) -> str:
        """Put an adjustment on an edge; return its id."""
        dag, name = edits.with_adjustment(self.bench.draft.dag, source, to)
        self._change(f"adjust between {source} and {to}", dag)
        self.bench.selection = {"kind": "operator", "id": name}
        return name

    @command()
    def connect(self, source: str, to: str) -> None:
        """Let an operator feed another."""
        self._change(f"connect {source} to {to}", edits.connected(self.bench.draft.dag, source, to))

    @command()
    def disconnect(self, source: str, to: str) -> None:
        """Take an edge away."""
        dag = edits.disconnected(self.bench.draft.dag, source, to)
        self._change(f"disconnect {source} from {to}", dag)

    @command()
    def reorder(self, to: str, inputs: list[str]) -> None:
        """Put what feeds an operator in another order."""
        dag = edits.reordered(self.bench.draft.dag, to, inputs)
        self._change(f"inputs of {to}", dag)

    @command()
    def remove(self, operators: list[str]) -> None:
        """Take operators out."""
        dag = edits.without(self.bench.draft.dag, operators)
        self._change(f"remove {', '.join(operators)}", dag)
        if self.bench.selection.get("id") in operators:
            self.bench.selection = {}

    @command()
    def rename(self, old: str, new: str) -> None:
        """Call an operator otherwise."""
        places = self.bench.draft.places
        moved = {new if name == old else name: place for name, place in places.items()}
        dag = edits.renamed(self.bench.draft.dag, old, new)
        self._change(f"rename {old} to {new}", dag, places=moved)
        self.bench.selection = {"kind": "operator", "id": new}

    @command()
    def configure(self, operator: str, fields: dict[str, Any]) -> None:
        """Set an operator's parameters, description or checkpoint."""
        dag = edits.configured(self.bench.draft.dag, operator, fields)
        self._change(f"change {operator}", dag)

    @command()
    def paste(self, operators: list[dict[str, Any]]) -> list[str]:
        """Add copies of operators; return their ids."""
        dag, names = edits.pasted(self.bench.draft.dag, operators)
        self._change(f"paste {', '.join(names)}", dag)
        return list(names)

    @command()
    def move(self, places: dict[str, tuple[float, float]]) -> None:
        """Put operators somewhere on the canvas."""
        self._change("move", self.bench.draft.dag, places={**self.bench.draft.places, **places})

    @command()
    def arrange(self) -> None:
        """Forget where operators were put by hand."""
        self._change("arrange", self.bench.draft.dag, places={})


def _family(kind: str) -> str:
    """Return what kind of step an operator is, by which the screen orders and colours them."""
    own = operator_types().get(kind)
    if own is None or kind == ADJUST:
        return "" if own is None else "adjust"
    return "source" if own.most_inputs == 0 else own.locality.value


def _sentence(text: str) -> str:
    return re.split(r"\n\n|\.\s", text.strip(), maxsplit=1)[0].rstrip(".")


def dag_code(dag: Dag) -> str:
    """Return the calls that build a DAG."""
    lines = ["import liqbench as lq", "", f"builder = lq.DagBuilder({dag.name!r})"]
    for config in dag.operators:
        given = config.model_dump(exclude_defaults=True)
        fields = ", ".join(f"{name}={_plain(value)!r}" for name, value in given.items())
        lines.append(f"builder.add_operator({fields})")
    return "\n".join([*lines, "dag = builder.build()", ""])


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
