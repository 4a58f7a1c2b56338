"""What can be wrong with stored files."""

from __future__ import annotations

from liqbench.errors import LiqbenchError


class DamagedAttachmentError(LiqbenchError):
    """An attachment of a submission that is gone, or no longer what was stored."""
