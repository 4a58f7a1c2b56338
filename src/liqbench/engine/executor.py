"""Running a resolved DAG: lazily up to what is stored, with all counts taken in the same pass."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as F  # noqa: N812

from liqbench.engine.key_hash import key_hash_column
from liqbench.engine.keys import check_declared
from liqbench.engine.monitor import Monitor, Progress, silent
from liqbench.engine.resolve import Node, ResolvedDag
from liqbench.engine.session import SPARK_ERRORS, observed
from liqbench.errors import LiqbenchError, OverflowFigureError, RunFailedError
from liqbench.operators import Context, Locality
from liqbench.operators.expressions import quoted
from liqbench.operators.grouping import GroupOperator
from liqbench.store import StageStore

_UNFIT = re.compile(r"(\S+) cannot be represented as Decimal\((\d+), (\d+)\)")
_ADVICE = re.compile(r" If necessary set | To return NULL | Use `try_| SQLSTATE: ")
_CALL = re.compile(r"^An error occurred while calling \S+\n: [\w.$]+: ")
_OVERFLOWS = ("NUMERIC_VALUE_OUT_OF_RANGE", "ARITHMETIC_OVERFLOW", "CAST_OVERFLOW")


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
    """One run of a resolved DAG over a stage store."""

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
    ) -> None:
        self._resolved = resolved
        self._prints = prints
        self._stages = stages
        self._label = label
        self._monitor = monitor
        self._observed = observed
        self._context = replace(context, observer=self._observe)
        self._frames: dict[str, DataFrame] = {}
        self._observations: dict[str, list[Observation]] = {}

    def run(self) -> dict[str, OperatorResult]:
        """Store what has to be stored; return all results in the DAG's order.

        Raises ``DataError`` for data at fault, ``OverflowFigureError`` for figures too large,
        ``RunFailedError`` for anything else that stops Spark; the operator is named.
        """
        results: dict[str, OperatorResult] = {}
        stored = self._resolved.stored()
        for finished, name in enumerate(stored):
            self._tell(name, "running", finished, len(stored))
            start = time.perf_counter()
            reused = self._stages.has(self._prints[name])
            if reused:
                lineage = self._stages.lineage(self._prints[name])
            else:
                try:
                    lineage = self._store(name)
                except Exception as error:
                    self._tell(name, "failed", finished, len(stored), message=str(error))
                    raise
            seconds = time.perf_counter() - start
            self._take(lineage, results, reused=reused, seconds=seconds)
            own = results[name]
            results[name] = replace(own, stored=True, reused=reused, seconds=seconds)
            state = "reused" if reused else "done"
            self._tell(name, state, finished + 1, len(stored), rows=own.rows, seconds=seconds)
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
        if not (metrics and self._observed):
            return frame
        observation = Observation(f"{name} {len(self._observations.get(name, []))}")
        self._observations.setdefault(name, []).append(observation)
        return frame.observe(observation, *(column.alias(n) for n, column in metrics.items()))

    def frame(self, name: str) -> DataFrame:
        """Return an operator's output: the stored one, or the way to it, counted."""
        if name not in self._frames:
            fingerprint = self._prints[name]
            node = self._resolved.nodes[name]
            if self._stages.has(fingerprint):
                self._frames[name] = stored_frame(node, self._context, self._stages, fingerprint)
            else:
                context = self._context.within(name)
                self._check(name)
                feed = self._passed if node.operator.locality is Locality.TABLE else self.frame
                inputs = [feed(source) for source in node.config.inputs]
                frame = _applied(node, context, inputs)
                self._frames[name] = self._observe(name, frame, _counts(node.keys))
        return self._frames[name]

    def _passed(self, name: str) -> DataFrame:
        """Return an output for a query that may read only part of it, counted as a whole before."""
        frame = self.frame(name)
        if not self._observed or self._stages.has(self._prints[name]):
            return frame
        _pass_through(frame)
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

    def _store(self, name: str) -> dict[str, Any]:
        """Write an operator's output as a stage; put its read-back in place of the way to it."""
        fingerprint = self._prints[name]
        node, segment = self._resolved.nodes[name], self._segment(name)
        try:
            frame = self.frame(name)
            lineage = self._stages.write(
                fingerprint,
                lambda folder: _write(node, frame, folder),
                lambda: self._describe(name, segment),
            )
        except SPARK_ERRORS as error:
            raise self._explain(name, segment, error) from error
        node = self._resolved.nodes[name]
        self._frames[name] = stored_frame(node, self._context, self._stages, fingerprint)
        return lineage

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

    def _describe(self, name: str, segment: list[str]) -> dict[str, Any]:
        known = []
        for at in segment:
            node = self._resolved.nodes[at]
            if at not in self._observations:  # another run stored it in between
                continue
            seen = self.counts(at)
            if seen is None:
                again = self._again(observed=True)
                _pass_through(again.frame(at))
                seen = again.counts(at) or {}
            result = OperatorResult(
                operator_id=at,
                operator_type=node.config.operator_type,
                fingerprint=self._prints[at],
                rows=seen.pop("rows", None),
                key_hash=seen.pop("key hash", 0),
                metrics=seen,
            )
            known.append(asdict(result))
        node = self._resolved.nodes[name]
        return {
            "operator_id": name,
            "keys": list(node.keys),
            "schema": node.schema.jsonValue(),
            "operators": known,
        }

    def counts(self, name: str) -> dict[str, int] | None:
        """Return an operator's counts; ``None`` where Spark cut it off beside something empty."""
        found = [observed(observation) for observation in self._observations.get(name, [])]
        if any(not counts for counts in found):
            return None
        return {
            key: value for counts in found for key, value in counts.items() if value is not None
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
                _pass_through(plain.frame(at))
            except SPARK_ERRORS as found:
                return _failure(at, found)
        return _failure(name, error)


def stored_frame(node: Node, context: Context, stages: StageStore, fingerprint: str) -> DataFrame:
    """Return a stored output without the sums beside it."""
    stored = context.spark.read.parquet(str(stages.data_path(fingerprint)))
    return stored.select(*(F.col(quoted(name)) for name in node.schema.fieldNames()))


def _applied(node: Node, context: Context, inputs: list[DataFrame]) -> DataFrame:
    """Return an operator's output; a group's with its sums, which are stored beside it."""
    where = f"operator {node.operator_id!r}"
    try:
        if isinstance(node.operator, GroupOperator):
            return node.operator.summed(context, inputs[0])
        return node.operator.apply(context, *inputs)
    except SPARK_ERRORS:
        raise
    except LiqbenchError as fault:
        raise fault.at(where) from None
    except Exception as error:
        raise RunFailedError(f"{type(error).__name__}: {error}", where=where) from error


def _counts(keys: tuple[str, ...]) -> dict[str, Column]:
    """Return the count of rows and the order-independent hash of their keys."""
    return {"rows": F.count(F.lit(1)), "key hash": key_hash_column(keys)}


def _pass_through(frame: DataFrame) -> None:
    """Compute a frame and keep nothing of it but what is observed."""
    frame.write.format("noop").mode("overwrite").save()


def _write(node: Node, frame: DataFrame, folder: Path) -> None:
    frame.write.mode("error").option("compression", "zstd").parquet(str(folder))
    if node.operator.locality is Locality.TABLE:  # its keys are only what its author declares
        stored = frame.sparkSession.read.parquet(str(folder))
        check_declared(stored, node.keys, where=f"operator {node.operator_id!r}")


def _failure(name: str, error: Exception) -> LiqbenchError:
    text = str(error)
    where = f"operator {name!r}"
    if any(sign in text for sign in _OVERFLOWS):
        unfit = _UNFIT.search(text)
        said = "{} doesn't fit decimal({},{})".format(*unfit.groups()) if unfit else _said(text)
        return OverflowFigureError(
            f"a figure has more digits than its type holds: {said}",
            where=where,
            hint="declare a wider decimal where the figure is ingested or calculated",
        )
    return RunFailedError(f"Spark stopped: {_said(text)}", where=where)


def _said(text: str) -> str:
    """Return Spark's own first sentence, without its advice to give up exactness."""
    own = _CALL.sub("", text.strip())
    return _ADVICE.split(own.splitlines()[0])[0].strip()
