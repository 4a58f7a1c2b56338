"""What a publication did, and what one would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from liqbench.errors import PublicationError
from liqbench.governance import Withdrawn
from liqbench.model.presentation import html_of


class Bench(Protocol):
    """Who published something, and can withdraw it."""

    def withdraw(
        self, publish_id: str, *, reason: str, by: str | None = None, target: str | None = None
    ) -> Withdrawn:
        """Withdraw a publication."""


@dataclass(frozen=True)
class Receipt:
    """What a publication did: the ids, the rows it added per table, and whether it was new.

    ``method`` is the way its rows took (``upsert``, ``direct``, ``staged``, ``spark``; empty where
    nothing was loaded) in how many ``tries``; ``trust`` the kind of trust by which it was approved.
    """

    publish_id: str
    target: str
    new: bool
    rows: Mapping[str, int]
    seconds: float
    trust: str = ""
    method: str = ""
    tries: int = 1
    warnings: tuple[str, ...] = ()
    bench: Bench | None = field(default=None, repr=False, compare=False)

    @property
    def rows_per_second(self) -> float:
        """The throughput, checks and audits included."""
        return sum(self.rows.values()) / self.seconds

    def rollback(self, reason: str, *, by: str | None = None) -> Withdrawn:
        """Withdraw this publication, as ``wb.withdraw`` does."""
        if self.bench is None:
            raise PublicationError(
                "this receipt doesn't know its bench",
                where=self.publish_id[:12],
                hint="withdraw it there: wb.withdraw(…)",
            )
        return self.bench.withdraw(self.publish_id, reason=reason, by=by, target=self.target)

    def __str__(self) -> str:
        if not self.new:
            return (
                f"{self.publish_id[:12]} was published to {self.target!r} before: nothing changed"
            )
        added = ", ".join(f"{table} {count:,}" for table, count in self.rows.items())
        local = ", approved by local trust only" if self.trust == "local" else ""
        return f"{self.publish_id[:12]} published to {self.target!r}: {added} rows{local}"

    def _repr_html_(self) -> str | None:
        return html_of(self)


@dataclass(frozen=True)
class DryRun:
    """What a publication would do: the way of each fact's rows, the statements, rows and sums.

    ``rows`` are per table, ``sums`` per table and measure, as approved.
    """

    target: str
    routes: Mapping[str, str]
    statements: tuple[str, ...]
    rows: Mapping[str, int]
    sums: Mapping[str, Decimal]

    def __str__(self) -> str:
        lines = [f"to {self.target!r}, nothing was written:"]
        lines += [f"  {table}: {n:,} rows, {self.routes[table]}" for table, n in self.rows.items()]
        lines += [f"  sum of {column}: {total:,}" for column, total in self.sums.items()]
        return "\n".join([*lines, f"  {len(self.statements)} statements"])

    def _repr_html_(self) -> str | None:
        return html_of(self)
