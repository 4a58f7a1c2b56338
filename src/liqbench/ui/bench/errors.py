"""What may go wrong on the bench's screen, beside the faults of the calculation."""

from __future__ import annotations

from liqbench.errors import LiqbenchError


class DraftConflictError(LiqbenchError):
    """A draft that another notebook changed since it was opened here."""


class BusyError(LiqbenchError):
    """Something that must wait until the run that is going on has ended, or was cancelled."""


class NotRehearsedError(LiqbenchError):
    """A publication of which nobody at this bench saw yet what it would write."""


class NotBuiltError(LiqbenchError):
    """The screen's bundles, which come built with the package, are not there."""


class ExcelMissingError(LiqbenchError):
    """Excel files are written by a package that is not installed."""
