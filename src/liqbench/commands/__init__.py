"""Groups of the command's subcommands."""

from liqbench.commands import audit, evidence, keys

__all__ = ["audit", "evidence", "keys"]
