"""Parameter sets: categories with their weights, each with its paragraph of the standard."""

from __future__ import annotations

import csv
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import Literal

import pyarrow as pa
from pydantic import Field

from liqbench.errors import ParameterSetError, did_you_mean
from liqbench.model._values import FrozenModel, content_hash


class Section(StrEnum):
    """Where a category counts in the LCR."""

    L1 = "L1"
    L2A = "L2A"
    L2B = "L2B"
    OUTFLOW = "OUTFLOW"
    INFLOW = "INFLOW"

    @property
    def is_hqla(self) -> bool:
        """Tell whether the section is a level of the HQLA stock."""
        return self in (Section.L1, Section.L2A, Section.L2B)


class Category(FrozenModel):
    """One row of a parameter set.

    ``weight``: of the amount, after haircut for HQLA, the run-off or inflow rate for flows;
    ``None`` where the standard leaves it to national supervisors. ``paragraph_status`` tells
    whether the paragraph's number was ``seen`` in the standard's text or is ``recalled``.
    """

    code: str
    section: Section
    description: str
    weight: Decimal | None = Field(default=None, ge=0, le=1)
    paragraph: str
    paragraph_status: Literal["seen", "recalled"]


class ParameterSet(FrozenModel):
    """The categories of one jurisdiction and their weights."""

    name: str
    source: str
    categories: tuple[Category, ...]

    @property
    def content_hash(self) -> str:
        """SHA-256 of all categories."""
        return content_hash([category.model_dump() for category in self.categories])

    def category(self, code: str) -> Category:
        """Return one category. Raises ``ParameterSetError``."""
        for category in self.categories:
            if category.code == code:
                return category
        raise ParameterSetError(
            f"parameter set {self.name!r} has no category {code!r}",
            hint=did_you_mean(code, (category.code for category in self.categories)),
        )

    def reference_table(self) -> pa.Table:
        """Return the weighted categories as a table to join deals with.

        ``liquidity_factor`` is the run-off or inflow rate (1 for HQLA), ``haircut`` that of HQLA
        (0 for flows): the weight is liquidity_factor × (1 − haircut). Categories without a
        weight of their own (national discretion) are left out.
        """
        rate = pa.decimal128(5, 4)
        weighted = [c for c in self.categories if c.weight is not None]
        one = Decimal(1)
        columns: dict[str, tuple[pa.DataType, list[object]]] = {
            "code": (pa.string(), [c.code for c in weighted]),
            "section": (pa.string(), [c.section.value for c in weighted]),
            "description": (pa.string(), [c.description for c in weighted]),
            "liquidity_factor": (rate, [one if c.section.is_hqla else c.weight for c in weighted]),
            "haircut": (
                rate,
                [one - c.weight if c.section.is_hqla and c.weight is not None else Decimal(0)
                 for c in weighted],
            ),
            "paragraph": (pa.string(), [c.paragraph for c in weighted]),
        }  # fmt: skip
        return pa.table({name: pa.array(values, kind) for name, (kind, values) in columns.items()})


_SETS = {
    "basel": ("basel_lcr.csv", "BCBS 238, Basel III: The Liquidity Coverage Ratio, Annex 4"),
}


@lru_cache
def load_parameters(name: str) -> ParameterSet:
    """Return a parameter set by name. Raises ``ParameterSetError`` for an unknown one."""
    if name not in _SETS:
        raise ParameterSetError(
            f"there is no parameter set {name!r}", hint=did_you_mean(name, _SETS)
        )
    file, source = _SETS[name]
    text = resources.files("liqbench.regulation").joinpath("data", file).read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return ParameterSet(
        name=name,
        source=source,
        categories=tuple(
            Category.model_validate({**row, "weight": row["weight"] or None}) for row in rows
        ),
    )
