"""Adjustment records: every value that a rule touched, stored with the run, never collected.

They follow from an adjustment's input alone, so they are calculated when they are first asked
for, and stored as a stage of their own beside the adjustment's. Whichever strategy ran the
variant, they are the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DataType

from liqbench.engine.failures import said_by_spark
from liqbench.engine.session import SPARK_ERRORS
from liqbench.engine.tables import MOST_ROWS, check_rows
from liqbench.errors import FieldTypeError, RunFailedError, UnknownResultError, did_you_mean
from liqbench.model._values import content_hash
from liqbench.operators.adjust import RECORD_FIELDS, AdjustmentOperator, record_keys
from liqbench.operators.expressions import quoted
from liqbench.operators.expressions.types import name_of
from liqbench.store import BELONGS_TO

if TYPE_CHECKING:
    from liqbench.engine.run import Run

_VERSION = 1
_OWN = (*RECORD_FIELDS, "place", "scenario")
_ORDER = "__order"


@dataclass(frozen=True)
class AdjustmentRecords:
    """The records of some adjustments of a run.

    ``places`` says behind which operator each adjustment stands; ``scenario`` is the name that
    all records get. Columns of a table: the key of the rows, rule_id, field, ``old`` and ``new``
    (exact text: what the rule found and left), ``type`` of the field as the rule left it, place,
    scenario. Rules act in order: what one leaves, the next one finds. A value that a rule wrote
    as it was is recorded too. Key fields that are called like another column have ``key_`` in
    front; where places have different keys, a record has null in those of others.
    """

    run: Run
    places: Mapping[str, str]
    scenario: str | None = None

    @classmethod
    def of(
        cls, run: Run, *, beside: Run | None = None, scenario: str | None = None
    ) -> AdjustmentRecords:
        """Return the records of a run's adjustments, without those that another run has too."""
        others = {} if beside is None else beside.results
        places = {
            name: node.config.inputs[0]
            for name, node in run.resolved.nodes.items()
            if isinstance(node.operator, AdjustmentOperator) and name not in others
        }
        return cls(run, places, scenario)

    def fingerprint(self, adjustment: str) -> str:
        """Return the fingerprint of the stage that holds an adjustment's records."""
        adjusted = self.run.results[adjustment].fingerprint
        return content_hash({"adjustments of": adjusted, "version": _VERSION})

    def stored(self) -> dict[str, str]:
        """Store what isn't yet; return the stages' fingerprints by adjustment.

        Raises ``InputChangedError`` where an adjustment's input isn't stored and can't be
        calculated again, ``RunFailedError`` where Spark stops.
        """
        return {name: self._store(name) for name in self.places}

    def _store(self, name: str) -> str:
        fingerprint, run, place = self.fingerprint(name), self.run, self.places[name]
        if run.stages.has(fingerprint):
            return fingerprint
        keys = run.resolved.nodes[place].keys
        context = run.context.within(name)
        records = self._operator(name).written(context, run.frame(place), keys)

        def write(folder: Path) -> None:
            records.write.option("compression", "zstd").parquet(str(folder))

        def describe() -> dict[str, Any]:
            return {
                "operator_id": name,
                BELONGS_TO: run.results[name].fingerprint,
                "keys": [*record_keys(keys), "rule_id", "field"],
                "schema": records.schema.jsonValue(),
                "operators": [],
            }

        try:
            run.stages.write(fingerprint, write, describe)
        except SPARK_ERRORS as error:
            where = f"the adjustment records of {name!r}"
            raise RunFailedError(
                f"Spark stopped: {said_by_spark(str(error))}", where=where
            ) from error
        return fingerprint

    def _operator(self, name: str) -> AdjustmentOperator:
        operator = self.run.resolved.nodes[name].operator
        assert isinstance(operator, AdjustmentOperator)  # noqa: S101 - made of such
        return operator

    def frame(self, place: str | None = None) -> DataFrame:
        """Return the records as a Spark frame, those of one place or of all.

        Raises ``UnknownResultError`` where nothing is adjusted there, ``FieldTypeError`` where a
        key field has several types, and as ``stored`` does.
        """
        wanted = self._wanted(place)
        columns = self._columns(wanted)
        found = reduce(
            lambda one, other: one.unionByName(other, allowMissingColumns=True),
            map(self._frame, wanted),
        )
        return found.select(*(F.col(quoted(name)) for name in columns))

    def _frame(self, name: str) -> DataFrame:
        run = self.run
        stored = run.context.spark.read.parquet(str(run.stages.data_path(self._store(name))))
        scenario = F.lit(self.scenario).cast("string")
        return stored.withColumns({"place": F.lit(self.places[name]), "scenario": scenario})

    def table(self, place: str | None = None, *, limit: int = MOST_ROWS) -> pd.DataFrame:
        """Return the records as pandas: by adjustment in the DAG's order, by key, in rules' order.

        Raises ``UnknownResultError`` where there are more than ``limit``, and as ``frame`` does.
        """
        wanted = self._wanted(place)
        columns = self._columns(wanted)
        stored = {name: self.run.stages.dataset(self._store(name)) for name in wanted}
        count = sum(own.count_rows() for own in stored.values())
        check_rows(count, limit, "the table of adjustments")
        parts = [self._ordered(name, own.to_table()) for name, own in stored.items()]
        found = pa.concat_tables(parts, promote_options="default").select(columns)
        pandas: pd.DataFrame = found.to_pandas(date_as_object=True, integer_object_nulls=True)
        return pandas

    def _ordered(self, name: str, records: pa.Table) -> pa.Table:
        """Return an adjustment's records by key and in the order of its rules, place in hand."""
        rules = self._operator(name).rules
        steps = dict.fromkeys((r.rule_id, c.field) for r in rules for c in r.adjustments)
        numbers = {step: number for number, step in enumerate(steps)}
        columns = self._keys([name])
        order: pd.DataFrame = records.select(columns).to_pandas(
            date_as_object=True, integer_object_nulls=True
        )
        found = zip(records["rule_id"].to_pylist(), records["field"].to_pylist(), strict=True)
        order[_ORDER] = [numbers[step] for step in found]
        sorted_places = order.sort_values([*columns, _ORDER]).index.to_numpy()
        same = {"place": self.places[name], "scenario": self.scenario}
        table = records.take(pa.array(sorted_places, pa.int64()))
        for column, value in same.items():
            table = table.append_column(column, pa.array([value] * table.num_rows, pa.string()))
        return table

    def _keys(self, names: Sequence[str]) -> list[str]:
        """Return the keys of these adjustments' rows, as they are called in records."""
        nodes = self.run.resolved.nodes
        return list(dict.fromkeys(key for n in names for key in record_keys(nodes[n].keys)))

    def _columns(self, names: Sequence[str]) -> list[str]:
        types: dict[str, DataType] = {}
        for name in names:
            node = self.run.resolved.nodes[name]
            for own, key in zip(node.keys, record_keys(node.keys), strict=True):
                dtype = node.schema[own].dataType
                if types.setdefault(key, dtype) != dtype:
                    raise FieldTypeError(
                        f"the key field {key!r} is {name_of(types[key])} and {name_of(dtype)}",
                        where="the records of several adjustments",
                        hint=f"name one place: {', '.join(self.places.values())}",
                    )
        return [*types, *_OWN]

    def _wanted(self, place: str | None) -> list[str]:
        found = [name for name, own in self.places.items() if place in (None, own)]
        if not found:
            there = "" if place is None else f" behind {place!r}"
            raise UnknownResultError(
                f"nothing is adjusted{there}",
                where=f"DAG {self.run.dag.name!r}",
                hint=did_you_mean(place or "", self.places.values()),
            )
        return found
