"""The façade that a notebook uses; it only wires the rooms below."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from pyspark.sql import SparkSession

from liqbench.desk import ApprovalDesk
from liqbench.engine import (
    Injections,
    Monitor,
    Run,
    RunCancelledError,
    SessionSettings,
    Variant,
    cancellable,
    check_policy,
    check_session,
    description_of,
    execute,
    injections_of,
    is_local,
    open_session,
    plan_variants,
    recalc_plans,
    reopen,
    resolve_variants,
    run_variants,
    table_of,
    table_of_steps,
    tasks_at_work,
)
from liqbench.errors import LiqbenchError, UnknownResultError
from liqbench.governance import GovernanceSettings
from liqbench.housekeeping import CANCELLED, CLEANED, DONE, FAILED, RUN, clean, status
from liqbench.impact import ImpactAnalysis, Measure, RatioTable
from liqbench.looks import Looks
from liqbench.model import Dag, Scenario, as_date
from liqbench.model.presentation import progress
from liqbench.operators import Context
from liqbench.samples import cache_folder
from liqbench.store import StoreSettings, Workspace
from liqbench.warehouse import Executors, RedshiftTarget, Target


@dataclass(frozen=True)
class Asked:
    """What a run or an analysis was asked for, and can be asked for again."""

    dag: Dag
    as_of: date
    scenarios: tuple[Scenario, ...]
    injection_points: tuple[str, ...] | None


class Workbench(ApprovalDesk, Looks):
    """A workspace, a Spark session that starts when it is needed, and targets to publish to.

    ``session`` is a running Spark session, or settings or an address to open one; by default it
    is local. ``targets`` come in addition to ``local``, a DuckDB file in the workspace.
    ``persistence`` says what a run stores beside its results: ``auto`` what is dearer to compute
    again than to write, ``always`` every operator's output, ``never`` nothing. ``store`` has
    caches and a store that several workspaces share. ``governance`` says who acts, whose
    approvals count and how long they hold.
    """

    def __init__(
        self,
        workspace: str | os.PathLike[str] = "workspace",
        *,
        session: SparkSession | SessionSettings | str | None = None,
        targets: Mapping[str, Target] | None = None,
        persistence: str = "auto",
        store: StoreSettings | None = None,
        governance: GovernanceSettings | None = None,
    ) -> None:
        self._persistence = check_policy(persistence)
        super().__init__(Workspace(workspace, store), targets, governance)
        if session is None or isinstance(session, str):
            session = SessionSettings() if session is None else SessionSettings(address=session)
        self._session = session
        self._starting = threading.Lock()
        for target in self.targets.values():
            if isinstance(target, RedshiftTarget):
                target.offer(Executors(lambda: self.spark, self._is_apart()))

    @cached_property
    def spark(self) -> SparkSession:
        """The Spark session; asking for it starts it. Raises ``JavaError`` or ``SessionError``."""
        with self._starting:
            given = self._session
            if isinstance(given, SessionSettings):
                return open_session(given, cache_folder())
            check_session(given)
            return given

    def _is_apart(self) -> bool:
        """Tell whether Spark's executors are on other machines, without starting it."""
        given = self._session
        return not (given.is_local if isinstance(given, SessionSettings) else is_local(given))

    @property
    def folder(self) -> Path:
        """The workspace's folder."""
        return self._workspace.folder

    def _context(self, dag: Dag, as_of: date | str, inputs: Mapping[str, Any] | None) -> Context:
        return Context(
            as_of=as_date(as_of),
            session=lambda: cancellable(self.spark),
            inputs=inputs or {},
            folder=dag.folder,
        )

    def run(
        self,
        dag: Dag,
        *,
        as_of: date | str,
        inputs: Mapping[str, Any] | None = None,
        monitor: Monitor | None = None,
    ) -> Run:
        """Run a DAG; what is stored already is reused. Failed runs are kept in ``runs()`` too.

        ``monitor`` is told every step instead of the notebook's display. ``with Cancellation() as
        it:`` around this or any other call lets another thread stop it by ``it.cancel()``.

        Raises ``InvalidDagError`` before anything runs, ``DataError`` for data at fault,
        ``RunFailedError`` where Spark stops, ``RunCancelledError``.
        """
        context = self._context(dag, as_of, inputs)
        with self._recorded(dag, context), _told(monitor, f"Run {dag.name}") as tell:
            run = execute(
                dag,
                context,
                self._workspace.stages,
                persistence=self._persistence,
                on_driver=True,
                monitor=tell,
            )
        self._record(run)
        return run

    def plan(
        self,
        dag: Dag,
        scenarios: Sequence[Scenario],
        *,
        as_of: date | str,
        injection_points: Sequence[str] | None = None,
        inputs: Mapping[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Return what ``analyze`` would do: per variant its strategy, what is reused, and why.

        The baseline is run first where it isn't stored, as the plan depends on its size.
        """
        injections = self._injections(dag, scenarios, injection_points, as_of, inputs)
        base = self.run(dag, as_of=as_of, inputs=inputs)
        return table_of(base, plan_variants(base, injections))

    def recalc_plan(
        self,
        dag: Dag,
        scenarios: Sequence[Scenario],
        *,
        as_of: date | str,
        injection_points: Sequence[str] | None = None,
        inputs: Mapping[str, Any] | None = None,
        strategy: str = "auto",
    ) -> pd.DataFrame:
        """Return what ``analyze`` would recalculate: a row per variant and operator.

        Columns: scenario, injection_point, operator, ``action`` (reused, rows, groups, full),
        ``affected`` keys ``of`` how many the baseline has (``<NA>`` where only the run tells), and
        why. The baseline is run first where it isn't stored; touched rows and groups are counted.
        Raises as ``analyze`` does.
        """
        injections = self._injections(dag, scenarios, injection_points, as_of, inputs)
        base = self.run(dag, as_of=as_of, inputs=inputs)
        return table_of_steps(recalc_plans(base, plan_variants(base, injections, strategy)))

    def analyze(
        self,
        dag: Dag,
        scenarios: Sequence[Scenario],
        *,
        as_of: date | str,
        injection_points: Sequence[str] | None = None,
        inputs: Mapping[str, Any] | None = None,
        limit: Decimal | float | str = 1,
        ratio: str | None = None,
        strategy: str = "auto",
        monitor: Monitor | None = None,
    ) -> ImpactAnalysis:
        """Run every scenario at every injection point against the baseline.

        Without ``injection_points`` each rule goes to its own ``stage``. ``ratio`` names the
        operator of the ratio that is measured, by default the LCR. ``limit`` is the ratio below
        which an entity is in breach. ``strategy`` is ``auto``, or ``full``, ``delta`` or
        ``cube`` for all variants; the results are the same to the last digit. ``monitor`` is told
        as by ``run``. A variant that fails while it runs keeps its error; raises
        ``InvalidDagError`` with the faults of all variants before anything runs,
        ``StrategyUnfitError`` where the strategy isn't valid, ``RunCancelledError``.
        """
        injections = self._injections(dag, scenarios, injection_points, as_of, inputs)
        base = self.run(dag, as_of=as_of, inputs=inputs, monitor=monitor)
        measure = Measure(RatioTable.of(base.resolved, ratio), Decimal(str(limit)))
        planned = plan_variants(base, injections, strategy)
        title = f"{len(injections)} variants of {dag.name}"
        with self._recorded(dag, base.context), _told(monitor, title) as tell:
            outcome = run_variants(base, planned, monitor=tell)
        for variant in outcome.variants:
            if variant.run is not None:
                self._record(variant.run, variant, injection_points)
                self._measures[variant.run.run_id] = measure
        return ImpactAnalysis(base, outcome, measure)

    def _injections(
        self,
        dag: Dag,
        scenarios: Sequence[Scenario],
        points: Sequence[str] | None,
        as_of: date | str,
        inputs: Mapping[str, Any] | None,
    ) -> tuple[Injections, ...]:
        """Return the variants, checked before anything runs."""
        found = injections_of(dag, scenarios, points)
        resolve_variants(dag, found, self._context(dag, as_of, inputs), self._persistence)
        return found

    def _record(
        self, run: Run, variant: Variant | None = None, points: Sequence[str] | None = None
    ) -> None:
        """Keep a run in the history; of a variant also what makes its analysis again."""
        body: dict[str, Any] = {
            "dag": run.dag.to_json(),
            "folder": str(run.context.folder),
            "as_of": run.as_of.isoformat(),
            "started_at": run.started_at.isoformat(),
            "variant": "",
            "seconds": round(run.seconds, 3),
            "fingerprints": run.fingerprints,
            "notices": list(run.notices),
        }
        if variant is not None:
            body |= {
                "variant": variant.name,
                "baseline": variant.baseline.run_id,
                "scenario": variant.injections.scenario.to_json(),
                "points": None if points is None else list(points),
            }
        self._workspace.records.add(RUN, run.run_id, DONE, body)

    @contextmanager
    def _recorded(self, dag: Dag, context: Context) -> Iterator[None]:
        """Keep what stops a run in the history too."""
        try:
            yield
        except LiqbenchError as error:
            body = {
                "dag": dag.to_json(),
                "folder": str(context.folder),
                "as_of": context.as_of.isoformat(),
                "variant": "",
                "error": f"{type(error).__name__}: {error}",
            }
            state = CANCELLED if isinstance(error, RunCancelledError) else FAILED
            self._workspace.records.add(RUN, f"run-{os.urandom(8).hex()}", state, body)
            raise

    def asked(self, run_id: str) -> Asked:
        """Return what a run of the history was asked for; of a baseline, all of its analysis.

        Raises ``UnknownResultError``.
        """
        _, body = self._workspace.records.get(RUN, run_id)
        own = (
            [body]
            if body["variant"]
            else [
                item["body"]
                for item in self._workspace.records.list(RUN)
                if item["body"].get("baseline") == run_id
            ]
        )
        scenarios = {each["scenario"]["name"]: each["scenario"] for each in own}
        points = next((each["points"] for each in own), None)
        base = (
            body if not body["variant"] else self._workspace.records.get(RUN, body["baseline"])[1]
        )
        return Asked(
            dag=Dag.from_json(base["dag"]).at_folder(base.get("folder", ".")),
            as_of=as_date(body["as_of"]),
            scenarios=tuple(Scenario.from_json(each) for each in scenarios.values()),
            injection_points=None if points is None else tuple(points),
        )

    @property
    def spark_started(self) -> bool:
        """Whether there is a Spark session already."""
        return "spark" in self.__dict__

    def spark_tasks(self) -> tuple[int, int] | None:
        """Return how many tasks of Spark's stages at work are done, of how many; where it tells."""
        return tasks_at_work(self.spark) if self.spark_started else None

    def reopen(self, run_id: str, *, inputs: Mapping[str, Any] | None = None) -> Run:
        """Return a run of the history, its tables as they were stored then.

        ``inputs`` are the frames that were bound to it. Raises ``UnknownResultError`` where there
        is no such run, where it failed, or where its results were cleaned away.
        """
        state, body = self._workspace.records.get(RUN, run_id)
        if state != DONE:
            raise UnknownResultError(
                f"the run is {state}, so it has no results",
                where=run_id,
                hint="run its DAG again" if state == CLEANED else str(body.get("error", "")),
            )
        dag = Dag.from_json(body["dag"]).at_folder(body.get("folder", "."))
        return reopen(
            dag,
            self._context(dag, body["as_of"], inputs),
            self._workspace.stages,
            body["fingerprints"],
            run_id=run_id,
            started=datetime.fromisoformat(body["started_at"]),
            seconds=body["seconds"],
            notices=body["notices"],
            persistence=self._persistence,
        )

    def runs(self) -> pd.DataFrame:
        """Return the history: every run with its DAG, as-of date, state, seconds and error.

        ``baseline`` is the run that a variant was compared with.
        """
        rows = [
            {
                "run": item["id"],
                "at": item["created_at"],
                "dag": item["body"]["dag"]["name"],
                "variant": item["body"]["variant"],
                "baseline": item["body"].get("baseline", ""),
                "as_of": item["body"]["as_of"],
                "state": item["state"],
                "seconds": item["body"].get("seconds"),
                "error": item["body"].get("error", ""),
            }
            for item in self._workspace.records.list(RUN)
        ]
        return pd.DataFrame(rows)

    def status(self) -> pd.DataFrame:
        """Return how every part of the bench does: part, state, details."""
        session = ("not started", "")
        if self.spark_started:
            session = ("running", description_of(self.spark))
        return status(self._workspace, session, self._persistence, self._process)

    def clean(
        self,
        *,
        dry_run: bool = False,
        unused_for: timedelta = timedelta(days=1),
        runs_before: date | str | None = None,
    ) -> pd.DataFrame:
        """Remove what no run, submission or publication refers to; return it with its size.

        ``dry_run`` removes nothing. What was used within ``unused_for`` stays, as another process
        may be working on it. ``runs_before`` gives up the results of runs of earlier days that
        were never submitted; they can be run again.
        """
        return clean(
            self._workspace,
            dry_run=dry_run,
            unused_for=unused_for,
            runs_before=None if runs_before is None else as_date(runs_before),
        )

    def close(self) -> None:
        """Let go of the workspace's files; the Spark session goes on."""
        self._workspace.records.close()


def _told(monitor: Monitor | None, title: str) -> AbstractContextManager[Monitor]:
    """Return who is told of a run's steps: the monitor, or else the notebook's display."""
    return progress(title) if monitor is None else nullcontext(monitor)
