"""Pictures and progress for the notebook. Importing this room plugs them in.

Nothing here imports a widget before there is something to show.
"""

from liqbench.ui import pictures, progress
from liqbench.ui.graph import GraphPicture
from liqbench.ui.impact_table import ImpactTable

__all__ = ["GraphPicture", "ImpactTable", "pictures", "progress"]
