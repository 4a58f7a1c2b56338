"""Comparing variants with the baseline: in sum, by entity, by category, by deal."""

from liqbench.impact.analysis import ImpactAnalysis
from liqbench.impact.figures import Measure, RatioTable, unit_places

__all__ = ["ImpactAnalysis", "Measure", "RatioTable", "unit_places"]
