"""Counting, before anything is recalculated, which rows and groups of a baseline will be touched.

One Spark job for all variants at one group (cube), or from one place to one group (delta; a
second one where a step on the way hides rows). No sum is taken, and no figure that only a sum
would need.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import or_

import numpy as np
from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DataType

from liqbench.engine.delta import Deltas, collected
from liqbench.engine.planner import VariantPlan
from liqbench.engine.program import Program
from liqbench.engine.run import Run
from liqbench.engine.shared_jobs import at_places, deltas_of, program_of
from liqbench.engine.touched import Touched
from liqbench.operators.adjust import RulePlan
from liqbench.operators.expressions import fields_of_schema, quoted, type_expression
from liqbench.operators.local import LocalTable

_OWN, _SO_FAR = "__own_{}_{}", "__so_far_{}_{}"


class Counting:
    """Counts for a plan what its variants touch."""

    def __init__(self, base: Run) -> None:
        self._base = base
        self._found: dict[str, list[Touched]] = {}

    def take(self, planned: Sequence[VariantPlan]) -> tuple[VariantPlan, ...]:
        """Run the jobs. A plan whose job fails gets its next best strategy, as it will later."""
        again = at_places(self._base, planned, "cube", self._take_cube)
        return at_places(self._base, again, "delta", self._take_delta)

    def touched(self, planned: VariantPlan) -> Touched:
        """Return what a variant of the plan touches; nothing where no rows had to be counted."""
        return Touched.together(self._found.get(planned.injections.name, ()))

    def _take_cube(self, planned: list[VariantPlan], group: str) -> None:
        programs = [program_of(each, group) for each in planned]
        for each, own in zip(planned, counted(self._base, programs), strict=True):
            self._found.setdefault(each.injections.name, []).append(own)

    def _take_delta(self, planned: list[VariantPlan], group: str) -> None:
        for each, (deltas, number) in deltas_of(self._base, planned, group, Deltas.counted):
            self._found.setdefault(each.injections.name, []).append(deltas.touched(number))


def counted(base: Run, programs: Sequence[Program]) -> Iterator[Touched]:
    """Yield for each program the rows that rules match, and the groups that have such rows.

    The programs lead to one group, on whose rows their conditions can be read.
    """
    frontier = programs[0].frontier
    rows = base.frame(base.resolved.nodes[frontier.group.operator_id].config.inputs[0])
    fields = fields_of_schema(rows.schema)
    counts = [c for n, own in enumerate(programs) for c in _counts(n, own, fields)]
    keys = [F.col(quoted(name)) for name in frontier.operator.group_by]
    table = collected(rows.groupBy(*keys).agg(*counts))
    for n, own in enumerate(programs):
        yield _read(n, own, table)


def _counts(number: int, program: Program, fields: Mapping[str, DataType]) -> Iterator[Column]:
    """Yield per place of rules how many rows of a group they match, and they or earlier ones."""
    so_far: Column = F.lit(False)  # noqa: FBT003
    for place, rules in enumerate(program.rules.values()):
        own = _matched(rules, fields)
        so_far = so_far | own
        yield F.count_if(own).alias(_OWN.format(number, place))
        yield F.count_if(so_far).alias(_SO_FAR.format(number, place))


def _matched(rules: Sequence[RulePlan], fields: Mapping[str, DataType]) -> Column:
    columns = (type_expression(rule.match, fields).column() for rule in rules)
    nothing = F.lit(False)  # noqa: FBT003
    return reduce(or_, (F.coalesce(column, nothing) for column in columns), nothing)


def _read(number: int, program: Program, table: LocalTable) -> Touched:
    rows: dict[str, int] = {}
    places = {name: place for place, name in enumerate(program.rules)}
    last = 0
    for passage in program.frontier.path:
        name = passage.node.operator_id
        last = places.get(name, last)
        counts = table[(_OWN if name in places else _SO_FAR).format(number, last)].values
        rows[name] = int(counts.sum())
    touched = np.asarray(table[_SO_FAR.format(number, last)].values > 0, bool)
    groups = table.select(program.frontier.operator.group_by).take(touched)
    return Touched(rows, {program.frontier.group.operator_id: groups})
