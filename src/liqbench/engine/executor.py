"""Running a resolved DAG: lazily up to what is stored, with all counts taken in the same pass."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.dataset as ds
from pyspark.sql import Column, DataFrame

from liqbench.engine.cancellation import RunCancelledError, check_cancelled
from liqbench.engine.failures import failure_of
from liqbench.engine.frames import applied, counts_of, pass_through, stored_frame, write_frame
from liqbench.engine.monitor import Monitor, Progress, silent
from liqbench.engine.observations import Counts, Observations, Way
from liqbench.engine.on_driver import MOST_LOCAL_ROWS, DriverTables, write_table
from liqbench.engine.resolve import Node, ResolvedDag
from liqbench.engine.session import SPARK_ERRORS
from liqbench.errors import (
    DataError,
    LiqbenchError,
    LocalUnsupportedError,
    RunFailedError,
)
from liqbench.operators import Context, Locality
from liqbench.operators.grouping import ROWS
from liqbench.operators.local import LocalTable
from liqbench.store import StageStore


@dataclass(frozen=True)
class OperatorResult:
    """What is known of one operator after a run.

    ``rows`` and ``key_hash`` were observed in the pass that computed them, and are ``None`` where
    a fast strategy moved rows through a filter without counting them there; ``metrics`` are the
    operator's own counts, such as the rows that each rule matched. ``seconds`` is the time of
    the stored operator that computed it.
    """

    operator_id: str
    operator_type: str
    fingerprint: str
    rows: int | None = None
    key_hash: int | None = None
    stored: bool = False
    reused: bool = False
    seconds: float = 0.0
    metrics: Mapping[str, int] = field(default_factory=dict)


class Execution:
    """One run of a resolved DAG over a stage store.

    With ``on_driver``, what follows from small stored results is computed there, to the same last
    digit; without, Spark computes all of it.
    """

    def __init__(
        self,
        resolved: ResolvedDag,
        context: Context,
        prints: Mapping[str, str],
        stages: StageStore,
        *,
        label: str = "run",
        monitor: Monitor = silent,
        observed: bool = True,
        on_driver: bool = False,
    ) -> None:
        self._resolved = resolved
        self._prints = prints
        self._stages = stages
        self._label = label
        self._monitor = monitor
        self._observed = observed
        self._on_driver = on_driver
        self._context = replace(context, observer=self._observe)
        self._frames: dict[str, DataFrame] = {}
        self._ways: dict[str, Way] = {}
        self._due: Mapping[str, Counts] = {}  # of the rows that the operator at work is given
        self._observations = Observations()

    def run(self) -> dict[str, OperatorResult]:
        """Store what has to be stored; return all results in the DAG's order.

        Raises ``DataError`` for data at fault, ``OverflowFigureError`` for figures too large,
        ``RunFailedError`` for anything else that stops Spark; the operator is named.
        ``RunCancelledError`` where it was cancelled; what is stored by then stays.
        """
        results: dict[str, OperatorResult] = {}
        stored = self._resolved.stored()
        tables = DriverTables(self._resolved.nodes, self._context, self._table)
        for finished, name in enumerate(stored):
            check_cancelled()
            reused = self._stages.has(self._prints[name])
            way = () if reused else tuple(at for at in self._segment(name) if at != name)
            self._tell(name, "running", finished, len(stored), on_the_way=way)
            start = time.perf_counter()
            if reused:
                lineage = self._stages.lineage(self._prints[name])
            else:
                try:
                    lineage = self._store(name, tables)
                except Exception as error:
                    state = "cancelled" if isinstance(error, RunCancelledError) else "failed"
                    self._tell(name, state, finished, len(stored), message=str(error))
                    raise
            seconds = time.perf_counter() - start
            before = set(results)
            self._take(lineage, results, reused=reused, seconds=seconds)
            own = replace(results[name], stored=True, reused=reused, seconds=seconds)
            results[name] = own
            new = tuple(result for at, result in results.items() if at not in before)
            state = "reused" if reused else "done"
            self._tell(
                name, state, finished + 1, len(stored), rows=own.rows, seconds=seconds, results=new
            )
        self._complete(results)
        return {name: results[name] for name in self._resolved.nodes}

    def _take(
        self,
        lineage: Mapping[str, Any],
        results: dict[str, OperatorResult],
        *,
        reused: bool,
        seconds: float = 0.0,
    ) -> None:
        """Add what a stage tells of its operators, by fingerprint: its writer's ids may differ."""
        known = {told["fingerprint"]: told for told in lineage["operators"]}
        for name, fingerprint in self._prints.items():
            if fingerprint in known and name not in results:
                own = {**known[fingerprint], "operator_id": name}
                results[name] = OperatorResult(**{**own, "reused": reused, "seconds": seconds})

    def known(self) -> dict[str, OperatorResult]:
        """Return what stored stages tell of the operators; nothing is computed."""
        results: dict[str, OperatorResult] = {}
        self._complete(results)
        return {
            name: replace(results[name], stored=self._stages.has(self._prints[name]))
            for name in self._resolved.nodes
        }

    def _complete(self, results: dict[str, OperatorResult]) -> None:
        """Add the operators behind which another run's stages were read."""
        for name in reversed(list(self._resolved.nodes)):
            if name not in results and self._stages.has(self._prints[name]):
                self._take(self._stages.lineage(self._prints[name]), results, reused=True)
        for name, node in self._resolved.nodes.items():
            kind = node.config.operator_type
            results.setdefault(name, OperatorResult(name, kind, self._prints[name]))

    def _tell(self, name: str, state: Any, finished: int, total: int, **more: Any) -> None:
        self._monitor(Progress(self._label, name, state, finished, total, **more))

    def _observe(self, name: str, frame: DataFrame, metrics: Mapping[str, Column]) -> DataFrame:
        """Count an operator's rows, with what is due of those that came in: they are the same."""
        way = Way(frame, self._due).through(name, metrics)
        self._due = {}
        return self._taken(way)

    def _taken(self, way: Way) -> DataFrame:
        return self._observations.taken(way) if self._observed else way.frame

    def frame(self, name: str) -> DataFrame:
        """Return an operator's output: the stored one, or the way to it, counted."""
        if name not in self._frames:
            self._frames[name] = self._taken(self._way(name))
        return self._frames[name]

    def _way(self, name: str) -> Way:
        if name not in self._ways:
            fingerprint = self._prints[name]
            node = self._resolved.nodes[name]
            if self._stages.has(fingerprint):
                stored = stored_frame(node, self._context, self._stages, fingerprint)
                self._ways[name] = Way(stored)
            else:
                self._ways[name] = self._new_way(node)
        return self._ways[name]

    def _new_way(self, node: Node) -> Way:
        name = node.operator_id
        context = self._context.within(name)
        self._check(name)
        if not self._resolved.one_to_one(name):
            feed = self._passed if node.operator.locality is Locality.TABLE else self.frame
            frame = applied(node, context, [feed(source) for source in node.config.inputs])
            return Way(frame).through(name, counts_of(node.keys))
        first, *references = node.config.inputs
        way = self._way(first)
        inputs = [way.frame, *map(self.frame, references)]
        self._due = way.due
        frame = applied(node, context, inputs)
        due, self._due = self._due, {}
        return Way(frame, due)

    def _passed(self, name: str) -> DataFrame:
        """Return an output for a query that may read only part of it, counted as a whole before."""
        frame = self.frame(name)
        if not self._observed or self._stages.has(self._prints[name]):
            return frame
        pass_through(frame)
        return self._again(observed=False).frame(name)

    def _again(self, *, observed: bool) -> Execution:
        """Return an execution of the same DAG that shares no frame with this one."""
        return Execution(
            self._resolved, self._context, self._prints, self._stages, observed=observed
        )

    def _check(self, name: str) -> None:
        node, fingerprint = self._resolved.nodes[name], self._prints[name]
        if not self._stages.checked(fingerprint):
            try:
                node.operator.check(self._context.within(name))
            except LiqbenchError as fault:
                raise fault.at(f"operator {name!r}") from None
            self._stages.mark_checked(fingerprint)

    def _store(self, name: str, tables: DriverTables) -> dict[str, Any]:
        """Write an operator's output as a stage; put its read-back in place of the way to it."""
        fingerprint = self._prints[name]
        node, segment = self._resolved.nodes[name], self._segment(name)
        if self._on_driver:
            lineage = self._store_from_driver(name, segment, tables)
            if lineage is not None:
                return lineage
        written: list[Path] = []

        def write(folder: Path) -> None:
            write_frame(node, self.frame(name), folder)
            written.append(folder)

        try:
            lineage = self._stages.write(
                fingerprint, write, lambda: self._describe(name, segment, written[0])
            )
        except SPARK_ERRORS as error:
            check_cancelled()
            raise self._explain(name, segment, error) from error
        del self._frames[name], self._ways[name]  # from now on it is read from the stage
        return lineage

    def _store_from_driver(
        self, name: str, segment: list[str], tables: DriverTables
    ) -> dict[str, Any] | None:
        """Write a stage that follows from small ones; return nothing where only Spark can."""
        nodes = self._resolved.nodes
        feeds = {feed for at in segment for feed in nodes[at].config.inputs} - set(segment)
        local = all(nodes[at].operator.is_local for at in segment)
        if not local or any(map(self._is_large, feeds)):
            return None
        try:
            for at in segment:
                self._check(at)
                if at not in tables:
                    tables.compute(at)
        except (DataError, LocalUnsupportedError):
            return None  # Spark does what the driver can't, and finds the rows at fault
        return self._stages.write(
            self._prints[name],
            partial(write_table, tables[name]),
            lambda: self._description(name, [self._result(at, tables) for at in segment]),
        )

    def _is_large(self, name: str) -> bool:
        rows: int = self._stages.dataset(self._prints[name]).count_rows()
        return rows > MOST_LOCAL_ROWS

    def _table(self, name: str) -> LocalTable:
        stored = self._stages.dataset(self._prints[name])
        return LocalTable.from_arrow(
            self._stages.get_or_compute(self._prints[name], stored.to_table)
        )

    def _result(self, name: str, tables: DriverTables) -> OperatorResult:
        return OperatorResult(
            operator_id=name,
            operator_type=self._resolved.nodes[name].config.operator_type,
            fingerprint=self._prints[name],
            rows=tables[name].rows,
            key_hash=tables.key_hash(name),
            metrics=tables.counts.get(name, {}),
        )

    def _segment(self, name: str) -> list[str]:
        """Return the operators that are computed on the way to this one, it included."""
        upstream = self._resolved.dag.upstream(name) | {name}
        wanted: set[str] = set()

        def visit(at: str) -> None:
            if at in wanted or (at != name and self._stages.has(self._prints[at])):
                return
            wanted.add(at)
            for source in self._resolved.nodes[at].config.inputs:
                visit(source)

        visit(name)
        return [at for at in self._resolved.nodes if at in wanted and at in upstream]

    def _describe(self, name: str, segment: list[str], folder: Path) -> dict[str, Any]:
        """Return what is known of the operators behind what was written into a folder.

        Where Spark ran tasks again, as after the loss of a worker, it observed their rows twice
        (SPARK-58183); what is stored shows that, and then all is counted anew.
        """
        known = self._observed_results(segment)
        if not self._is_counted_once(name, known, folder):
            again = self._again(observed=True)
            pass_through(again.frame(name))
            known = again._observed_results(segment)  # noqa: SLF001 - another one of this class
            if not self._is_counted_once(name, known, folder):
                raise RunFailedError(
                    "Spark's counts of rows are not those of what it stored",
                    where=f"operator {name!r}",
                    hint="run again; are workers being lost?",
                )
        return self._description(name, list(known.values()))

    def _is_counted_once(
        self, name: str, known: Mapping[str, OperatorResult], folder: Path
    ) -> bool:
        """Tell whether the counts agree with the rows stored and, for a group, those in it."""
        stored = ds.dataset(folder, format="parquet")
        pairs = [(name, stored.count_rows())]
        if ROWS in stored.schema.names:
            total = pc.sum(stored.to_table([ROWS])[ROWS]).as_py() or 0
            pairs.append((self._resolved.nodes[name].config.inputs[0], total))
        return all(at not in known or known[at].rows == rows for at, rows in pairs)

    def _observed_results(self, segment: list[str]) -> dict[str, OperatorResult]:
        known: dict[str, OperatorResult] = {}
        for at in segment:
            if (result := self._observed_result(at, known)) is not None:
                known[at] = result
        return known

    def _observed_result(
        self, name: str, known: Mapping[str, OperatorResult]
    ) -> OperatorResult | None:
        """Return what was observed of an operator; nothing where another run stored it."""
        node = self._resolved.nodes[name]
        one_to_one = self._resolved.one_to_one(name)
        if name not in self._observations and not one_to_one:
            return None
        seen = self._observations.counts(name)
        if seen is None:
            again = self._again(observed=True)
            pass_through(again.frame(name))
            seen = again._observations.counts(name) or {}  # noqa: SLF001 - as above
        rows, keys = seen.pop("rows", None), seen.pop("key hash", 0)
        if one_to_one:
            source = known.get(node.config.inputs[0]) or self._stored(node.config.inputs[0])
            if source is None:
                return None
            rows, keys = source.rows, source.key_hash or 0
        kind = node.config.operator_type
        return OperatorResult(name, kind, self._prints[name], rows, keys, metrics=seen)

    def _stored(self, name: str) -> OperatorResult | None:
        """Return what a stored operator's stage tells of it."""
        found: dict[str, OperatorResult] = {}
        if self._stages.has(self._prints[name]):
            self._take(self._stages.lineage(self._prints[name]), found, reused=True)
        return found.get(name)

    def _description(self, name: str, known: list[OperatorResult]) -> dict[str, Any]:
        node = self._resolved.nodes[name]
        return {
            "operator_id": name,
            "keys": list(node.keys),
            "schema": node.schema.jsonValue(),
            "operators": [asdict(result) for result in known],
        }

    def _explain(self, name: str, segment: list[str], error: Exception) -> LiqbenchError:
        """Find the operator and the rows behind a failed job; that costs time only now."""
        plain = self._again(observed=False)
        for at in segment:
            node = self._resolved.nodes[at]
            try:
                inputs = [plain.frame(source) for source in node.config.inputs]
                fault = node.operator.diagnose(self._context.within(at), *inputs)
                if fault is not None:
                    return fault.at(f"operator {at!r}")
                pass_through(plain.frame(at))
            except SPARK_ERRORS as found:
                check_cancelled()
                return failure_of(at, found)
        return failure_of(name, error)
