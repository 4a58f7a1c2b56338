"""The Spark jobs that all variants of a strategy share: a cube per group, a delta per place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from liqbench.engine.cancellation import check_cancelled
from liqbench.engine.cube import Cube, Layout
from liqbench.engine.delta import DeltaProgram, Deltas
from liqbench.engine.on_driver import Counts
from liqbench.engine.planner import VariantPlan, next_best
from liqbench.engine.pricing import Prices
from liqbench.engine.program import Program
from liqbench.engine.run import Run
from liqbench.engine.session import SPARK_ERRORS
from liqbench.engine.touched import Touched
from liqbench.errors import LiqbenchError, PrecisionError
from liqbench.operators.local import LocalTable

_FAILS = (LiqbenchError, *SPARK_ERRORS)


class SharedJobs:
    """Takes the cubes and deltas of a plan, and answers from them for each variant."""

    def __init__(self, base: Run) -> None:
        self._base = base
        self.prices: dict[str, Prices] = {}
        self._deltas: dict[tuple[str, str], tuple[Deltas, int]] = {}

    def take(self, planned: Sequence[VariantPlan]) -> tuple[VariantPlan, ...]:
        """Run the jobs. What a job can't do gets its next best strategy, with the reason."""
        again = at_places(self._base, planned, "cube", self._take_cube)
        return at_places(self._base, again, "delta", self._take_delta)

    def _take_cube(self, planned: list[VariantPlan], group: str) -> None:
        programs = [program_of(each, group) for each in planned]
        layout = Layout.of(programs)
        node = self._base.resolved.nodes[group]
        cube = Cube.taken(layout, self._base.frame(node.config.inputs[0]))
        self.prices[group] = Prices(cube, self._base.local(group))

    def _take_delta(self, planned: list[VariantPlan], group: str) -> None:
        for each, own in deltas_of(self._base, planned, group, Deltas.taken):
            self._deltas[each.injections.name, group] = own

    def answer(self, planned: VariantPlan) -> tuple[dict[str, LocalTable], dict[str, Counts]]:
        """Return a variant's sums by group, and its adjustments' counts by operator."""
        sums: dict[str, LocalTable] = {}
        counts: dict[str, Counts] = {}
        for program in planned.programs:
            group = program.frontier.group.operator_id
            sums[group] = self.prices[group].sums(program)
            counts |= self.prices[group].matched(program)
        for delta in planned.deltas:
            group = delta.frontier.group.operator_id
            deltas, number = self._deltas[planned.injections.name, group]
            sums[group] = deltas.sums(number, self._base.local(group))
            counts[delta.frontier.path[0].node.operator_id] = deltas.matched(number)
        return sums, counts

    def touched(self, planned: VariantPlan) -> Touched:
        """Return which rows and groups the answer changed."""
        by_cube = [self.prices[_group(p)].touched(p) for p in planned.programs]
        own = [self._deltas[planned.injections.name, _group(d)] for d in planned.deltas]
        return Touched.together([*by_cube, *(deltas.touched(number) for deltas, number in own)])


def at_places(
    base: Run,
    planned: Sequence[VariantPlan],
    strategy: str,
    job: Callable[[list[VariantPlan], str], None],
) -> tuple[VariantPlan, ...]:
    """Run a job for the plans of a strategy, once per group, for deltas per feed and group.

    Returns all plans; those whose job failed with their next best strategy, and the reason.
    Raises ``RunCancelledError`` where the work was cancelled.
    """
    places: dict[tuple[str, str], list[VariantPlan]] = {}
    for each in planned:
        if each.strategy == strategy and each.change is not None:
            for frontier in each.change.frontiers:
                feed = frontier.feed if strategy == "delta" else ""
                places.setdefault((frontier.group.operator_id, feed), []).append(each)
    failed: dict[str, str] = {}
    for (group, _), plans in places.items():
        check_cancelled()
        try:
            job(plans, group)
        except _FAILS as error:
            check_cancelled()
            failed |= {each.injections.name: _first_line(error) for each in plans}
    return tuple(
        next_best(base, each, failed[each.injections.name])
        if each.injections.name in failed
        else each
        for each in planned
    )


def deltas_of(
    base: Run,
    planned: Sequence[VariantPlan],
    group: str,
    job: Callable[[Sequence[DeltaProgram], Run], Deltas],
) -> Iterator[tuple[VariantPlan, tuple[Deltas, int]]]:
    """Yield for each plan the deltas that hold its own, and its number there."""
    programs = [_delta(each, group) for each in planned]
    try:
        deltas = job(programs, base)
    except PrecisionError:
        if len(programs) == 1:
            raise
        for each in planned:  # their figures fit a decimal singly, but no common one
            yield from deltas_of(base, [each], group, job)
    else:
        yield from ((each, (deltas, number)) for number, each in enumerate(planned))


def program_of(planned: VariantPlan, group: str) -> Program:
    """Return a plan's way to a group."""
    return next(p for p in planned.programs if p.frontier.group.operator_id == group)


def _group(program: Program | DeltaProgram) -> str:
    return program.frontier.group.operator_id


def _delta(planned: VariantPlan, group: str) -> DeltaProgram:
    return next(p for p in planned.deltas if p.frontier.group.operator_id == group)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
