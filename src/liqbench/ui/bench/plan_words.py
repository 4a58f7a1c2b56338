"""A recalculation plan in words: what is reused, what is computed and why, and for how long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from liqbench.engine import RecalcPlan, RecalcStep

_HOW = {
    "stored": "everything is stored from before",
    "local": "the change begins behind small results, which are calculated here",
    "cube": "priced from one table of sums, shared by all scenarios",
    "delta": "only the rows that change are followed, shared by all scenarios",
    "full": "the whole calculation is run with the rules in it",
}
_SIDE_BY_SIDE = 4
_AT_ONCE = 0.5  # seconds on the driver for small results


def plan_to_wire(
    plans: Sequence[RecalcPlan], *, counted_in: float, base_took: float
) -> dict[str, Any]:
    """Return a plan for the screen.

    Counting what it touches took ``counted_in`` seconds, the base run ``base_took`` when all of it
    was computed.
    """
    return {
        "variants": [_variant(plan) for plan in plans],
        "seconds": round(_seconds(plans, counted_in, base_took), 1),
        "why": _why(plans, counted_in, base_took),
    }


def _variant(plan: RecalcPlan) -> dict[str, Any]:
    injections = plan.planned.injections
    return {
        "name": plan.name,
        "scenario": injections.scenario.name,
        "point": injections.point,
        "strategy": plan.strategy,
        "how": _HOW[plan.strategy],
        "words": ", ".join(_counted(plan.steps)),
        "steps": [
            {
                "operator": step.operator_id,
                "action": step.action,
                "affected": step.affected,
                "of": step.of,
                "why": step.why,
            }
            for step in plan.steps
        ],
    }


def _counted(steps: Sequence[RecalcStep]) -> Iterator[str]:
    """Yield how many operators are reused, and how many are recomputed and on what."""
    words = {
        "reused": "reused",
        "rows": "recomputed on the rows that change",
        "groups": "recomputed on the groups that change",
        "full": "recomputed in full",
    }
    for action, said in words.items():
        own = sum(step.action == action for step in steps)
        if own:
            yield f"{own} {said}"


def _seconds(plans: Sequence[RecalcPlan], counted_in: float, base_took: float) -> float:
    """Return about how long it takes: what was measured just now, and what the base run took."""
    followed = any(plan.strategy in ("cube", "delta") for plan in plans)
    full = sum(plan.strategy == "full" for plan in plans)
    rounds = -(-full // _SIDE_BY_SIDE)
    local = any(plan.strategy in ("local", "cube", "delta") for plan in plans)
    return 2 * counted_in * followed + base_took * rounds + _AT_ONCE * local


def _why(plans: Sequence[RecalcPlan], counted_in: float, base_took: float) -> str:
    said: list[str] = []
    if any(plan.strategy in ("cube", "delta") for plan in plans):
        said.append(f"counting the touched rows took {counted_in:.1f} s")
    if any(plan.strategy == "full" for plan in plans):
        said.append(f"the base run took {base_took:.1f} s")
    return "; ".join(said)
