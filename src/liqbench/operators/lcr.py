"""The liquidity coverage ratio per group (BCBS 238): HQLA under its caps over net outflows."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

import pydantic
from pydantic import model_validator
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import (
    BooleanType,
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
    ParameterSetError,
    UnknownFieldError,
)
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
from liqbench.operators.expressions.formula import Formula, cast_to, quotient
from liqbench.operators.expressions.ratio import check_digits, ratio_type
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
from liqbench.regulation import Section, cap_hqla, load_parameters
from liqbench.regulation.hqla import COMMON_MULTIPLE

WEIGHTED = "weighted_amount"
_MULTIPLE_TYPE = DecimalType(3, 0)
_QUARTERS = DecimalType(2, 2)
_WEIGHT = DecimalType(5, 4)
_LEVELS = {Section.L1: "level_1", Section.L2A: "level_2a", Section.L2B: "level_2b"}
_MONEY = (
    *_LEVELS.values(),
    "adjustment_15",
    "adjustment_40",
    "hqla",
    "outflows",
    "inflows",
    "capped_inflows",
    "net_outflows",
)


class LcrOperator(GroupOperator):
    """The LCR of every group, from rows that carry a category or section and an amount.

    ``section`` holds L1, L2A, L2B, OUTFLOW or INFLOW; without it ``category`` holds a code of
    ``parameter_set``, which gives the section, and the weight where ``amount`` is to be weighted
    here. HQLA amounts are market values before haircut in ``amount``, after it in ``weighted``.

    Output, in the currency of the input: ``level_1``, ``level_2a``, ``level_2b``,
    ``adjustment_15``, ``adjustment_40``, ``hqla``, ``outflows``, ``inflows``, ``capped_inflows``
    (75 % of outflows at most, paragraph 69), ``net_outflows``, ``inflow_cap_binds``, ``lcr``
    (a ratio, ``ratio_scale`` digits), ``lcr_status`` and the count of ``rows``. Without net
    outflows the LCR is undefined, not infinite, and null.

    Rounded half up: the levels and flows at ``scale`` once they are summed; then the capped HQLA
    (Annex 1) and inflows, so that everybody gets the same ratio from the printed figures.
    """

    kind: ClassVar[str] = "lcr"

    group_by: tuple[str, ...] = pydantic.Field(min_length=1)
    category: str | None = None
    section: str | None = None
    amount: str | None = None
    weighted: str | None = None
    parameter_set: str = "basel"
    scale: int = pydantic.Field(default=4, ge=0, le=8)
    ratio_scale: int = pydantic.Field(default=6, ge=2, le=12)

    @model_validator(mode="after")
    def _check_choices(self) -> LcrOperator:
        if not self.category and not self.section:
            raise ValueError("give a section, or a category that has one in the parameter set")
        if bool(self.amount) == bool(self.weighted):
            raise ValueError("give either amount (to be weighted here) or weighted")
        if self.amount and self.section:
            raise ValueError("an amount is weighted by its category; leave out section")
        return self

    def sources(self) -> tuple[Source, ...]:
        """Return the parameter set, where it is used."""
        return () if self.section else (Source(format="parameters", name=self.parameter_set),)

    def outputs(self, context: Context, *schemas: StructType) -> StructType:
        """Return the group's fields and those of the LCR."""
        del context
        faults = FaultCollector()
        fields = fields_of_schema(schemas[0])
        for name in dict.fromkeys((*self.group_by, self._label, self._detail, self._figure)):
            if name not in fields:
                faults.add(UnknownFieldError.of(name, fields))
        if self._label in fields and not isinstance(fields[self._label], StringType):
            faults.add(FieldTypeError(f"{self._label!r} is {name_of(fields[self._label])}"))
        if self._figure in fields and not is_numeric(fields[self._figure]):
            faults.add(FieldTypeError(f"{self._figure!r} is {name_of(fields[self._figure])}"))
        with faults.collect():
            load_parameters(self.parameter_set)
        faults.raise_all()
        money = self._money(fields)
        check_digits(money, money, self.ratio_scale)
        check_digits(_folded(money), _MULTIPLE_TYPE, self.scale)
        result = [StructField(name, fields[name]) for name in self.group_by]
        result += [StructField(name, money) for name in _MONEY]
        result += [
            StructField("inflow_cap_binds", BooleanType()),
            StructField("lcr", ratio_type(self.ratio_scale)),
            StructField("lcr_status", StringType()),
            StructField("rows", LongType()),
        ]
        return StructType(result)

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

    def _row_type(self, fields: dict[str, DataType]) -> DecimalType:
        """Return the type of one row's weighted amount."""
        own = as_decimal(fields[self._figure])
        if self.weighted:
            return own
        return decimal_type(integer_digits(own) + 1, own.scale + 4, what="the weighted amount")

    def _sum_type(self, fields: dict[str, DataType]) -> DecimalType:
        return sum_type(self._row_type(fields))

    def _money(self, fields: dict[str, DataType]) -> DecimalType:
        """Return the type of all amounts that come out."""
        digits = integer_digits(self._sum_type(fields)) + 1
        return decimal_type(digits, self.scale, what="an amount of the LCR")

    def _weighted(self, fields: dict[str, DataType]) -> Expression:
        """Return a row's weighted amount; without one the calculation stops."""
        figure, row_type = Field(self._figure), self._row_type(fields)
        amount: Expression = figure
        if not self.weighted:
            branches: list[Expression] = []
            for weight, codes in self._weights().items():
                branches += [_one_of(self._label, codes), Literal(weight)]
            stop = refusing("a category without a weight", _WEIGHT)
            amount = Call("*", (figure, Call("case", (*branches, stop))))
            amount = cast_to(amount, row_type)
        return Call("coalesce", (amount, refusing("no amount", row_type)))

    def _section(self) -> Expression:
        """Return where a row counts; where it has no section the calculation stops."""
        branches: list[Expression] = []
        known = self._sections()
        for section in Section:
            codes = [code for code, own in known.items() if own is section]
            branches += [_one_of(self._label, codes), Literal(section.value)]
        return Call("case", (*branches, refusing("unknown section or category", StringType())))

    def _sections(self) -> dict[str, Section]:
        if self.section:
            return {name.value: name for name in Section}
        return {c.code: c.section for c in load_parameters(self.parameter_set).categories}

    def _weights(self) -> dict[Decimal, list[str]]:
        weights: dict[Decimal, list[str]] = {}
        for category in load_parameters(self.parameter_set).categories:
            if category.weight is not None:
                weights.setdefault(category.weight, []).append(category.code)
        return weights

    def origins(self, context: Context, output: StructType, *inputs: StructType) -> Origins:
        """Return the group's fields; figures follow from the amounts, by section or category."""
        del context, inputs
        groups = tuple(Origin(0, name, "condition") for name in self.group_by)
        figures: tuple[Origin, ...] = (
            Origin(0, self._figure, "aggregated"),
            Origin(0, self._label, "condition"),
        )
        if not self.section:
            figures += (Origin(f"parameters {self.parameter_set!r}", "section", "condition"),)
        if not self.weighted:
            figures += (Origin(f"parameters {self.parameter_set!r}", "weight", "reference"),)
        known = unchanged(self.group_by)
        for name in output.fieldNames():
            if name not in self.group_by:
                known[name] = groups if name == "rows" else distinct(figures, groups)
        return known

    def sums(self, schema: StructType) -> tuple[GroupSum, ...]:
        """Return the count of rows and the weighted amount of each section."""
        fields = fields_of_schema(schema)
        section, weighted = self._section(), self._weighted(fields)
        nothing = Literal(Decimal(0))
        of_sections = (
            GroupSum(
                f"__{name.value}",
                "sum",
                Call("case", (Call("=", (section, Literal(name.value))), weighted, nothing)),
            )
            for name in Section
        )
        return (GroupSum(ROWS, "count"), *of_sections)

    def finish(self, schema: StructType) -> Mapping[str, Expression]:
        """Return the levels, caps and flows in order, then the ratio."""
        money = self._money(fields_of_schema(schema))
        scale = Literal(Decimal(self.scale))

        def rounded(amount: Expression) -> Expression:
            return cast_to(Call("round", (amount, scale)), money)

        fold = _folded(money)
        steps: dict[str, Expression] = {}

        def named(name: str, step: Formula) -> Formula:
            # Spark Connect takes no formula that is nested deeper than its messages may be.
            steps[f"__{name}"] = step.expression
            return Formula(Field(f"__{name}"), step.dtype)

        levels = {name: rounded(Field(f"__{own.value}")) for own, name in _LEVELS.items()}
        stock = cap_hqla(
            *(Formula(cast_to(Field(name), fold), fold) for name in levels),
            greatest=Formula.greatest,
            named=named,
        )
        multiple = Literal(Decimal(COMMON_MULTIPLE))

        def unfolded(amount: Formula) -> Expression:
            return quotient(amount.expression, multiple, money)

        outflows, inflows = Field("outflows"), Field("inflows")
        cap = rounded(Call("*", (outflows, Literal(Decimal("0.75")))))
        defined = Call(">", (Field("net_outflows"), Literal(Decimal(0))))
        ratio = quotient(Field("hqla"), Field("net_outflows"), ratio_type(self.ratio_scale))
        undefined = Literal("undefined: no net outflows")
        return {
            **levels,
            "outflows": rounded(Field(f"__{Section.OUTFLOW.value}")),
            "inflows": rounded(Field(f"__{Section.INFLOW.value}")),
            **steps,
            "adjustment_15": unfolded(stock.adjustment_15),
            "adjustment_40": unfolded(stock.adjustment_40),
            "hqla": unfolded(stock.hqla),
            "capped_inflows": Call("least", (inflows, cap)),
            "inflow_cap_binds": Call(">", (inflows, cap)),
            "net_outflows": Call("-", (outflows, Field("capped_inflows"))),
            "lcr": Call("case", (defined, ratio, Literal(None))),
            "lcr_status": Call("case", (defined, Literal("defined"), undefined)),
            "rows": Field(ROWS),
        }

    def contributions(self, context: Context, rows: DataFrame) -> DataFrame:
        """Return group, ``section``, ``category`` and the sum ``weighted_amount`` of each."""
        del context
        fields = fields_of_schema(rows.schema)
        section = type_expression(self._section(), fields).column()
        weighted = GroupSum(WEIGHTED, "sum", self._weighted(fields))
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
            known = {code for codes in self._weights().values() for code in codes}
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


def _one_of(field: str, codes: list[str]) -> Expression:
    return Call("in", (Field(field), *map(Literal, codes)))


def _folded(money: DecimalType) -> DecimalType:
    """Return the type of the 204-fold amounts of the caps."""
    return decimal_type(integer_digits(money) + 4, money.scale, what="the HQLA caps")
