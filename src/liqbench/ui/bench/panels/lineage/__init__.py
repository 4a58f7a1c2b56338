"""Lineage: from any number back to its deals, and from a deal to every number it feeds."""

from liqbench.ui.bench.panels.lineage.panel import LineagePanel

__all__ = ["LineagePanel"]
