"""Why a publication didn't happen, as a warehouse knows it."""

from __future__ import annotations

from typing import Self

from liqbench.errors import PublicationError


class AuditMismatchError(PublicationError):
    """Rows in the warehouse that are not the approved ones; what differs is named."""


class ValueTooWideError(PublicationError):
    """A value that its column can't hold; its row is named."""

    @classmethod
    def of_text(cls, size: int, column: str, room: int, *, where: str) -> Self:
        """Return the error for a text of ``size`` bytes where there is ``room`` for so many."""
        return cls(
            f"a text of {size:,} bytes doesn't fit the column {column!r}, which takes {room:,}",
            where=where,
            hint="nothing was changed; shorten it",
        )


class TargetDriftError(PublicationError):
    """A table of the warehouse with other columns than a publication has."""


class TargetUnreachableError(PublicationError):
    """A warehouse, or the bucket before it, that doesn't answer."""


class StagingError(PublicationError):
    """Rows that could not be brought to the bucket, and that trying again won't bring there."""


class TransactionConflictError(PublicationError):
    """A publication that others were in the way of, each time it was tried."""


class AdjustmentConflictError(PublicationError):
    """Adjustments that somebody else wrote since a publication began; some are named."""


class StatementRefusedError(PublicationError):
    """A statement that the warehouse refused."""


class DataRefusedError(StatementRefusedError):
    """A statement that the warehouse refused because of the values in it."""


class WithdrawnError(PublicationError):
    """A publication that was withdrawn; it comes back by nothing but a new approval."""


class OutcomeUnknownError(PublicationError):
    """A publication of which the last answer was lost: it is there whole, or not at all."""
