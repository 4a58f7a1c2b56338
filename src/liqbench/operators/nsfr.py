"""The net stable funding ratio per group: available over required stable funding (BCBS 295)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar, Self

import pydantic
from pydantic import model_validator
from pyspark.sql.types import DataType, StringType, StructType

from liqbench.model.forms import FieldName
from liqbench.operators.base import Context
from liqbench.operators.expressions import Call, Expression, Field, Literal, fields_of_schema
from liqbench.operators.expressions.formula import cast_to, quotient
from liqbench.operators.expressions.ratio import ratio_type
from liqbench.operators.grouping import ROWS, GroupSum
from liqbench.operators.weighing import NOTHING, RatioFigures, WeighingOperator, one_of
from liqbench.regulation import Section

_ASSETS, _LIABILITIES = "derivative_assets", "derivative_liabilities"


class NsfrOperator(WeighingOperator):
    """The NSFR of every group, from rows that carry a category and an amount.

    ``category`` holds a code of ``parameter_set``, which gives side and factor. ``amount`` is the
    carrying value; ``weighted`` the amount times its factor, where that is calculated before.
    Derivative assets and liabilities, net by netting set, count net of each other: what assets
    are above liabilities is required stable funding (BCBS 295, 19-20 and 34-35). Rows of category
    OUT_OF_SCOPE don't count; UNCLASSIFIED ones don't either, and make the NSFR incomplete.
    ``maturity`` names the field of the residual maturity (open, lt_6m, 6m_to_lt_1y or ge_1y), by
    which LIQ2 has its columns.

    Output, in the currency of the input: ``asf``, ``rsf``, ``net_derivative_assets`` (in ``rsf``
    times their factor), ``nsfr`` (a ratio, ``ratio_scale`` digits), ``nsfr_status`` and the count
    of ``rows``. Without required stable funding the NSFR is undefined and null. Rounded half up:
    the amounts at ``scale`` once they are summed, then the ratio.
    """

    kind: ClassVar[str] = "nsfr"
    figures: ClassVar[RatioFigures] = RatioFigures(
        ratio="nsfr",
        available="asf",
        required="rsf",
        surplus="surplus",
        titles={"nsfr": "NSFR", "asf": "ASF", "rsf": "RSF", "surplus": "surplus"},
    )

    maturity: FieldName | None = pydantic.Field(
        default=None, description="holds the residual maturity, for LIQ2"
    )

    @model_validator(mode="after")
    def _check_choices(self) -> Self:
        if not self.category:
            raise ValueError("give the category, which has a side and a factor")
        if self.section:
            raise ValueError("the side follows from the category; leave out section")
        if not self.amount:
            raise ValueError("give amount, by which derivatives are netted")
        return self

    @property
    def counted(self) -> tuple[Section, ...]:
        """The two sides."""
        return (Section.ASF, Section.RSF)

    @property
    def fields_read(self) -> tuple[str, ...]:
        """The amounts by which derivatives are netted."""
        return (str(self.amount),)

    @property
    def shown_by(self) -> tuple[str, ...]:
        """The deciding rule and the residual maturity."""
        return (*super().shown_by, *((self.maturity,) if self.maturity else ()))

    def outputs(self, context: Context, *schemas: StructType) -> StructType:
        """Return the group's fields and those of the NSFR."""
        del context
        fields = fields_of_schema(schemas[0])
        self._check_fields(fields).raise_all()
        self._check_ratio(fields)
        money = self._money(fields)
        figures: dict[str, DataType] = dict.fromkeys(("asf", "rsf", "net_derivative_assets"), money)
        figures |= {"nsfr": ratio_type(self.ratio_scale), "nsfr_status": StringType()}
        return self._output(fields, figures)

    def _codes(self, role: str) -> list[str]:
        return [each.code for each in self.parameters.categories if each.role == role]

    def _sections(self) -> dict[str, str]:
        """Return the sides; derivatives have none of their own, as they count net."""
        netted = [*self._codes(_ASSETS), *self._codes(_LIABILITIES)]
        return {**super()._sections(), **dict.fromkeys(netted, "DERIVATIVES")}

    def sums(self, schema: StructType) -> tuple[GroupSum, ...]:
        """Return the count of rows, each side's weighted amount, and derivatives by amount."""
        amount = Field(str(self.amount))
        netted = (
            GroupSum(
                f"__{role}",
                "sum",
                Call("case", (one_of(self._label, self._codes(role)), amount, NOTHING)),
            )
            for role in (_ASSETS, _LIABILITIES)
        )
        return (*self._section_sums(fields_of_schema(schema)), *netted)

    def finish(self, schema: StructType) -> Mapping[str, Expression]:
        """Return net derivatives, both sides, and the ratio."""
        fields = fields_of_schema(schema)
        rounded, money = self._rounded(fields), self._money(fields)
        excess = Call("-", (Field(f"__{_ASSETS}"), Field(f"__{_LIABILITIES}")))
        (factor,) = {
            each.weight or Decimal(0) for each in self.parameters.categories if each.role == _ASSETS
        }
        required = Call("*", (Field("net_derivative_assets"), Literal(factor)))
        defined = Call(">", (Field("rsf"), NOTHING))
        ratio = quotient(Field("asf"), Field("rsf"), ratio_type(self.ratio_scale))
        total = Call("+", (rounded(Field(f"__{Section.RSF.value}")), rounded(required)))
        return {
            "asf": rounded(Field(f"__{Section.ASF.value}")),
            "net_derivative_assets": rounded(Call("greatest", (excess, NOTHING))),
            "rsf": cast_to(total, money),
            "nsfr": Call("case", (defined, ratio, Literal(None))),
            "nsfr_status": self._status("NSFR", defined, "undefined: no required stable funding"),
            "rows": Field(ROWS),
        }
