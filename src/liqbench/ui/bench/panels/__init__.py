"""The steps of the working day, one module each."""

from __future__ import annotations

from liqbench.ui.bench.panel import Panel
from liqbench.ui.bench.panels.compose import ComposePanel

PANELS: tuple[type[Panel], ...] = (ComposePanel,)

__all__ = ["PANELS", "ComposePanel"]
