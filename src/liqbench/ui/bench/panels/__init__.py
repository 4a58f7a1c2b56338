"""The steps of the working day, one module each."""

from __future__ import annotations

from liqbench.ui.bench.panel import Panel
from liqbench.ui.bench.panels.compose import ComposePanel
from liqbench.ui.bench.panels.data import DataPanel
from liqbench.ui.bench.panels.desk import DeskPanel, HistoryPanel, PublishingPanel
from liqbench.ui.bench.panels.files import FilesPanel
from liqbench.ui.bench.panels.impact import ImpactPanel
from liqbench.ui.bench.panels.lineage import LineagePanel
from liqbench.ui.bench.panels.run import RunPanel
from liqbench.ui.bench.panels.scenarios import ScenariosPanel
from liqbench.ui.bench.panels.shelf import ShelfPanel

PANELS: tuple[type[Panel], ...] = (
    ComposePanel,
    DataPanel,
    FilesPanel,
    ScenariosPanel,
    ShelfPanel,
    RunPanel,
    ImpactPanel,
    LineagePanel,
    DeskPanel,
    PublishingPanel,
    HistoryPanel,
)

__all__ = [
    "PANELS",
    "ComposePanel",
    "DataPanel",
    "DeskPanel",
    "FilesPanel",
    "HistoryPanel",
    "ImpactPanel",
    "LineagePanel",
    "PublishingPanel",
    "RunPanel",
    "ScenariosPanel",
    "ShelfPanel",
]
