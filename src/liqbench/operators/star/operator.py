"""What the operators of a star have in common: the star, and how they are connected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import ClassVar

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DataType, LongType, StructField, StructType

from liqbench.errors import (
    FaultCollector,
    InputCountError,
    LiqbenchError,
    SchemaDriftError,
    UnknownFieldError,
)
from liqbench.operators.base import Operator
from liqbench.operators.expressions import quoted
from liqbench.operators.star.checks import check_data
from liqbench.operators.star.declaration import Star
from liqbench.operators.star.declared import Fields, check_alike
from liqbench.operators.star.guards import members_apart
from liqbench.operators.star.history import members_as_of
from liqbench.operators.star.layout import VERSIONED, DimensionLayout, Layout
from liqbench.operators.star.structure import Classification

AS_OF = "as_of"


class StarOperator(Operator):
    """An operator whose output is one table of a star."""

    most_inputs: ClassVar[int | None] = None

    star: Star

    def connected(self, names: Sequence[str], count: int) -> None:
        """Raise ``InputCountError`` where not these are connected, in this order."""
        if count != len(names):
            raise InputCountError(
                f"{self.kind} takes {len(names)} inputs, {count} are connected",
                hint=f"connect, in this order: {', '.join(names)}",
            )

    def referred(self, classification: Classification, name: str) -> DimensionLayout:
        """Return as much of a dimension as those who refer to it need."""
        return DimensionLayout(
            name,
            classification.keys[name],
            own=(),
            folds=(),
            versioned=name in self.star.scd2,
            published=True,
        )


def members_told(dimension: DimensionLayout, frame: DataFrame, as_of: date) -> DataFrame:
    """Return the members on a day and the special ones; doubled ones stop Spark."""
    members = members_as_of(dimension, frame, as_of)
    return members_apart(members, dimension.surrogate, dimension.key, dimension.name)


def real_members(dimension: DimensionLayout, frame: DataFrame, as_of: date) -> DataFrame:
    """Return the members on a day without the special ones."""
    members = members_as_of(dimension, frame, as_of)
    return members.filter(F.col(quoted(dimension.surrogate)) >= 0)


def schema_of(fields: Mapping[str, DataType]) -> StructType:
    """Return fields as a schema."""
    return StructType([StructField(name, dtype) for name, dtype in fields.items()])


def check_member_fields(
    name: str,
    fields: Fields,
    columns: Mapping[str, tuple[str, DataType]],
    *,
    versioned: bool,
) -> None:
    """Raise what keeps an input from being this dimension.

    ``columns`` are its natural key, each with what refers to it and that one's type.
    """
    surrogate = f"{name}_key"
    if not isinstance(fields.get(surrogate), LongType):
        raise SchemaDriftError(
            f"the input has no surrogate key {surrogate!r}",
            hint=f"connect the star_dimension of {name!r}",
        )
    faults = FaultCollector()
    history = [column for column in VERSIONED if column in fields]
    if bool(history) != versioned:
        faults.add(
            SchemaDriftError(
                "the input has no history, and scd2 names it"
                if versioned
                else "the input has a history, and scd2 doesn't name it",
                hint="give all operators of a star the same star",
            )
        )
    for column, (by, dtype) in columns.items():
        with faults.collect():
            if column not in fields:
                raise UnknownFieldError.of(column, fields)
            check_alike((by, dtype), (f"{name}.{column}", fields[column]))
    faults.raise_all()


def fault_in(
    layout: Layout,
    tables: Mapping[str, DataFrame],
    previous: Mapping[str, DataFrame],
    as_of: date,
) -> LiqbenchError | None:
    """Return what ``check_data`` finds, if anything."""
    try:
        check_data(layout, tables, previous, as_of)
    except LiqbenchError as fault:
        return fault
    return None
