"""What a star is made of: each table's role, who refers to whom, and what is bridged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from liqbench.operators.star.model import Bridge


class TableRole(StrEnum):
    """What becomes of a table."""

    FACT = "fact"
    DIMENSION = "dimension"
    FOLDED = "folded"  # a dimension of dimensions only: its columns go into theirs
    BRIDGE = "bridge"
    UNUSED = "unused"


@dataclass(frozen=True)
class Decision:
    """What becomes of a table, and the reason in words."""

    table: str
    role: TableRole
    reason: str

    def __str__(self) -> str:
        """Return the decision in words."""
        return f"{self.table}: {self.role}, because {self.reason}"


@dataclass(frozen=True)
class Reference:
    """Columns of a table that refer to one row of another, under the name of that role."""

    table: str
    columns: tuple[str, ...]
    dimension: str
    dimension_columns: tuple[str, ...]
    role: str


@dataclass(frozen=True)
class BridgedPair:
    """Two dimensions with a bridge between them."""

    name: str
    left: str
    left_columns: tuple[str, ...]
    right: str
    right_columns: tuple[str, ...]
    bridge: Bridge


@dataclass(frozen=True)
class Classification:
    """The star: what each table is, and who refers to whom.

    ``references`` run from facts to dimensions, ``folds`` from a dimension to one whose columns
    it takes over, ``between_facts`` from fact to fact: those columns stay as they are.
    ``keys`` has the natural key of every dimension, folded ones too; one that is folded stands
    before those that it is folded into.
    """

    target: str
    decisions: tuple[Decision, ...]
    references: tuple[Reference, ...]
    folds: tuple[Reference, ...]
    between_facts: tuple[Reference, ...]
    bridges: tuple[BridgedPair, ...]
    keys: Mapping[str, tuple[str, ...]]

    def of(self, role: TableRole) -> tuple[str, ...]:
        """Return the tables of one role."""
        return tuple(d.table for d in self.decisions if d.role is role)

    def chain(self, dimension: str) -> tuple[str, ...]:
        """Return a dimension and the tables whose columns it takes over, itself last."""
        wanted, waiting = {dimension}, [dimension]
        while waiting:
            table = waiting.pop()
            outer = [ref.dimension for ref in self.folds if ref.table == table]
            waiting += [name for name in outer if name not in wanted]
            wanted.update(outer)
        return tuple(name for name in self.keys if name in wanted)

    def referred(self, fact: str) -> tuple[str, ...]:
        """Return the dimensions that a fact refers to, each once."""
        return tuple(dict.fromkeys(r.dimension for r in self.references if r.table == fact))

    def __str__(self) -> str:
        """Return the decisions, a line each."""
        return "\n".join(map(str, self.decisions))
