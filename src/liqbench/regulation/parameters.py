"""Parameter sets: categories with their weights, and the method, of one jurisdiction or bank."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pyarrow as pa

from liqbench.errors import ParameterSetError, did_you_mean
from liqbench.model._values import FrozenModel, content_hash
from liqbench.regulation.categories import Category
from liqbench.regulation.method import Method


class ParameterSet(FrozenModel):
    """What a standard, or a bank for itself, lays down.

    ``extends`` names the sets that it builds upon, nearest first.
    """

    name: str
    version: str
    title: str
    source: str
    extends: tuple[str, ...] = ()
    reason: str = ""
    categories: tuple[Category, ...]
    method: Method

    @property
    def content_hash(self) -> str:
        """SHA-256 of all categories and the method."""
        return content_hash(
            [[category.model_dump() for category in self.categories], self.method.model_dump()]
        )

    @property
    def by_code(self) -> Mapping[str, Category]:
        """The categories by their code."""
        return {category.code: category for category in self.categories}

    def category(self, code: str) -> Category:
        """Return one category. Raises ``ParameterSetError``."""
        known = self.by_code
        if code not in known:
            raise ParameterSetError(
                f"parameter set {self.name!r} has no category {code!r}",
                hint=did_you_mean(code, known),
            )
        return known[code]

    def reference_table(self) -> pa.Table:
        """Return the weighted categories as a table to join deals with.

        ``weight`` is liquidity_factor × (1 − haircut): ``liquidity_factor`` the run-off, inflow,
        ASF or RSF rate (1 for HQLA), ``haircut`` that of HQLA (0 for others). Categories without
        a weight of their own (national discretion) are left out.
        """
        rate = pa.decimal128(5, 4)
        one, none = Decimal(1), Decimal(0)
        weighted = [(c, c.weight) for c in self.categories if c.weight is not None]
        columns: dict[str, tuple[pa.DataType, list[object]]] = {
            "code": (pa.string(), [c.code for c, _ in weighted]),
            "section": (pa.string(), [c.section.value for c, _ in weighted]),
            "description": (pa.string(), [c.description for c, _ in weighted]),
            "liquidity_factor": (rate, [one if c.section.is_hqla else w for c, w in weighted]),
            "haircut": (rate, [one - w if c.section.is_hqla else none for c, w in weighted]),
            "weight": (rate, [w for _, w in weighted]),
            "paragraph": (pa.string(), [c.paragraph for c, _ in weighted]),
        }
        return pa.table({name: pa.array(values, kind) for name, (kind, values) in columns.items()})
