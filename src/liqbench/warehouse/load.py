"""Rows on their way into a stage: what a loader is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

import pyarrow as pa

from liqbench.warehouse.errors import AuditMismatchError
from liqbench.warehouse.parts import Types
from liqbench.warehouse.publication import Publication
from liqbench.warehouse.routes import Kind
from liqbench.warehouse.tables import Table


class Rows(Protocol):
    """Rows that can be read several times, in a stage's columns and types."""

    @property
    def types(self) -> Types:
        """Their columns and types."""

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield them."""


@dataclass(frozen=True)
class Load:
    """Rows of a publication and the stage that they are for.

    ``name`` tells them from what else is published with them, ``what`` says it in words;
    ``count`` and ``sums`` are what was approved; ``sort`` are the columns by which files are.
    ``totals`` are what must arrive: rows, sums, and values per column. ``files`` hold the very
    rows, for executors to read; there are none of rows that only the driver can make.
    """

    publication: Publication
    name: str
    what: str
    kind: Kind
    stage: str
    table: Table
    rows: Rows
    count: int
    sort: tuple[str, ...]
    sums: Mapping[str, Decimal] = field(default_factory=dict)
    totals: Mapping[str, object] = field(default_factory=dict)
    files: tuple[str, ...] = ()


def check_totals(
    where: str,
    wanted: Mapping[str, object],
    found: Sequence[object],
    words: str = "the totals are not the approved ones",
) -> None:
    """Raise ``AuditMismatchError``, in these words, naming each total that is not as wanted."""
    off = [
        f"{name} {got} instead of {right}"
        for (name, right), got in zip(wanted.items(), found, strict=True)
        if got != right
    ]
    if off:
        raise AuditMismatchError(
            f"{words}: {', '.join(off)}",
            where=where,
            hint="nothing was changed; run and submit again",
        )
