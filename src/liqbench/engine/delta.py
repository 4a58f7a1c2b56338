"""The delta: changed rows as a signed set, taken away as they were and added as they become.

All variants of one place travel in one Spark job, each row tagged with its variant; sums and
counts are linear in the sign. (The theory: incremental view maintenance over Z-sets.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import takewhile
from operator import or_

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DataType

from liqbench.engine.changes import Frontier, Passage
from liqbench.engine.on_driver import MOST_LOCAL_ROWS
from liqbench.engine.run import Run
from liqbench.engine.sums import Amounts, changed_sums, grown
from liqbench.engine.taint import taint_of
from liqbench.engine.touched import Touched
from liqbench.errors import StrategyUnfitError
from liqbench.operators import Context
from liqbench.operators.adjust import MATCHED_ROWS, AdjustmentOperator, RulePlan, Step
from liqbench.operators.expressions import fields_of_schema, quoted, type_expression
from liqbench.operators.expressions.ratio import negated
from liqbench.operators.expressions.types import as_decimal, common_type
from liqbench.operators.grouping import ROWS, GroupSum
from liqbench.operators.local import LocalTable

VARIANT, SIGN = "__variant", "__sign"
_MARK, _COUNT = "__matched_{}", "__count_{}"
_ANY = "__matched_any"
_SIGNS = GroupSum(ROWS, "count")


@dataclass(frozen=True)
class DeltaProgram:
    """One variant's way from its rules to a group, fit for signed rows."""

    frontier: Frontier
    context: Context
    rules: tuple[RulePlan, ...]

    @classmethod
    def of(cls, frontier: Frontier, context: Context, baseline: frozenset[str]) -> DeltaProgram:
        """Return the program. Raises ``StrategyUnfitError`` where signed rows don't do."""
        first, *rest = frontier.path
        operator = first.node.operator
        if not isinstance(operator, AdjustmentOperator):
            raise StrategyUnfitError("the change doesn't begin with a rule")
        for passage in rest:
            name = passage.node.operator_id
            if isinstance(passage.node.operator, AdjustmentOperator) and name not in baseline:
                raise StrategyUnfitError("rules at two places change the same rows")
        taint_of(frontier, context)
        return cls(frontier, context, operator.plan(context.within("rules"), first.rows))

    @property
    def unhidden(self) -> tuple[str, ...]:
        """The operators on the way that have as many of the rows as the rules match.

        They end before the first step that drops or multiplies rows.
        """
        return tuple(
            p.node.operator_id
            for p in takewhile(lambda p: not p.node.operator.alters_rows, self._path)
        )

    @property
    def hides_rows(self) -> bool:
        """Tell whether a step behind the rules drops or multiplies rows."""
        return any(passage.node.operator.alters_rows for passage in self._path)

    @property
    def _path(self) -> tuple[Passage, ...]:
        return self.frontier.path


@dataclass(frozen=True)
class Deltas:
    """What every program changes: by group the signed sums, and how many rows it matched."""

    programs: tuple[DeltaProgram, ...]
    changes: LocalTable
    matches: LocalTable

    @classmethod
    def taken(cls, programs: Sequence[DeltaProgram], base: Run) -> Deltas:
        """Compute all changes in one Spark job (two, where a later step hides matched rows)."""
        return cls._of(_Job(tuple(programs), base))

    @classmethod
    def counted(cls, programs: Sequence[DeltaProgram], base: Run) -> Deltas:
        """Count what would be changed, in the same jobs without a sum: ``changes`` has none."""
        return cls._of(_Job(tuple(programs), base, sums=False))

    @classmethod
    def _of(cls, job: _Job) -> Deltas:
        signed = job.signed()
        marks = job.counts_of_marks()
        if job.programs[0].hides_rows:
            counts = signed.filter(F.col(SIGN) == 1).groupBy(VARIANT).agg(*marks)
            return cls(job.programs, collected(job.changes(signed, ())), collected(counts))
        changes = collected(job.changes(signed, marks))
        return cls(job.programs, changes, changes)

    def matched(self, number: int) -> dict[str, int]:
        """Return the counts of a program's adjustment: rows that each rule and any matched."""
        rows = self.matches.take(np.asarray(self.matches[VARIANT].values == number, bool))

        def total(name: str) -> int:
            return int(rows[name].values.sum()) if rows.rows else 0

        found = {
            f"rule {rule.rule.rule_id}": total(_COUNT.format(_MARK.format(n)))
            for n, rule in enumerate(self.programs[number].rules)
        }
        return {**found, MATCHED_ROWS: total(_COUNT.format(_ANY))}

    def touched(self, number: int) -> Touched:
        """Return the rows on a program's way, as far as they are counted, and their groups."""
        program = self.programs[number]
        rows = dict.fromkeys(program.unhidden, self.matched(number)[MATCHED_ROWS])
        groups = self._own(number).select(program.frontier.operator.group_by)
        return Touched(rows, {program.frontier.group.operator_id: groups})

    def _own(self, number: int) -> LocalTable:
        return self.changes.take(np.asarray(self.changes[VARIANT].values == number, bool))

    def sums(self, number: int, groups: LocalTable) -> LocalTable:
        """Return the groups with their sums behind a program: new groups added, empty ones gone.

        Raises ``OverflowFigureError`` where a sum doesn't fit.
        """
        frontier = self.programs[number].frontier
        operator = frontier.operator
        own = self._own(number)
        groups = grown(groups, own, operator.group_by)
        rows = {key: n for n, key in enumerate(groups.keys(operator.group_by))}
        places = np.array([rows[key] for key in own.keys(operator.group_by)], np.int64)
        amounts: dict[str, Amounts] = {}
        for each in operator.sums(frontier.rows):
            if each.additive:
                vector = own[each.name]
                values = np.where(vector.valid, vector.values, 0)
                amounts[each.name] = Amounts(places, values, as_decimal(vector.dtype).scale)
        changed = changed_sums(groups, operator, frontier.rows, amounts)
        return changed.take(np.asarray(changed[ROWS].values > 0, bool))


@dataclass(frozen=True)
class _Job:
    """The Spark side: programs that begin at one place and lead to one group."""

    programs: tuple[DeltaProgram, ...]
    base: Run
    sums: bool = True

    @property
    def _frontier(self) -> Frontier:
        return self.programs[0].frontier

    def signed(self) -> DataFrame:
        """Return every affected row twice per variant: −1 as it was, +1 as its rules make it."""
        frame = self.base.frame(self._frontier.feed)
        fields = fields_of_schema(frame.schema)
        touched = [
            F.when(reduce(or_, (_true(type_expression(r.match, fields).column()) for r in p.rules)),
                   F.lit(n))
            for n, p in enumerate(self.programs)
            if p.rules
        ]  # fmt: skip
        variants = F.array_compact(F.array(*touched).cast("array<int>"))
        frame = frame.withColumn(VARIANT, F.explode(variants))
        frame = frame.withColumn(SIGN, F.explode(F.array(F.lit(-1), F.lit(1))))
        return self._adjusted(frame, fields)

    def _adjusted(self, frame: DataFrame, fields: Mapping[str, DataType]) -> DataFrame:
        own = [dict(fields) for _ in self.programs]
        wide = self._wide(fields)
        if wide:  # on Spark Connect none is an error
            frame = frame.withColumns({n: F.col(quoted(n)).cast(t) for n, t in wide.items()})
        for number in range(max(len(p.rules) for p in self.programs)):
            rules = {
                n: p.rules[number] for n, p in enumerate(self.programs) if number < len(p.rules)
            }
            mark = _MARK.format(number)
            frame = frame.withColumn(mark, self._match(rules, own))
            for place in range(max(len(rule.steps) for rule in rules.values())):
                steps = {n: r.steps[place] for n, r in rules.items() if place < len(r.steps)}
                frame = frame.withColumns(_stepped(steps, own, wide, F.col(mark)))
        marks = [c for c in frame.columns if c.startswith("__matched_")]
        nothing = F.lit(False)  # noqa: FBT003 - where no rule is in force
        return frame.withColumn(_ANY, reduce(or_, (F.col(mark) for mark in marks), nothing))

    def _wide(self, fields: Mapping[str, DataType]) -> dict[str, DataType]:
        """Return for every adjusted field the type that holds what any variant makes of it."""
        types: dict[str, list[DataType]] = {}
        for program in self.programs:
            for rule in program.rules:
                for step in rule.steps:
                    types.setdefault(step.field, [fields[step.field]]).append(step.dtype)
        return {name: common_type(kinds, what=repr(name)) for name, kinds in types.items()}

    def _match(self, rules: Mapping[int, RulePlan], own: list[dict[str, DataType]]) -> Column:
        matched = F.lit(False)  # noqa: FBT003
        for n, rule in rules.items():
            typed = type_expression(rule.match, own[n])
            matched = F.when(F.col(VARIANT) == n, _true(typed.column(_read(own[n])))).otherwise(
                matched
            )
        return matched & (F.col(SIGN) == 1)

    def counts_of_marks(self) -> tuple[Column, ...]:
        """Return the counts of matched rows, by rule and of any."""
        most = max(len(program.rules) for program in self.programs)
        names = [*(_MARK.format(n) for n in range(most)), _ANY]
        return tuple(F.count_if(F.col(name)).alias(_COUNT.format(name)) for name in names)

    def changes(self, signed: DataFrame, more: Sequence[Column]) -> DataFrame:
        """Return by variant and group the signed sums of what the group sums up, if wanted."""
        frame = signed
        for passage in self._frontier.path[1:]:
            node = passage.node
            references = [self.base.frame(name) for name in node.config.inputs[1:]]
            context = self._frontier_context(node.operator_id)
            frame = node.operator.apply(context, frame, *references)
        operator = self._frontier.operator
        fields = fields_of_schema(frame.schema)
        keys = [F.col(VARIANT), *(F.col(quoted(name)) for name in operator.group_by)]
        summed = [s for s in operator.sums(frame.schema) if s.additive] if self.sums else [_SIGNS]
        sums = [_signed(each, fields) for each in summed]
        return frame.groupBy(*keys).agg(*sums, *more)

    def _frontier_context(self, operator_id: str) -> Context:
        return self.programs[0].context.within(operator_id)


def _true(column: Column) -> Column:
    return F.coalesce(column, F.lit(False))  # noqa: FBT003


def _stepped(
    steps: Mapping[int, Step],
    own: list[dict[str, DataType]],
    wide: Mapping[str, DataType],
    matched: Column,
) -> dict[str, Column]:
    """Return the fields behind one change of every variant; ``own`` follows the types."""
    news: dict[str, Column] = {}
    for n, step in steps.items():
        typed = type_expression(step.value, own[n])
        value = typed.column(_read(own[n])).cast(step.dtype).cast(wide[step.field])
        old = news.get(step.field, F.col(quoted(step.field)))
        news[step.field] = F.when(matched & (F.col(VARIANT) == n), value).otherwise(old)
        own[n][step.field] = step.dtype
    return news


def _read(types: Mapping[str, DataType]) -> Callable[[str], Column]:
    """Return how a field is read in a variant's own type."""
    return lambda name: F.col(quoted(name)).cast(types[name])


def _signed(each: GroupSum, fields: dict[str, DataType]) -> Column:
    """Return a sum in which rows that are taken away count against it."""
    sign = F.col(SIGN)
    if each.value is None:
        return F.sum(sign.cast("bigint")).alias(each.name)
    typed = type_expression(each.value, fields)
    if each.function == "count":
        there = F.when(typed.column().isNotNull(), sign.cast("bigint")).otherwise(F.lit(0))
        return F.sum(there).alias(each.name)
    dtype = as_decimal(typed.dtype)
    figure = typed.column().cast(dtype)
    total = F.sum(F.when(sign == 1, figure).otherwise(negated(figure, dtype)))
    return total.cast(each.dtype(fields)).alias(each.name)


def collected(frame: DataFrame) -> LocalTable:
    """Return a frame of few rows. Raises ``StrategyUnfitError`` where it has too many."""
    most = 10 * MOST_LOCAL_ROWS
    found: pa.Table = frame.limit(most + 1).toArrow()
    if found.num_rows > most:
        raise StrategyUnfitError(f"more than {most:,} groups change, over all variants")
    return LocalTable.from_arrow(found)
