"""Ingest: the one door for data. What comes in is typed, keyed and complete, or doesn't."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from pydantic import Field, model_validator
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import (
    DataType,
    DateType,
    DecimalType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from liqbench.errors import (
    DataError,
    DateRangeError,
    DuplicateKeysError,
    EmptySourceError,
    FaultCollector,
    FieldTypeError,
    InvalidFigureError,
    NullKeysError,
    SchemaDriftError,
    UndefinedFigureError,
    UnknownFieldError,
    did_you_mean,
)
from liqbench.model._values import FrozenModel
from liqbench.operators.base import Context, KeyMapping, Keys, Locality, Operator
from liqbench.operators.expressions import quoted
from liqbench.operators.expressions.types import (
    as_decimal,
    is_float,
    is_numeric,
    name_of,
    parse_type,
)
from liqbench.operators.rows import examples
from liqbench.operators.sources import Source, describe, read

_EXACT_TEXT = DecimalType(38, 18)
_NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"


class FieldSpec(FrozenModel):
    """A declared field: its name, its type, whether null is allowed, its name at the source."""

    name: str = Field(min_length=1)
    type: str
    nullable: bool = True
    source_name: str | None = None

    @property
    def dtype(self) -> DataType:
        """The Spark type. Raises ``FieldTypeError``."""
        return parse_type(self.type)


@dataclass(frozen=True)
class _Check:
    """One way in which a row can be at fault."""

    error: type[DataError]
    says: str
    hint: str
    bad: Column
    shown: str


class IngestOperator(Operator):
    """Read a source, check it, and give its fields their declared types, losing no digit.

    Refused with examples: null keys, duplicate keys, NaN and infinities, figures with more digits
    than declared, unreadable dates or ones outside ``dates``, nulls where none may be. Without
    ``fields`` the source's own types are taken; csv and json have none, so they need them.
    """

    kind: ClassVar[str] = "ingest"
    locality: ClassVar[Locality] = Locality.ROW
    fewest_inputs: ClassVar[int] = 0
    most_inputs: ClassVar[int | None] = 0

    source: Source
    key: tuple[str, ...] = Field(min_length=1, description="fields that identify a row")
    fields: tuple[FieldSpec, ...] = Field(default=(), description="declared fields")
    extra_fields: Literal["ignore", "refuse"] = "ignore"
    dates: tuple[date, date] = (date(1900, 1, 1), date(9999, 12, 31))

    @model_validator(mode="after")
    def _check_dates(self) -> IngestOperator:
        if self.dates[0] > self.dates[1]:
            raise ValueError("dates: the first must not be after the last")
        return self

    def sources(self) -> tuple[Source, ...]:
        """Return the one source."""
        return (self.source,)

    def keys(self, *_: Keys) -> KeyMapping:
        """Keys begin here."""
        return KeyMapping("source", self.key)

    def outputs(self, context: Context, *_: StructType) -> StructType:
        """Return the declared fields, or the source's own. Raises ``SchemaDriftError`` and kin."""
        stored = describe(self.source, context)
        faults = FaultCollector()
        if not self.fields:
            schema = self._undeclared(stored)
        else:
            schema = self._declared(faults, stored, context)
        known = [spec.name for spec in self.fields] or schema.fieldNames()
        for name in self.key:
            if name not in known:
                faults.add(UnknownFieldError.of(name, known, where="key"))
        faults.raise_all()
        return schema

    def _undeclared(self, stored: StructType | None) -> StructType:
        if stored is None or self.source.format == "csv":
            names = [] if stored is None else stored.fieldNames()
            shown = ", ".join(f'{{"name": "{name}", "type": "…"}}' for name in names[:3])
            raise SchemaDriftError(
                f"{self.source.format} has no types, so the fields must be declared",
                hint=f"fields: [{shown or '…'}]",
            )
        for field in stored.fields:
            if is_float(field.dataType):
                raise FieldTypeError(
                    f"the field {field.name!r} is {name_of(field.dataType)}; money is decimal",
                    hint="declare the fields, this one as decimal(p,s)",
                )
        return stored

    def _declared(
        self, faults: FaultCollector, stored: StructType | None, context: Context
    ) -> StructType:
        declared: list[StructField] = []
        for spec in self.fields:
            with faults.collect(f"field {spec.name!r}"):
                declared.append(StructField(spec.name, spec.dtype))
        names = [spec.name for spec in self.fields]
        for name in sorted({n for n in names if names.count(n) > 1}):
            faults.add(SchemaDriftError(f"the field {name!r} is declared twice"))
        if stored is not None and not faults.faults:
            with faults.collect():
                self._compare(stored, context)
        return StructType(declared)

    def _compare(self, stored: StructType, context: Context) -> None:
        """Raise all differences between the declared and the stored fields in one error."""
        found = {field.name: field.dataType for field in stored.fields}
        wanted = {spec.source_name or spec.name: spec for spec in self.fields}
        drift = [
            f"{name!r} is missing ({did_you_mean(name, found)})"
            for name in wanted
            if name not in found
        ]
        for name, spec in wanted.items():
            if name in found and not _castable(found[name], spec.dtype):
                drift.append(f"{name!r} is {name_of(found[name])}, declared is {spec.type}")
        extra = [name for name in found if name not in wanted]
        if extra and self.extra_fields == "refuse":
            drift.append(f"not declared: {', '.join(extra)}")
        if drift:
            raise SchemaDriftError(
                "the source's fields are not the declared ones: " + "; ".join(drift),
                where=str(self.source),
                hint="change the declaration, or ask who delivers the source",
            )
        if extra:
            context.notice(f"fields not declared, left out: {', '.join(extra)}")

    def apply(self, context: Context, *_: DataFrame) -> DataFrame:
        """Return the source with declared names and types."""
        return self._declared_form(read(self.source, context))

    def _declared_form(self, raw: DataFrame) -> DataFrame:
        if not self.fields:
            return raw
        return raw.select(
            *(
                F.col(quoted(spec.source_name or spec.name)).cast(spec.dtype).alias(spec.name)
                for spec in self.fields
            )
        )

    def check(self, context: Context) -> None:
        """Raise the first kind of fault found in the rows, with its count and examples."""
        raw = read(self.source, context)
        if self.fields:
            self._compare(raw.schema, context)
        checks = [*self._key_checks(raw), *self._value_checks(raw)]
        counts = raw.agg(
            F.count(F.lit(1)).alias("rows"),
            *(F.count_if(check.bad).alias(f"c{n}") for n, check in enumerate(checks)),
        ).first()
        if counts is None or counts["rows"] == 0:
            raise EmptySourceError(
                "holds no row", where=str(self.source), hint="has the delivery arrived?"
            )
        shown_keys = [self._stored_name(name) for name in self.key]
        for n, check in enumerate(checks):
            if count := counts[f"c{n}"]:
                columns = list(dict.fromkeys([*shown_keys, check.shown]))
                raise check.error(
                    f"{count:,} of {counts['rows']:,} rows: {check.says}, "
                    f"such as {examples(raw.filter(check.bad), columns)}",
                    where=str(self.source),
                    hint=check.hint,
                )
        self._check_duplicates(self._declared_form(raw))

    def _check_duplicates(self, typed: DataFrame) -> None:
        columns = [F.col(quoted(name)) for name in self.key]
        twice = typed.groupBy(*columns).agg(F.count(F.lit(1)).alias("rows")).filter("rows > 1")
        if not twice.isEmpty():
            raise DuplicateKeysError(
                f"rows share their key ({', '.join(self.key)}), such as "
                f"{examples(twice, [*self.key, 'rows'])}",
                where=str(self.source),
                hint="declare the full key, or have the source delivered without doubles",
            )

    def _stored_name(self, name: str) -> str:
        return next((s.source_name or s.name for s in self.fields if s.name == name), name)

    def _key_checks(self, raw: DataFrame) -> Iterator[_Check]:
        for name in self.key:
            stored = self._stored_name(name)
            if stored not in raw.columns:
                raise UnknownFieldError.of(name, raw.columns, where="key")
            yield _Check(
                NullKeysError,
                f"the key field {stored!r} is null",
                "a row without a key can't be traced; have it delivered with one",
                F.col(quoted(stored)).isNull(),
                stored,
            )

    def _value_checks(self, raw: DataFrame) -> Iterator[_Check]:
        types = {field.name: field.dataType for field in raw.schema.fields}
        specs = self.fields or tuple(
            FieldSpec(name=name, type=name_of(dtype))
            for name, dtype in types.items()
            if isinstance(dtype, DateType)
        )
        for spec in specs:
            stored = spec.source_name or spec.name
            column, source = F.col(quoted(stored)), types[stored]
            if not spec.nullable:
                yield _Check(
                    UndefinedFigureError,
                    f"{stored!r} is null, declared is that it never is",
                    "have the source completed, or declare the field nullable",
                    column.isNull(),
                    stored,
                )
            if is_numeric(spec.dtype):
                yield from _figure_checks(stored, column, source, spec.dtype)
            elif isinstance(spec.dtype, DateType):
                yield from self._date_checks(stored, column, source)
            elif source != spec.dtype:
                yield _Check(
                    InvalidFigureError,
                    f"{stored!r} is no {name_of(spec.dtype)}",
                    "have the source corrected, or declare the field as string",
                    column.isNotNull() & column.try_cast(spec.dtype).isNull(),
                    stored,
                )

    def _date_checks(self, name: str, column: Column, source: DataType) -> Iterator[_Check]:
        hint = "write dates as 2025-12-31; widen 'dates' where older or later ones are meant"
        if isinstance(source, StringType):
            unreadable = column.isNotNull() & column.try_cast("date").isNull()
            yield _Check(DateRangeError, f"{name!r} is no date", hint, unreadable, name)
        first, last = self.dates
        day = column.try_cast("date")
        yield _Check(
            DateRangeError,
            f"{name!r} is outside {first} to {last}",
            hint,
            (day < F.lit(first)) | (day > F.lit(last)),
            name,
        )


def _figure_checks(
    name: str, column: Column, source: DataType, wanted: DataType
) -> Iterator[_Check]:
    """Yield what makes a figure unfit: not finite, unreadable, too long, too many decimals."""
    says = f"{name!r} has more digits than {name_of(wanted)} holds"
    hint = "declare a wider decimal: figures are never rounded on the way in"
    held = column.try_cast(wanted)
    if is_float(source):
        number = column.cast("double")
        endless = F.isnan(number) | (F.abs(number) == F.lit(float("inf")))
        yield _Check(
            InvalidFigureError,
            f"{name!r} is NaN or infinite",
            "have the source corrected; a figure is a number or null",
            endless,
            name,
        )
        longer = held.isNull() | (held.cast("double") != number)
    elif isinstance(source, StringType):
        readable = column.rlike(_NUMBER)
        yield _Check(
            InvalidFigureError,
            f"{name!r} is no number",
            "have the source corrected; a figure is a number with a decimal point, or empty",
            ~readable,
            name,
        )
        exact = column.try_cast(_EXACT_TEXT)
        beyond = column.rlike(rf"\.\d{{{as_decimal(wanted).scale}}}\d*[1-9]")
        rounded = F.when(column.rlike("[eE]"), exact.isNull() | (held != exact)).otherwise(beyond)
        longer = held.isNull() | rounded
    else:
        longer = held.isNull() | (held != column)
    if source != wanted:
        yield _Check(InvalidFigureError, says, hint, column.isNotNull() & longer, name)


def _castable(source: DataType, wanted: DataType) -> bool:
    """Tell whether a source's type can carry values of the wanted one, subject to the checks."""
    if source == wanted or isinstance(source, StringType):
        return True
    if is_numeric(wanted):
        if is_float(source):
            return True
        return is_numeric(source) and as_decimal(source).scale <= as_decimal(wanted).scale
    return isinstance(source, TimestampType) and isinstance(wanted, DateType)
