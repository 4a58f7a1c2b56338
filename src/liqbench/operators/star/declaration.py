"""The declaration of a star, which all operators of the star are given."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import Field, model_validator

from liqbench.operators.star.classify import classify
from liqbench.operators.star.declared import Fields
from liqbench.operators.star.errors import RelationshipError, UnknownTableError
from liqbench.operators.star.layout import check_choices
from liqbench.operators.star.model import ColumnMetadata, StarChoices, TableRelationship
from liqbench.operators.star.structure import Classification, Decision, TableRole

_NOTHING: Mapping[str, Fields] = MappingProxyType({})


class Star(StarChoices):
    """Tables, how they belong together, and what their columns are.

    Every table of a star is the output of an operator of its own, each with the same ``star``
    among its parameters; ``star_operators`` makes all of them. What a table is follows from the
    whole star, so it is decided anew wherever the star stands, and each operator depends on its
    own part only: describing one table otherwise leaves the stored others as they are.
    """

    tables: tuple[str, ...] = Field(min_length=1)
    relationships: tuple[TableRelationship, ...] = ()
    metadata: tuple[ColumnMetadata, ...] = ()

    @model_validator(mode="after")
    def _check_tables(self) -> Star:
        if twice := sorted({name for name in self.tables if self.tables.count(name) > 1}):
            raise ValueError(f"named more than once: {', '.join(twice)}")
        return self

    def classified(self, fields: Mapping[str, Fields] = _NOTHING) -> Classification:
        """Decide what each table is; ``str`` of the answer gives the reasons.

        ``fields`` are those of the tables that are at hand; of the others only the names are
        checked. Raises as ``classify`` does, and ``UnknownTableError`` for what ``scd2`` names.
        """
        known = {name: fields.get(name) for name in self.tables}
        found = classify(known, self.relationships, self.metadata, self.target)
        check_choices(found, self)
        return found

    def decision(self, classification: Classification, table: str, role: TableRole) -> Decision:
        """Return the decision about a table.

        Raises ``UnknownTableError`` for one that there is not, ``RelationshipError`` for one that
        is something else.
        """
        known = {decision.table: decision for decision in classification.decisions}
        if table not in known:
            raise UnknownTableError.of(table, known, where="table")
        found = known[table]
        if found.role is not role:
            raise RelationshipError(
                f"{table!r} is no {role} here but {found.role}, because {found.reason}",
                where="table",
                hint=f"the star has the {role} {', '.join(classification.of(role)) or 'none'}",
            )
        return found

    def described(self, *tables: str) -> list[dict[str, Any]]:
        """Return what is said of the columns of these tables, without the words."""
        return [
            column.model_dump(exclude={"description"})
            for column in self.metadata
            if column.table in tables
        ]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form, which an operator's parameters hold."""
        return self.model_dump(mode="json", exclude_defaults=True)
