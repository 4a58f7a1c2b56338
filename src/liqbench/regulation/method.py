"""What a parameter set says beside its weights: caps, minima, and the form of the HQLA caps."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Literal

from pydantic import Field

from liqbench.model._values import FrozenModel
from liqbench.regulation.categories import ParagraphStatus

_US_DECIMALS = 4  # of the coefficients as the US rule prints them: 0.6667 and 0.1765


class Cited(FrozenModel):
    """Something with its place in a text, and why it differs from the set it extends."""

    paragraph: str = Field(min_length=1)
    paragraph_status: ParagraphStatus
    reason: str = ""


class Share(Cited):
    """A share, of 1."""

    value: Decimal = Field(gt=0, le=10, decimal_places=4)


class Cap(Cited):
    """A cap, as a share of the whole that it limits."""

    value: Decimal = Field(gt=0, lt=1, decimal_places=4)


class HqlaForm(Cited):
    """Which excess over the caps is taken off the stock, see ``hqla``."""

    form: Literal["basel", "us", "eu"]


class Mismatch(Cited):
    """The categories whose dated flows enter the maturity mismatch add-on."""

    codes: tuple[str, ...] = Field(min_length=1)


class Method(FrozenModel):
    """How levels and flows become a ratio."""

    hqla: HqlaForm
    level_2_cap: Cap
    level_2b_cap: Cap
    covered_bond_cap: Cap | None = None
    inflow_cap: Cap
    partly_capped_inflow_cap: Cap | None = None
    outflow_adjustment: Share | None = None
    mismatch: Mismatch | None = None
    lcr_minimum: Share
    nsfr_minimum: Share

    @property
    def coefficients(self) -> Coefficients:
        """How much of one level may stand beside the others, as the caps imply."""
        level_2, level_2b = Fraction(self.level_2_cap.value), Fraction(self.level_2b_cap.value)
        bonds = self.covered_bond_cap and Fraction(self.covered_bond_cap.value)
        exact = Coefficients(
            level_2=level_2 / (1 - level_2),
            level_2b=level_2b / (1 - level_2b),
            level_2b_of_level_1=level_2b / (1 - level_2),
            covered_bonds=bonds and bonds / (1 - bonds),
        )
        return exact.rounded(_US_DECIMALS) if self.hqla.form == "us" else exact


class Coefficients(FrozenModel):
    """Multiples that follow from the caps.

    ``level_2``: Level 2 to Level 1 (Basel: 2/3). ``level_2b``: Level 2B to Levels 1 and 2A
    (15/85). ``level_2b_of_level_1``: Level 2B to Level 1 where Level 2A is capped too (15/60).
    ``covered_bonds``: Level 1 covered bonds to the rest of Level 1 (70/30 in the Union).
    """

    level_2: Fraction
    level_2b: Fraction
    level_2b_of_level_1: Fraction
    covered_bonds: Fraction | None = None

    def rounded(self, decimals: int) -> Coefficients:
        """Return them rounded half up to so many decimals."""
        unit = Fraction(1, 10**decimals)

        def near(value: Fraction) -> Fraction:
            return unit * int(value / unit + Fraction(1, 2))

        return Coefficients(
            level_2=near(self.level_2),
            level_2b=near(self.level_2b),
            level_2b_of_level_1=near(self.level_2b_of_level_1),
            covered_bonds=self.covered_bonds and near(self.covered_bonds),
        )
