"""Each way to calculate the scenarios, measured: seconds, and the figures that it found.

Every way of liqbench has a workspace of its own with the baseline in it, and a small run before
its clock starts, so that Spark is there and its code compiled.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import pandas as pd
from pyspark.sql import SparkSession

from benchmarks import duck
from benchmarks.answers import Answers, Position
from benchmarks.memory import peak_mb
from benchmarks.whatif import AS_OF, INJECTION_POINT, WhatIf, what_ifs
from liqbench import Dag, ImpactAnalysis, Run, SessionSettings, Workbench, samples
from liqbench.engine import Injections, injections_of, plan_variants, run_variants
from liqbench.engine.executor import Execution
from liqbench.impact import Measure, RatioTable

FEW = 1_000  # deals of the small run
_REPEATS = 2
_SMALL = 200_000  # deals below which noise is large and a repetition cheap


@dataclass(frozen=True)
class Job:
    """What is measured, and where: ``folder`` has the samples, and takes the workspaces.

    ``stored_clones`` is how many scenarios the way that stores everything is measured with. Ways
    that are ``shared`` run in one process and take the baseline and the warm Spark of each other.
    """

    folder: Path
    deals: int
    scenarios: int
    stored_clones: int
    driver_memory: str
    shared: bool = False

    def dag(self, *, few: bool = False) -> Dag:
        """Return the sample's DAG, writing its deals where they aren't there yet."""
        deals = FEW if few else self.deals
        return samples.lcr_dag(deals, folder=self.sample(deals))

    def sample(self, deals: int) -> Path:
        """Return the folder of a sample."""
        return self.folder / f"deals-{deals}"

    def workspace(self, name: str) -> Path:
        """Return a folder for a workspace, empty."""
        place = self.folder / f"workspace-{name}"
        shutil.rmtree(place, ignore_errors=True)
        return place

    def bench(self, name: str) -> Workbench:
        """Return a workbench in a fresh workspace."""
        settings = SessionSettings(driver_memory=self.driver_memory)
        return Workbench(self.workspace(name), session=settings)

    def bench_with_baseline(self, name: str) -> Workbench:
        """Return a workbench whose workspace has the baseline."""
        bench = self.bench(name)
        done = self.folder / "workspace-baseline"
        if self.shared and done.exists():
            bench.close()
            shutil.copytree(done, self.workspace(name))
            bench = Workbench(self.folder / f"workspace-{name}", session=SparkSession.active())
        bench.run(self.dag(), as_of=AS_OF)
        return bench

    def warm_up(self, work: Callable[[Workbench], object]) -> None:
        """Do some work in a workspace that doesn't count, unless Spark is warm already."""
        if not (self.shared and SparkSession.getActiveSession()):
            with closing(self.bench("warm-up")) as bench:
                work(bench)


@dataclass(frozen=True)
class Measured:
    """Seconds and other numbers by key, figures by way, peak memory in MiB once a way was done."""

    numbers: dict[str, float]
    answers: dict[str, Answers]
    peaks_mb: dict[str, float] = field(default_factory=dict)


def measured(ways: Sequence[str], job: Job) -> Measured:
    """Measure these ways one after another in this process, and its memory after each."""
    numbers: dict[str, float] = {}
    answers: dict[str, Answers] = {}
    peaks: dict[str, float] = {}
    job = replace(job, shared=len(ways) > 1)
    for way in ways:
        found = WAYS[way](job)
        numbers |= found.numbers
        answers |= found.answers
        peaks[way] = peak_mb()
    if session := SparkSession.getActiveSession():
        session.stop()
    return Measured(numbers, answers, peaks)


def seconds(work: Callable[[], object]) -> float:
    """Return the wall time of some work in seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _baseline(job: Job) -> Measured:
    """Measure the unadjusted DAG, from files never seen before: checks of the input included."""
    job.warm_up(lambda bench: bench.run(job.dag(few=True), as_of=AS_OF))
    with closing(job.bench("baseline")) as bench:
        dag = job.dag()
        return Measured({"baseline_s": seconds(lambda: bench.run(dag, as_of=AS_OF))}, {})


def _by_strategy(strategy: str) -> Callable[[Job], Measured]:
    def measure(job: Job) -> Measured:
        job.warm_up(lambda bench: _analyzed(bench, job.dag(few=True), 2, strategy))
        with closing(job.bench_with_baseline(strategy)) as bench:
            analysis, taken = _analyzed(bench, job.dag(), job.scenarios, strategy)
            numbers = {f"{strategy}_s": taken}
            if strategy == "cube":
                numbers |= _questions(analysis)
            return Measured(numbers, {strategy: _answers(analysis)})

    return measure


def _analyzed(
    bench: Workbench, dag: Dag, scenarios: int, strategy: str
) -> tuple[ImpactAnalysis, float]:
    given = [each.scenario() for each in what_ifs(scenarios)]
    start = time.perf_counter()
    analysis = bench.analyze(
        dag, given, injection_points=[INJECTION_POINT], as_of=AS_OF, strategy=strategy
    )
    return analysis, time.perf_counter() - start


class _StoredInjections(Injections):
    """A variant every operator of which is stored, its adjustment too."""

    def apply(self, dag: Dag) -> Dag:
        return _all_stored(super().apply(dag))


def _all_stored(dag: Dag) -> Dag:
    operators = (each.model_copy(update={"checkpoint": True}) for each in dag.operators)
    return dag.model_copy(update={"operators": tuple(operators)})


def _full_stored(job: Job) -> Measured:
    """Measure clones of the DAG that store all they compute behind the injection point.

    Up to there a clone reads what the baseline stored. Scaled up from ``stored_clones`` to all.
    """
    job.warm_up(lambda bench: _cloned(bench, job.dag(few=True), what_ifs(1)))
    with closing(job.bench("full_stored")) as bench:
        some = what_ifs(job.stored_clones)
        analysis, taken = _cloned(bench, job.dag(), some)
    shutil.rmtree(job.folder / "workspace-full_stored")
    numbers = {
        "full_stored_s": taken * job.scenarios / job.stored_clones,
        "full_stored_measured": job.stored_clones,
    }
    return Measured(numbers, {"full_stored": _answers(analysis)})


def _cloned(
    bench: Workbench, dag: Dag, scenarios: Sequence[WhatIf]
) -> tuple[ImpactAnalysis, float]:
    base = bench.run(_all_stored(dag), as_of=AS_OF)
    start = time.perf_counter()
    plain = injections_of(base.dag, [each.scenario() for each in scenarios], [INJECTION_POINT])
    clones = [_StoredInjections(each.scenario, each.rules) for each in plain]
    outcome = run_variants(base, plan_variants(base, clones, "full"))
    measure = Measure(RatioTable.of(base.resolved))
    return ImpactAnalysis(base, outcome, measure), time.perf_counter() - start


def _answers(analysis: ImpactAnalysis) -> Answers:
    """Return what an analysis found. Raises the error of a variant that failed."""
    for variant in analysis:
        variant.result()
    found: dict[str, dict[str, Position]] = {}
    for row in analysis.by_entity().to_dict("records"):
        lcr = row["lcr_after"]
        position = (
            int(row["hqla_after"].scaleb(4)),
            int(row["net_outflows_after"].scaleb(4)),
            None if pd.isna(lcr) else int(lcr.scaleb(6)),
        )
        found.setdefault(row["scenario"], {})[row["reporting_id"]] = position
    return found


def _questions(analysis: ImpactAnalysis) -> dict[str, float]:
    """Return the seconds of another value, a sweep of fifty, a break-even, a trace to the deals."""
    (own,) = what_ifs(1)

    def swept(values: Sequence[Decimal]) -> Callable[[], object]:
        return lambda: analysis.sweep(own.rule, "liquidity_factor", values, variant=own.name)

    total = analysis.summary().iloc[0]
    middle = (total["lcr_before"] + total["lcr_after"]) / 2

    def break_even() -> object:
        return analysis.break_even(
            rule=own.rule, parameter="liquidity_factor", variant=own.name, target=middle
        )

    def trace() -> object:
        key = {"reporting_id": "LE001", "x_lcr_code": "O.RET.LESS"}
        return analysis.base.lineage.trace("agg_entity", key).table("ingest", limit=10_000_000)

    found = {
        "changed_value_s": seconds(swept([own.runoff + Decimal("0.05")])),
        "sweep_s": seconds(swept([Decimal(n).scaleb(-2) for n in range(50)])),
        "break_even_s": seconds(break_even),
    }
    return {"follow_up_s": max(found.values()), **found, "trace_s": seconds(trace)}


def _store(job: Job) -> Measured:
    """Measure what it takes to store the row-level stage that feeds the first aggregate.

    ``compute_s`` is computing it with all its counts and keeping nothing, ``store_s`` how much
    longer storing it takes; both the best of two or three.
    """
    job.warm_up(lambda bench: bench.run(_all_stored(job.dag(few=True)), as_of=AS_OF))
    repeats = _REPEATS + (job.deals < _SMALL)
    dag = job.dag()
    aggregate = next(each for each in dag.operators if each.operator_type == "aggregate")
    name = aggregate.inputs[0]
    with closing(job.bench_with_baseline("store")) as bench:
        base = bench.run(dag, as_of=AS_OF)
        compute = min(seconds(lambda: _computed(base, name)) for _ in range(repeats))
    both = min(_stored(job, dag, name) for _ in range(repeats))
    return Measured({"store_s": both - compute, "compute_s": compute}, {})


def _computed(base: Run, name: str) -> None:
    """Compute an operator's output with all that is counted on the way, and drop it."""
    execution = Execution(base.resolved, base.context, base.fingerprints, base.stages)
    execution.frame(name).write.format("noop").mode("overwrite").save()


def _stored(job: Job, dag: Dag, name: str) -> float:
    """Return the seconds of computing and storing an output where the input is checked already."""
    place = job.workspace("store-again")
    shutil.copytree(job.folder / "workspace-store", place)
    operators = (
        each.model_copy(update={"checkpoint": each.operator_id == name}) for each in dag.operators
    )
    dag = dag.model_copy(update={"operators": tuple(operators)})
    with closing(Workbench(place, session=SparkSession.active())) as bench:
        taken = bench.run(dag, as_of=AS_OF).results[name].seconds
    shutil.rmtree(place)
    return taken


def _by_duckdb(
    way: str, calculate: Callable[[Path, Sequence[WhatIf]], Answers]
) -> Callable[[Job], Measured]:
    def measure(job: Job) -> Measured:
        scenarios = what_ifs(job.scenarios)
        calculate(job.sample(FEW), scenarios[:2])
        start = time.perf_counter()
        answers = calculate(job.sample(job.deals), scenarios)
        return Measured({f"{way}_s": time.perf_counter() - start}, {way: answers})

    return measure


WAYS: dict[str, Callable[[Job], Measured]] = {
    "baseline": _baseline,
    "full_stored": _full_stored,
    "full": _by_strategy("full"),
    "delta": _by_strategy("delta"),
    "cube": _by_strategy("cube"),
    "store": _store,
    "duckdb_each": _by_duckdb("duckdb_each", duck.one_after_another),
    "duckdb_one": _by_duckdb("duckdb_one", duck.all_at_once),
}
OF_DUCKDB = ("duckdb_each", "duckdb_one")
PER_CELL = ("baseline", "delta", "cube", *OF_DUCKDB)
