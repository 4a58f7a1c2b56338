"""Enrich: add the fields of reference tables; no row is lost, doubled or left half empty."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DataType, StructField, StructType

from liqbench.errors import (
    FanOutError,
    FaultCollector,
    FieldTypeError,
    InputCountError,
    LiqbenchError,
    LocalUnsupportedError,
    MissingReferenceError,
    OperatorParameterError,
    UnknownFieldError,
)
from liqbench.model._values import FrozenModel
from liqbench.model.conditions import Value
from liqbench.model.forms import FieldName
from liqbench.operators.base import Context, KeyMapping, Keys, Locality, Operator
from liqbench.operators.conditions import coerce
from liqbench.operators.expressions import fields_of_schema, quoted, refusal
from liqbench.operators.expressions.types import (
    as_decimal,
    is_float,
    is_numeric,
    literal_type,
    name_of,
)
from liqbench.operators.expressions.typing import literal_column
from liqbench.operators.local import LocalTable, Vector
from liqbench.operators.origins import Origin, Origins, distinct, following, unchanged
from liqbench.operators.rows import examples, local_examples
from liqbench.operators.sources import Source, describe, local_table, read, small_table


class Reference(FrozenModel):
    """One reference table and how it is joined.

    ``on``: field of the rows → field of the reference. ``fields``: what is added, field of the
    reference → new name. Without ``source`` the reference is the operator's next input.
    ``many_to_one``: the reference has at most one row per key. ``one_to_many``: it may have
    several, told apart by ``extra_key``, which then belongs to the key of the output.
    A row without a reference is an error, or gets ``defaults`` and is counted.
    """

    name: str = Field(min_length=1)
    source: Source | None = Field(default=None, description="without it, the next input")
    on: dict[FieldName, str] = Field(
        min_length=1, description="field of the rows, and the field of the reference it must equal"
    )
    fields: dict[str, str] = Field(
        min_length=1, description="field of the reference, and what it is called from here on"
    )
    cardinality: Literal["many_to_one", "one_to_many"] = Field(
        default="many_to_one", description="how many rows of the reference a row may have"
    )
    extra_key: tuple[str, ...] = Field(
        default=(), description="added fields that tell several rows of the reference apart"
    )
    on_missing: Literal["refuse", "default"] = Field(
        default="refuse", description="what to do with a row that has no reference"
    )
    defaults: dict[str, Value] = Field(
        default_factory=dict, description="value of every added field where there is no reference"
    )

    @model_validator(mode="after")
    def _check_choices(self) -> Reference:
        if (self.cardinality == "one_to_many") != bool(self.extra_key):
            raise ValueError("extra_key goes with one_to_many, and that needs one")
        if not set(self.extra_key) <= set(self.fields.values()):
            raise ValueError("extra_key names added fields, by their new names")
        if self.on_missing == "default" and set(self.defaults) != set(self.fields.values()):
            raise ValueError("on_missing 'default' needs a default for every added field")
        if self.on_missing == "refuse" and self.defaults:
            raise ValueError("defaults go with on_missing 'default'")
        return self


class EnrichOperator(Operator):
    """Join reference tables to the rows of the first input, one after the other."""

    kind: ClassVar[str] = "enrich"
    locality: ClassVar[Locality] = Locality.ROW
    most_inputs: ClassVar[int | None] = None
    keeps_rows: ClassVar[bool] = True

    references: tuple[Reference, ...] = Field(min_length=1)

    def sources(self) -> tuple[Source, ...]:
        """Return the references' own sources."""
        return tuple(ref.source for ref in self.references if ref.source is not None)

    @property
    def alters_rows(self) -> bool:
        """Tell whether a reference may have several rows for one."""
        return any(ref.cardinality == "one_to_many" for ref in self.references)

    def keys(self, *inputs: Keys) -> KeyMapping:
        """Keys stay; a one-to-many reference extends them."""
        extra = [name for ref in self.references for name in ref.extra_key]
        return KeyMapping("extended" if extra else "identity", (*inputs[0], *extra))

    def outputs(self, context: Context, *schemas: StructType) -> StructType:
        """Return the first input's fields and the added ones."""
        faults = FaultCollector()
        result = list(schemas[0].fields)
        with faults.collect():
            tables = self.paired(schemas[1:])
        for ref, given in tables if not faults.faults else []:
            with faults.collect(f"reference {ref.name!r}"):
                schema = given
                if ref.source is not None:
                    schema = describe(ref.source, context)
                if schema is None or (ref.source is not None and ref.source.format == "csv"):
                    raise FieldTypeError(
                        f"{ref.source} has no types",
                        hint="ingest it with declared fields and connect it as an input",
                    )
                result += _added(ref, schema, StructType(result))
        faults.raise_all()
        return StructType(result)

    def origins(self, context: Context, output: StructType, *inputs: StructType) -> Origins:
        """Return the rows' own fields, and for an added one the reference's and the join fields.

        The input of a field of a reference with a source of its own is the reference's name.
        """
        del context, output
        known = unchanged(inputs[0].fieldNames())
        for ref, place in self.paired(range(1, len(inputs))):
            table = ref.name if place is None else place
            rows = [following(known, field, "condition") for field in ref.on]
            tested = (Origin(table, field, "condition") for field in ref.on.values())
            joined = distinct(*rows, tuple(tested))
            for old, new in ref.fields.items():
                known[new] = distinct((Origin(table, old, "reference"),), joined)
        return known

    def paired(self, rest: Sequence[Any]) -> list[tuple[Reference, Any]]:
        """Pair each reference with its input, where it has no source of its own."""
        open_ones = [ref for ref in self.references if ref.source is None]
        if len(open_ones) != len(rest):
            raise InputCountError(
                f"{len(open_ones)} references without a source need as many further inputs, "
                f"there are {len(rest)}",
                hint="the first input is the rows, the next ones are references in order",
            )
        inputs = iter(rest)
        return [(ref, next(inputs) if ref.source is None else None) for ref in self.references]

    def apply(self, context: Context, *inputs: DataFrame) -> DataFrame:
        """Join all references; a refused miss raises while the rows are computed."""
        rows = inputs[0]
        missed: dict[str, Column] = {}
        for n, (ref, table) in enumerate(self._tables(context, inputs[1:])):
            types = fields_of_schema(table.schema)
            on = [rows[quoted(a)] == F.col(f"__on_{place}") for place, a in enumerate(ref.on)]
            joined = rows.join(_narrow(ref, table), on, "left")
            hit = F.col("__hit").isNotNull()
            if ref.on_missing == "refuse":
                joined = joined.filter(F.when(hit, hit).otherwise(refusal(ref.name, "boolean")))
            added = [_value(ref, old, types[old], hit) for old in ref.fields]
            own = [rows[quoted(name)] for name in rows.columns]
            rows = joined.select(*own, *added, (~hit).alias(f"__missed_{n}"))
            missed[f"missing {ref.name}"] = F.count_if(F.col(f"__missed_{n}"))
        rows = context.observe(rows, missed)
        return rows.drop(*(f"__missed_{n}" for n in range(len(missed))))

    def _tables(
        self, context: Context, rest: Sequence[DataFrame]
    ) -> Iterable[tuple[Reference, DataFrame]]:
        for ref, given in self.paired(rest):
            yield ref, given if ref.source is None else read(ref.source, context)

    @property
    def is_local(self) -> bool:
        """Tell whether all references are small: parameter sets, or small results themselves."""
        return all(
            ref.cardinality == "many_to_one"
            and (ref.source is None or ref.source.format == "parameters")
            for ref in self.references
        )

    def local(self, context: Context, *tables: LocalTable) -> LocalTable:
        """Return the rows with the references' fields, on the driver."""
        rows = tables[0]
        missed: dict[str, int] = {}
        for ref, given in self.paired(tables[1:]):
            table = given if ref.source is None else local_table(ref.source, context)
            if table is None:
                raise LocalUnsupportedError(f"{ref.source} is read by Spark only")
            rows, missed[f"missing {ref.name}"] = _joined(ref, rows, table)
        context.count(missed)
        return rows

    def check(self, context: Context) -> None:
        """Raise ``FanOutError`` where a sourced reference has several rows for one key."""
        for ref in self.references:
            if ref.source is None or _seen_distinct(ref.source, _identifying(ref), context):
                continue
            if fault := _fan_out(ref, read(ref.source, context)):
                raise fault

    def diagnose(self, context: Context, *inputs: DataFrame) -> LiqbenchError | None:
        """Return the missing or multiplying references behind a failed run, with examples."""
        for ref, table in self._tables(context, inputs[1:]):
            if fault := _fan_out(ref, table):
                return fault
            conditions = [inputs[0][quoted(a)] == table[quoted(b)] for a, b in ref.on.items()]
            lost = inputs[0].join(table, conditions, "left_anti")
            fields = list(ref.on)
            if ref.on_missing == "refuse" and (count := lost.count()):
                return _missing(ref, count, examples(lost.select(*fields).distinct(), fields))
        return None


def _joined(ref: Reference, rows: LocalTable, table: LocalTable) -> tuple[LocalTable, int]:
    """Return the rows with one reference's fields, and how many had no row in it."""
    places = {key: place for place, key in enumerate(table.keys(list(ref.on.values())))}
    if len(places) < table.rows:
        raise LocalUnsupportedError(f"several rows for one key in {ref.name!r}")
    none = table.rows  # a place behind the last
    found = np.array(
        [none if None in key else places.get(key, none) for key in rows.keys(list(ref.on))],
        np.int64,
    )
    lost = found == none
    if ref.on_missing == "refuse" and lost.any():
        raise _missing(ref, int(lost.sum()), local_examples(rows.take(lost), list(ref.on)))
    found[lost] = 0
    for old, new in ref.fields.items():
        own = table[old]
        if not table.rows:
            own = Vector.nulls(own.dtype, 1)
        vector = own.take(found)
        if lost.any():
            literal = coerce(ref.defaults[new], own.dtype, field=new)
            usual = Vector.of(own.dtype, [literal.value] * int(lost.sum()))
            values, valid = vector.values.copy(), vector.valid.copy()
            values[lost], valid[lost] = usual.values, usual.valid
            vector = Vector(own.dtype, values, valid)
        rows = rows.with_column(new, vector)
    return rows, int(lost.sum())


def _missing(ref: Reference, count: int, shown: str) -> MissingReferenceError:
    return MissingReferenceError(
        f"{count:,} rows have no row in it, such as {shown}",
        where=f"reference {ref.name!r}",
        hint="complete the reference, or choose on_missing 'default' with defaults",
    )


def _narrow(ref: Reference, table: DataFrame) -> DataFrame:
    """Return the reference's join fields and added fields under names that collide with none."""
    if ref.source is None:  # its rows come from the run itself, so no check has seen them
        twins = F.count(F.lit(1)).over(Window.partitionBy(*_identifying(ref)))
        several = refusal(f"several rows for one key in {ref.name}", "boolean")
        table = table.withColumn("__alone", twins == 1)
        table = table.filter(F.when(F.col("__alone"), F.col("__alone")).otherwise(several))
    return table.select(
        *(F.col(quoted(b)).alias(f"__on_{n}") for n, b in enumerate(ref.on.values())),
        *(F.col(quoted(old)).alias(f"__new_{new}") for old, new in ref.fields.items()),
        F.lit(1).alias("__hit"),
    )


def _value(ref: Reference, old: str, dtype: DataType, hit: Column) -> Column:
    new = ref.fields[old]
    column = F.col(quoted(f"__new_{new}"))
    if ref.on_missing == "default":
        literal = coerce(ref.defaults[new], dtype, field=new)
        column = F.when(hit, column).otherwise(literal_column(literal, dtype).cast(dtype))
    return column.alias(new)


def _identifying(ref: Reference) -> list[str]:
    """Return the reference's fields of which each combination may stand in one row only."""
    extra = [old for old, new in ref.fields.items() if new in ref.extra_key]
    return list(dict.fromkeys([*ref.on.values(), *extra]))


def _seen_distinct(source: Source, names: list[str], context: Context) -> bool:
    """Tell whether a small table has one row per key at most, without asking Spark."""
    table = small_table(source, names, context)
    return table is not None and table.group_by(names).aggregate([]).num_rows == table.num_rows


def _fan_out(ref: Reference, table: DataFrame) -> FanOutError | None:
    names = _identifying(ref)
    columns = [F.col(quoted(name)) for name in names]
    twice = table.groupBy(*columns).agg(F.count(F.lit(1)).alias("rows")).filter("rows > 1")
    if twice.isEmpty():
        return None
    return FanOutError(
        f"has several rows for one key, such as {examples(twice, [*names, 'rows'])}",
        where=f"reference {ref.name!r}",
        hint="declare one_to_many with an extra_key, or remove the doubles",
    )


def _added(ref: Reference, schema: StructType, rows: StructType) -> list[StructField]:
    faults = FaultCollector()
    left, right = fields_of_schema(rows), fields_of_schema(schema)
    for a, b in ref.on.items():
        if a not in left:
            faults.add(UnknownFieldError.of(a, left, where="on"))
        elif b not in right:
            faults.add(UnknownFieldError.of(b, right, where="on"))
        elif left[a] != right[b] and not (is_numeric(left[a]) and is_numeric(right[b])):
            faults.add(FieldTypeError(f"{a!r} is {name_of(left[a])}, {b!r} is {name_of(right[b])}"))
    added: list[StructField] = []
    for old, new in ref.fields.items():
        if old not in right:
            faults.add(UnknownFieldError.of(old, right, where="fields"))
        elif new in left or new in [field.name for field in added]:
            faults.add(
                OperatorParameterError(f"the field {new!r} is there already", hint="rename it")
            )
        elif is_float(right[old]):
            faults.add(FieldTypeError(f"{old!r} is {name_of(right[old])}; money is decimal"))
        else:
            with faults.collect(f"default of {new!r}"):
                if ref.on_missing == "default":
                    _check_default(ref.defaults[new], right[old], new)
            added.append(StructField(new, right[old]))
    faults.raise_all()
    return added


def _check_default(value: Any, dtype: DataType, name: str) -> None:
    literal = coerce(value, dtype, field=name)
    if is_numeric(dtype):
        own, given = as_decimal(dtype), as_decimal(literal_type(literal.value))
        if given.scale > own.scale or given.precision - given.scale > own.precision - own.scale:
            raise FieldTypeError(f"{value} doesn't fit {name_of(dtype)}")
