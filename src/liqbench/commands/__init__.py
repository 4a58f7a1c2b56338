"""Groups of the command's subcommands."""

from liqbench.commands import audit, keys

__all__ = ["audit", "keys"]
