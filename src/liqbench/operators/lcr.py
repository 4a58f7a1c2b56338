"""The liquidity coverage ratio per group: HQLA under its caps over net outflows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

import pydantic
from pydantic import model_validator
from pyspark.sql.types import (
    BooleanType,
    DataType,
    DecimalType,
    StringType,
    StructType,
)

from liqbench.errors import FaultCollector, FieldTypeError, ParameterSetError
from liqbench.model._values import FrozenModel
from liqbench.model.forms import FieldName
from liqbench.operators.base import Context
from liqbench.operators.expressions import Expression, Field, fields_of_schema
from liqbench.operators.expressions.ratio import check_digits, ratio_type
from liqbench.operators.expressions.types import is_numeric, name_of
from liqbench.operators.grouping import ROWS, GroupSum
from liqbench.operators.lcr_steps import LcrSteps, day_sums, folded, unwind_sums
from liqbench.operators.weighing import RatioFigures, WeighingOperator
from liqbench.regulation import INFLOWS, LEVELS, ParameterSet, Section


class Unwinding(FrozenModel):
    """What unwinding a row's trade does to the stock of HQLA.

    ``level`` names the field that holds the level that changes (null: none; cash is L1),
    ``amount`` the field by how much it does, after haircut: minus what the trade brought in,
    plus what it gave away.
    """

    level: FieldName = pydantic.Field(
        min_length=1, description="holds the level of HQLA that changes"
    )
    amount: FieldName = pydantic.Field(min_length=1, description="by how much, after haircut")


class LcrOperator(WeighingOperator):
    """The LCR of every group, from rows that carry a category or section and an amount.

    ``section`` holds L1, L2A, L2B, OUTFLOW or INFLOW; without it ``category`` holds a code of
    ``parameter_set`` (a packaged set's name, or the path of a bank's own), which gives the
    section, and the weight where ``amount`` is to be weighted here. HQLA amounts are market
    values before haircut in ``amount``, after it in ``weighted``; with both, ``weighted`` counts,
    and ``amount`` is what a disclosure shows as unweighted. Rows of category OUT_OF_SCOPE
    don't count; rows that are UNCLASSIFIED don't either, and make the LCR incomplete.

    ``unwind``: the rows' part in unwinding secured funding, secured lending and collateral swaps
    within 30 days; the caps are then taken on the stock that would be left. ``day``: the day on
    which a row's flow is due, 1 to 30, or null for an open maturity; needed where the parameter
    set has a maturity mismatch add-on (US).

    Output, in the currency of the input: ``level_1``, ``level_2a``, ``level_2b``,
    ``adjustment_15``, ``adjustment_40``, ``hqla``, ``outflows``, ``inflows``, ``capped_inflows``
    (75 % of outflows at most, paragraph 69), ``net_outflows``, ``inflow_cap_binds``, ``lcr``
    (a ratio, ``ratio_scale`` digits), ``lcr_status`` and the count of ``rows``; further, with
    ``unwind``, ``unwound_level_1`` and so on; in the EU form ``covered_bonds`` (of Level 1, not
    in ``level_1``), ``covered_bond_excess``, ``inflows_90`` and ``inflows_exempt`` (not in
    ``inflows``); in the US ``mismatch_add_on``. Without net outflows the LCR is undefined, not
    infinite, and null.

    Rounded half up: the levels and flows at ``scale`` once they are summed; then the capped HQLA
    (Annex 1) and inflows, so that everybody gets the same ratio from the printed figures.
    """

    kind: ClassVar[str] = "lcr"
    figures: ClassVar[RatioFigures] = RatioFigures(
        ratio="lcr",
        available="hqla",
        required="net_outflows",
        surplus="liquidity",
        titles={
            "lcr": "LCR",
            "hqla": "HQLA",
            "net_outflows": "net outflows",
            "liquidity": "liquidity",
        },
    )

    unwind: Unwinding | None = pydantic.Field(
        default=None, description="what unwinding trades within 30 days does to the HQLA"
    )
    day: FieldName | None = pydantic.Field(
        default=None, description="holds the day on which a flow is due, 1 to 30"
    )

    @model_validator(mode="after")
    def _check_choices(self) -> Self:
        if not self.amount and not self.weighted:
            raise ValueError("give amount (to be weighted here), weighted, or both")
        if not self.weighted and self.section:
            raise ValueError("an amount is weighted by its category; leave out section")
        if self.day and not self.category:
            raise ValueError("which flows are dated follows from their category; give it")
        return self

    @property
    def levels(self) -> tuple[Section, ...]:
        """The levels of HQLA that the parameter set's form knows."""
        bonds = self.parameters.method.hqla.form == "eu"
        return tuple(own for own in LEVELS if bonds or own is not Section.L1CB)

    @property
    def inflow_sections(self) -> tuple[Section, ...]:
        """The inflows by their caps."""
        partly = self.parameters.method.partly_capped_inflow_cap is not None
        return INFLOWS if partly else (Section.INFLOW,)

    @property
    def counted(self) -> tuple[Section, ...]:
        """The sections that are summed."""
        return (*self.levels, Section.OUTFLOW, *self.inflow_sections)

    @property
    def fields_read(self) -> tuple[str, ...]:
        """The fields of the unwinding and the day."""
        unwinding = (self.unwind.level, self.unwind.amount) if self.unwind else ()
        return (*unwinding, *((self.day,) if self.day else ()))

    @property
    def dated(self) -> tuple[str, ...]:
        """The categories whose flows have a day, where there is an add-on for that."""
        mismatch = self.parameters.method.mismatch
        return mismatch.codes if mismatch and self.day else ()

    def outputs(self, context: Context, *schemas: StructType) -> StructType:
        """Return the group's fields and those of the LCR."""
        del context
        fields = fields_of_schema(schemas[0])
        faults = self._check_fields(fields)
        self._check_own(fields, faults)
        faults.raise_all()
        money = self._money(fields)
        self._check_ratio(fields)
        check_digits(folded(money, self.parameters.method), DecimalType(9, 0), self.scale)
        figures: dict[str, DataType] = dict.fromkeys(self._steps(fields).amounts(), money)
        figures |= {
            "inflow_cap_binds": BooleanType(),
            "lcr": ratio_type(self.ratio_scale),
            "lcr_status": StringType(),
        }
        return self._output(fields, figures)

    def _check_own(self, fields: Mapping[str, DataType], faults: FaultCollector) -> None:
        if self.unwind:
            level, amount = self.unwind.level, self.unwind.amount
            if level in fields and not isinstance(fields[level], StringType):
                faults.add(FieldTypeError(f"{level!r} is {name_of(fields[level])}"))
            if amount in fields and not is_numeric(fields[amount]):
                faults.add(FieldTypeError(f"{amount!r} is {name_of(fields[amount])}"))
        if self.day and self.day in fields and not is_numeric(fields[self.day]):
            faults.add(
                FieldTypeError(
                    f"{self.day!r} is {name_of(fields[self.day])}",
                    hint="give the number of days from the as-of date",
                )
            )

    def _check_parameters(self, parameters: ParameterSet) -> None:
        if parameters.method.mismatch and not self.section and not self.day:
            raise ParameterSetError(
                f"parameter set {self.parameter_set!r} has a maturity mismatch add-on, for "
                "which the day of a flow is needed",
                hint="name the field in 'day'",
            )

    def sums(self, schema: StructType) -> tuple[GroupSum, ...]:
        """Return the count of rows and the weighted amount of each section."""
        fields = fields_of_schema(schema)
        found = self._section_sums(fields)
        if self.unwind:
            found += unwind_sums(self.unwind.level, self.unwind.amount, self.levels)
        if self.dated:
            flows = self._sectioning(), self._weighing(fields)
            found += day_sums(str(self.day), str(self.category), self.dated, *flows)
        return found

    def _steps(self, fields: Mapping[str, DataType]) -> LcrSteps:
        return LcrSteps(
            method=self.parameters.method,
            levels=self.levels,
            inflow_sections=self.inflow_sections,
            unwinds=self.unwind is not None,
            dated=bool(self.dated),
            money=self._money(fields),
            ratio=ratio_type(self.ratio_scale),
            rounded=self._rounded(fields),
        )

    def finish(self, schema: StructType) -> Mapping[str, Expression]:
        """Return the levels, caps and flows in order, then the ratio."""
        steps = self._steps(fields_of_schema(schema))
        status = self._status("LCR", steps.is_defined, "undefined: no net outflows")
        return {**steps.expressions(), "lcr_status": status, "rows": Field(ROWS)}
