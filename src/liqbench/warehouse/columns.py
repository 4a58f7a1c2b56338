"""Columns of a warehouse and their types, between Arrow, Redshift and what a catalog tells."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa

from liqbench.errors import PublicationError

MAX_PRECISION, MAX_SCALE = 38, 37
MAX_TEXT_BYTES = 65_535
_WRITTEN = re.compile(r"([A-Z ]+?)\s*(?:\((\d+)(?:,\s*(\d+))?\))?$")
_SYNONYMS = {
    "CHARACTER VARYING": "VARCHAR",
    "NUMERIC": "DECIMAL",
    "TIMESTAMP WITHOUT TIME ZONE": "TIMESTAMP",
}
_ARROW: dict[str, pa.DataType] = {
    "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "VARCHAR": pa.string(),
}


@dataclass(frozen=True)
class ColumnType:
    """A type of Redshift's.

    ``size`` is a VARCHAR's length in bytes or a DECIMAL's precision; a catalog that knows no
    lengths, as DuckDB's, tells ``None``.
    """

    kind: str
    size: int | None = None
    scale: int = 0

    @classmethod
    def of(cls, written: str) -> ColumnType:
        """Read a type as SQL writes it, such as ``DECIMAL(20,2)``."""
        found = _WRITTEN.match(written.upper())
        if found is None:
            return cls(written.upper())
        kind, size, scale = found.groups()
        return cls(_SYNONYMS.get(kind, kind), int(size) if size else None, int(scale or 0))

    @classmethod
    def of_catalog(
        cls, kind: str, length: int | None, precision: int | None, scale: int | None
    ) -> ColumnType:
        """Read a type as a row of the catalog tells it."""
        told = cls.of(kind)
        if told.kind == "VARCHAR":
            return cls(told.kind, length)
        if told.kind == "DECIMAL":
            return cls(told.kind, precision, scale or 0)
        return cls(told.kind)

    @classmethod
    def of_arrow(cls, dtype: pa.DataType, text_bytes: int, *, where: str) -> ColumnType:
        """Return the type that holds a file's column. Raises ``PublicationError``."""
        if pa.types.is_dictionary(dtype):
            dtype = dtype.value_type
        if pa.types.is_string(dtype) or pa.types.is_large_string(dtype):
            return cls("VARCHAR", text_bytes)
        if pa.types.is_decimal(dtype) and dtype.scale <= MAX_SCALE:
            return cls("DECIMAL", dtype.precision, dtype.scale)
        if pa.types.is_int8(dtype):
            return cls("SMALLINT")
        if pa.types.is_timestamp(dtype):
            return cls("TIMESTAMP")
        for kind, arrow in _ARROW.items():
            if dtype == arrow:
                return cls(kind)
        raise PublicationError(
            f"no column of a warehouse holds {dtype}",
            where=where,
            hint=f"publish a text, date, yes or no, integer, or decimal of scale ≤ {MAX_SCALE}",
        )

    @property
    def arrow(self) -> pa.DataType:
        """The type of a file's column that COPY loads into this one."""
        if self.kind == "DECIMAL":
            return pa.decimal128(self.size, self.scale)
        return _ARROW[self.kind]

    @property
    def encoding(self) -> str:
        """The compression that suits it."""
        return {"VARCHAR": "zstd", "BOOLEAN": "zstd"}.get(self.kind, "az64")

    def holds(self, other: ColumnType) -> bool:
        """Tell whether every value of the other type fits, with all its digits."""
        if self.kind != other.kind or self.scale != other.scale:
            return False
        return self.size is None or (other.size is not None and other.size <= self.size)

    def __str__(self) -> str:
        if self.kind == "DECIMAL":
            return f"DECIMAL({self.size},{self.scale})"
        return self.kind if self.size is None else f"{self.kind}({self.size})"


@dataclass(frozen=True)
class Column:
    """A column's name and type, and its compression where it is not the type's."""

    name: str
    type: ColumnType
    encoding: str | None = None


def columns(**types: str) -> tuple[Column, ...]:
    """Return columns by name and written type."""
    return tuple(Column(name, ColumnType.of(written)) for name, written in types.items())
