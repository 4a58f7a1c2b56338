"""Rules for the screen: in words, with who stands for them."""

from __future__ import annotations

from typing import Any

from liqbench.model import AdjustmentRule


def rule_told(rule: AdjustmentRule) -> dict[str, Any]:
    """Return a rule in words: what it does, why, from when to when, and who approved it."""
    approval = rule.approval
    return {
        "rule": rule.rule_id,
        "what": rule.describe(),
        "reason": rule.reason,
        "evidence": rule.evidence,
        "effective": rule.effective_date,
        "expiry": rule.expiry_date,
        "approved_by": approval.user if approval else "",
        "approved_at": approval.timestamp if approval else None,
    }
