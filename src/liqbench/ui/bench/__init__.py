"""The bench in the notebook: a draft, the steps of the working day, and a screen on them.

``Bench`` and its panels know no widget; ``widget`` puts them on a page.
"""

from liqbench.ui.bench.bench import Bench
from liqbench.ui.bench.draft import Draft
from liqbench.ui.bench.panel import Panel
from liqbench.ui.bench.panels import PANELS

__all__ = ["PANELS", "Bench", "Draft", "Panel"]
