"""Many scenarios at once (the seed's ``ParallelAdjustmentAnalyzer``), each by its strategy.

``cube`` and ``delta``: one Spark job serves all variants at one group, the rest is done on the
driver. ``full``: each variant's adjusted DAG runs as it stands, side by side with the others on
Spark's fair scheduler. Results are stored under the same fingerprints whichever way they came.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pandas as pd
from pyspark.sql import DataFrame

from liqbench.engine.adjustments import AdjustmentRecords
from liqbench.engine.cancellation import carried, check_cancelled
from liqbench.engine.injections import Injections
from liqbench.engine.monitor import Monitor, Progress, State, silent
from liqbench.engine.planner import VariantPlan
from liqbench.engine.pricing import Prices
from liqbench.engine.run import Run, execute, notices_of
from liqbench.engine.session import fair_pool
from liqbench.engine.settle import Settlement
from liqbench.engine.shared_jobs import SharedJobs
from liqbench.engine.tables import MOST_ROWS
from liqbench.engine.touched import Touched
from liqbench.errors import DataError, LiqbenchError, LocalUnsupportedError, RunFailedError
from liqbench.model import Dag
from liqbench.operators.adjust import MATCHED_ROWS

SIDE_BY_SIDE = 4


@dataclass(frozen=True)
class Variant:
    """One scenario at its injection points against its baseline: its run, or why there is none.

    ``touched`` is what a fast strategy changed; nothing where the DAG was run as it stands.
    ``planned`` is how it was to be computed.
    """

    injections: Injections
    baseline: Run
    dag: Dag
    run: Run | None = None
    error: LiqbenchError | None = None
    strategy: str = "full"
    touched: Touched | None = field(default=None, compare=False, repr=False)
    planned: VariantPlan | None = field(default=None, compare=False, repr=False)

    @property
    def name(self) -> str:
        """The variant's name: scenario@point."""
        return self.injections.name

    @property
    def records_affected(self) -> int:
        """How many rows at least one rule matched, over all injection points."""
        if self.run is None:
            return 0
        return sum(r.metrics.get(MATCHED_ROWS, 0) for r in self.run.results.values())

    @property
    def notices(self) -> tuple[str, ...]:
        """What the analyst should know of this variant though it ran."""
        own = () if self.run is None else self.run.notices
        idle = [point for point, rules in self.injections.rules.items() if not rules]
        name = self.injections.scenario.name
        return (
            *own,
            *(f"scenario {name!r} has no rule for injection point {point!r}" for point in idle),
        )

    def result(self) -> Run:
        """Return the run. Raises the variant's own error where it failed."""
        if self.run is None:
            assert self.error is not None  # noqa: S101 - one of the two is always there
            raise self.error
        return self.run

    @property
    def _records(self) -> AdjustmentRecords:
        name = self.injections.scenario.name
        return AdjustmentRecords.of(self.result(), beside=self.baseline, scenario=name)

    def adjustments(self, place: str | None = None, *, limit: int = MOST_ROWS) -> pd.DataFrame:
        """Return every value that the scenario's rules wrote, as ``run.adjustments`` does."""
        return self._records.table(place, limit=limit)

    def adjustments_frame(self, place: str | None = None) -> DataFrame:
        """Return the same as a Spark frame; nothing is collected."""
        return self._records.frame(place)


@dataclass(frozen=True)
class Outcome:
    """What became of a plan: the variants in its order, and the cubes that were taken, by group."""

    planned: tuple[VariantPlan, ...]
    variants: tuple[Variant, ...]
    prices: Mapping[str, Prices]


def run_variants(
    base: Run, planned: Sequence[VariantPlan], *, monitor: Monitor = silent
) -> Outcome:
    """Run all variants of a plan; one that fails keeps its error and stops no other.

    Raises ``RunCancelledError`` where all of it was cancelled.
    """
    return _Analysis(base, monitor).run(planned)


class _Analysis:
    """One analysis: the shared jobs of the fast strategies, then every variant."""

    def __init__(self, base: Run, monitor: Monitor) -> None:
        self._base = base
        self._monitor = monitor

    def run(self, planned: Sequence[VariantPlan]) -> Outcome:
        """Run all variants, the shared jobs first."""
        for each in planned:
            if not _runs(each):
                self._tell(each, "running")
        jobs = SharedJobs(self._base)
        planned = jobs.take(planned)
        with ThreadPoolExecutor(max_workers=SIDE_BY_SIDE) as pool:
            waiting = {
                n: pool.submit(carried(self._full), p) for n, p in enumerate(planned) if _runs(p)
            }
            done = {n: self._settled(p, jobs) for n, p in enumerate(planned) if not _runs(p)}
            done |= {n: future.result() for n, future in waiting.items()}
        check_cancelled()
        variants = tuple(done[n] for n in range(len(planned)))
        return Outcome(planned, variants, jobs.prices)

    def _full(self, planned: VariantPlan) -> Variant:
        base, name = self._base, planned.injections.name
        variant = self._variant(planned)
        with fair_pool(base.context.spark, name), _kept(variant) as kept:
            kept.run = execute(
                variant.dag,
                base.context,
                base.stages,
                persistence=base.resolved.persistence,
                label=name,
                monitor=self._monitor,
            )
        return kept.variant()

    def _settled(self, planned: VariantPlan, jobs: SharedJobs) -> Variant:
        """Return a variant finished on the driver; what stops there is run in full.

        A full run does what only Spark can, finds rows at fault, and names them.
        """
        check_cancelled()
        variant = self._on_driver(planned, jobs)
        stopped = isinstance(variant.error, DataError | LocalUnsupportedError)
        return self._full(planned) if stopped else variant

    def _on_driver(self, planned: VariantPlan, jobs: SharedJobs) -> Variant:
        started, clock = datetime.now(UTC), time.perf_counter()
        variant = self._variant(planned)
        with _kept(variant) as kept:
            assert planned.change is not None  # noqa: S101 - what isn't run in full has one
            settlement = Settlement(self._base, planned.change, *jobs.answer(planned))
            results = settlement.results()
            settlement.store(results)
            notices = [*planned.resolved.notices, *notices_of(results)]
            seconds = time.perf_counter() - clock
            kept.run = self._base.sibling(
                planned.resolved, results, started, seconds, tuple(dict.fromkeys(notices))
            )
            kept.of = replace(variant, touched=jobs.touched(planned))
            self._tell(planned, "done", seconds)
        return kept.variant()

    def _variant(self, planned: VariantPlan) -> Variant:
        dag = planned.resolved.dag
        strategy = planned.strategy
        return Variant(planned.injections, self._base, dag, strategy=strategy, planned=planned)

    def _tell(self, planned: VariantPlan, state: State, seconds: float = 0.0) -> None:
        """Tell of a variant that shares its Spark job with others: begun, or done."""
        stored = planned.resolved.results()
        finished = len(stored) if state == "done" else 0
        name = planned.injections.name
        self._monitor(Progress(name, stored[-1], state, finished, len(stored), seconds=seconds))


def _runs(planned: VariantPlan) -> bool:
    """Tell whether a variant's DAG is run as it stands, be it that all of it is stored."""
    return planned.strategy in ("full", "stored")


@dataclass
class _Kept:
    """A variant with what becomes of it."""

    of: Variant
    run: Run | None = None
    error: LiqbenchError | None = None

    def variant(self) -> Variant:
        return replace(self.of, run=self.run, error=self.error)


@contextmanager
def _kept(variant: Variant) -> Iterator[_Kept]:
    """Keep a variant's error as its own, so that it stops no other."""
    kept = _Kept(variant)
    try:
        yield kept
    except LiqbenchError as error:
        kept.error = error.at(f"variant {variant.name!r}")
    except Exception as error:  # noqa: BLE001 - told as this variant's own, not dropped
        kept.error = RunFailedError(f"{type(error).__name__}: {error}", where=variant.name)
        kept.error.__cause__ = error
