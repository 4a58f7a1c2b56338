"""A semantic model as a value: tables, relationships, measures, and what Power BI asks of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from liqbench.errors import SemanticModelError, did_you_mean
from liqbench.model._values import FrozenModel

ModelType = Literal["string", "int64", "decimal", "double", "dateTime"]
Mode = Literal["import", "directQuery", "dual"]
Unit = Literal["day", "month", "quarter", "year"]
Name = tuple[str, str]  # a table's column: (table, column)

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_SERVER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?")


@dataclass(frozen=True)
class RedshiftSource:
    """Where the reporting views are; who may read them is asked by Power BI, never kept here.

    ``server`` is a host name, with a port where it is not the usual one. Raises
    ``SemanticModelError`` for anything else, such as an address with a user in it.
    """

    server: str
    database: str
    schema: str = "public"

    def __post_init__(self) -> None:
        if not _SERVER.fullmatch(self.server):
            raise SemanticModelError(
                "the server is no host name",
                where="source",
                hint="write it as host or host:port, without a scheme, a user or a password",
            )
        for name in (self.database, self.schema):
            if not re.fullmatch(r"[^\W\d][\w$-]*", name):
                raise SemanticModelError(f"{name!r} is no database or schema", where="source")


@dataclass(frozen=True)
class DuckDbSource:
    """The file that holds the reporting views, read by DuckDB's ODBC driver and imported only.

    It is the path on the machine where Power BI runs. Raises ``SemanticModelError`` for none.
    """

    file: str

    def __post_init__(self) -> None:
        if not self.file.strip() or _CONTROL.search(self.file):
            raise SemanticModelError(f"{self.file!r} is no file's path", where="source")


Source = RedshiftSource | DuckDbSource


class Parameter(FrozenModel):
    """A parameter of the model's queries: its value as M writes it, and what to know about it."""

    name: str
    expression: str
    description: str = ""


class Alternate(FrozenModel):
    """What an aggregation's column stands for: a column, or the rows of a table."""

    summarization: Literal["sum", "min", "max", "count"]
    table: str
    column: str | None = None


class ModelColumn(FrozenModel):
    """A column: its name and type in the model, and the view's column and M type it comes from."""

    name: str
    data_type: ModelType
    source: str
    m_type: str
    hidden: bool = False
    key: bool = False
    format: str = ""
    sort_by: str | None = None
    alternate: Alternate | None = None
    annotations: tuple[tuple[str, str], ...] = ()


class Measure(FrozenModel):
    """A figure that a report shows: a DAX expression."""

    name: str
    expression: str
    format: str
    description: str = ""


class Hierarchy(FrozenModel):
    """Columns of a table to drill down by, the widest first."""

    name: str
    levels: tuple[str, ...] = Field(min_length=1)


class RefreshPolicy(FrozenModel):
    """How much of a fact is kept, and how much of that is read again at every refresh.

    What is published or withdrawn for a date before the refreshed days shows only after that
    partition was refreshed. ``preview`` is what Desktop reads, which applies no policy: from its
    first date to the day before its second.
    """

    store: int = Field(default=3, ge=1)
    store_unit: Unit = "month"
    refresh: int = Field(default=7, ge=1)
    refresh_unit: Unit = "day"
    preview: tuple[date, date] = (date(2000, 1, 1), date(2100, 1, 1))

    @model_validator(mode="after")
    def _check(self) -> RefreshPolicy:
        days = {"day": 1, "month": 28, "quarter": 90, "year": 365}
        if self.refresh * days[self.refresh_unit] > self.store * days[self.store_unit]:
            raise ValueError("more would be refreshed than is stored")
        if self.preview[0] >= self.preview[1]:
            raise ValueError("the preview ends before it begins")
        return self


class ModelTable(FrozenModel):
    """A table: the view that fills it, its columns, and what is worked out of them."""

    name: str
    view: str
    description: str = ""
    columns: tuple[ModelColumn, ...]
    measures: tuple[Measure, ...] = ()
    hierarchies: tuple[Hierarchy, ...] = ()
    mode: Mode = "import"
    dates: bool = False
    hidden: bool = False
    refresh: RefreshPolicy | None = None


class CalculationItem(FrozenModel):
    """One way to show any measure; without a format it keeps the measure's own."""

    name: str
    expression: str
    format: str = ""


class CalculationGroup(FrozenModel):
    """A table whose rows are ways to show any measure."""

    name: str
    column: str
    items: tuple[CalculationItem, ...] = Field(min_length=1)
    description: str = ""


class Relationship(FrozenModel):
    """Many rows of one table belong to one row of another, which filters them.

    They filter it back only where the relationship runs ``both_ways``, as a bridge's must.
    """

    many: Name
    one: Name
    both_ways: bool = False


class SemanticModel(FrozenModel):
    """A whole model. Made, it has no name twice and no reference that leads nowhere.

    Raises ``SemanticModelError``. Power BI's names have no case.
    """

    name: str
    source: Source
    tables: tuple[ModelTable, ...]
    relationships: tuple[Relationship, ...] = ()
    calculation_groups: tuple[CalculationGroup, ...] = ()
    parameters: tuple[Parameter, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> SemanticModel:
        groups = [group.name for group in self.calculation_groups]
        tables = [table.name for table in self.tables]
        _check_names([*tables, *groups, *(p.name for p in self.parameters)], "the model")
        measures = [measure.name for table in self.tables for measure in table.measures]
        _check_names(measures, "the measures")
        for table in self.tables:
            columns = [column.name for column in table.columns]
            names = [*columns, *(measure.name for measure in table.measures)]
            _check_names([*names, *(h.name for h in table.hierarchies)], f"table {table.name!r}")
            sources = [column.source for column in table.columns]
            _check_names(sources, f"the columns behind table {table.name!r}")
        known = {(table.name, column.name) for table in self.tables for column in table.columns}
        for place, column in self._references():
            if (place, column) not in known:
                raise SemanticModelError(
                    f"there is no column {column!r}",
                    where=f"table {place!r}",
                    hint=did_you_mean(column, (name for at, name in known if at == place)),
                )
        return self

    def _references(self) -> Iterator[Name]:
        for relationship in self.relationships:
            yield from (relationship.many, relationship.one)
        for table in self.tables:
            yield from ((table.name, level) for h in table.hierarchies for level in h.levels)
            for column in table.columns:
                if column.sort_by is not None:
                    yield table.name, column.sort_by
                if column.alternate is not None and column.alternate.column is not None:
                    yield column.alternate.table, column.alternate.column


def _check_names(names: list[str], where: str) -> None:
    seen: dict[str, str] = {}
    for name in names:
        if not name.strip() or _CONTROL.search(name):
            raise SemanticModelError(f"{name!r} can't be a name in Power BI", where=where)
        if name.casefold() in seen:
            raise SemanticModelError(
                f"{seen[name.casefold()]!r} and {name!r} would be one name",
                where=where,
                hint="Power BI's names have no case; rename one of them in the star schema",
            )
        seen[name.casefold()] = name
