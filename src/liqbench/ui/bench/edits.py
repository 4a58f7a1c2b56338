"""Changes of a DAG by hand: each takes a DAG and returns another, valid or not yet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from liqbench.errors import (
    CycleError,
    DanglingEdgeError,
    DocumentError,
    DuplicateOperatorError,
)
from liqbench.model import Dag, OperatorConfig
from liqbench.model._values import thaw
from liqbench.model.dag import ADJUST
from liqbench.operators.registry import operator_types


def with_operator(dag: Dag, kind: str, after: str | None = None) -> tuple[Dag, str]:
    """Return the DAG with a new operator, fed by another where one is named; and its id."""
    inputs = () if after is None else (dag.operator(after).operator_id,)
    name = free_id(dag, kind)
    config = OperatorConfig.of(operator_id=name, operator_type=kind, inputs=inputs)
    return _of(dag, (*dag.operators, config)), name


def with_adjustment(dag: Dag, source: str, to: str) -> tuple[Dag, str]:
    """Return the DAG with an adjustment without rules on one edge; and its id.

    Raises ``DanglingEdgeError`` where there is no such edge.
    """
    _check_edge(dag, source, to)
    name = free_id(dag, f"adj_{source}")
    config = OperatorConfig.of(
        operator_id=name, operator_type=ADJUST, parameters={"rules": []}, inputs=(source,)
    )
    place = list(dag.inputs).index(to)
    changed = [
        _fed(op, _swapped(op.inputs, source, name)) if op.operator_id == to else op
        for op in dag.operators
    ]
    return _of(dag, (*changed[:place], config, *changed[place:])), name


def connected(dag: Dag, source: str, to: str) -> Dag:
    """Return the DAG with an edge more, at the end of what feeds ``to``.

    Raises ``CycleError`` where the operator would feed itself, ``DanglingEdgeError`` for an edge
    that is there, ``UnknownOperatorError``.
    """
    dag.operator(source)
    config = dag.operator(to)
    if source in config.inputs:
        raise DanglingEdgeError(f"{source!r} feeds {to!r} already")
    if source == to or (not dag.faults() and source in dag.downstream(to)):
        raise CycleError(
            f"{to!r} would feed itself through {source!r}", hint="connect it the other way round"
        )
    return _replaced(dag, _fed(config, (*config.inputs, source)))


def disconnected(dag: Dag, source: str, to: str) -> Dag:
    """Return the DAG without an edge. Raises ``DanglingEdgeError`` where there is none."""
    _check_edge(dag, source, to)
    config = dag.operator(to)
    return _replaced(dag, _fed(config, tuple(name for name in config.inputs if name != source)))


def reordered(dag: Dag, to: str, inputs: Sequence[str]) -> Dag:
    """Return the DAG with what feeds an operator in another order: the first is its main input."""
    config = dag.operator(to)
    if sorted(inputs) != sorted(config.inputs):
        raise DanglingEdgeError(f"these are not what feeds {to!r}", hint="connect them first")
    return _replaced(dag, _fed(config, tuple(inputs)))


def without(dag: Dag, names: Collection[str]) -> Dag:
    """Return the DAG without some operators and their edges.

    An operator with one input that is taken out leaves its input connected to what it fed.
    """
    for name in names:
        dag.operator(name)
        dag = _without(dag, name)
    return dag


def _without(dag: Dag, name: str) -> Dag:
    gone = dag.operator(name)
    instead = gone.inputs if len(gone.inputs) == 1 else ()
    kept = []
    for op in dag.operators:
        if op is gone:
            continue
        inputs = [source for each in op.inputs for source in (instead if each == name else (each,))]
        kept.append(_fed(op, tuple(dict.fromkeys(inputs))))
    return _of(dag, kept)


def renamed(dag: Dag, old: str, new: str) -> Dag:
    """Return the DAG with an operator called otherwise, also where it feeds others.

    Raises ``DuplicateOperatorError`` for an id that is taken, ``DocumentError`` for what is none.
    """
    config = dag.operator(old)
    if new != old and new in dag.inputs:
        raise DuplicateOperatorError("the id is taken", where=f"operator {new!r}")
    own = OperatorConfig.of(**{**config.model_dump(), "operator_id": new})
    return _of(
        dag,
        [own if op is config else _fed(op, _swapped(op.inputs, old, new)) for op in dag.operators],
    )


def configured(dag: Dag, name: str, fields: Mapping[str, Any]) -> Dag:
    """Return the DAG with an operator's parameters, description or checkpoint replaced."""
    return _replaced(dag, OperatorConfig.of(**{**dag.operator(name).model_dump(), **fields}))


Path = Sequence[str | int]


def with_value(dag: Dag, name: str, path: Path, value: Any) -> Dag:
    """Return the DAG with one value in an operator's parameters set: names and places lead to it.

    What isn't there on the way is made; the place behind a list's end adds to it. Raises
    ``DocumentError`` where the way leads through something else.
    """
    return _with_parameters(dag, name, lambda plain: _put(plain, path, value))


def without_value(dag: Dag, name: str, path: Path) -> Dag:
    """Return the DAG with one value in an operator's parameters taken out, if it is there."""
    return _with_parameters(dag, name, lambda plain: _taken(plain, path))


def _with_parameters(dag: Dag, name: str, change: Callable[[Any], Any]) -> Dag:
    plain = thaw(dag.operator(name).parameters)
    return configured(dag, name, {"parameters": change(plain)})


def _put(holder: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, str):
        own = {} if holder is None else holder
        if not isinstance(own, dict):
            raise DocumentError(f"there is no place for {step!r} here")
        return {**own, step: _put(own.get(step), rest, value)}
    entries = [] if holder is None else holder
    if not isinstance(entries, list) or not 0 <= step <= len(entries):
        raise DocumentError(f"there is no entry {step} here", hint="was it removed meanwhile?")
    now = entries[step] if step < len(entries) else None
    return [*entries[:step], _put(now, rest, value), *entries[step + 1 :]]


def _taken(plain: Any, path: Path) -> Any:
    holder, last = _at(plain, path[:-1]), path[-1]
    if isinstance(holder, dict):
        holder.pop(str(last), None)
    elif isinstance(holder, list) and 0 <= int(last) < len(holder):
        holder.pop(int(last))
    return plain


def _at(plain: Any, path: Path) -> Any:
    for step in path:
        if isinstance(plain, dict):
            plain = plain.get(str(step))
        elif isinstance(plain, list) and isinstance(step, int) and 0 <= step < len(plain):
            plain = plain[step]
        else:
            return None
    return plain


def pasted(dag: Dag, operators: Sequence[Mapping[str, Any]]) -> tuple[Dag, tuple[str, ...]]:
    """Return the DAG with copies of operators; edges among them are kept, others where they fit.

    Returns the copies' ids as well. Raises ``DocumentError`` for what is no operator.
    """
    copies = [OperatorConfig.of(**dict(operator)) for operator in operators]
    names: dict[str, str] = {}
    for copy in copies:
        names[copy.operator_id] = free_id(dag, copy.operator_id, names.values())
    placed = [
        copy.model_copy(
            update={
                "operator_id": names[copy.operator_id],
                "inputs": tuple(
                    names.get(source, source)
                    for source in copy.inputs
                    if source in names or source in dag.inputs
                ),
            }
        )
        for copy in copies
    ]
    return _of(dag, (*dag.operators, *placed)), tuple(names.values())


def fed_by(dag: Dag, names: Collection[str], source: str) -> Dag:
    """Return the DAG with those of some operators that nothing feeds fed by another operator."""
    types = operator_types()
    for name in names:
        config = dag.operator(name)
        own = types.get(config.operator_type)
        if not config.inputs and (own is None or own.most_inputs != 0):
            dag = connected(dag, source, name)
    return dag


def free_id(dag: Dag, wanted: str, taken: Collection[str] = ()) -> str:
    """Return an id that is free: the wanted one, or with a number behind it."""
    used, name, n = {*dag.inputs, *taken}, wanted, 1
    while name in used:
        n += 1
        name = f"{wanted}_{n}"
    return name


def _check_edge(dag: Dag, source: str, to: str) -> None:
    if source not in dag.operator(to).inputs:
        raise DanglingEdgeError(f"{source!r} does not feed {to!r}")


def _fed(config: OperatorConfig, inputs: tuple[str, ...]) -> OperatorConfig:
    return config.model_copy(update={"inputs": inputs})


def _swapped(inputs: Sequence[str], old: str, new: str) -> tuple[str, ...]:
    return tuple(new if source == old else source for source in inputs)


def _replaced(dag: Dag, config: OperatorConfig) -> Dag:
    changed = (config if op.operator_id == config.operator_id else op for op in dag.operators)
    return _of(dag, tuple(changed))


def _of(dag: Dag, operators: Sequence[OperatorConfig]) -> Dag:
    return dag.model_copy(update={"operators": tuple(operators)})
