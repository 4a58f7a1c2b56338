"""Categories: the lines of a standard's table, each with its weight and paragraph."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Literal

from pydantic import Field, model_validator

from liqbench.model._values import FrozenModel

ParagraphStatus = Literal["seen", "recalled"]


class Section(StrEnum):
    """Where a category counts: in the LCR, or in the stable funding of the NSFR.

    ``L1CB`` are covered bonds of Level 1, which only the Union has; ``INFLOW_90`` and
    ``INFLOW_EXEMPT`` are its inflows under a cap of 90 % and under none.
    """

    L1 = "L1"
    L1CB = "L1CB"
    L2A = "L2A"
    L2B = "L2B"
    OUTFLOW = "OUTFLOW"
    INFLOW = "INFLOW"
    INFLOW_90 = "INFLOW_90"
    INFLOW_EXEMPT = "INFLOW_EXEMPT"
    ASF = "ASF"
    RSF = "RSF"

    @property
    def is_hqla(self) -> bool:
        """Tell whether the section is a level of the HQLA stock."""
        return self in LEVELS

    @property
    def is_lcr(self) -> bool:
        """Tell whether the section counts in the LCR."""
        return self not in (Section.ASF, Section.RSF)


# Instead of a category: what a ratio leaves out on purpose, and what no rule says anything of.
OUT_OF_SCOPE = "OUT_OF_SCOPE"
UNCLASSIFIED = "UNCLASSIFIED"
NO_CATEGORY = {
    OUT_OF_SCOPE: "Left out of the ratio, as a rule says",
    UNCLASSIFIED: "No rule says what it is",
}

LEVELS = (Section.L1, Section.L1CB, Section.L2A, Section.L2B)
INFLOWS = (Section.INFLOW, Section.INFLOW_90, Section.INFLOW_EXEMPT)
_PREFIXES = {
    "L1": (Section.L1, Section.L1CB),
    "L2A": (Section.L2A,),
    "L2B": (Section.L2B,),
    "O": (Section.OUTFLOW,),
    "I": INFLOWS,
    "A": (Section.ASF,),
    "R": (Section.RSF,),
}


class Category(FrozenModel):
    """One row of a parameter set.

    ``weight``: of the amount, after haircut for HQLA, the run-off or inflow rate for flows, the
    ASF or RSF factor; ``None`` where the standard leaves it to national supervisors. ``maturity``
    says for which residual maturity or encumbrance an NSFR factor is. Derivative assets and
    liabilities (``role``) count net of each other. ``paragraph_status`` tells whether the
    paragraph's number was ``seen`` in the standard's text or is ``recalled``.
    """

    code: str = Field(pattern=r"^(L1|L2A|L2B|O|I|A|R)\.[A-Z0-9][A-Z0-9_.]*$")
    section: Section
    description: str = Field(min_length=1)
    weight: Decimal | None = Field(default=None, ge=0, le=1, decimal_places=4)
    maturity: str = ""
    role: Literal["", "derivative_assets", "derivative_liabilities"] = ""
    paragraph: str = Field(min_length=1)
    paragraph_status: ParagraphStatus
    reason: str = ""

    @model_validator(mode="after")
    def _check_section(self) -> Category:
        fitting = _PREFIXES[self.code.split(".")[0]]
        if self.section not in fitting:
            raise ValueError(f"a code {self.code!r} belongs to section {' or '.join(fitting)}")
        if self.role and self.section.is_lcr:
            raise ValueError("a role is for derivatives in the NSFR")
        return self
