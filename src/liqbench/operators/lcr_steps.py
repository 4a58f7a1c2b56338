"""The steps from the sums of sections to the LCR: levels, caps, flows, ratio."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from pyspark.sql.types import DecimalType, StringType

from liqbench.operators.expressions import Call, Expression, Field, Literal, refusing
from liqbench.operators.expressions.formula import Formula, cast_to, quotient
from liqbench.operators.expressions.types import decimal_type, integer_digits
from liqbench.operators.grouping import GroupSum
from liqbench.regulation import (
    NO_CATEGORY,
    Arithmetic,
    Levels,
    Method,
    Section,
    cap_hqla,
    multiple_of,
)

LEVEL_NAMES: Mapping[Section, str] = {
    Section.L1: "level_1",
    Section.L1CB: "covered_bonds",
    Section.L2A: "level_2a",
    Section.L2B: "level_2b",
}
DAYS = 30  # of stress
_INFLOW_NAMES = {
    Section.INFLOW: "inflows",
    Section.INFLOW_90: "inflows_90",
    Section.INFLOW_EXEMPT: "inflows_exempt",
}
_ZERO, _ONE = Literal(Decimal(0)), Literal(Decimal(1))


def folded(money: DecimalType, method: Method) -> DecimalType:
    """Return the type of the manifold amounts of the caps."""
    more = len(str(multiple_of(method))) + 1
    return decimal_type(integer_digits(money) + more, money.scale, what="the HQLA caps")


def unwind_sums(level: str, amount: str, levels: tuple[Section, ...]) -> tuple[GroupSum, ...]:
    """Return by how much unwinding changes each level; an unknown level stops the calculation."""
    codes = (Literal(name) for name in (*(own.value for own in levels), *NO_CATEGORY))
    known = Call("or", (Call("is null", (Field(level),)), Call("in", (Field(level), *codes))))
    stop = refusing("an unknown level to unwind", StringType())
    checked = Call("case", (known, Field(level), stop))
    return tuple(
        GroupSum(
            f"__unwound_{own.value}",
            "sum",
            Call("case", (Call("=", (checked, Literal(own.value))), Field(amount), _ZERO)),
        )
        for own in levels
    )


def day_sums(
    day: str, category: str, dated: tuple[str, ...], section: Expression, weighted: Expression
) -> tuple[GroupSum, ...]:
    """Return the outflows less inflows due on each day; an open maturity is due on day one."""
    due = Call("coalesce", (Field(day), _ONE))
    due = Call("case", (Call("<", (due, _ONE)), _ONE, due))
    signed = Call(
        "case",
        (
            Call("=", (section, Literal(Section.OUTFLOW.value))),
            weighted,
            Call("-", (_ZERO, weighted)),
        ),
    )
    is_dated = Call("in", (Field(category), *map(Literal, dated)))
    return tuple(
        GroupSum(
            f"__day_{number}",
            "sum",
            Call(
                "case",
                (
                    Call("and", (is_dated, Call("=", (due, Literal(Decimal(number)))))),
                    signed,
                    _ZERO,
                ),
            ),
        )
        for number in range(1, DAYS + 1)
    )


@dataclass(frozen=True)
class LcrSteps:
    """How the LCR of a method follows from the sums; see ``LcrOperator`` for the names."""

    method: Method
    levels: tuple[Section, ...]
    inflow_sections: tuple[Section, ...]
    unwinds: bool
    dated: bool
    money: DecimalType
    ratio: DecimalType
    rounded: Callable[[Expression], Expression]

    def amounts(self) -> tuple[str, ...]:
        """Return the names of all amounts that come out, in order."""
        levels = [LEVEL_NAMES[own] for own in self.levels]
        unwound = [f"unwound_{name}" for name in levels] if self.unwinds else []
        bonds = ["covered_bond_excess"] if Section.L1CB in self.levels else []
        inflows = [_INFLOW_NAMES[own] for own in self.inflow_sections]
        add_on = ["mismatch_add_on"] if self.dated else []
        return (
            *levels,
            *unwound,
            "adjustment_15",
            "adjustment_40",
            *bonds,
            "hqla",
            "outflows",
            *inflows,
            "capped_inflows",
            *add_on,
            "net_outflows",
        )

    @property
    def is_defined(self) -> Expression:
        """Whether there is anything to cover."""
        return Call(">", (Field("net_outflows"), _ZERO))

    def expressions(self) -> dict[str, Expression]:
        """Return every step in order; what is only on the way begins with two underscores."""
        found = {LEVEL_NAMES[own]: self.rounded(Field(f"__{own.value}")) for own in self.levels}
        if self.unwinds:
            found |= {
                f"unwound_{LEVEL_NAMES[own]}": Call(
                    "+",
                    (Field(LEVEL_NAMES[own]), self.rounded(Field(f"__unwound_{own.value}"))),
                )
                for own in self.levels
            }
        found["outflows"] = self.rounded(Field(f"__{Section.OUTFLOW.value}"))
        for own in self.inflow_sections:
            found[_INFLOW_NAMES[own]] = self.rounded(Field(f"__{own.value}"))
        found |= self._capped_stock()
        found |= self._capped_inflows()
        found |= self._net_outflows()
        covered = quotient(Field("hqla"), Field("net_outflows"), self.ratio)
        found["lcr"] = Call("case", (self.is_defined, covered, Literal(None)))
        return found

    def _capped_stock(self) -> dict[str, Expression]:
        fold = folded(self.money, self.method)
        steps: dict[str, Expression] = {}

        def named(name: str, step: Formula) -> Formula:
            # Spark Connect takes no formula that is nested deeper than its messages may be.
            steps[f"__{name}"] = step.expression
            return Formula(Field(f"__{name}"), step.dtype)

        def of_levels(prefix: str) -> Levels:
            found = {
                name: Formula(cast_to(Field(f"{prefix}{name}"), fold), fold)
                for own, name in LEVEL_NAMES.items()
                if own in self.levels
            }
            return Levels(**found)

        stock = cap_hqla(
            of_levels(""),
            self.method,
            unwound=of_levels("unwound_") if self.unwinds else None,
            by=Arithmetic(Formula.greatest, Formula.pick, named),
        )
        multiple = Literal(Decimal(stock.multiple))

        def once(amount: Formula) -> Expression:
            return quotient(amount.expression, multiple, self.money)

        figures = {
            "adjustment_15": once(stock.adjustment_15),
            "adjustment_40": once(stock.adjustment_40),
            "hqla": once(named("hqla", stock.hqla)),
        }
        if stock.covered_bond_excess is not None:
            figures["covered_bond_excess"] = once(stock.covered_bond_excess)
        return {**steps, **figures}

    def _capped_inflows(self) -> dict[str, Expression]:
        """Return what inflows count for, each kind under its cap, the freest first."""
        cap = Literal(self.method.inflow_cap.value)
        outflows, inflows = Field("outflows"), Field("inflows")
        partly = self.method.partly_capped_inflow_cap
        if partly is None:
            limit = self.rounded(Call("*", (outflows, cap)))
            return {
                "__inflow_limit": limit,
                "capped_inflows": Call("least", (inflows, Field("__inflow_limit"))),
                "inflow_cap_binds": Call(">", (inflows, Field("__inflow_limit"))),
            }
        high = Literal(partly.value)
        # Delegated Regulation 2015/61, Art. 33 and template C 76.00: the 90 % pot is limited by
        # what the exempt one leaves, the 75 % pot by what both leave, the 90 % pot over 0.9.
        left = Call("greatest", (Call("-", (outflows, Field("inflows_exempt"))), _ZERO))
        rest = Call("-", (Call("*", (Field("__left"), high)), Field("inflows_90")))
        rest = Call("*", (Call("greatest", (rest, _ZERO)), cap))
        return {
            "__left": left,
            "__limit_exempt": Call("greatest", (outflows, _ZERO)),
            "__limit_90": self.rounded(Call("*", (Field("__left"), high))),
            "__limit_75": quotient(rest, high, self.money),
            "__counted_exempt": Call("least", (Field("inflows_exempt"), Field("__limit_exempt"))),
            "__counted_90": Call("least", (Field("inflows_90"), Field("__limit_90"))),
            "__counted_75": Call("least", (inflows, Field("__limit_75"))),
            "capped_inflows": Call(
                "+",
                (
                    Call("+", (Field("__counted_exempt"), Field("__counted_90"))),
                    Field("__counted_75"),
                ),
            ),
            "inflow_cap_binds": Call(
                "or",
                (
                    Call(">", (Field("inflows_exempt"), Field("__limit_exempt"))),
                    Call(">", (Field("inflows_90"), Field("__limit_90"))),
                    Call(">", (inflows, Field("__limit_75"))),
                ),
            ),
        }

    def _net_outflows(self) -> dict[str, Expression]:
        net: Expression = Call("-", (Field("outflows"), Field("capped_inflows")))
        steps: dict[str, Expression] = {}
        if self.dated:
            steps |= self._add_on()
            net = Call("+", (net, Field("mismatch_add_on")))
        if self.method.outflow_adjustment is not None:
            net = self.rounded(Call("*", (net, Literal(self.method.outflow_adjustment.value))))
        return {**steps, "net_outflows": net}

    def _add_on(self) -> dict[str, Expression]:
        """Return the peak of what has flowed out up to a day, less what has at the end."""
        steps: dict[str, Expression] = {"__until_1": self.rounded(Field("__day_1"))}
        for day in range(2, DAYS + 1):
            own = self.rounded(Field(f"__day_{day}"))
            total = Call("+", (Field(f"__until_{day - 1}"), own))
            steps[f"__until_{day}"] = cast_to(total, self.money)
        peak = Call("greatest", (_ZERO, *(Field(f"__until_{n}") for n in range(1, DAYS + 1))))
        end = Call("greatest", (_ZERO, Field(f"__until_{DAYS}")))
        steps["mismatch_add_on"] = Call("-", (peak, end))
        return steps
