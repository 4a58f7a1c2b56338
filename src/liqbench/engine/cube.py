"""The cube: sums by group and by which rules match, taken once for all variants.

Every variant's groups, and those of every other value of a rule's numbers, follow from it
without touching a deal again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DataType

from liqbench.engine.program import Program
from liqbench.engine.sums import Ints
from liqbench.errors import StrategyUnfitError
from liqbench.operators.expressions import (
    Expression,
    fields_of,
    fields_of_schema,
    quoted,
    type_expression,
)
from liqbench.operators.expressions.polynomial import Term
from liqbench.operators.expressions.types import as_decimal
from liqbench.operators.grouping import GroupSum
from liqbench.operators.local import LocalTable

MOST_CELLS = 500_000
_BITS = 62  # of a signed long, with room
_MASK, _TERM, _COUNT = "__mask_{}", "__term_{}", "__cell_rows"


@dataclass(frozen=True)
class Layout:
    """What a cube is taken of: the group's fields, the rules' conditions, and the terms."""

    group_by: tuple[str, ...]
    bits: tuple[Expression, ...]
    terms: tuple[Term, ...]

    @classmethod
    def of(cls, programs: Sequence[Program]) -> Layout:
        """Return the layout that serves all of these programs, which lead to one group."""
        bits = dict.fromkeys(bit for program in programs for bit in program.bits)
        terms = dict.fromkeys(
            term for program in programs for term in sorted(program.shape, key=repr)
        )
        terms.pop(Term(), None)  # the count of rows is always there
        return cls(programs[0].frontier.operator.group_by, tuple(bits), tuple(terms))

    def serves(self, program: Program) -> bool:
        """Tell whether a cube of this layout has all that a program needs."""
        return self._bits.issuperset(program.bits) and program.shape <= self._terms

    @cached_property
    def _bits(self) -> frozenset[Expression]:
        return frozenset(self.bits)

    @cached_property
    def _terms(self) -> frozenset[Term]:
        return frozenset({Term(), *self.terms})

    @property
    def masks(self) -> tuple[str, ...]:
        """The fields that hold the bits."""
        return tuple(_MASK.format(n) for n in range(-(-len(self.bits) // _BITS)))

    def sums(self) -> tuple[GroupSum, ...]:
        """Return the sum of every term."""
        return tuple(
            GroupSum(_TERM.format(n), "sum", term.expression) for n, term in enumerate(self.terms)
        )

    def fits(self, fields: Mapping[str, DataType]) -> None:
        """Raise ``PrecisionError`` where a term would need more than 38 digits."""
        for each in self.sums():
            each.dtype(dict(fields))

    def frame(self, rows: DataFrame) -> DataFrame:
        """Return the cube of rows that at least one rule matches, one row per group and pattern."""
        fields = fields_of_schema(rows.schema)
        read = [name for bit in self.bits for name in fields_of(bit)]
        read += [n for t in self.terms if t.expression for n in fields_of(t.expression)]
        names = [F.col(quoted(name)) for name in dict.fromkeys([*self.group_by, *read])]
        masked = rows.select(*names, *self._masks(fields))
        nothing = F.lit(False)  # noqa: FBT003 - where no rule is in force
        touched = reduce(or_, (F.col(mask) != 0 for mask in self.masks), nothing)
        keys = [F.col(quoted(name)) for name in (*self.group_by, *self.masks)]
        sums = (each.column(fields) for each in self.sums())
        grouped = masked.filter(touched).groupBy(*keys)
        return grouped.agg(F.count(F.lit(1)).alias(_COUNT), *sums)

    def _masks(self, fields: dict[str, DataType]) -> Iterator[Column]:
        for n, name in enumerate(self.masks):
            mask = F.lit(0).cast("bigint")
            for place, bit in enumerate(self.bits[n * _BITS : (n + 1) * _BITS]):
                column = type_expression(bit, fields).column()
                one = F.lit(1 << place).cast("bigint")
                mask = mask.bitwiseOR(F.when(column, one).otherwise(F.lit(0).cast("bigint")))
            yield mask.alias(name)


@dataclass(frozen=True)
class Cube:
    """A cube as it was taken: its layout and its cells."""

    layout: Layout
    cells: LocalTable

    @classmethod
    def taken(cls, layout: Layout, rows: DataFrame) -> Cube:
        """Take the cube in one Spark job. Raises ``StrategyUnfitError`` for one too large."""
        found: pa.Table = layout.frame(rows).limit(MOST_CELLS + 1).toArrow()
        if found.num_rows > MOST_CELLS:
            raise StrategyUnfitError(
                f"the rules cut the groups into more than {MOST_CELLS:,} cells"
            )
        return cls(layout, LocalTable.from_arrow(found))

    @cached_property
    def counts(self) -> Ints:
        """How many rows are in each cell."""
        values: Ints = self.cells[_COUNT].values
        return values

    def bit(self, condition: Expression) -> npt.NDArray[np.bool_]:
        """Return in which cells a condition of the layout holds."""
        word, place = divmod(self.layout.bits.index(condition), _BITS)
        values = self.cells[_MASK.format(word)].values.astype(np.int64)
        held: npt.NDArray[np.bool_] = (values >> place) & 1 == 1
        return held

    def sum(self, term: Term) -> tuple[Ints, int]:
        """Return a term's sum in every cell as whole numbers, and their scale."""
        vector = self.cells[_TERM.format(self.layout.terms.index(term))]
        return np.where(vector.valid, vector.values, 0), as_decimal(vector.dtype).scale
