"""``import liqbench`` costs no widget, and outside a notebook nothing is shown."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("ipywidgets", "pyvis", "IPython", "anywidget", "matplotlib", "plotly")


def run(code: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.strip()


def test_importing_liqbench_imports_no_widget() -> None:
    code = f"import sys, liqbench; print([m for m in {HEAVY} if m in sys.modules])"
    assert run(code) == "[]"


def test_a_table_needs_no_widget_either() -> None:
    code = (
        "import sys, liqbench\n"
        "from liqbench.model.presentation import progress\n"
        "with progress('x') as tell:\n"
        "    tell(None)\n"
        f"print([m for m in {HEAVY} if m in sys.modules])"
    )
    assert run(code) == "[]"


def test_ui_plugs_in_the_pictures_and_the_progress() -> None:
    code = (
        "import liqbench as lq\n"
        "from liqbench.model import presentation\n"
        "from liqbench.ui.progress import notebook_reporter\n"
        "assert presentation._reporter is notebook_reporter\n"
        "print(type(lq.Dag(operators=()).show()).__name__)"
    )
    assert run(code) == "GraphPicture"
