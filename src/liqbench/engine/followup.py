"""Follow-up questions: other numbers in a scenario's rules, answered from what was summed already.

Nothing is stored, and no deal is read again as long as the conditions are those of a cube.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from pyspark.sql.types import IntegerType

from liqbench.engine.cube import Cube, Layout
from liqbench.engine.injections import Injections
from liqbench.engine.planner import VariantPlan, plan_variants
from liqbench.engine.pricing import Prices
from liqbench.engine.program import Program
from liqbench.engine.resolve import Node
from liqbench.engine.run import Run
from liqbench.engine.scenarios import run_variants
from liqbench.engine.settle import Settlement
from liqbench.errors import LocalUnsupportedError
from liqbench.operators.adjust import AdjustmentOperator
from liqbench.operators.grouping import GroupOperator
from liqbench.operators.local import LocalTable, Vector

VALUE = "__value"


class FollowUp:
    """Answers for one baseline; cubes that are taken on the way are kept."""

    def __init__(self, base: Run, prices: Mapping[str, Prices]) -> None:
        self._base = base
        self._prices = {group: [own] for group, own in prices.items()}
        self._swept: VariantPlan | None = None

    def tables(self, injections: Sequence[Injections], name: str) -> list[LocalTable]:
        """Return an operator's output under each variant.

        What can't be priced on the driver is computed by the next best strategy, all of it at
        once, and stored; raises that variant's own error where it fails.
        """
        planned = plan_variants(self._base, injections, reuse=False)
        self._prepare([program for each in planned for program in each.programs])
        priced = [self._priced(each, name) for each in planned]
        rest = [each for each, table in zip(planned, priced, strict=True) if table is None]
        ran = iter(run_variants(self._base, rest).variants if rest else ())
        return [next(ran).result().local(name) if table is None else table for table in priced]

    def _priced(self, planned: VariantPlan, name: str) -> LocalTable | None:
        """Return a table as the driver prices it, or nothing where only Spark can."""
        if planned.strategy not in ("cube", "local") or planned.change is None:
            return None
        sums = {p.frontier.group.operator_id: self._price(p) for p in planned.programs}
        try:
            return Settlement(self._base, planned.change, sums, {}).table(name)
        except LocalUnsupportedError:
            return None

    def sweep(
        self, widest: Injections, others: Sequence[Injections], name: str
    ) -> list[LocalTable]:
        """Return an operator's output under variants with the rules of ``widest``.

        They leave out some, or have other numbers in them with no more digits. Raises
        ``StrategyUnfitError`` where no cube can price them.
        """
        planned = self._planned(widest)
        programs = [[p.with_rules(each.rules) for p in planned.programs] for each in others]
        self._prepare([program for own in programs for program in own])
        sums: dict[str, LocalTable] = {}
        for n, program in enumerate(planned.programs):
            tagged = [_tagged(self._price(own[n]), place) for place, own in enumerate(programs)]
            sums[program.frontier.group.operator_id] = LocalTable.concat(tagged)
        table = _Together(self._base, planned, others, sums).table(name)
        places = table[VALUE].values
        return [table.take(np.asarray(places == n, bool)) for n in range(len(others))]

    def _planned(self, widest: Injections) -> VariantPlan:
        """Return the plan of a sweep; a search asks for the same again and again."""
        if self._swept is None or self._swept.injections != widest:
            (self._swept,) = plan_variants(self._base, [widest], "cube", reuse=False)
        return self._swept

    def _prepare(self, programs: Sequence[Program]) -> None:
        """Take the cubes that are missing, one per group."""
        missing: dict[str, list[Program]] = {}
        for program in programs:
            group = program.frontier.group.operator_id
            if not any(p.cube.layout.serves(program) for p in self._prices.get(group, ())):
                missing.setdefault(group, []).append(program)
        for group, own in missing.items():
            source = self._base.resolved.nodes[group].config.inputs[0]
            cube = Cube.taken(Layout.of(own), self._base.frame(source))
            self._prices.setdefault(group, []).append(Prices(cube, self._base.local(group)))

    def _price(self, program: Program) -> LocalTable:
        known = self._prices[program.frontier.group.operator_id]
        return next(p for p in known if p.cube.layout.serves(program)).sums(program)


def _tagged(table: LocalTable, place: int) -> LocalTable:
    return table.with_column(VALUE, Vector.constant(IntegerType(), place, table.rows))


class _Together:
    """The rest of a plan for many variants in one go, the variant being one more field."""

    def __init__(
        self,
        base: Run,
        planned: VariantPlan,
        variants: Sequence[Injections],
        sums: Mapping[str, LocalTable],
    ) -> None:
        self._base = base
        self._nodes = planned.resolved.nodes
        self._variants = variants
        self._tables: dict[str, LocalTable] = {}
        assert planned.change is not None  # noqa: S101 - a fast plan has one
        for frontier in planned.change.frontiers:
            at = frontier.group.operator_id
            context = base.context.within(at)
            self._tables[at] = frontier.operator.finished(
                context, sums[at], frontier.rows, extra=(VALUE,)
            )
        self._changed = set(planned.change.rest)

    def table(self, name: str) -> LocalTable:
        """Return an operator's output under all variants."""
        if name not in self._tables:
            changed = name in self._changed
            self._tables[name] = (
                self._computed(self._nodes[name]) if changed else self._stored(name)
            )
        return self._tables[name]

    def _stored(self, name: str) -> LocalTable:
        stored = self._base.local(name)
        return LocalTable.concat([_tagged(stored, place) for place in range(len(self._variants))])

    def _computed(self, node: Node) -> LocalTable:
        context, operator = self._base.context.within(node.operator_id), node.operator
        (source,) = node.config.inputs
        fields = [*self._nodes[source].schema.fieldNames(), VALUE]
        table = self.table(source).select(fields)
        if isinstance(operator, GroupOperator):
            operator = operator.model_copy(update={"group_by": (*operator.group_by, VALUE)})
        if isinstance(operator, AdjustmentOperator) and node.operator_id not in self._base.results:
            return self._adjusted(node, operator, table)
        return operator.local(context, table)

    def _adjusted(self, node: Node, operator: AdjustmentOperator, table: LocalTable) -> LocalTable:
        """Apply every variant's own rules, in the types of the widest."""
        context, (source,) = self._base.context.within(node.operator_id), node.config.inputs
        parts = []
        for place, variant in enumerate(self._variants):
            own = table.take(np.asarray(table[VALUE].values == place, bool))
            rules = variant.rules[source]
            part = operator.model_copy(update={"rules": rules}).local(context, own)
            parts.append(part.cast({f.name: f.dataType for f in node.schema.fields}))
        return LocalTable.concat(parts)
