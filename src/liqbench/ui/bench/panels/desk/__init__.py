"""Approve and publish: submissions, decisions, publications, and what became of them."""

from liqbench.ui.bench.panels.desk.history import HistoryPanel
from liqbench.ui.bench.panels.desk.panel import DeskPanel
from liqbench.ui.bench.panels.desk.publishing import PublishingPanel

__all__ = ["DeskPanel", "HistoryPanel", "PublishingPanel"]
