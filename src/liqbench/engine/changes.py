"""What a variant changes of its baseline: which operators, and where changed rows become groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql.types import StructType

from liqbench.engine.on_driver import MOST_LOCAL_ROWS
from liqbench.engine.resolve import Node, ResolvedDag
from liqbench.engine.run import Run
from liqbench.errors import StrategyUnfitError
from liqbench.operators import Locality
from liqbench.operators.filter import FilterOperator
from liqbench.operators.grouping import GroupOperator
from liqbench.operators.split import SplitOperator


@dataclass(frozen=True)
class Passage:
    """An operator that changed rows pass, and the schema of the rows that come to it."""

    node: Node
    rows: StructType


@dataclass(frozen=True)
class Frontier:
    """A group that changed rows flow into.

    ``path`` are the operators on single rows that the change passes, in order; ``feed`` is the
    one before them, which is as it was; ``rows`` is the schema of what comes to the group.
    """

    feed: str
    path: tuple[Passage, ...]
    group: Node
    rows: StructType

    def behind_filter(self) -> tuple[str, ...]:
        """Return the steps from the first on whose count of rows may change, and isn't counted."""
        names = [passage.node.operator_id for passage in self.path]
        uncounted = [
            isinstance(passage.node.operator, FilterOperator | SplitOperator)
            for passage in self.path
        ]
        return tuple(names[uncounted.index(True) :]) if any(uncounted) else ()

    @property
    def operator(self) -> GroupOperator:
        """The group's operator."""
        assert isinstance(self.group.operator, GroupOperator)  # noqa: S101 - made from such
        return self.group.operator


@dataclass(frozen=True)
class Change:
    """A variant's DAG against its baseline.

    ``frontiers`` are the groups whose sums change by those of single rows; ``rest`` are the
    operators behind them (or behind small stored results), small enough for the driver.
    """

    resolved: ResolvedDag
    prints: Mapping[str, str]
    frontiers: tuple[Frontier, ...]
    rest: tuple[str, ...]


def change_of(base: Run, resolved: ResolvedDag, prints: Mapping[str, str]) -> Change:
    """Return what a variant changes.

    Raises ``StrategyUnfitError`` where single changed rows are a result of their own, or pass a
    step that only Spark can take.
    """
    small = {name for name in resolved.nodes if _is_small(base, name, prints)}
    changed = [name for name in resolved.nodes if base.fingerprints.get(name) != prints[name]]
    stored = set(resolved.results())
    single: set[str] = set()
    frontiers: list[Frontier] = []
    rest: list[str] = []
    for name in changed:
        node = resolved.nodes[name]
        inputs = node.config.inputs
        if inputs and all(source in small for source in inputs):
            _check_local(node)
            rest.append(name)
            small.add(name)
        elif node.operator.locality is Locality.ROW and name not in stored:
            single.add(name)
        elif isinstance(node.operator, GroupOperator) and inputs[0] in single:
            frontiers.append(_frontier(base, resolved, node, single))
            small.add(name)
        else:
            raise StrategyUnfitError(
                f"{name!r} ({node.config.operator_type}) needs all changed rows themselves"
            )
    return Change(resolved, prints, tuple(frontiers), tuple(rest))


def _is_small(base: Run, name: str, prints: Mapping[str, str]) -> bool:
    result = base.results.get(name)
    return (
        result is not None
        and result.fingerprint == prints[name]
        and result.rows is not None
        and result.rows <= MOST_LOCAL_ROWS
        and base.stages.has(result.fingerprint)
    )


def _check_local(node: Node) -> None:
    if not node.operator.is_local:
        raise StrategyUnfitError(
            f"{node.operator_id!r} ({node.config.operator_type}) is calculated by Spark only"
        )


def _frontier(base: Run, resolved: ResolvedDag, group: Node, single: set[str]) -> Frontier:
    rows = base.results[group.operator_id].rows
    if rows is None or rows > MOST_LOCAL_ROWS:
        shown = "an unknown number of" if rows is None else f"{rows:,}"
        raise StrategyUnfitError(
            f"{group.operator_id!r} has {shown} groups, more than {MOST_LOCAL_ROWS:,}"
        )
    path: list[Passage] = []
    at = group.config.inputs[0]
    while at in single:
        node = resolved.nodes[at]
        if any(source in single for source in node.config.inputs[1:]):
            raise StrategyUnfitError(f"{at!r} joins a reference whose rows change")
        if not node.config.inputs:
            raise StrategyUnfitError(f"{at!r} reads its source anew")
        at = node.config.inputs[0]
        path.insert(0, Passage(node, resolved.nodes[at].schema))
    return Frontier(at, tuple(path), group, path[-1].node.schema)
