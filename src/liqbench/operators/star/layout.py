"""The columns of every table of the star, before anything is calculated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql.types import DataType, DateType

from liqbench.errors import AmbiguousNameError, FaultCollector, FieldTypeError, UnknownFieldError
from liqbench.operators.expressions.ratio import check_digits
from liqbench.operators.expressions.types import as_decimal, is_float, is_numeric, name_of, sum_type
from liqbench.operators.star.declared import Fields, Tables
from liqbench.operators.star.errors import UnknownTableError
from liqbench.operators.star.keys import has_text
from liqbench.operators.star.model import (
    Aggregation,
    AggregationLevel,
    ColumnMetadata,
    StarChoices,
    StarSettings,
)
from liqbench.operators.star.structure import BridgedPair, Classification, Reference, TableRole
from liqbench.operators.star_schema import Quotient

CALENDAR = "date"
LOADED = ("run_id", "as_of", "publish_id")
VERSIONED = ("attribute_hash", "valid_from", "valid_to", "is_current", "confirmed_to")


@dataclass(frozen=True)
class Fold:
    """An outer dimension whose columns an inner one takes over: outer column → new name."""

    reference: Reference
    columns: Mapping[str, str]


@dataclass(frozen=True)
class DimensionLayout:
    """A dimension: natural key, all attributes (folded ones too), whether it keeps history."""

    name: str
    key: tuple[str, ...]
    own: tuple[str, ...]
    folds: tuple[Fold, ...]
    versioned: bool
    published: bool

    @property
    def surrogate(self) -> str:
        """The name of the surrogate key."""
        return f"{self.name}_key"

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes: its own, then those of each outer dimension."""
        return (*self.own, *(new for fold in self.folds for new in fold.columns.values()))


@dataclass(frozen=True)
class MeasureLayout:
    """A measure: its column, type, and what may be made of several."""

    column: str
    dtype: DataType
    aggregation: Aggregation


@dataclass(frozen=True)
class FactLayout:
    """A fact: its references, its dates, what stays as it is, and its measures."""

    name: str
    references: tuple[Reference, ...]
    dates: tuple[str, ...]
    degenerate: tuple[str, ...]
    measures: tuple[MeasureLayout, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The foreign keys, those of dates last."""
        names = [reference.role for reference in self.references]
        return tuple(f"{name}_key" for name in (*names, *self.dates))


@dataclass(frozen=True)
class Layout:
    """The whole star. A folded dimension stands before those that it is folded into."""

    dimensions: Mapping[str, DimensionLayout]
    facts: Mapping[str, FactLayout]
    bridges: tuple[BridgedPair, ...]


def lay_out(
    tables: Tables,
    metadata: Sequence[ColumnMetadata],
    classification: Classification,
    settings: StarSettings,
) -> Layout:
    """Return the columns of all tables.

    Raises ``FieldTypeError`` for types that have no place in them, ``AmbiguousNameError`` where
    two columns would have one name, ``UnknownTableError`` and ``UnknownFieldError`` for what the
    settings name and nobody knows, ``PrecisionError`` for sums that no decimal holds.
    """
    faults = FaultCollector()
    dimensions = dimension_layouts(
        tuple(classification.keys), tables, metadata, classification, settings
    )
    facts: dict[str, FactLayout] = {}
    for name in classification.of(TableRole.FACT):
        with faults.collect(f"fact {name!r}"):
            facts[name] = fact_layout(name, tables[name], metadata, classification)
    with faults.collect():
        check_choices(classification, settings)
    faults.raise_all()
    for level in settings.levels:
        with faults.collect(f"level {level.name!r}"):
            _check_level(level, level.fact or classification.target, facts)
    faults.raise_all()
    return Layout(dimensions, facts, classification.bridges)


def check_choices(classification: Classification, choices: StarChoices) -> None:
    """Raise ``UnknownTableError`` and ``AmbiguousNameError`` for what no dimension can be."""
    faults = FaultCollector()
    dimensions = classification.of(TableRole.DIMENSION)
    for name in choices.scd2:
        if name not in dimensions:
            faults.add(UnknownTableError.of(name, dimensions, where="scd2"))
    if CALENDAR in dimensions:
        faults.add(
            AmbiguousNameError(
                f"a dimension can't be called {CALENDAR!r}, which is the calendar",
                hint="give the table another name",
            )
        )
    faults.raise_all()


def dimension_layouts(
    names: Sequence[str],
    tables: Tables,
    metadata: Sequence[ColumnMetadata],
    classification: Classification,
    choices: StarChoices,
) -> dict[str, DimensionLayout]:
    """Return the columns of these dimensions, an outer one before those it is folded into."""
    found: dict[str, DimensionLayout] = {}
    faults = FaultCollector()
    for name in names:
        with faults.collect(f"dimension {name!r}"):
            found[name] = _dimension(name, tables, metadata, classification, choices, outer=found)
    faults.raise_all()
    return found


def _dimension(
    name: str,
    tables: Tables,
    metadata: Sequence[ColumnMetadata],
    classification: Classification,
    choices: StarChoices,
    *,
    outer: Mapping[str, DimensionLayout],
) -> DimensionLayout:
    key = classification.keys[name]
    ignored = {c.column for c in metadata if c.table == name and c.role == "ignore"}
    own = tuple(c for c in tables[name] if c not in key and c not in ignored)
    for column in (*key, *own):
        if not has_text(tables[name][column]):
            raise FieldTypeError(
                f"{column!r} is {name_of(tables[name][column])}; a dimension has texts, booleans, "
                "whole numbers, decimals and dates",
                hint="cast it before, or give it the role 'ignore'",
            )
    folds = tuple(
        Fold(ref, {c: f"{ref.role}_{c}" for c in outer[ref.dimension].attributes})
        for ref in classification.folds
        if ref.table == name
    )
    layout = DimensionLayout(
        name,
        key,
        own,
        folds,
        versioned=name in choices.scd2,
        published=name in classification.of(TableRole.DIMENSION),
    )
    check_unique((layout.surrogate, *key, *layout.attributes, *VERSIONED))
    return layout


def fact_layout(
    name: str,
    fields: Fields,
    metadata: Sequence[ColumnMetadata],
    classification: Classification,
) -> FactLayout:
    """Return the columns of a fact."""
    roles = {column.column: column for column in metadata if column.table == name}
    references = tuple(ref for ref in classification.references if ref.table == name)
    replaced = {column for ref in references for column in ref.columns}
    dates: list[str] = []
    degenerate: list[str] = []
    measures: list[MeasureLayout] = []
    for column, dtype in fields.items():
        described = roles.get(column)
        role = described.role if described else None
        kept = role in ("degenerate", "key")
        if role == "measure" and described is not None:
            measures.append(measure_layout(column, dtype, described.aggregation))
        elif kept or (role != "ignore" and column not in replaced):
            if is_float(dtype):
                raise FieldTypeError(
                    f"{column!r} is {name_of(dtype)}; money is decimal",
                    hint="declare it as a decimal where it is ingested, or 'ignore' it",
                )
            plain = kept or not isinstance(dtype, DateType)
            (degenerate if plain else dates).append(column)
    check_quotients(measures)
    layout = FactLayout(name, references, tuple(dates), tuple(degenerate), tuple(measures))
    check_unique((*layout.keys, *degenerate, *(m.column for m in measures), *LOADED))
    return layout


def measure_layout(column: str, dtype: DataType, aggregation: Aggregation) -> MeasureLayout:
    """Return a measure. Raises ``FieldTypeError`` where it can't be one."""
    if is_float(dtype):
        raise FieldTypeError(
            f"the measure {column!r} is {name_of(dtype)}; money is decimal",
            hint="declare it as a decimal where it is ingested",
        )
    if aggregation != "none" and not is_numeric(dtype):
        raise FieldTypeError(
            f"the measure {column!r} is {name_of(dtype)}, which can't be aggregated",
            hint="leave out its aggregation",
        )
    if aggregation in ("sum", "avg"):
        sum_type(dtype)
    return MeasureLayout(column, dtype, aggregation)


def check_quotients(measures: Sequence[MeasureLayout]) -> None:
    """Raise ``UnknownFieldError`` and ``PrecisionError`` for quotients that can't be taken."""
    added = {m.column: m.dtype for m in measures if m.aggregation == "sum"}
    for measure in measures:
        parts = measure.aggregation
        if not isinstance(parts, Quotient):
            continue
        for part in (parts.numerator, parts.denominator):
            if part not in added:
                raise UnknownFieldError.of(
                    part, added, where=f"the quotient {measure.column!r}, of measures summed up"
                )
        check_digits(
            sum_type(added[parts.numerator]),
            sum_type(added[parts.denominator]),
            as_decimal(measure.dtype).scale,
        )


def _check_level(level: AggregationLevel, name: str, facts: Mapping[str, FactLayout]) -> None:
    if name not in facts:
        raise UnknownTableError.of(name, facts)
    known = [*facts[name].keys, *facts[name].degenerate]
    faults = FaultCollector()
    for column in level.by:
        if column not in known:
            faults.add(UnknownFieldError.of(column, known, where="by"))
    faults.raise_all()
    check_unique((*level.by, *aggregated_names(facts[name].measures), *LOADED))


def aggregated_names(measures: Sequence[MeasureLayout]) -> Iterable[str]:
    """Yield the names of an aggregate's figures."""
    for measure in measures:
        if measure.aggregation == "avg":
            yield from (f"{measure.column}_sum", f"{measure.column}_count")
        elif measure.aggregation != "none":
            yield measure.column
    yield "row_count"


def check_unique(names: Sequence[str]) -> None:
    """Raise ``AmbiguousNameError`` where names are alike; Spark and Redshift know no case."""
    folded = [name.casefold() for name in names]
    twice = sorted({name for name in names if folded.count(name.casefold()) > 1})
    if twice:
        raise AmbiguousNameError(
            f"there would be several columns {', '.join(twice)}",
            hint="rename them before, or give the relationship a role of its own",
        )
