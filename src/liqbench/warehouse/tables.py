"""Tables: those that every warehouse has, and those of a star, designed from its schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Literal

import pyarrow as pa
from pydantic import Field
from pyspark.sql.pandas.types import to_arrow_type

from liqbench.errors import PublicationError, SettingError, did_you_mean
from liqbench.model._values import FrozenModel
from liqbench.operators.expressions.types import parse_type
from liqbench.operators.star_schema import Dimension, FactMeasure, StarSchemaOperator
from liqbench.warehouse.columns import MAX_TEXT_BYTES, Column, ColumnType, columns
from liqbench.warehouse.dialect import folded

DistStyle = Literal["AUTO", "EVEN", "ALL", "KEY"]


class TableSettings(FrozenModel):
    """What shall be otherwise than designed in one table: distribution, sorting, encodings.

    ``text_bytes`` are the lengths of its texts, by column.
    """

    diststyle: DistStyle | None = None
    distkey: str | None = None
    sortkey: tuple[str, ...] | None = None
    encode: Mapping[str, str] = Field(default_factory=dict)
    text_bytes: Mapping[str, int] = Field(default_factory=dict)


class DesignSettings(FrozenModel):
    """How tables are designed; ``tables`` has what shall be otherwise, by the table's name.

    ``text_bytes`` is the length of a text in bytes, not in characters.
    """

    text_bytes: int = Field(default=512, ge=1, le=MAX_TEXT_BYTES)
    tables: Mapping[str, TableSettings] = Field(default_factory=dict)

    def text_bytes_of(self, table: str, column: str) -> int:
        """Return how long a text may be in a column."""
        chosen = self.tables.get(table)
        return self.text_bytes if chosen is None else chosen.text_bytes.get(column, self.text_bytes)


@dataclass(frozen=True)
class Table:
    """A table as Redshift lays it out."""

    name: str
    columns: tuple[Column, ...]
    diststyle: DistStyle = "AUTO"
    distkey: str | None = None
    sortkey: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(column.name for column in self.columns)

    def adjusted(self, settings: DesignSettings) -> Table:
        """Return the table with what the settings want otherwise.

        Raises ``SettingError`` for a column that it doesn't have, ``PublicationError`` for two
        that Redshift would take for one.
        """
        self._check_names()
        chosen = settings.tables.get(self.name)
        if chosen is None:
            return self
        named = (*chosen.encode, *chosen.text_bytes, *(chosen.sortkey or ()), chosen.distkey)
        for name in named:
            if name is not None and name not in self.names:
                raise SettingError(
                    f"there is no column {name!r}",
                    where=f"table {self.name}",
                    hint=did_you_mean(name, self.names),
                )
        style = "KEY" if chosen.distkey else chosen.diststyle or self.diststyle
        return replace(
            self,
            columns=tuple(
                replace(column, encoding=chosen.encode.get(column.name)) for column in self.columns
            ),
            diststyle=style,
            distkey=chosen.distkey or (self.distkey if style == "KEY" else None),
            sortkey=self.sortkey if chosen.sortkey is None else chosen.sortkey,
        )

    def _check_names(self) -> None:
        names = [folded(name) for name in self.names]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise PublicationError(
                f"several of its columns are {', '.join(twice)} in a warehouse, which knows no "
                "capital letters",
                where=f"table {self.name}",
                hint="rename the fields",
            )


MUTEX = Table("lq_mutex", columns(locked="INTEGER"), "ALL")
LEDGER = Table(
    "lq_ledger",
    columns(
        publish_id="VARCHAR(64)",
        run_id="VARCHAR(80)",
        content_sha="VARCHAR(64)",
        row_count="BIGINT",
        amount_sum="DECIMAL(38,6)",
        attempt="INTEGER",
        published_at="TIMESTAMP",
    ),
    "ALL",
)
WITHDRAWAL = Table(
    "lq_withdrawal",
    columns(
        publish_id="VARCHAR(64)",
        withdrawn_at="TIMESTAMP",
        withdrawn_by="VARCHAR(200)",
        reason="VARCHAR(2000)",
    ),
    "ALL",
)
SCENARIO = Table(
    "dim_scenario",
    columns(
        scenario_key="BIGINT",
        publish_id="VARCHAR(64)",
        scenario="VARCHAR(200)",
        injection_point="VARCHAR(200)",
        description="VARCHAR(2000)",
        run_id="VARCHAR(80)",
        as_of="DATE",
    ),
    "ALL",
    sortkey=("scenario_key",),
)
DATE = Table(
    "dim_date",
    columns(
        date_key="INTEGER",
        date="DATE",
        year="INTEGER",
        quarter="INTEGER",
        month="INTEGER",
        day="INTEGER",
        iso_week="INTEGER",
        is_month_end="BOOLEAN",
        is_weekend="BOOLEAN",
    ),
    "ALL",
    sortkey=("date_key",),
)
_ADJUSTMENT = columns(
    record_key="VARCHAR(64)",
    version="BIGINT",
    is_deleted="BOOLEAN",
    publish_id="VARCHAR(64)",
    scenario_key="BIGINT",
    date_key="INTEGER",
    dag="VARCHAR(200)",
    scenario="VARCHAR(200)",
    injection_point="VARCHAR(200)",
    as_of="DATE",
    place="VARCHAR(200)",
    rule_id="VARCHAR(200)",
    deal_key="VARCHAR(1000)",
    field="VARCHAR(200)",
    field_type="VARCHAR(200)",
    old_value="VARCHAR(4000)",
    new_value="VARCHAR(4000)",
)
ADJUSTMENT = Table("lq_adjustment", _ADJUSTMENT, "KEY", "record_key", ("date_key", "scenario_key"))
ADJUSTMENT_HISTORY = Table("lq_adjustment_history", _ADJUSTMENT, "KEY", "record_key")
DIM_ADJUSTMENT = Table(
    "dim_adjustment",
    columns(
        adjustment_key="BIGINT",
        rule_id="VARCHAR(200)",
        stage="VARCHAR(200)",
        place="INTEGER",
        field="VARCHAR(200)",
        operation="VARCHAR(20)",
        value="VARCHAR(2000)",
        conditions="VARCHAR(20000)",
        reason="VARCHAR(4000)",
        evidence="VARCHAR(4000)",
        effective_date="DATE",
        expiry_date="DATE",
        approved_by="VARCHAR(200)",
        approved_at="TIMESTAMP",
    ),
    "ALL",
    sortkey=("adjustment_key",),
)
BRIDGE_ADJUSTMENT = Table(
    "bridge_scenario_adjustment",
    columns(
        scenario_key="BIGINT",
        adjustment_key="BIGINT",
        publish_id="VARCHAR(64)",
        position="INTEGER",
        is_in_force="BOOLEAN",
    ),
    "ALL",
    sortkey=("scenario_key",),
)
ALWAYS = (
    MUTEX,
    LEDGER,
    WITHDRAWAL,
    SCENARIO,
    DATE,
    ADJUSTMENT,
    ADJUSTMENT_HISTORY,
    DIM_ADJUSTMENT,
    BRIDGE_ADJUSTMENT,
)


@dataclass(frozen=True)
class StarTables:
    """A star's tables: the stage that its rows are loaded into, its dimensions, its fact."""

    star: StarSchemaOperator
    stage: Table
    dimensions: tuple[Table, ...]
    fact: Table

    @property
    def all(self) -> tuple[Table, ...]:
        """The tables that stay."""
        return (*self.dimensions, self.fact)

    @property
    def sort(self) -> tuple[str, ...]:
        """The stage's columns by which the fact is sorted, up to the first that isn't staged.

        A publication has one id and one scenario; a dimension's key is given only later.
        """
        staged = {"date_key": self.star.date}
        staged |= {measure.field: measure.field for measure in self.star.measures}
        wanted = [name for name in self.fact.sortkey if name not in {"publish_id", "scenario_key"}]
        return tuple(staged[name] for name in takewhile(staged.__contains__, wanted))


def star_tables(
    star: StarSchemaOperator, schema: pa.Schema, settings: DesignSettings
) -> StarTables:
    """Design the tables of a star over files of this schema.

    Dimensions are small, so every node has them whole and joins stay where they are; facts are
    spread evenly. A report asks for dates and variants, so facts are sorted by these. Raises
    ``PublicationError`` for a type that no warehouse has, ``SettingError``.
    """
    fact_name = "fact_" + star.fact

    def typed(table: str, field: str) -> ColumnType:
        length = settings.text_bytes_of(table, field)
        return ColumnType.of_arrow(schema.field(field).type, length, where=f"field {field!r}")

    def figure(measure: FactMeasure) -> ColumnType:
        length = settings.text_bytes_of(fact_name, measure.field)
        dtype = to_arrow_type(parse_type(measure.type))
        return ColumnType.of_arrow(dtype, length, where=f"measure {measure.field!r}")

    def described(dimension: Dimension) -> tuple[Column, ...]:
        table = "dim_" + dimension.name
        key = ColumnType("VARCHAR", settings.text_bytes_of(table, dimension.key))
        rest = [Column(name, typed(table, name)) for name in dimension.attributes]
        return (Column(dimension.key, key), *rest)

    measures = tuple(Column(measure.field, figure(measure)) for measure in star.measures)
    day = Column(star.date, ColumnType("DATE"))
    fields = [column for dimension in star.dimensions for column in described(dimension)]
    keys = {d.name: Column(d.name + "_key", ColumnType("BIGINT")) for d in star.dimensions}
    fact = Table(
        fact_name,
        (
            *columns(publish_id="VARCHAR(64)", scenario_key="BIGINT", date_key="INTEGER"),
            *keys.values(),
            *measures,
        ),
        "EVEN",
        sortkey=("date_key", "scenario_key"),
    )
    history = columns(
        attribute_hash="VARCHAR(32)",
        valid_from="DATE",
        valid_to="DATE",
        is_current="BOOLEAN",
        confirmed_to="DATE",
    )
    return StarTables(
        star,
        Table("lq_stage", (day, *fields, *measures)).adjusted(DesignSettings()),
        tuple(
            Table(
                "dim_" + d.name,
                (keys[d.name], *described(d), *history),
                "ALL",
                sortkey=(d.name + "_key",),
            ).adjusted(settings)
            for d in star.dimensions
        ),
        fact.adjusted(settings),
    )


def distinct(tables: Iterable[Table]) -> tuple[Table, ...]:
    """Return each table once.

    Raises ``PublicationError`` where two stars mean different tables by one name.
    """
    found: dict[str, Table] = {}
    for table in tables:
        if found.setdefault(table.name, table) != table:
            raise PublicationError(
                "two stars of this publication describe it differently",
                where=f"table {table.name}",
                hint="give both the same fields and types, or different names",
            )
    return tuple(found.values())
