"""The persistence manager: which outputs a run stores (the seed's ``PersistenceManager``).

Results are always stored: what groups or reads everything, what nothing else reads, and what is
marked as a checkpoint. A policy says what is stored beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, get_args

import psutil

from liqbench.errors import SettingError, did_you_mean
from liqbench.operators import Locality

if TYPE_CHECKING:
    from liqbench.engine.resolve import ResolvedDag

Policy = Literal["always", "auto", "never"]
# Writing and reading rows costs about what computing them twice does (benchmarks.scenarios).
MOST_COMPUTED = 2
SCARCE = 0.1  # of this machine's memory


def check_policy(policy: str) -> Policy:
    """Return the policy. Raises ``SettingError`` for one that isn't known."""
    known: tuple[Policy, ...] = get_args(Policy)
    for each in known:
        if policy == each:
            return each
    raise SettingError(
        f"there is no persistence policy {policy!r}", hint=did_you_mean(policy, known)
    )


def results_of(resolved: ResolvedDag) -> tuple[str, ...]:
    """Return the operators whose outputs every run stores; ``never`` passes checkpoints by."""
    sinks = resolved.dag.sinks()
    return tuple(
        name
        for name, node in resolved.nodes.items()
        if node.operator.locality is not Locality.ROW
        or name in sinks
        or (node.config.checkpoint and resolved.persistence != "never")
    )


def stored_by(resolved: ResolvedDag) -> tuple[str, ...]:
    """Return the operators whose outputs a run stores under its policy.

    ``always`` is all of them, ``never`` the results only. ``auto`` adds single rows that more
    than two results are computed from, and, while memory is scarce, those before an aggregation,
    so that Spark holds fewer joins at a time.
    """
    results = results_of(resolved)
    if resolved.persistence == "always":
        return tuple(resolved.nodes)
    if resolved.persistence == "never":
        return results
    wanted = {*results, *_shared(resolved, results)}
    if memory_is_scarce():
        wanted |= _before_groups(resolved)
    return tuple(name for name in resolved.nodes if name in wanted)


def memory_is_scarce() -> bool:
    """Tell whether less than a tenth of this machine's memory is left."""
    memory = psutil.virtual_memory()
    return bool(memory.available < SCARCE * memory.total)


def _shared(resolved: ResolvedDag, results: tuple[str, ...]) -> set[str]:
    """Return the last operators on the way to more results than one should compute them for."""
    fed = _fed(resolved, results)
    return {
        name
        for name, own in fed.items()
        if len(own) > MOST_COMPUTED
        and not any(fed.get(after) == own for after in resolved.dag.graph.successors(name))
    }


def _fed(resolved: ResolvedDag, results: tuple[str, ...]) -> Mapping[str, set[str]]:
    """Return, for every operator that isn't a result, the results computed through it."""
    fed: dict[str, set[str]] = {}
    for name in reversed(list(resolved.nodes)):
        if name not in results:
            fed[name] = set()
            for after in resolved.dag.graph.successors(name):
                fed[name] |= {after} if after in results else fed[after]
    return fed


def _before_groups(resolved: ResolvedDag) -> set[str]:
    return {
        node.config.inputs[0]
        for node in resolved.nodes.values()
        if node.operator.locality is Locality.GROUP
    }
