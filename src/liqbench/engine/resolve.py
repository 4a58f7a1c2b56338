"""Making a DAG ready to run: operators, fields, keys and fingerprints, or every fault at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql.types import StructType

from liqbench.engine.persistence import Policy, results_of, stored_by
from liqbench.errors import (
    FaultCollector,
    FieldTypeError,
    InputCountError,
    InvalidDagError,
    LiqbenchError,
    LostKeysError,
)
from liqbench.model import Dag, OperatorConfig
from liqbench.model._values import content_hash
from liqbench.operators import Context, Keys, Locality, Operator, make_operator, snapshot
from liqbench.operators.expressions.types import is_float, name_of


@dataclass(frozen=True)
class Node:
    """An operator in its place: what it is, what feeds it, what comes out."""

    config: OperatorConfig
    operator: Operator
    schema: StructType
    keys: Keys

    @property
    def operator_id(self) -> str:
        """The operator's id."""
        return self.config.operator_id


@dataclass(frozen=True)
class ResolvedDag:
    """A valid DAG, its nodes in an order in which they can run."""

    dag: Dag
    nodes: Mapping[str, Node]
    notices: tuple[str, ...]
    persistence: Policy = "auto"

    def results(self) -> tuple[str, ...]:
        """Return what every run stores: groups and tables, checkpoints, and the DAG's results."""
        return results_of(self)

    def stored(self) -> tuple[str, ...]:
        """Return what a run stores under its persistence policy."""
        return stored_by(self)

    def same_keys(self, name: str) -> bool:
        """Tell whether an operator works row by row and keeps the key of its first input."""
        node = self.nodes[name]
        by_row = bool(node.config.inputs) and node.operator.locality is Locality.ROW
        return by_row and self.nodes[node.config.inputs[0]].keys == node.keys

    def one_to_one(self, name: str) -> bool:
        """Tell whether an operator has exactly one row for each of its first input."""
        return self.nodes[name].operator.keeps_rows and self.same_keys(name)


@dataclass(frozen=True)
class Examination:
    """What is known of a DAG, valid or not: the nodes that could be made, and every fault.

    ``faults`` are by operator id; those of the DAG's shape are under the empty name.
    """

    dag: Dag
    nodes: Mapping[str, Node]
    faults: Mapping[str, tuple[LiqbenchError, ...]]
    notices: tuple[str, ...] = ()


def resolve(dag: Dag, context: Context, persistence: Policy = "auto") -> ResolvedDag:
    """Check a DAG against its sources' fields, reading no rows.

    Raises ``InvalidDagError`` with every fault, each at its operator. Behind a faulty operator
    only parameters are checked, as its fields are unknown.
    """
    found = examine(dag, context)
    if found.faults:
        told = [
            fault.at(f"operator {name!r}") if name else fault
            for name, faults in found.faults.items()
            for fault in faults
        ]
        raise InvalidDagError(dag.name, told)
    return ResolvedDag(dag, found.nodes, found.notices, persistence)


def examine(dag: Dag, context: Context) -> Examination:
    """Return what is known of a DAG while it is composed; as ``resolve``, without raising."""
    if shape := dag.faults():
        return Examination(dag, {}, {"": tuple(shape), **_parameter_faults(dag)})
    found: dict[str, tuple[LiqbenchError, ...]] = {}
    nodes: dict[str, Node] = {}
    inner = Context(
        as_of=context.as_of,
        session=context.session,
        inputs=context.inputs,
        folder=context.folder,
    )
    for name in dag.order():
        config = dag.operator(name)
        faults = FaultCollector()
        with faults.collect():
            operator = make_operator(config).at_folder(context.folder)
            _check_inputs(operator, len(config.inputs))
            if all(source in nodes for source in config.inputs):
                inputs = [nodes[source] for source in config.inputs]
                nodes[name] = _node(config, operator, inputs, inner.within(name))
        if faults.faults:
            found[name] = tuple(faults.faults)
    return Examination(dag, nodes, found, tuple(inner.notices))


def _parameter_faults(dag: Dag) -> dict[str, tuple[LiqbenchError, ...]]:
    found: dict[str, tuple[LiqbenchError, ...]] = {}
    for config in dag.operators:
        faults = FaultCollector()
        with faults.collect():
            _check_inputs(make_operator(config), len(config.inputs))
        if faults.faults:
            found[config.operator_id] = tuple(faults.faults)
    return found


def _check_inputs(operator: Operator, count: int) -> None:
    fewest, most = operator.fewest_inputs, operator.most_inputs
    if count < fewest or (most is not None and count > most):
        wanted = str(fewest) if fewest == most else f"at least {fewest}"
        raise InputCountError(
            f"{operator.kind} takes {wanted} inputs, {count} are connected",
            hint="connect another operator to it" if count < fewest else "remove a connection",
        )


def _node(config: OperatorConfig, operator: Operator, inputs: list[Node], context: Context) -> Node:
    faults = FaultCollector()
    keys: Keys = ()
    schema = StructType()
    with faults.collect():
        keys = operator.keys(*(node.keys for node in inputs)).keys
    with faults.collect():
        schema = operator.outputs(context, *(node.schema for node in inputs))
    faults.raise_all()
    names = schema.fieldNames()
    for field in schema.fields:
        if is_float(field.dataType):
            faults.add(
                FieldTypeError(
                    f"the field {field.name!r} comes out as {name_of(field.dataType)}; money is "
                    "decimal",
                    hint="cast it to decimal(p,s)",
                )
            )
    for name in keys:
        if name not in names:
            faults.add(
                LostKeysError(
                    f"the key field {name!r} is lost here, so nothing behind it could be traced",
                    hint="keep the field, or aggregate",
                )
            )
    faults.raise_all()
    return Node(config, operator, schema, keys)


def fingerprints(resolved: ResolvedDag, context: Context) -> dict[str, str]:
    """Return each operator's fingerprint: its code, parameters, sources as they are now, inputs.

    Two operators of one fingerprint have the same output, in whatever DAG they stand.
    """
    found: dict[str, str] = {}
    for name, node in resolved.nodes.items():
        found[name] = content_hash(
            {
                "code": node.operator.code_identity(),
                "parameters": node.operator.identity(node.config.parameters),
                "as_of": context.as_of,
                "sources": source_snapshots(node, context),
                "inputs": [found[source] for source in node.config.inputs],
            }
        )
    return found


def source_snapshots(node: Node, context: Context) -> list[str]:
    """Return the fingerprints of what the operator's own sources hold now."""
    return [snapshot(source, context) for source in node.operator.sources()]
