"""What is wrong with tables that should make a star."""

from __future__ import annotations

from collections.abc import Iterable

from liqbench.errors import ModelError, did_you_mean


class UnknownTableError(ModelError):
    """A table that is named but not given."""

    @classmethod
    def of(cls, table: str, known: Iterable[str], *, where: str | None = None) -> UnknownTableError:
        """Name the table and the closest given ones."""
        return cls(f"there is no table {table!r}", where=where, hint=did_you_mean(table, known))


class RelationshipError(ModelError):
    """A relationship between tables that can't be as it is declared."""


class DimensionCycleError(ModelError):
    """Dimensions that describe each other in a circle; the path is named."""


class FactChoiceError(ModelError):
    """No table, or more than one, that could be the fact."""
