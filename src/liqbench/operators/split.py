"""Split: a deal's parts, such as insured and uninsured, as rows of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field as ModelField
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DataType, DecimalType, StringType, StructField, StructType

from liqbench.errors import (
    FaultCollector,
    FieldTypeError,
    LiqbenchError,
    OperatorParameterError,
    UndefinedFigureError,
)
from liqbench.operators.base import Context, KeyMapping, Keys, Locality
from liqbench.operators.by_rules import ByRulesOperator
from liqbench.operators.conditions import conditions_expression
from liqbench.operators.expressions import (
    Expression,
    Typed,
    fields_of,
    fields_of_schema,
    parse_expression,
    quoted,
    refusal,
    type_expression,
)
from liqbench.operators.expressions.types import as_decimal, common_type, is_numeric, name_of
from liqbench.operators.origins import Origins, distinct, of_expression, unchanged
from liqbench.operators.rows import examples

_PARTS = "__parts"


class SplitOperator(ByRulesOperator):
    """Make a row of every part of a deal, as the split rules of a classification say.

    The first rule whose conditions match decides into which parts a row goes, and what amount
    each has. The key is extended by ``part``. A part of nothing is left out, but for the first,
    so that no deal disappears.
    """

    kind: ClassVar[str] = "split"
    locality: ClassVar[Locality] = Locality.ROW
    keeps_rows: ClassVar[bool] = True

    part: str = ModelField(
        default="part", min_length=1, description="the new field that names the part"
    )
    amount: str = ModelField(
        default="amount", min_length=1, description="the new field with the part's amount"
    )

    @property
    def alters_rows(self) -> bool:
        """A row becomes several."""
        return True

    def keys(self, *inputs: Keys) -> KeyMapping:
        """Keys are extended by the part."""
        return KeyMapping("extended", (*inputs[0], self.part))

    def outputs(self, context: Context, *schemas: StructType) -> StructType:
        """Return the input's fields, the part and its amount."""
        faults = FaultCollector()
        for name in (self.part, self.amount):
            if name in schemas[0].fieldNames():
                faults.add(
                    OperatorParameterError(
                        f"the field {name!r} is there already", hint="choose another name"
                    )
                )
        dtype: DataType = DecimalType(38, 0)
        with faults.collect():
            dtype = _common_type(self._typed(context, schemas[0])[1])
        faults.raise_all()
        added = [StructField(self.part, StringType()), StructField(self.amount, dtype)]
        return StructType([*schemas[0].fields, *added])

    def expressions(self, context: Context, schema: StructType) -> tuple[Expression, ...]:
        """Return all that decides about parts and amounts, over rows of a schema."""
        conditions, amounts = self._typed(context, schema)
        typed = [*conditions.values(), *(a for own in amounts.values() for a in own.values())]
        return tuple(each.expression for each in typed)

    def _typed(
        self, context: Context, schema: StructType
    ) -> tuple[Mapping[str, Typed], Mapping[str, Mapping[str, Typed]]]:
        """Return conditions by rule, and amounts by rule and part. Raises all faults together."""
        fields = fields_of_schema(schema)
        faults = FaultCollector()
        conditions: dict[str, Typed] = {}
        amounts: dict[str, dict[str, Typed]] = {}
        for rule in self.classification.split:
            with faults.collect(f"split rule {rule.id!r}"):
                wanted = conditions_expression(rule.when, fields)
                conditions[rule.id] = type_expression(wanted, fields)
                amounts[rule.id] = {
                    each.part: _figure(each.amount, context, fields) for each in rule.into
                }
        faults.raise_all()
        return conditions, amounts

    def origins(self, context: Context, output: StructType, *inputs: StructType) -> Origins:
        """Return the rows' own fields; the part follows from conditions, the amount from both."""
        del output
        known = unchanged(inputs[0].fieldNames())
        conditions, amounts = self._typed(context, inputs[0])
        decided = distinct(
            *(of_expression(each.expression, known, "condition") for each in conditions.values())
        )
        figures = (
            of_expression(each.expression, known)
            for own in amounts.values()
            for each in own.values()
        )
        return {**known, self.part: decided, self.amount: distinct(*figures, decided)}

    def apply(self, context: Context, *inputs: DataFrame) -> DataFrame:
        """Return a row per part; an amount that is null stops the calculation."""
        rows = inputs[0]
        conditions, amounts = self._typed(context, rows.schema)
        dtype = _common_type(amounts).simpleString()
        chain: Column | None = None
        *several, last = [(conditions[n], _parts(own, dtype)) for n, own in amounts.items()]
        for condition, parts in several:
            test = condition.column()
            chain = F.when(test, parts) if chain is None else chain.when(test, parts)
        parts = last[1] if chain is None else chain.otherwise(last[1])
        own = [F.col(quoted(name)) for name in rows.columns]
        exploded = rows.select(*own, F.explode(parts).alias(_PARTS))
        exploded = exploded.filter(F.col(f"{_PARTS}.first") | (F.col(f"{_PARTS}.amount") != 0))
        return exploded.select(
            *own,
            F.col(f"{_PARTS}.part").alias(self.part),
            F.col(f"{_PARTS}.amount").alias(self.amount),
        )

    def diagnose(self, context: Context, *inputs: DataFrame) -> LiqbenchError | None:
        """Return which rows have a part without an amount."""
        rows = inputs[0]
        conditions, amounts = self._typed(context, rows.schema)
        before = F.lit(False)  # noqa: FBT003
        for rule, own in amounts.items():
            here = F.coalesce(conditions[rule].column(), F.lit(False)) & ~before  # noqa: FBT003
            for part, amount in own.items():
                empty = rows.filter(here & amount.column().isNull())
                if count := empty.count():
                    shown = examples(empty, fields_of(amount.expression))
                    return UndefinedFigureError(
                        f"{count:,} rows have no amount for part {part!r}, such as from {shown}",
                        where=f"split rule {rule!r}",
                        hint="complete the deals",
                    )
            before = before | here
        return None


def _common_type(amounts: Mapping[str, Mapping[str, Typed]]) -> DecimalType:
    """Return the type that holds the amounts of all rules' parts."""
    types = [as_decimal(each.dtype) for own in amounts.values() for each in own.values()]
    return as_decimal(common_type(types, what="the amounts"))


def _figure(text: str, context: Context, fields: dict[str, DataType]) -> Typed:
    typed = type_expression(parse_expression(text, context.as_of), fields)
    if not is_numeric(typed.dtype):
        raise FieldTypeError(f"{text!r} is {name_of(typed.dtype)}, an amount is a number")
    return typed


def _parts(amounts: Mapping[str, Typed], dtype: str) -> Column:
    refused = refusal("a part has no amount", dtype)
    return F.array(
        *(
            F.struct(
                F.lit(part).alias("part"),
                F.coalesce(amount.column().cast(dtype), refused).alias("amount"),
                F.lit(place == 0).alias("first"),
            )
            for place, (part, amount) in enumerate(amounts.items())
        )
    )
