"""Classify: each row's regulatory categories, by ordered tables of rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache, partial
from operator import itemgetter
from typing import ClassVar

from pydantic import Field as ModelField
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DataType, StructType

from liqbench.errors import FaultCollector
from liqbench.operators.base import Context
from liqbench.operators.by_rules import ByRulesOperator
from liqbench.operators.cells import cell_expression, kind_of
from liqbench.operators.conditions import conditions_expression
from liqbench.operators.expressions import (
    Call,
    Expression,
    Field,
    fields_of_schema,
    quoted,
)
from liqbench.operators.expressions import (
    Literal as Constant,
)
from liqbench.operators.expressions.types import parse_type
from liqbench.operators.fields import HIDDEN, FieldsOperator, FieldStep
from liqbench.operators.local import LocalTable
from liqbench.regulation import UNCLASSIFIED
from liqbench.regulation.classification import (
    Diagram,
    Kind,
    Rule,
    RuleGroup,
    RuleTable,
    Step,
    TableName,
    diagrams_of,
    never_matching,
)

# Look-ups in one expression: Spark Connect takes none that is nested deeper than its messages.
_TOGETHER = 12


_Tables = tuple[tuple[TableName, RuleTable], ...]
_Kinds = tuple[tuple[str, Kind], ...]


@lru_cache(maxsize=16)
def _diagrams(tables: _Tables, kinds: _Kinds) -> Mapping[str, Diagram]:
    """Return the diagrams; a run asks for the same ones again and again."""
    return diagrams_of(dict(tables), dict(kinds))


@lru_cache(maxsize=16)
def _in_vain(tables: _Tables, kinds: _Kinds) -> tuple[tuple[str, str], ...]:
    """Return the rules that can never match, and why."""
    return tuple(each for _, table in tables for each in never_matching(table, dict(kinds)).items())


class ClassifyOperator(FieldsOperator, ByRulesOperator):
    """Give every row its LCR and NSFR category and the id of the rule that decided it.

    ``unwind`` gives the HQLA category of a leg that unwinding would bring back or take away.

    ``rules`` is a packaged classification's name or the path of a bank's own; its rules are asked
    in order, and the first that matches decides. What no rule matches is ``UNCLASSIFIED``, with
    no rule, and counted. ``tables`` says which codes are assigned, each to its field.
    """

    kind: ClassVar[str] = "classify"

    tables: tuple[TableName, ...] = ModelField(
        default=("lcr", "nsfr", "unwind"), min_length=1, description="which codes are assigned"
    )

    def assigned(self) -> Mapping[TableName, RuleTable]:
        """Return the tables whose codes are assigned."""
        known = self.classification.tables
        return {name: known[name] for name in self.tables}

    def named(self) -> tuple[str, ...]:
        """Return the fields of the codes, and of the rules that decided."""
        return tuple(
            name for table in self.assigned().values() for name in (table.assigns, table.rule_field)
        )

    def outputs(self, context: Context, *schemas: StructType) -> StructType:
        """Return the input's fields, the codes, and the rules that decided."""
        self._check_conditions(schemas[0])
        for rule_id, why in _in_vain(self._tables(), self._kinds(schemas[0])):
            context.notice(f"rule {rule_id!r} can never match: {why}")
        return super().outputs(context, *schemas)

    def steps(self, context: Context, schema: StructType) -> tuple[FieldStep, ...]:
        """Return, for every table, the number of the deciding rule, then code and rule by it."""
        del context
        absent = self._absent(schema)
        fields = {**fields_of_schema(schema), **absent}
        deciding: list[tuple[int, FieldStep]] = []
        chosen: list[FieldStep] = []
        diagrams = _diagrams(self._tables(), self._kinds(schema))
        for name, table in self.assigned().items():
            diagram = diagrams[name]
            state: Expression = Constant(Decimal(0))
            for number, step in enumerate(diagram.steps):
                if number and number % _TOGETHER == 0:
                    named = f"{HIDDEN}{name}_{number}"
                    deciding.append((number, FieldStep(named, partial(_same, state))))
                    state = Field(named)
                cells = [cell_expression(c, fields, absent=c.field in absent) for c in step.fields]
                state = _entry(step, state, cells)
            codes = [UNCLASSIFIED, *(rule.category for rule in table.rules)]
            ids = ["", *(rule.id for rule in table.rules)]
            chosen += [
                FieldStep(table.assigns, partial(_chosen, state, codes)),
                FieldStep(table.rule_field, partial(_chosen, state, ids), keeps_null=True),
            ]
        # States of one number don't read each other, so they are one round of fields.
        deciding.sort(key=itemgetter(0))
        return (*(step for _, step in deciding), *chosen)

    def _tables(self) -> _Tables:
        return tuple(self.assigned().items())

    def _kinds(self, schema: StructType) -> _Kinds:
        """Return of which kind the fields are, those that rows lack as they are declared."""
        types = {**fields_of_schema(schema), **self._absent(schema)}
        return tuple((name, kind_of(dtype)) for name, dtype in types.items())

    def _check_conditions(self, schema: StructType) -> None:
        """Raise all that is wrong with the conditions over these rows' fields."""
        fields = {**fields_of_schema(schema), **self._absent(schema)}
        faults = FaultCollector()

        def check(entry: Rule | RuleGroup) -> None:
            at = f"rule {entry.id!r}" if isinstance(entry, Rule) else f"group {entry.name!r}"
            with faults.collect(at):
                conditions_expression(entry.when, fields)
            for each in entry.rules if isinstance(entry, RuleGroup) else ():
                check(each)

        for table in self.assigned().values():
            for group in table.groups:
                check(group)
        faults.raise_all()

    def _absent(self, schema: StructType) -> dict[str, DataType]:
        """Return the optional fields that the rows don't have; they are null."""
        there = set(schema.fieldNames())
        return {
            each.name: parse_type(each.type)
            for each in self.classification.optional
            if each.name not in there
        }

    def apply(self, context: Context, *inputs: DataFrame) -> DataFrame:
        """Return the rows with their codes; unclassified ones are counted."""
        frame = super().apply(context, *inputs)
        unclassified = {
            _counter(name): F.count(F.when(F.col(quoted(table.assigns)) == UNCLASSIFIED, 1))
            for name, table in self.assigned().items()
        }
        return context.observe(frame, unclassified)

    def local(self, context: Context, *tables: LocalTable) -> LocalTable:
        """Return the rows with their codes, on the driver."""
        found = super().local(context, *tables)
        context.count(
            {
                _counter(name): sum(code == UNCLASSIFIED for code in found[table.assigns].items())
                for name, table in self.assigned().items()
            }
        )
        return found


def _counter(table: TableName) -> str:
    return f"unclassified {table}"


def _same(expression: Expression) -> Expression:
    return expression


def _entry(step: Step, state: Expression, cells: Sequence[Expression]) -> Expression:
    """Return the state that follows from a state and the cells of the step's fields."""
    table = Constant("\n".join(map(str, step.table)))
    args = [table, state]
    for own, cell in zip(step.fields, cells, strict=True):
        args += [Constant(Decimal(own.width)), cell]
    return Call("entry", tuple(args))


def _chosen(number: Expression, texts: Sequence[str]) -> Expression:
    """Return the text at a number's place; an empty one is null."""
    chosen = Call("choose", (number, Constant("\n".join(texts))))
    return chosen if all(texts) else Call("nullif", (chosen, Constant("")))
