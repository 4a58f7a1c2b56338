"""The scenarios that are measured, each as a value that liqbench and DuckDB read alike."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from liqbench import Scenario

AS_OF = "2025-12-31"
INJECTION_POINT = "enrich"
CODES = ("O.RET.LESS", "O.RET.STABLE5", "O.WHL.NFC", "O.SME.LESS")
MOST = 80  # the run-off rates go from 20 % in steps of one point, up to 99 %


@dataclass(frozen=True)
class WhatIf:
    """Two rules on deals: another run-off rate for a code, and more haircut for Level 2A.

    ``runoff`` and ``haircut`` are shares of the amount: 0.20 is 20 %.
    """

    number: int
    code: str
    runoff: Decimal
    haircut: Decimal

    @property
    def name(self) -> str:
        """The scenario's name."""
        return f"scenario {self.number}"

    @property
    def rule(self) -> str:
        """The id of the rule that sets the run-off rate."""
        return f"R{self.number}"

    def scenario(self) -> Scenario:
        """Return the scenario as liqbench takes it."""
        code = {"field": "x_lcr_code", "operator": "=", "value": self.code}
        runoff = {"field": "liquidity_factor", "operation": "set", "value": str(self.runoff)}
        level = {"field": "section", "operator": "=", "value": "L2A"}
        haircut = {"field": "haircut", "operation": "add", "value": str(self.haircut)}
        return Scenario.from_json(
            {
                "name": self.name,
                "rules": [
                    {"rule_id": self.rule, "conditions": [code], "adjustments": [runoff]},
                    {"rule_id": f"H{self.number}", "conditions": [level], "adjustments": [haircut]},
                ],
            }
        )


def what_ifs(count: int) -> tuple[WhatIf, ...]:
    """Return this many scenarios, all different. Raises ``ValueError`` for more than ``MOST``."""
    if not 1 <= count <= MOST:
        raise ValueError(f"there are 1 to {MOST} scenarios to measure, not {count}")
    return tuple(
        WhatIf(
            number=n,
            code=CODES[n % len(CODES)],
            runoff=Decimal(20 + n).scaleb(-2),
            haircut=Decimal(1 + n % 9).scaleb(-2),
        )
        for n in range(count)
    )
