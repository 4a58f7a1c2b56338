"""Compose: the DAG on a canvas."""

from __future__ import annotations

from typing import Any

from liqbench.ui.bench.panel import Panel


class ComposePanel(Panel):
    """The DAG: its operators and the edges between them."""

    name = "compose"

    def state(self) -> dict[str, Any]:
        """Return the operators and what feeds them."""
        return {"operators": [op.operator_id for op in self.bench.draft.dag.operators]}
