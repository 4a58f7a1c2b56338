"""Follow-up questions: other numbers in a scenario's rules, answered from what was summed already.

Nothing is stored, and no deal is read again as long as the conditions are those of a cube.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyspark.sql.types import IntegerType

from liqbench.engine.cube import Cube, Layout
from liqbench.engine.injections import Injections
from liqbench.engine.planner import VariantPlan, plan_variants
from liqbench.engine.pricing import Prices
from liqbench.engine.program import Program
from liqbench.engine.run import Run
from liqbench.engine.scenarios import run_variants
from liqbench.engine.settle import Settlement
from liqbench.engine.shared_jobs import groups_of
from liqbench.operators.grouping import GroupOperator
from liqbench.operators.local import LocalTable, Vector

VALUE = "__value"


class FollowUp:
    """Answers for one baseline; cubes that are taken on the way are kept."""

    def __init__(self, base: Run, prices: Mapping[str, Prices]) -> None:
        self._base = base
        self._prices = {group: [own] for group, own in prices.items()}

    def tables(self, injections: Sequence[Injections], name: str) -> list[LocalTable]:
        """Return an operator's output under each variant.

        What no cube can price is computed by the next best strategy, all of it at once, and
        stored; raises that variant's own error where it fails.
        """
        planned = plan_variants(self._base, injections, reuse=False)
        rest = [each for each in planned if each.strategy not in ("cube", "local")]
        ran = {v.name: v.result() for v in run_variants(self._base, rest).variants} if rest else {}
        self._prepare([program for each in planned for program in each.programs])
        return [
            _stored(ran[each.injections.name], name)
            if each.injections.name in ran
            else self._settled(each).table(name)
            for each in planned
        ]

    def sweep(self, widest: Injections, others: Sequence[Injections], name: str) -> LocalTable:
        """Return a group's output under variants that differ in a rule's numbers only.

        ``widest`` is the one whose numbers have the most digits. The field ``__value`` tells the
        variants apart, by their place. Raises ``StrategyUnfitError`` where no cube can price them.
        """
        (planned,) = plan_variants(self._base, [widest], "cube", reuse=False)
        (program,) = planned.programs
        swept = [program.with_rules(each.rules) for each in others]
        self._prepare(swept)
        tagged = [_tagged(self._price(each), place) for place, each in enumerate(swept)]
        return _finished_together(self._base, planned, LocalTable.concat(tagged), name)

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
            self._prices.setdefault(group, []).append(Prices(cube, groups_of(self._base, group)))

    def _settled(self, planned: VariantPlan) -> Settlement:
        assert planned.change is not None  # noqa: S101 - cube and local have one
        sums = {p.frontier.group.operator_id: self._price(p) for p in planned.programs}
        return Settlement(self._base, planned.change, sums, {})

    def _price(self, program: Program) -> LocalTable:
        known = self._prices[program.frontier.group.operator_id]
        return next(p for p in known if p.cube.layout.serves(program)).sums(program)


def _stored(run: Run, name: str) -> LocalTable:
    return LocalTable.from_arrow(run.stages.dataset(run.results[name].fingerprint).to_table())


def _tagged(table: LocalTable, place: int) -> LocalTable:
    return table.with_column(VALUE, Vector.constant(IntegerType(), place, table.rows))


def _finished_together(base: Run, planned: VariantPlan, sums: LocalTable, name: str) -> LocalTable:
    """Finish the sums of all values in one go, the value being one more field of every group."""
    assert planned.change is not None  # noqa: S101 - a cube's plan has one
    (frontier,) = planned.change.frontiers
    nodes = planned.resolved.nodes
    at = frontier.group.operator_id
    context = base.context.within(at)
    tables = {at: frontier.operator.finished(context, sums, frontier.rows, extra=(VALUE,))}
    wanted = planned.resolved.dag.upstream(name) | {name}
    for rest in planned.change.rest:
        node = nodes[rest]
        if rest not in wanted:
            continue
        (source,) = node.config.inputs
        operator, context = node.operator, base.context.within(rest)
        fields = [*nodes[source].schema.fieldNames(), VALUE]
        table = tables[source].select(fields)
        if isinstance(operator, GroupOperator):
            operator = operator.model_copy(update={"group_by": (*operator.group_by, VALUE)})
        tables[rest] = operator.local(context, table)
    return tables[name]
