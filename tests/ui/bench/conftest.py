"""A bench that shows an analysis, and a screen on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.ui.bench.screen import Screen

from liqbench import ImpactAnalysis, Workbench
from liqbench.ui.bench import PANELS, Bench


@pytest.fixture
def bench_of(tmp_path: Path) -> Callable[[ImpactAnalysis], Screen]:
    def opened(analysis: ImpactAnalysis) -> Screen:
        bench = Bench(Workbench(tmp_path / "screen"), PANELS, name="bench")
        screen = Screen(bench)
        with bench.changing():
            bench.compare(analysis)
        return screen

    return opened


@pytest.fixture
def screen(bench_of: Callable[[ImpactAnalysis], Screen], deals: ImpactAnalysis) -> Screen:
    return bench_of(deals)
