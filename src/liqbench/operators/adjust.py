"""Adjust: apply a scenario's rules to rows, exactly, counting what each rule touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import Field, model_validator
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DataType, StructField, StructType

from liqbench.errors import FaultCollector, KeyFieldError
from liqbench.model import AdjustmentRule
from liqbench.operators.base import Context, KeyMapping, Keys, Locality, Operator
from liqbench.operators.conditions import adjusted, conditions_expression
from liqbench.operators.expressions import (
    Expression,
    Typed,
    fields_of_schema,
    quoted,
    type_expression,
)
from liqbench.operators.expressions.types import is_numeric, name_of
from liqbench.operators.local import Flags, LocalTable, Vector, evaluate, rescaled
from liqbench.operators.origins import Origins, distinct, following, of_expression, unchanged

MATCHED_ROWS = "matched rows"
RECORD_FIELDS = ("rule_id", "field", "old", "new", "type")
_MATCH = "__match_{}"
_RECORD = "__record"
_RECORDS = (
    "array<struct<rule_id: string, field: string, old: string, new: string, type: string, "
    "differs: boolean>>"
)


@dataclass(frozen=True)
class Step:
    """One change of one field: the rule's number, the field, its new value and its new type."""

    rule: int
    field: str
    value: Expression
    dtype: DataType


@dataclass(frozen=True)
class RulePlan:
    """A rule as expressions over the fields that it meets: where it matches, what it changes."""

    number: int
    rule: AdjustmentRule
    match: Expression
    steps: tuple[Step, ...]


class AdjustmentOperator(Operator):
    """Rules in order; a later one sees what an earlier one changed.

    A rule's conditions are read before its own adjustments change anything. An adjusted field's
    type widens so that the exact result fits on every row; nothing is rounded. Rules outside
    their dates are skipped, and the skip is recorded.
    """

    kind: ClassVar[str] = "adjust"
    locality: ClassVar[Locality] = Locality.ROW
    keeps_rows: ClassVar[bool] = True

    rules: tuple[AdjustmentRule, ...] = Field(min_length=1, description="applied in this order")

    @model_validator(mode="after")
    def _check_ids(self) -> AdjustmentOperator:
        ids = [rule.rule_id for rule in self.rules]
        if twice := sorted({rule_id for rule_id in ids if ids.count(rule_id) > 1}):
            raise ValueError(f"several rules are called {', '.join(twice)}")
        return self

    def keys(self, *inputs: Keys) -> KeyMapping:
        """Keys stay; a rule on one is a fault."""
        faults = FaultCollector()
        for rule in self.rules:
            for change in rule.adjustments:
                if change.field in inputs[0]:
                    faults.add(
                        KeyFieldError(
                            f"{change.field!r} is a key, by which rows are traced",
                            where=f"rule {rule.rule_id!r}",
                            hint="adjust a figure or an attribute instead",
                        )
                    )
        faults.raise_all()
        return KeyMapping("identity", inputs[0])

    def outputs(self, context: Context, *schemas: StructType) -> StructType:
        """Return the input's fields, the adjusted ones widened."""
        types = fields_of_schema(schemas[0])
        for rule in self.rules:
            if reason := rule.skipped_because(context.as_of):
                context.notice(f"rule {rule.rule_id!r} is skipped: it {reason}")
        for plan in self.plan(context, schemas[0]):
            types |= {step.field: step.dtype for step in plan.steps}
        return StructType([StructField(name, dtype) for name, dtype in types.items()])

    def origins(self, context: Context, output: StructType, *inputs: StructType) -> Origins:
        """Return the fields themselves; an adjusted one also follows from its rules' conditions."""
        del output
        known = unchanged(inputs[0].fieldNames())
        for plan in self.plan(context, inputs[0]):
            tested = of_expression(plan.match, known, "condition")
            for step in plan.steps:
                changed = following(known, step.field, "adjusted")
                known[step.field] = distinct(changed, tested)
        return known

    def plan(self, context: Context, schema: StructType) -> tuple[RulePlan, ...]:
        """Return the effective rules as expressions. Raises every fault of every rule at once."""
        faults = FaultCollector()
        fields = dict(fields_of_schema(schema))
        plans: list[RulePlan] = []
        for number, rule in enumerate(self.rules):
            if rule.skipped_because(context.as_of):
                continue
            inner = FaultCollector()
            with inner.collect("conditions"):
                match = conditions_expression(rule.conditions, fields)
                type_expression(match, fields)
            steps = tuple(_steps(number, rule, fields, inner))
            if inner.faults:
                for fault in inner.faults:
                    faults.add(fault.at(f"rule {rule.rule_id!r}"))
            else:
                plans.append(RulePlan(number, rule, match, steps))
        faults.raise_all()
        return tuple(plans)

    def apply(self, context: Context, *inputs: DataFrame) -> DataFrame:
        """Return the adjusted rows; observed are the rows that any rule and each one matched."""
        frame = inputs[0]
        plans = self.plan(context, frame.schema)
        for plan in plans:
            frame = _matched(frame, plan)
            frame = _changed(frame, plan)
        marks = {plan: F.col(_MATCH.format(plan.number)) for plan in plans}
        counts: dict[str, Column] = {
            f"rule {plan.rule.rule_id}": F.count_if(mark) for plan, mark in marks.items()
        }
        any_of = F.lit(False)  # noqa: FBT003
        for mark in marks.values():
            any_of = any_of | mark
        frame = context.observe(frame, counts | {MATCHED_ROWS: F.count_if(any_of)})
        return frame.drop(*(_MATCH.format(plan.number) for plan in plans))

    def local(self, context: Context, *tables: LocalTable) -> LocalTable:
        """Return the adjusted rows, on the driver; counted are the rows that rules matched."""
        table = tables[0]
        touched = np.zeros(table.rows, bool)
        counts: dict[str, int] = {}
        for plan in self.plan(context, table.schema):
            match = evaluate(type_expression(plan.match, fields_of_schema(table.schema)), table)
            matched = match.valid & match.values.astype(bool)
            touched |= matched
            counts[f"rule {plan.rule.rule_id}"] = int(matched.sum())
            for step in plan.steps:
                table = table.with_column(step.field, _stepped(table, step, matched))
        context.count({**counts, MATCHED_ROWS: int(touched.sum())})
        return table

    def records(self, context: Context, rows: DataFrame, keys: Keys) -> DataFrame:
        """Return a row per changed value: the keys, then rule_id, field, old_value, new_value.

        Values are text, exact; a value that a rule set to what it was is no change.
        """
        names = {"rule_id": "rule_id", "field": "field", "old": "old_value", "new": "new_value"}
        written = self._written(context, rows, keys)
        return _read(written.filter(F.col(f"{_RECORD}.differs")), keys, keys, names)

    def written(self, context: Context, rows: DataFrame, keys: Keys) -> DataFrame:
        """Return a row per field and row that a matching rule wrote, be it what was there before.

        The keys, named as ``record_keys`` says, then rule_id, field, ``old`` and ``new`` as exact
        text (what the rule found, and what all its changes of the field left), and the ``type``
        in which it left it.
        """
        names = {name: name for name in RECORD_FIELDS}
        return _read(self._written(context, rows, keys), keys, record_keys(keys), names)

    def _written(self, context: Context, rows: DataFrame, keys: Keys) -> DataFrame:
        frame = rows
        records: list[Column] = []
        for plan in self.plan(context, frame.schema):
            frame = _matched(frame, plan)
            types = {step.field: step.dtype for step in plan.steps}
            olds = {f"__old_{plan.number}_{n}": F.col(quoted(f)) for n, f in enumerate(types)}
            frame = _changed(frame.withColumns(olds), plan)
            news = {f"__new_{plan.number}_{n}": F.col(quoted(f)) for n, f in enumerate(types)}
            frame = frame.withColumns(news)
            for (field, dtype), old, new in zip(types.items(), olds, news, strict=True):
                record = F.struct(
                    F.lit(plan.rule.rule_id).alias("rule_id"),
                    F.lit(field).alias("field"),
                    F.col(old).cast("string").alias("old"),
                    F.col(new).cast("string").alias("new"),
                    F.lit(name_of(dtype)).alias("type"),
                    (~F.col(old).eqNullSafe(F.col(new))).alias("differs"),
                )
                records.append(F.when(F.col(_MATCH.format(plan.number)), record))
        exploded = F.explode(F.array_compact(F.array(*records).cast(_RECORDS)))
        return frame.select(*(F.col(quoted(name)) for name in keys), exploded.alias(_RECORD))


def record_keys(keys: Keys) -> Keys:
    """Return the keys' names in records: one that a record has itself gets ``key_`` in front."""
    taken = {*RECORD_FIELDS, "place", "scenario", *(name.lower() for name in keys)}
    found: list[str] = []
    for name in keys:
        new = name
        if name.lower() in (*RECORD_FIELDS, "place", "scenario"):
            while new.lower() in taken:
                new = f"key_{new}"
        taken.add(new.lower())
        found.append(new)
    return tuple(found)


def _read(written: DataFrame, keys: Keys, renamed: Keys, names: Mapping[str, str]) -> DataFrame:
    own = [F.col(quoted(old)).alias(new) for old, new in zip(keys, renamed, strict=True)]
    return written.select(*own, *(F.col(f"{_RECORD}.{a}").alias(b) for a, b in names.items()))


def _steps(
    number: int, rule: AdjustmentRule, fields: dict[str, DataType], faults: FaultCollector
) -> Iterator[Step]:
    """Yield the rule's changes; ``fields`` follows them, as the next rule meets what they left."""
    for change in rule.adjustments:
        with faults.collect():
            value, dtype = adjusted(change, fields)
            fields[change.field] = dtype
            yield Step(number, change.field, value, dtype)


def _stepped(table: LocalTable, step: Step, matched: Flags) -> Vector:
    """Return a field behind one change: the new values where the rule matched."""
    typed = type_expression(step.value, fields_of_schema(table.schema))
    own, new = table[step.field], evaluate(typed, table.take(matched))
    if is_numeric(step.dtype):
        own, new = rescaled(own, step.dtype), rescaled(new, step.dtype)
    values, valid = own.values.copy(), own.valid.copy()
    values[matched], valid[matched] = new.values, new.valid
    return Vector(step.dtype, values, valid)


def _matched(frame: DataFrame, plan: RulePlan) -> DataFrame:
    typed = type_expression(plan.match, fields_of_schema(frame.schema))
    return frame.withColumn(
        _MATCH.format(plan.number),
        F.coalesce(typed.column(), F.lit(False)),  # noqa: FBT003
    )


def _changed(frame: DataFrame, plan: RulePlan) -> DataFrame:
    for step in plan.steps:
        own = F.col(quoted(step.field))
        typed: Typed = type_expression(step.value, fields_of_schema(frame.schema))
        new = F.when(F.col(_MATCH.format(plan.number)), typed.column().cast(step.dtype))
        frame = frame.withColumn(step.field, new.otherwise(own.cast(step.dtype)))
    return frame
