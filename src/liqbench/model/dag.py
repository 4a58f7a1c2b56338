"""A calculation as a value: named operators and the edges between them."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import networkx as nx
from pydantic import AfterValidator, Field, PlainSerializer, PrivateAttr

from liqbench.errors import (
    DocumentError,
    DuplicateOperatorError,
    InvalidDagError,
    LiqbenchError,
    OperatorParameterError,
    UnknownOperatorError,
    did_you_mean,
)
from liqbench.model._documents import load_json, parse, write_text
from liqbench.model._values import FrozenModel, canonical_json, content_hash, freeze, thaw
from liqbench.model.graph import graph_of, shape_faults, topological
from liqbench.model.presentation import show
from liqbench.model.rules import AdjustmentRule

SCHEMA = "liqdag/1"
SUFFIX = ".liqdag.json"
ADJUST = "adjust"
LONGEST_ID = 80

# Frozen last: pydantic makes a plain dict of every mapping that it reads.
Parameters = Annotated[Mapping[str, Any], AfterValidator(freeze), PlainSerializer(thaw)]


class OperatorConfig(FrozenModel):
    """One operator of a DAG: its id, its type, its parameters and, in order, what feeds it."""

    operator_id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=LONGEST_ID)
    operator_type: str = Field(min_length=1)
    parameters: Parameters = Field(default_factory=lambda: freeze({}))
    inputs: tuple[str, ...] = ()
    description: str = ""
    checkpoint: bool = False

    @classmethod
    def of(cls, **fields: Any) -> OperatorConfig:
        """Return the operator of these fields. Raises ``DocumentError`` with all that is wrong."""
        return parse(cls, fields, where=f"operator {fields.get('operator_id')!r}")


class Dag(FrozenModel):
    """Operators and edges: immutable, with a content hash, stored as ``*.liqdag.json``.

    A DAG may be unfinished or wrong while it is composed; ``faults()`` lists what is wrong with
    its shape, and nothing runs while that list is not empty.
    """

    operators: tuple[OperatorConfig, ...]
    name: str = Field(default="dag", min_length=1)
    description: str = ""

    _folder: Path | None = PrivateAttr(default=None)

    def __hash__(self) -> int:
        return hash(self.content_hash)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dag) and (
            canonical_json(self.to_json()) == canonical_json(other.to_json())
        )

    @property
    def folder(self) -> Path:
        """Where relative paths of its sources begin: its file's folder, else the current one."""
        return self._folder or Path.cwd()

    def at_folder(self, folder: str | os.PathLike[str]) -> Dag:
        """Return the same DAG with its relative paths beginning at a folder."""
        moved = self.model_copy()
        moved._folder = Path(folder).resolve()  # noqa: SLF001 - its own class
        return moved

    @property
    def inputs(self) -> dict[str, tuple[str, ...]]:
        """The ids of what feeds each operator, by operator id, in the DAG's order."""
        return {operator.operator_id: operator.inputs for operator in self.operators}

    @property
    def edges(self) -> tuple[tuple[str, str], ...]:
        """All edges as pairs (from, to)."""
        return tuple((source, to) for to, sources in self.inputs.items() for source in sources)

    @property
    def graph(self) -> nx.DiGraph[str]:
        """The DAG as a networkx graph; a node carries its ``config``, an edge its ``port``."""
        graph = graph_of(self.inputs)
        for operator in self.operators:
            graph.nodes[operator.operator_id]["config"] = operator
        return graph

    @property
    def content_hash(self) -> str:
        """SHA-256 over what the DAG computes: its operators, whatever their order and texts."""
        plain = [
            operator.model_dump(exclude={"description", "checkpoint"})
            for operator in sorted(self.operators, key=lambda item: item.operator_id)
        ]
        return content_hash({"schema": SCHEMA, "operators": plain})

    def operator(self, operator_id: str) -> OperatorConfig:
        """Return one operator. Raises ``UnknownOperatorError``."""
        for operator in self.operators:
            if operator.operator_id == operator_id:
                return operator
        raise UnknownOperatorError(
            f"there is no operator {operator_id!r} in DAG {self.name!r}",
            hint=did_you_mean(operator_id, self.inputs),
        )

    def order(self) -> tuple[str, ...]:
        """Return the operator ids in an order in which they can run.

        Raises ``InvalidDagError`` where the shape allows none.
        """
        return topological(self.validate_shape().inputs)

    def upstream(self, operator_id: str) -> frozenset[str]:
        """Return all operators that feed this one, directly or not."""
        return frozenset(nx.ancestors(self.graph, self.operator(operator_id).operator_id))

    def downstream(self, operator_id: str) -> frozenset[str]:
        """Return all operators that this one feeds, directly or not."""
        return frozenset(nx.descendants(self.graph, self.operator(operator_id).operator_id))

    def up_to(self, operator_id: str) -> Dag:
        """Return the part of the DAG that leads to an operator, it included."""
        wanted = {*self.upstream(operator_id), operator_id}
        kept = tuple(op for op in self.operators if op.operator_id in wanted)
        return self.model_copy(update={"operators": kept})

    def sinks(self) -> tuple[str, ...]:
        """Return the operators that feed nothing: the DAG's results."""
        fed = {source for source, _ in self.edges}
        return tuple(name for name in self.inputs if name not in fed)

    def faults(self) -> tuple[LiqbenchError, ...]:
        """Return what is wrong with the shape: double ids, edges to nowhere, cycles."""
        found: list[LiqbenchError] = []
        if not self.operators:
            found.append(OperatorParameterError("the DAG has no operator", hint="add an ingest"))
        count = Counter(operator.operator_id for operator in self.operators)
        found += [
            DuplicateOperatorError(
                f"{times} operators are called so", where=f"operator {name!r}", hint="rename one"
            )
            for name, times in count.items()
            if times > 1
        ]
        return (*found, *shape_faults(self.inputs))

    def validate_shape(self) -> Dag:
        """Return the DAG itself. Raises ``InvalidDagError`` with all that ``faults()`` finds."""
        if faults := self.faults():
            raise InvalidDagError(self.name, faults)
        return self

    def inject_adjustment(
        self,
        after_operator_id: str,
        adjustment_rules: Iterable[AdjustmentRule],
        *,
        adjustment_id: str | None = None,
    ) -> Dag:
        """Return a new DAG with the rules applied right behind an operator.

        All that the operator fed is now fed by the adjustment; the old edges are gone. Raises
        ``UnknownOperatorError`` for the place, ``DuplicateOperatorError`` for a taken id.
        """
        self.operator(after_operator_id)
        taken = self.inputs
        new_id = adjustment_id or _free_name(f"adj_{after_operator_id}", taken)
        if new_id in taken:
            raise DuplicateOperatorError("the id is taken", where=f"operator {new_id!r}")
        rewired = [
            operator.model_copy(
                update={
                    "inputs": tuple(
                        new_id if source == after_operator_id else source
                        for source in operator.inputs
                    )
                }
            )
            for operator in self.operators
        ]
        place = list(taken).index(after_operator_id) + 1
        adjustment = OperatorConfig.of(
            operator_id=new_id,
            operator_type=ADJUST,
            parameters={"rules": [rule.to_json() for rule in adjustment_rules]},
            inputs=(after_operator_id,),
        )
        return self.model_copy(
            update={"operators": (*rewired[:place], adjustment, *rewired[place:])}
        )

    def replace_parameters(self, operator_id: str, **parameters: Any) -> Dag:
        """Return a new DAG with some parameters of one operator changed.

        Raises ``UnknownOperatorError``, ``DocumentError`` for a value that JSON has no place for.
        """
        old = self.operator(operator_id)
        new = OperatorConfig.of(
            **old.model_dump(exclude={"parameters"}), parameters={**old.parameters, **parameters}
        )
        return self.model_copy(
            update={"operators": tuple(new if op is old else op for op in self.operators)}
        )

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form with its schema version."""
        return {
            "schema": SCHEMA,
            "name": self.name,
            **({"description": self.description} if self.description else {}),
            "operators": [
                operator.model_dump(exclude_defaults=True) for operator in self.operators
            ],
        }

    @classmethod
    def from_json(cls, value: Any, *, where: str = "DAG") -> Dag:
        """Read the JSON form. Raises ``DocumentError`` with all that is wrong in it."""
        if not isinstance(value, Mapping):
            raise DocumentError("this is no DAG: an object is needed", where=where)
        schema = value.get("schema")
        if schema != SCHEMA:
            raise DocumentError(
                f"the schema is {schema!r}, this version reads {SCHEMA!r}",
                where=where,
                hint="was the file written by a newer liqbench, or is it no DAG at all?",
            )
        return parse(cls, {k: v for k, v in value.items() if k != "schema"}, where=where)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the DAG as ``*.liqdag.json``, whole or not at all; return the path."""
        file = Path(path)
        if not file.name.endswith(SUFFIX):
            file = file.with_name(file.name + SUFFIX)
        return write_text(file, json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Dag:
        """Read a DAG from a file. Raises ``DocumentError`` naming the file and the fault."""
        return cls.from_json(load_json(path), where=str(path)).at_folder(Path(path).parent)

    def show(self) -> Any:
        """Draw the graph: operators as boxes, edges as arrows; click one for its parameters."""
        return show(self)


def _free_name(name: str, taken: Iterable[str]) -> str:
    candidate, n, used = name[:LONGEST_ID], 1, set(taken)
    while candidate in used:
        n += 1
        candidate = name[: LONGEST_ID - len(f"_{n}")] + f"_{n}"
    return candidate
