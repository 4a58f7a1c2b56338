"""What describes tables and their relationships well enough to make a star schema of them."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import Field, model_validator

from liqbench.model._values import FrozenModel
from liqbench.operators.star_schema import Quotient

ColumnRole = Literal["measure", "dimension", "key", "degenerate", "ignore"]
Aggregation = Literal["sum", "min", "max", "avg", "none"] | Quotient


class RelationshipType(StrEnum):
    """How many rows of the right table a row of the left one may have, and the other way round."""

    ONE_TO_ONE = "one_to_one"
    ONE_TO_MANY = "one_to_many"
    MANY_TO_ONE = "many_to_one"
    MANY_TO_MANY = "many_to_many"


class ColumnMetadata(FrozenModel):
    """What a column is.

    ``measure``: a figure of a fact; ``aggregation`` says what may be made of several.
    ``dimension``: describes a member or, being a date, refers to the calendar.
    ``key``: identifies a row of its table; in a fact it stays as it is, even where it also
    refers to a dimension. ``degenerate``: stays in the fact as it is.
    ``ignore``: left out. A column without metadata is never taken for a measure.
    """

    table: str
    column: str
    role: ColumnRole
    aggregation: Aggregation = "none"
    description: str = ""

    @model_validator(mode="after")
    def _check_aggregation(self) -> ColumnMetadata:
        if self.role != "measure" and self.aggregation != "none":
            raise ValueError("only a measure has an aggregation")
        return self


class Bridge(FrozenModel):
    """The table that holds the pairs of a many-to-many relationship.

    Its columns refer to the relationship's columns, in their order. ``weight`` names a column of
    positive numbers by which a left member is shared out among its right ones; without it, all
    get the same.
    """

    table: str
    left_columns: tuple[str, ...] = Field(min_length=1)
    right_columns: tuple[str, ...] = Field(min_length=1)
    weight: str | None = None


class TableRelationship(FrozenModel):
    """How two tables belong together.

    ``role`` names what the right table is for the left one, where that is not its own name: a
    deal's ``issuer`` and its ``counterparty`` may both be an entity.
    """

    left: str
    right: str
    left_columns: tuple[str, ...] = Field(min_length=1)
    right_columns: tuple[str, ...] = Field(min_length=1)
    kind: RelationshipType = RelationshipType.MANY_TO_ONE
    bridge: Bridge | None = None
    role: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]*$", max_length=60)

    def __str__(self) -> str:
        """Return the relationship in one line."""
        left, right = ", ".join(self.left_columns), ", ".join(self.right_columns)
        return f"{self.left} ({left}) {self.kind.replace('_', ' ')} {self.right} ({right})"


class AggregationLevel(FrozenModel):
    """A table of a fact's figures per some of its columns; without ``fact``, of the target's."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)
    by: tuple[str, ...] = Field(min_length=1)
    fact: str | None = None


class StarChoices(FrozenModel):
    """What is chosen for a star schema, whatever the day.

    ``target``: the fact; without it, the only table that can be one.
    ``scd2``: the dimensions that keep their history. Of the others a member has one row.
    ``fiscal_year_start``: the month. A fiscal year is called by the year in which it ends.
    ``dates``: the calendar has the whole years that the ``facts`` need, or those of the
    ``bounds`` ``first_date`` and ``last_date``. A date outside the bounds counts as unknown.
    """

    target: str | None = None
    scd2: tuple[str, ...] = ()
    fiscal_year_start: int = Field(default=1, ge=1, le=12)
    dates: Literal["facts", "bounds"] = "facts"
    first_date: date = date(1900, 1, 1)
    last_date: date = date(2199, 12, 31)

    @model_validator(mode="after")
    def _check_bounds(self) -> StarChoices:
        if self.first_date > self.last_date:
            raise ValueError("first_date must not be after last_date")
        return self


class StarSettings(StarChoices):
    """What a star schema is made for.

    ``as_of``: the day whose state all the tables are; a version of a member begins then.
    """

    as_of: date
    run_id: str = ""
    levels: tuple[AggregationLevel, ...] = ()

    @model_validator(mode="after")
    def _check_levels(self) -> StarSettings:
        if not self.first_date <= self.as_of <= self.last_date:
            raise ValueError("the as-of date must lie between first_date and last_date")
        names = [level.name for level in self.levels]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"several levels are called {', '.join(twice)}")
        return self
