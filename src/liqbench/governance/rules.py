"""What a rule must have to get beyond exploring: an approval of its own, and dates that hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from liqbench.errors import FaultCollector, RuleExpiredError, RuleNotApprovedError
from liqbench.model import AdjustmentRule, as_date

_HINT = "it may be explored, not submitted"


def check_rules(document: Mapping[str, Any], now: datetime) -> None:
    """Check every rule that an evidence document names, those in the DAG itself too.

    A rule needs an approval, not dated later than now, and must be within its dates at the as-of
    date and not be expired today. Raises ``RuleNotApprovedError`` or ``RuleExpiredError`` naming
    the rule; several in one ``FaultsError``.
    """
    faults = FaultCollector()
    as_of = as_date(str(document["as_of"]))
    for rule in rules_of(document):
        with faults.collect(f"rule {rule.rule_id!r}"):
            _check(rule, as_of, now)
    faults.raise_all()


def _check(rule: AdjustmentRule, as_of: date, now: datetime) -> None:
    if rule.approval is None:
        raise RuleNotApprovedError("nobody approved it", hint=_HINT)
    at = rule.approval.timestamp
    if (at if at.tzinfo else at.replace(tzinfo=UTC)) > now:
        raise RuleNotApprovedError(f"its approval is dated {at.isoformat()}, later than now")
    if reason := rule.skipped_because(as_of):
        raise RuleExpiredError(reason, hint=_HINT)
    today = now.astimezone(UTC).date()
    if rule.expiry_date and today > rule.expiry_date:
        raise RuleExpiredError(f"expired on {rule.expiry_date}, and today is {today}", hint=_HINT)


def rules_of(document: Mapping[str, Any]) -> Iterator[AdjustmentRule]:
    """Yield the scenario's rules and those of every adjustment in the DAG, each once."""
    found = list(document["scenario"]["rules"])
    for operator in document["adjusted"]["dag"]["operators"]:
        if operator["operator_type"] == "adjust":
            found += operator["parameters"]["rules"]
    seen: list[AdjustmentRule] = []
    for value in found:
        rule = AdjustmentRule.from_json(value)
        if rule not in seen:
            seen.append(rule)
            yield rule
