"""Rows on their way into a stage: what a loader is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

import pyarrow as pa

from liqbench.warehouse.publication import Publication
from liqbench.warehouse.routes import Kind
from liqbench.warehouse.tables import Table


class Rows(Protocol):
    """Rows that can be read several times, in a stage's columns and types."""

    @property
    def schema(self) -> pa.Schema:
        """Their schema."""

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield them."""


@dataclass(frozen=True)
class Load:
    """Rows of a publication and the stage that they are for.

    ``name`` tells them from what else is published with them, ``what`` says it in words;
    ``count`` and ``sums`` are what was approved; ``sorted_by`` is the column by which files are.
    """

    publication: Publication
    name: str
    what: str
    kind: Kind
    stage: str
    table: Table
    rows: Rows
    count: int
    sorted_by: str
    sums: Mapping[str, Decimal] = field(default_factory=dict)
