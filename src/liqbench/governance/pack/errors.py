"""What can be wrong with an evidence pack."""

from __future__ import annotations

from liqbench.errors import GovernanceError


class UnreadablePackError(GovernanceError):
    """A file that is no evidence pack, or can't be read as one."""


class PackFileError(GovernanceError):
    """A file in a pack that is missing, there twice, not listed, or not what was packed."""


class PackContentError(GovernanceError):
    """Documents of a pack that don't belong together."""


class PackExistsError(GovernanceError):
    """A pack that would be written over a file that is there."""
