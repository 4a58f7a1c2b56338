"""Ingest: the one door for data. What comes in is typed, keyed and complete, or doesn't."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import ClassVar, Literal

from pydantic import Field, model_validator
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import (
    ArrayType,
    DataType,
    DateType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from liqbench.errors import (
    DuplicateKeysError,
    EmptySourceError,
    FaultCollector,
    FieldTypeError,
    SchemaDriftError,
    UnknownFieldError,
    did_you_mean,
)
from liqbench.model._values import FrozenModel
from liqbench.model.forms import OwnFieldName, TypeName
from liqbench.operators.base import Context, KeyMapping, Keys, Locality, Operator
from liqbench.operators.checks import (
    RowCheck,
    key_check,
    presence_check,
    text_checks,
    value_checks,
)
from liqbench.operators.expressions import fields_of_schema, quoted
from liqbench.operators.expressions.types import (
    as_decimal,
    is_float,
    is_numeric,
    name_of,
    parse_type,
)
from liqbench.operators.origins import Origin, Origins
from liqbench.operators.rows import examples
from liqbench.operators.sources import BROKEN, Source, describe, read


class FieldSpec(FrozenModel):
    """A declared field: its name, its type, whether null is allowed, its name at the source.

    ``choose`` ``next``: the source has a list of dates, such as those on which a deal can be
    called, and the field is the first of them on or after the as-of date, null where none is.
    """

    name: str = Field(min_length=1)
    type: TypeName
    nullable: bool = Field(default=True, description="whether it may be empty")
    source_name: str | None = Field(default=None, description="its name at the source, if another")
    choose: Literal["next"] | None = Field(
        default=None, description="of a list of dates, the first on or after the as-of date"
    )

    @model_validator(mode="after")
    def _check_choice(self) -> FieldSpec:
        if self.choose and self.type.strip().casefold() != "date":
            raise ValueError(f"choose {self.choose!r} is for a field of type date")
        return self

    @property
    def dtype(self) -> DataType:
        """The Spark type. Raises ``FieldTypeError``."""
        return parse_type(self.type)


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

    source: Source = Field(description="where the rows come from")
    key: tuple[OwnFieldName, ...] = Field(min_length=1, description="fields that identify a row")
    fields: tuple[FieldSpec, ...] = Field(
        default=(), description="declared fields; without any, the source's own"
    )
    extra_fields: Literal["ignore", "refuse"] = Field(
        default="ignore", description="what to do with fields that are not declared"
    )
    dates: tuple[date, date] = Field(
        default=(date(1900, 1, 1), date(9999, 12, 31)),
        description="the first and last date that is believed",
    )

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
        found = {name: kind for name, kind in fields_of_schema(stored).items() if name != BROKEN}
        wanted = {spec.source_name or spec.name: spec for spec in self.fields}
        drift = [
            f"{name!r} is missing ({did_you_mean(name, found)})"
            for name in wanted
            if name not in found
        ]
        for name, spec in wanted.items():
            if name in found and not _readable(found[name], spec):
                declared = f"a list, of which the {spec.choose}" if spec.choose else spec.type
                drift.append(f"{name!r} is {name_of(found[name])}, declared is {declared}")
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

    def origins(self, context: Context, output: StructType, *inputs: StructType) -> Origins:
        """Return the source's field of each."""
        del context, inputs
        source = str(self.source)
        return {
            name: (Origin(source, self._stored_name(name), "source"),)
            for name in output.fieldNames()
        }

    def apply(self, context: Context, *_: DataFrame) -> DataFrame:
        """Return the source with declared names and types."""
        return self._declared_form(read(self.source, context), context)

    def _declared_form(self, raw: DataFrame, context: Context) -> DataFrame:
        if not self.fields:
            return raw
        return raw.select(*(_typed(spec, context).alias(spec.name) for spec in self.fields))

    def check(self, context: Context) -> None:
        """Raise the first kind of fault found in the rows, with its count and examples."""
        raw = read(self.source, context)
        if self.fields:
            self._compare(raw.schema, context)
        checks = list(self._checks(raw))
        counts = raw.agg(
            F.count(F.lit(1)).alias("rows"),
            *(F.count_if(check.bad).alias(f"c{n}") for n, check in enumerate(checks)),
        ).first()
        if counts is None or counts["rows"] == 0:
            raise EmptySourceError(
                "holds no row", where=str(self.source), hint="has the delivery arrived?"
            )
        keys = [self._stored_name(name) for name in self.key]
        for n, check in enumerate(checks):
            if count := counts[f"c{n}"]:
                shown = dict.fromkeys([*keys, *check.shown])
                raise check.error(
                    f"{count:,} of {counts['rows']:,} rows: {check.says}, "
                    f"such as {examples(raw.filter(check.bad), list(shown))}",
                    where=str(self.source),
                    hint=check.hint,
                )
        self._check_duplicates(self._declared_form(raw, context))

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

    def _checks(self, raw: DataFrame) -> Iterator[RowCheck]:
        types = fields_of_schema(raw.schema)
        yield from text_checks(raw)
        for name in self.key:
            if self._stored_name(name) not in types:
                raise UnknownFieldError.of(name, types, where="key")
            yield key_check(self._stored_name(name))
        specs = self.fields or tuple(
            FieldSpec(name=name, type=name_of(dtype))
            for name, dtype in types.items()
            if isinstance(dtype, DateType)
        )
        for spec in specs:
            stored = spec.source_name or spec.name
            if not spec.nullable:
                yield presence_check(stored)
            yield from value_checks(stored, types[stored], spec.dtype, self.dates)


def _typed(spec: FieldSpec, context: Context) -> Column:
    """Return a declared field as its source has it, in its type."""
    stored = F.col(quoted(spec.source_name or spec.name))
    if spec.choose is None:
        return stored.cast(spec.dtype)
    # Without a lambda, whose numbered variable would have Spark compile its code anew every time.
    days, today = stored.cast("array<date>"), F.lit(context.as_of)
    in_order = F.sort_array(F.array_union(days, F.array(today)))
    following = F.get(in_order, F.array_position(in_order, today))
    return F.when(F.array_contains(days, today), today).otherwise(following)


def _readable(source: DataType, spec: FieldSpec) -> bool:
    """Tell whether a source's type can carry a declared field."""
    if spec.choose is None:
        return _castable(source, spec.dtype)
    return isinstance(source, ArrayType) and _castable(source.elementType, spec.dtype)


def _castable(source: DataType, wanted: DataType) -> bool:
    """Tell whether a source's type can carry values of the wanted one, subject to the checks."""
    if source == wanted or isinstance(source, StringType):
        return True
    if is_numeric(wanted):
        if is_float(source):
            return True
        return is_numeric(source) and as_decimal(source).scale <= as_decimal(wanted).scale
    return isinstance(source, TimestampType) and isinstance(wanted, DateType)
