"""Parameter sets: categories with their weights, and the method, of one jurisdiction or bank."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pyarrow as pa

from liqbench.errors import ParameterSetError, did_you_mean
from liqbench.model._values import FrozenModel, content_hash
from liqbench.regulation.categories import NO_CATEGORY, Category
from liqbench.regulation.method import Method

_FIELDS = (
    "code", "section", "description", "liquidity_factor", "haircut", "weight", "paragraph",
)  # fmt: skip


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
        a weight of their own (national discretion) are left out. OUT_OF_SCOPE and UNCLASSIFIED
        are rows too, of no weight.
        """
        rate = pa.decimal128(5, 4)
        one, none = Decimal(1), Decimal(0)
        weighted = [(c, c.weight) for c in self.categories if c.weight is not None]
        rows: list[tuple[object, ...]] = [
            (c.code, c.section.value, c.description, one if c.section.is_hqla else w,
             one - w if c.section.is_hqla else none, w, c.paragraph)
            for c, w in weighted
        ]  # fmt: skip
        rows += [(code, code, what, none, none, none, "") for code, what in NO_CATEGORY.items()]
        text = pa.string()
        types = [text, text, text, rate, rate, rate, text]
        columns = zip(*rows, strict=True)
        return pa.table(
            {n: pa.array(c, t) for n, c, t in zip(_FIELDS, columns, types, strict=True)}
        )
