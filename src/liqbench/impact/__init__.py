"""Comparing variants with the baseline: in sum, by entity, by category, by deal."""

from liqbench.impact.analysis import ImpactAnalysis
from liqbench.impact.deals import MovedDeals
from liqbench.impact.figures import (
    Entity,
    EntityName,
    Measure,
    Position,
    RatioTable,
    difference,
    in_points,
    percent,
    total,
    unit_places,
)

__all__ = [
    "Entity",
    "EntityName",
    "ImpactAnalysis",
    "Measure",
    "MovedDeals",
    "Position",
    "RatioTable",
    "difference",
    "in_points",
    "percent",
    "total",
    "unit_places",
]
