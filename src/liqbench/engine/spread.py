"""How touched keys spread over the small results behind a change, as the driver goes through them.

Key mappings say it: a step on single rows keeps its input's keys, a group has the part of them
that it groups by. Where figures that change decide, it can't be told before the run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_

import numpy as np

from liqbench.engine.changes import Change
from liqbench.engine.dependency import DependencyGraph
from liqbench.engine.run import Run
from liqbench.engine.touched import Touched
from liqbench.errors import LocalUnsupportedError
from liqbench.operators import Locality
from liqbench.operators.adjust import AdjustmentOperator, RulePlan
from liqbench.operators.expressions import fields_of, fields_of_schema, type_expression
from liqbench.operators.local import Flags, LocalTable, evaluate

Key = tuple[object, ...]
_NOTHING: frozenset[Key] = frozenset()


@dataclass(frozen=True)
class Reach:
    """The touched keys of one operator, and how many are affected: at an adjustment the matched.

    ``None`` is not known before the run, for the reason that ``why`` gives.
    """

    keys: frozenset[Key] | None
    affected: int | None
    why: str = ""

    @classmethod
    def of(cls, keys: frozenset[Key]) -> Reach:
        """Return the reach of an operator whose touched keys are all affected."""
        return cls(keys, len(keys))

    @classmethod
    def unknown(cls, why: str) -> Reach:
        """Return the reach of an operator whose touched keys are not known, for this reason."""
        return cls(None, None, why)


class Spread:
    """The touched keys of every operator from the first groups of a change on."""

    def __init__(self, base: Run, change: Change, touched: Touched, *, moves_rows: bool) -> None:
        self._base = base
        self._change = change
        self._moves_rows = moves_rows
        self._graph = DependencyGraph(change.resolved, change.prints)
        self._changed = set(self._graph.changed(base.fingerprints))
        self._groups = {
            name: frozenset(table.keys(table.names)) for name, table in touched.groups.items()
        }

    @cached_property
    def reaches(self) -> Mapping[str, Reach]:
        """The reach of each of these operators."""
        found = {name: Reach.of(keys) for name, keys in self._groups.items()}
        for name in self._change.rest:
            found[name] = self._behind(name, found)
        return found

    def _behind(self, name: str, found: Mapping[str, Reach]) -> Reach:
        step, operator = self._graph.step(name), self._change.resolved.nodes[name].operator
        source = step.inputs[0]
        before = found[source] if source in self._changed else Reach.of(_NOTHING)
        if any(other in self._changed for other in step.inputs[1:]):
            return Reach.unknown("it has a changed input beside its rows")
        if isinstance(operator, AdjustmentOperator) and name not in self._base.results:
            return self._adjusted(name, operator, before)
        if before.keys is None:
            return Reach.unknown(before.why)
        if step.locality is Locality.GROUP:
            return self._grouped(name, before.keys)
        if step.keeps_rows:
            return Reach.of(before.keys)
        return Reach.unknown(f"which rows pass {name!r} is known after the run")

    def _grouped(self, name: str, keys: frozenset[Key]) -> Reach:
        step = self._graph.step(name)
        names = self._graph.step(step.inputs[0]).keys
        if other := [field for field in step.keys if field not in names]:
            return Reach.unknown(
                f"{name!r} groups by {', '.join(other)}, which is no part of the rows' key"
            )
        places = [names.index(field) for field in step.keys]
        return Reach.of(frozenset(tuple(key[place] for place in places) for key in keys))

    def _adjusted(self, name: str, operator: AdjustmentOperator, before: Reach) -> Reach:
        """Return what rules on small results match, as they are in the baseline."""
        step = self._graph.step(name)
        source, context = step.inputs[0], self._base.context.within(name)
        plans = operator.plan(context, self._change.resolved.nodes[source].schema)
        read = {field for rule in plans for field in fields_of(rule.match)}
        steady = source not in self._changed or (
            before.keys is not None and not self._moves_rows and read <= set(step.keys)
        )
        try:
            table = self._baseline(source) if steady else None
            if table is None:
                return Reach.unknown(f"which rows the rules of {name!r} match depends on the run")
            matched = frozenset(table.take(_matched(plans, table)).keys(step.keys))
        except LocalUnsupportedError as error:
            return Reach.unknown(str(error))
        return Reach(None if before.keys is None else before.keys | matched, len(matched))

    def _baseline(self, name: str) -> LocalTable | None:
        """Return the baseline's rows of an operator, or those that it keeps one to one."""
        base = self._base
        while name not in base.results or not base.stages.has(base.results[name].fingerprint):
            step = self._graph.step(name)
            if not step.keeps_rows:
                return None
            name = step.inputs[0]
        return base.local(name)


def _matched(rules: Sequence[RulePlan], table: LocalTable) -> Flags:
    """Return the rows that at least one rule matches.

    Conditions read what earlier rules leave, but a row that one of these changed is matched by
    that one; so the rows as they are tell it.
    """
    fields = fields_of_schema(table.schema)
    each = (evaluate(type_expression(rule.match, fields), table) for rule in rules)
    return reduce(or_, (m.valid & m.values.astype(bool) for m in each), np.zeros(table.rows, bool))
