"""What can be wrong with what people bring to the approval process."""

from __future__ import annotations

from liqbench.errors import GovernanceError


class EvidenceFileError(GovernanceError):
    """A file that can't be attached to a submission as evidence."""
