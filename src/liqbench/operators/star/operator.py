"""What the operators of a star have in common: the star, and how they are connected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pyspark.sql.types import DataType, LongType, StructField, StructType

from liqbench.errors import (
    FaultCollector,
    FieldTypeError,
    InputCountError,
    LiqbenchError,
    SchemaDriftError,
    UnknownFieldError,
)
from liqbench.operators.base import Operator
from liqbench.operators.expressions.types import name_of
from liqbench.operators.star.checks import check_data
from liqbench.operators.star.declaration import Star
from liqbench.operators.star.declared import Fields, check_alike
from liqbench.operators.star.layout import VERSIONED

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
    faults = FaultCollector()
    surrogate = f"{name}_key"
    if not isinstance(fields.get(surrogate), LongType):
        faults.add(
            SchemaDriftError(
                f"the input has no surrogate key {surrogate!r}",
                hint=f"connect the star_dimension of {name!r}",
            )
        )
    history = [column for column in VERSIONED if column in fields]
    if bool(history) != versioned:
        faults.add(
            SchemaDriftError(
                f"the input has {'no ' if versioned else 'a '}history, "
                f"{'though' if versioned else 'and'} scd2 {'' if versioned else 'does not '}"
                "name it",
                hint="give all operators of a star the same star",
            )
        )
    for column, (by, dtype) in columns.items():
        with faults.collect():
            if column not in fields:
                raise UnknownFieldError.of(column, fields)
            check_alike((by, dtype), (f"{name}.{column}", fields[column]))
    faults.raise_all()


def fault_of(*arguments: object) -> LiqbenchError | None:
    """Return what ``check_data`` finds, if anything."""
    try:
        check_data(*arguments)  # type: ignore[arg-type] # as check_data has them
    except LiqbenchError as fault:
        return fault
    return None


__all__ = ["AS_OF", "StarOperator", "check_member_fields", "fault_of", "name_of", "schema_of"]
