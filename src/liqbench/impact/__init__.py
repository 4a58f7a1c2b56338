"""Comparing variants with the baseline: in sum, by entity, by category, by deal."""

from liqbench.impact.analysis import ImpactAnalysis

__all__ = ["ImpactAnalysis"]
