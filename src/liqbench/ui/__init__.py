"""Pictures and widgets for the notebook. Importing this room plugs them in."""

from liqbench.ui import pictures

__all__ = ["pictures"]
