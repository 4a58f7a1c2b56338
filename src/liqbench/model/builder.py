"""Composing a DAG step by step (the seed's ``DAGBuilder`` and ``VisualDAGBuilder``)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from liqbench.errors import (
    InvalidDagError,
    LiqbenchError,
    UnknownOperatorError,
    did_you_mean,
)
from liqbench.model.dag import Dag, OperatorConfig
from liqbench.model.rules import AdjustmentRule


class DagBuilder:
    """Collects operators, connections and injections; ``build`` makes the DAG of them.

    How they fit together is not checked before ``build``, which reports all faults at once.
    """

    def __init__(self, name: str = "dag", description: str = "") -> None:
        self._name = name
        self._description = description
        self._operators: list[OperatorConfig] = []
        self._connections: list[tuple[str, str]] = []
        self._injections: list[tuple[str, tuple[AdjustmentRule, ...]]] = []

    def add_operator(self, config: OperatorConfig | None = None, /, **fields: Any) -> Self:
        """Add an operator: a config, or its fields by name (``DocumentError`` if one is wrong)."""
        self._operators.append(OperatorConfig.of(**fields) if config is None else config)
        return self

    def add_operators(self, configs: Iterable[OperatorConfig]) -> Self:
        """Add operators that something else made, such as those of a star."""
        self._operators += configs
        return self

    def connect(self, from_id: str, to_id: str) -> Self:
        """Feed ``to_id`` by ``from_id``, as the next one of its inputs."""
        self._connections.append((from_id, to_id))
        return self

    def inject_adjustment(
        self, after_operator_id: str, adjustment_rules: Iterable[AdjustmentRule]
    ) -> Self:
        """Apply rules right behind an operator; all that it feeds is rewired on ``build``."""
        self._injections.append((after_operator_id, tuple(adjustment_rules)))
        return self

    def build(self) -> Dag:
        """Return the DAG. Raises ``InvalidDagError`` with every fault of its shape."""
        faults: list[LiqbenchError] = []
        names = [config.operator_id for config in self._operators]
        added: dict[str, list[str]] = {name: [] for name in names}
        for source, target in self._connections:
            if target in added:
                added[target].append(source)
            else:
                faults.append(
                    UnknownOperatorError(
                        f"the connection {source} → {target} leads to no operator",
                        hint=did_you_mean(target, names),
                    )
                )
        dag = Dag(
            name=self._name,
            description=self._description,
            operators=tuple(
                config.model_copy(update={"inputs": (*config.inputs, *added[config.operator_id])})
                for config in self._operators
            ),
        )
        faults += dag.faults()
        for after, rules in self._injections:
            try:
                dag = dag.inject_adjustment(after, rules)
            except LiqbenchError as fault:
                faults.append(fault.at("injection"))
        if faults:
            raise InvalidDagError(self._name, faults)
        return dag
