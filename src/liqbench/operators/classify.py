"""Classify: each row's regulatory categories, by ordered tables of rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import count
from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field as ModelField
from pydantic import PrivateAttr
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DataType, StructType

from liqbench.errors import FaultCollector
from liqbench.operators.base import Context
from liqbench.operators.conditions import conditions_expression
from liqbench.operators.expressions import (
    Call,
    Expression,
    Field,
    Literal as Constant,
    fields_of_schema,
    quoted,
)
from liqbench.operators.expressions.types import parse_type
from liqbench.operators.fields import HIDDEN, FieldsOperator, FieldStep
from liqbench.operators.local import LocalTable
from liqbench.operators.sources import Source
from liqbench.regulation import UNCLASSIFIED
from liqbench.regulation.classification import (
    Classification,
    Rule,
    RuleGroup,
    RuleTable,
    TableName,
    load_classification,
    never_matching,
)


class ClassifyOperator(FieldsOperator):
    """Give every row its LCR and NSFR category and the id of the rule that decided it.

    ``unwind`` gives the HQLA category of a leg that unwinding would bring back or take away.

    ``rules`` is a packaged classification's name or the path of a bank's own; its rules are asked
    in order, and the first that matches decides. What no rule matches is ``UNCLASSIFIED``, with
    no rule, and counted. ``tables`` says which codes are assigned, each to its field.
    """

    kind: ClassVar[str] = "classify"

    rules: str = "basel"
    tables: tuple[TableName, ...] = ModelField(default=("lcr", "nsfr", "unwind"), min_length=1)

    _loaded: Classification | None = PrivateAttr(default=None)

    def at_folder(self, folder: Path) -> Self:
        """Return the operator with its rules read. Raises ``ClassificationError``."""
        bound = self.model_copy()
        bound._loaded = load_classification(self.rules, folder)  # noqa: SLF001 - its own
        return bound

    @property
    def classification(self) -> Classification:
        """The rules."""
        return self._loaded or load_classification(self.rules)

    def sources(self) -> tuple[Source, ...]:
        """Return the rules."""
        return (Source(format="classification", name=self.rules),)

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
        for table in self.assigned().values():
            for rule_id, why in never_matching(table).items():
                context.notice(f"rule {rule_id!r} can never match: {why}")
        return super().outputs(context, *schemas)

    def steps(self, context: Context, schema: StructType) -> tuple[FieldStep, ...]:
        """Return, for every code, the number of the deciding rule, then code and rule by it."""
        del context
        fields = {**self._absent(schema), **fields_of_schema(schema)}
        steps: list[FieldStep] = []
        faults = FaultCollector()
        for name, table in self.assigned().items():
            number = f"{HIDDEN}{name}_rule"
            with faults.collect(f"table {name!r}"):
                deciding = _Deciding(fields, set(self._absent(schema))).of(table)
                codes = [UNCLASSIFIED, *(rule.category for rule in table.rules)]
                ids = ["", *(rule.id for rule in table.rules)]
                steps += [
                    FieldStep(number, partial(_same, deciding)),
                    FieldStep(table.assigns, partial(_chosen, number, codes)),
                    FieldStep(
                        table.rule_field,
                        partial(_chosen, number, ids),
                        keeps_null=True,
                    ),
                ]
        faults.raise_all()
        return tuple(steps)

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
            _counter(name): F.count_if(F.col(quoted(table.assigns)) == UNCLASSIFIED)
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


def _chosen(number: str, texts: Sequence[str]) -> Expression:
    """Return the text at a number's place; an empty one is null."""
    chosen = Call("choose", (Field(number), *map(Constant, texts)))
    return chosen if all(texts) else Call("nullif", (chosen, Constant("")))


class _Deciding:
    """Turns a table into the number of the deciding rule, from 1; 0 where none decides.

    A group is one test, behind which its rules are asked: what enters it is decided in it.
    """

    def __init__(self, fields: Mapping[str, DataType], absent: set[str]) -> None:
        self._fields, self._absent = fields, absent
        self._numbers = count(1)
        self._faults = FaultCollector()

    def of(self, table: RuleTable) -> Expression:
        """Return the expression. Raises all that is wrong with the conditions."""
        found = self._case(table.groups)
        self._faults.raise_all()
        return found

    def _case(self, entries: Sequence[Rule | RuleGroup]) -> Expression:
        branches: list[Expression] = []
        for entry in entries:
            where = f"rule {entry.id!r}" if isinstance(entry, Rule) else f"group {entry.name!r}"
            found: Expression
            if isinstance(entry, Rule):
                found = Constant(Decimal(next(self._numbers)))
            else:
                found = self._case(entry.rules)
            with self._faults.collect(where):
                test = conditions_expression(entry.when, dict(self._fields))
                test = _without(test, self._absent)
                if not entry.when:
                    return _closed(branches, found)
                branches += [test, found]
        return _closed(branches, Constant(Decimal(0)))


def _closed(branches: list[Expression], default: Expression) -> Expression:
    return Call("case", (*branches, default)) if branches else default


def _without(expression: Expression, absent: set[str]) -> Expression:
    """Return the expression with null for the fields that rows don't have."""
    if isinstance(expression, Field):
        return Constant(None) if expression.name in absent else expression
    if isinstance(expression, Call):
        return Call(expression.function, tuple(_without(arg, absent) for arg in expression.args))
    return expression
