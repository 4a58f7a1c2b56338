"""Impact: the scenarios side by side, and every question behind a cell of theirs."""

from liqbench.ui.bench.panels.impact.panel import ImpactPanel

__all__ = ["ImpactPanel"]
