"""What the ratios share: rows with a category and an amount, weighted and summed by section."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import ClassVar, Self

import pydantic
from pydantic import PrivateAttr, model_validator
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import (
    DataType,
    DecimalType,
    LongType,
    StringType,
    StructField,
    StructType,
)

from liqbench.errors import (
    FaultCollector,
    FieldTypeError,
    LiqbenchError,
    OperatorParameterError,
    ParameterSetError,
    UnknownFieldError,
)
from liqbench.model.forms import FieldName, ParameterSetName
from liqbench.operators.base import Context
from liqbench.operators.expressions import (
    Call,
    Expression,
    Field,
    Literal,
    fields_of_schema,
    quoted,
    refusing,
    type_expression,
)
from liqbench.operators.expressions.formula import cast_to
from liqbench.operators.expressions.ratio import check_digits
from liqbench.operators.expressions.types import (
    as_decimal,
    decimal_type,
    integer_digits,
    is_numeric,
    name_of,
    sum_type,
)
from liqbench.operators.grouping import ROWS, GroupOperator, GroupSum
from liqbench.operators.origins import Origin, Origins, distinct, unchanged
from liqbench.operators.rows import examples
from liqbench.operators.sources import Source
from liqbench.regulation import (
    OUT_OF_SCOPE,
    UNCLASSIFIED,
    ParameterSet,
    Section,
    load_parameters,
)

WEIGHTED = "weighted_amount"
UNKNOWN_ROWS = "__unclassified"
_WEIGHT = DecimalType(5, 4)
NOTHING = Literal(Decimal(0))
Rounded = Callable[[Expression], Expression]


@dataclass(frozen=True)
class RatioFigures:
    """What a ratio's figures are called: their fields, and what people call them.

    The ratio is what is available over what is required; ``surplus`` is the difference.
    """

    ratio: str
    available: str
    required: str
    surplus: str
    titles: Mapping[str, str]

    def title(self, field: str) -> str:
        """Return what people call a figure."""
        return self.titles[field]


class WeighingOperator(GroupOperator):
    """A ratio per group of rows that carry a category or section and an amount.

    ``rule`` names the field of the deciding rule, which only a disclosure asks for: it may show
    rows of one category in several places.
    """

    figures: ClassVar[RatioFigures]

    group_by: tuple[FieldName, ...] = pydantic.Field(
        min_length=1, description="there is one ratio for each of their values"
    )
    category: FieldName | None = pydantic.Field(
        default=None, description="holds a code of the parameter set"
    )
    section: FieldName | None = pydantic.Field(
        default=None, description="holds where a row counts; without it, the category says so"
    )
    amount: FieldName | None = pydantic.Field(default=None, description="before weights")
    weighted: FieldName | None = pydantic.Field(
        default=None, description="after weights, where they are calculated before"
    )
    rule: FieldName | None = pydantic.Field(
        default=None, description="holds the rule that decided, for disclosures"
    )
    parameter_set: ParameterSetName = pydantic.Field(
        default="basel", description="weights, factors and caps, with their paragraphs"
    )
    scale: int = pydantic.Field(
        default=4, ge=0, le=8, description="digits behind the point of an amount"
    )
    ratio_scale: int = pydantic.Field(
        default=6, ge=2, le=12, description="digits behind the point of the ratio"
    )

    _loaded: ParameterSet | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _check_label(self) -> Self:
        if not self.category and not self.section:
            raise ValueError("give a section, or a category that has one in the parameter set")
        return self

    def at_folder(self, folder: Path) -> Self:
        """Return the operator with its parameter set read. Raises ``ParameterSetError``."""
        bound = self.model_copy()
        bound._loaded = load_parameters(self.parameter_set, folder)  # noqa: SLF001 - its own
        return bound

    @property
    def parameters(self) -> ParameterSet:
        """The parameter set; a bank's own, where no folder is known, by an absolute path."""
        return self._loaded or load_parameters(self.parameter_set)

    def sources(self) -> tuple[Source, ...]:
        """Return the parameter set, whose weights or caps are used."""
        return (Source(format="parameters", name=self.parameter_set),)

    # --- what a ratio says of itself -------------------------------------------------------------

    @property
    @abstractmethod
    def counted(self) -> tuple[Section, ...]:
        """The sections that are summed."""

    @property
    def fields_read(self) -> tuple[str, ...]:
        """Further fields that the ratio reads."""
        return ()

    @property
    def shown_by(self) -> tuple[str, ...]:
        """The fields by which a disclosure tells apart what it shows of a category."""
        return (self.rule,) if self.rule else ()

    # --- rows ------------------------------------------------------------------------------------

    @property
    def _label(self) -> str:
        """The field that decides where a row counts."""
        return str(self.section or self.category)

    @property
    def _detail(self) -> str:
        """The field by which contributions are told apart."""
        return str(self.category or self.section)

    @property
    def _figure(self) -> str:
        return str(self.weighted or self.amount)

    def _check_fields(self, fields: Mapping[str, DataType]) -> FaultCollector:
        """Return what is wrong with the fields that are read."""
        faults = FaultCollector()
        figures = dict.fromkeys(f for f in (self.amount, self.weighted) if f)
        for name in dict.fromkeys(
            (*self.group_by, self._label, self._detail, *figures, *self.fields_read, *self.shown_by)
        ):
            if name not in fields:
                faults.add(UnknownFieldError.of(name, fields))
        if self._label in fields and not isinstance(fields[self._label], StringType):
            faults.add(FieldTypeError(f"{self._label!r} is {name_of(fields[self._label])}"))
        for name in figures:
            if name in fields and not is_numeric(fields[name]):
                faults.add(FieldTypeError(f"{name!r} is {name_of(fields[name])}"))
        with faults.collect():
            self._check_parameters(self.parameters)
        return faults

    def _check_parameters(self, parameters: ParameterSet) -> None:
        """Raise ``ParameterSetError`` where the set asks for more than the operator is given."""

    def _row_type(self, fields: Mapping[str, DataType]) -> DecimalType:
        """Return the type of one row's weighted amount."""
        own = as_decimal(fields[self._figure])
        if self.weighted:
            return own
        return decimal_type(integer_digits(own) + 1, own.scale + 4, what="the weighted amount")

    def _money(self, fields: Mapping[str, DataType]) -> DecimalType:
        """Return the type of all amounts that come out."""
        digits = integer_digits(sum_type(self._row_type(fields))) + 1
        return decimal_type(digits, self.scale, what=f"an amount of the {self.kind.upper()}")

    def _rounded(self, fields: Mapping[str, DataType]) -> Rounded:
        """Return how an amount is rounded, half up, at the declared scale."""
        money, scale = self._money(fields), Literal(Decimal(self.scale))
        return lambda amount: cast_to(Call("round", (amount, scale)), money)

    def _weighing(self, fields: Mapping[str, DataType]) -> Expression:
        """Return a row's weighted amount; without one the calculation stops."""
        figure, row_type = Field(self._figure), self._row_type(fields)
        amount: Expression = figure
        if not self.weighted:
            weights = {code: str(int(own.scaleb(4))) for code, own in self._weights().items()}
            place, lines = _looked_up(self._label, weights, "0")
            units = Call("*", (Call("entry", (lines, place)), Literal(Decimal("0.0001"))))
            stop = refusing("a category without a weight", _WEIGHT)
            weight = Call("case", (_known(place), cast_to(units, _WEIGHT), stop))
            amount = cast_to(Call("*", (figure, weight)), row_type)
        return Call("coalesce", (amount, refusing("no amount", row_type)))

    def _sectioning(self) -> Expression:
        """Return where a row counts; where it has no section the calculation stops."""
        place, lines = _looked_up(self._label, self._sections(), "")
        stop = refusing("unknown section or category", StringType())
        return Call("case", (_known(place), Call("choose", (place, lines)), stop))

    def _sections(self) -> dict[str, str]:
        """Return the section of every label that a row may have."""
        if self.section:
            return {name.value: name.value for name in self.counted}
        counted = {c.code: c.section.value for c in self.parameters.categories
                   if c.section in self.counted}  # fmt: skip
        return {**counted, OUT_OF_SCOPE: OUT_OF_SCOPE, UNCLASSIFIED: UNCLASSIFIED}

    def _weights(self) -> dict[str, Decimal]:
        """Return the weight of every label that has one."""
        weights = {
            category.code: category.weight
            for category in self.parameters.categories
            if category.weight is not None and category.section in self.counted
        }
        return {**weights, OUT_OF_SCOPE: Decimal(0), UNCLASSIFIED: Decimal(0)}

    def _section_sums(self, fields: Mapping[str, DataType]) -> tuple[GroupSum, ...]:
        """Return the count of rows, of unclassified ones, and each section's weighted amount."""
        section, weighing = self._sectioning(), self._weighing(fields)
        unknown: tuple[GroupSum, ...] = ()
        if not self.section:
            one = Literal(Decimal(1))
            unclassified = Call("case", (one_of(self._label, [UNCLASSIFIED]), one, NOTHING))
            unknown = (GroupSum(UNKNOWN_ROWS, "sum", unclassified),)
        return (
            GroupSum(ROWS, "count"),
            *unknown,
            *(
                GroupSum(
                    f"__{name.value}",
                    "sum",
                    Call("case", (Call("=", (section, Literal(name.value))), weighing, NOTHING)),
                )
                for name in self.counted
            ),
        )

    def _status(self, ratio: str, defined: Expression, undefined: str) -> Expression:
        """Return what is to be known of a ratio: whether it is defined, and of all rows."""
        found: list[Expression] = [Call("not", (defined,)), Literal(undefined)]
        if not self.section:
            missing = Call(">", (Field(UNKNOWN_ROWS), Literal(Decimal(0))))
            found += [missing, Literal(f"incomplete: rows without a category for the {ratio}")]
        return Call("case", (*found, Literal("defined")))

    def origins(self, context: Context, output: StructType, *inputs: StructType) -> Origins:
        """Return the group's fields; figures follow from the amounts, by section or category."""
        del context, inputs
        groups = tuple(Origin(0, name, "condition") for name in self.group_by)
        table = f"parameters {self.parameter_set!r}"
        read = dict.fromkeys((self._figure, *self.fields_read))
        figures: tuple[Origin, ...] = (
            *(Origin(0, name, "aggregated") for name in read),
            Origin(0, self._label, "condition"),
        )
        if not self.section:
            figures += (Origin(table, "section", "condition"),)
        if not self.weighted:
            figures += (Origin(table, "weight", "reference"),)
        known = unchanged(self.group_by)
        for name in output.fieldNames():
            if name not in self.group_by:
                known[name] = groups if name == "rows" else distinct(figures, groups)
        return known

    def disclosed(self, rows: DataFrame) -> DataFrame:
        """Return the sums of ``amount`` and ``weighted_amount`` by group, category, ``shown_by``.

        Raises ``OperatorParameterError`` where the operator isn't given category and amount.
        """
        if not self.category or not self.amount:
            raise OperatorParameterError(
                f"the {self.kind.upper()} is calculated without category and amount, "
                "by which a disclosure has its rows",
                where=self.kind,
                hint="give the operator both",
            )
        fields = fields_of_schema(rows.schema)
        names = [F.col(quoted(name)) for name in (*self.group_by, self.category, *self.shown_by)]
        sums = (
            GroupSum("amount", "sum", Field(self.amount)),
            GroupSum(WEIGHTED, "sum", self._weighing(fields)),
        )
        return rows.groupBy(*names).agg(*(own.column(fields) for own in sums))

    def contributions(self, context: Context, rows: DataFrame) -> DataFrame:
        """Return group, ``section``, ``category`` and the sum ``weighted_amount`` of each."""
        del context
        fields = fields_of_schema(rows.schema)
        if not self.section:
            rows = rows.filter(~F.col(quoted(self._label)).isin(OUT_OF_SCOPE, UNCLASSIFIED))
        section = type_expression(self._sectioning(), fields).column()
        weighted = GroupSum(WEIGHTED, "sum", self._weighing(fields))
        names = [F.col(quoted(name)) for name in self.group_by]
        label = F.col(quoted(self._detail)).alias("category")
        grouped = rows.groupBy(*names, section.alias("section"), label)
        return grouped.agg(weighted.column(fields))

    def diagnose(self, context: Context, *inputs: DataFrame) -> LiqbenchError | None:
        """Return which categories, sections or amounts stopped the calculation."""
        del context
        rows, label = inputs[0], F.col(quoted(self._label))
        known = set(self._sections())
        if not self.weighted:
            known = set(self._weights())
        strange = rows.filter(label.isNull() | ~label.isin(sorted(known)))
        if count := strange.count():
            shown = examples(strange.select(self._label).distinct(), [self._label])
            return ParameterSetError(
                f"{count:,} rows have no weight or section in parameter set "
                f"{self.parameter_set!r}, such as {shown}",
                hint="correct the category, or give its weight (national discretion) yourself",
            )
        empty = rows.filter(F.col(quoted(self._figure)).isNull())
        if count := empty.count():
            shown = examples(empty, [*self.group_by, self._label])
            return ParameterSetError(f"{count:,} rows have no {self._figure!r}, such as {shown}")
        return None

    def _output(
        self, fields: Mapping[str, DataType], figures: Mapping[str, DataType]
    ) -> StructType:
        own = [StructField(name, fields[name]) for name in self.group_by]
        added = [StructField(name, dtype) for name, dtype in figures.items()]
        return StructType([*own, *added, StructField("rows", LongType())])

    def _check_ratio(self, fields: Mapping[str, DataType]) -> None:
        """Raise ``PrecisionError`` where the ratio can't be had within 38 digits."""
        money = self._money(fields)
        check_digits(money, money, self.ratio_scale)


def _looked_up(field: str, values: Mapping[str, str], nothing: str) -> tuple[Expression, Literal]:
    """Return the place of a field's text among those that have a value, and the values.

    A look-up instead of a branch for every text: sums ask for it again and again.
    """
    place = Call("place", (Field(field), Literal("\n".join(values))))
    return place, Literal("\n".join([nothing, nothing, *values.values()]))


def _known(place: Expression) -> Expression:
    """Return whether the place is one of a text in the list: no null, and none besides."""
    return Call(">", (place, Literal(Decimal(1))))


def one_of(field: str, codes: list[str]) -> Expression:
    """Return the condition that a field has one of these values."""
    return Call("in", (Field(field), *map(Literal, codes)))
