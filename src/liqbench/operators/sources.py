"""Where data comes from: files, Spark tables, frames bound at run time, parameter sets."""

from __future__ import annotations

import csv
import hashlib
import uuid
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field, model_validator
from pyspark.errors import AnalysisException, PySparkTypeError
from pyspark.sql import DataFrame
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StringType, StructField, StructType

from liqbench.errors import EmptySourceError, SchemaDriftError, SourceNotFoundError, did_you_mean
from liqbench.model._values import FrozenModel, content_hash
from liqbench.model.forms import FilePath
from liqbench.operators.base import Context
from liqbench.operators.expressions.types import name_of
from liqbench.operators.local import LocalTable
from liqbench.regulation import ParameterSet, load_parameters
from liqbench.regulation.classification import load_classification

Format = Literal["parquet", "csv", "json", "table", "frame", "parameters", "classification"]
_FEW_ROWS = 100_000
_FILES = ("parquet", "csv", "json")
# Where a text source keeps the line that it couldn't read; no field of a source is called so.
BROKEN = "the line"


class Source(FrozenModel):
    """A place to read from.

    ``parquet``, ``csv`` (with a header line), ``json`` (one object per line): a ``path`` to a
    file or folder, relative to the DAG's folder. ``table``: the ``name`` of a Spark table.
    ``frame``: the ``name`` under which a pandas, Arrow or Spark frame is bound when the DAG runs.
    ``parameters`` and ``classification``: the ``name`` of a regulatory parameter set, or of rules
    that classify deals; a bank's own have the path of a YAML file for a name. Rules have no rows.

    ``identity`` says by what one delivery of files is told from another: names, sizes and times
    (``modified``), or names and bytes (``content``), which costs reading them.
    """

    format: Format
    path: FilePath | None = Field(default=None, description="of a file or a folder of files")
    name: str | None = Field(default=None, description="of a table, frame or parameter set")
    delimiter: str = Field(
        default=",", min_length=1, max_length=1, description="between the values of a csv"
    )
    identity: Literal["modified", "content"] = Field(
        default="modified", description="by what one delivery of files is told from another"
    )

    @model_validator(mode="after")
    def _check_place(self) -> Source:
        wanted, other = ("path", "name") if self.format in _FILES else ("name", "path")
        if not getattr(self, wanted):
            raise ValueError(f"a {self.format} source needs a {wanted}")
        if getattr(self, other):
            raise ValueError(f"a {self.format} source has no {other}")
        return self

    def __str__(self) -> str:
        return f"{self.format} {self.path or self.name!r}"


def describe(source: Source, context: Context) -> StructType | None:
    """Return the fields as they are stored, without reading rows; ``None`` where that can't be.

    Raises ``SourceNotFoundError`` and ``EmptySourceError``.
    """
    if source.format == "parquet" and not _remote(source):
        return _parquet_schema(source, context)
    if source.format == "csv" and not _remote(source):
        return _text_schema(_csv_header(source, context))
    if source.format == "parameters":
        return from_arrow_schema(_parameters(source, context).reference_table().schema)
    if source.format == "json":
        if not _remote(source):
            _data_files(source, context)
        return None
    return read(source, context).schema


def read(source: Source, context: Context) -> DataFrame:
    """Return the source as a frame; csv and json come as text, to be cast exactly.

    Raises ``SourceNotFoundError`` and ``EmptySourceError``.
    """
    if source.format in _FILES:
        return _read_files(source, context)
    if source.format == "parameters":
        return _frame_of(_parameters(source, context).reference_table(), context)
    if source.format == "table":
        try:
            return context.spark.table(str(source.name))
        except AnalysisException as error:
            known = [table.name for table in context.spark.catalog.listTables()]
            raise SourceNotFoundError(
                f"Spark has no table {source.name!r}", hint=did_you_mean(str(source.name), known)
            ) from error
    return _bound(source, context)


def local_table(source: Source, context: Context) -> LocalTable | None:
    """Return a parameter set as a table on the driver; ``None`` for what only Spark reads."""
    if source.format != "parameters":
        return None
    return LocalTable.from_arrow(_parameters(source, context).reference_table())


def small_table(source: Source, fields: list[str], context: Context) -> pa.Table | None:
    """Return fields of a parameter set or a small parquet file; ``None`` for all others."""
    if source.format == "parameters":
        return _parameters(source, context).reference_table().select(fields)
    if source.format != "parquet" or _remote(source):
        return None
    if (rows_of(source, context) or 0) > _FEW_ROWS:
        return None
    files = _data_files(source, context)
    return pa.concat_tables([pq.read_table(file, columns=fields) for file in files])


def rows_of(source: Source, context: Context) -> int | None:
    """Return how many rows a source has where that is known without reading them."""
    if source.format == "parquet" and not _remote(source):
        return sum(int(pq.read_metadata(file).num_rows) for file in _data_files(source, context))
    if source.format == "parameters":
        return len(_parameters(source, context).reference_table())
    if source.format == "frame" and isinstance(
        frame := _bound_value(source, context), pd.DataFrame | pa.Table
    ):
        return len(frame)
    return None


def snapshot(source: Source, context: Context) -> str:
    """Return the fingerprint of what the source holds now.

    Files count by name, size and modification time, or by their bytes where the source's
    ``identity`` is ``content``; frames of pandas and Arrow by content. What
    can't be told apart that way (a Spark frame or table) is another snapshot at every run.
    """
    if source.format in _FILES and not _remote(source):
        base = _path(source, context)
        files = [
            [str(file.relative_to(base)), *_identity(source, file)]
            for file in _data_files(source, context)
        ]
        return content_hash([source.model_dump(exclude={"path"}), files])
    if source.format == "parameters":
        return _parameters(source, context).content_hash
    if source.format == "classification":
        return load_classification(str(source.name), context.folder).content_hash
    if source.format == "frame":
        frame = _bound_value(source, context)
        if isinstance(frame, pd.DataFrame | pa.Table):
            return _arrow_hash(_to_arrow(frame))
    return uuid.uuid4().hex


def _identity(source: Source, file: Path) -> list[Any]:
    if source.identity == "content":
        with file.open("rb") as stream:
            return [hashlib.file_digest(stream, "sha256").hexdigest()]
    return [file.stat().st_size, file.stat().st_mtime_ns]


def _parameters(source: Source, context: Context) -> ParameterSet:
    return load_parameters(str(source.name), context.folder)


def _remote(source: Source) -> bool:
    return "://" in str(source.path)


def _path(source: Source, context: Context) -> Path:
    return context.folder / Path(str(source.path)).expanduser()


def _data_files(source: Source, context: Context) -> list[Path]:
    """Return the files behind a path, sorted; hidden ones and Spark's marks are none."""
    path = _path(source, context)
    if not path.exists():
        near = [entry.name for entry in path.parent.glob("*")] if path.parent.is_dir() else []
        raise SourceNotFoundError(
            f"there is no {path.name!r} in {path.parent}", hint=did_you_mean(path.name, near)
        )
    found = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    files = [
        file
        for file in found
        if not any(part.startswith(("_", ".")) for part in file.relative_to(path).parts)
    ]
    if not files or all(file.stat().st_size == 0 for file in files):
        raise EmptySourceError("holds no data", where=str(path), hint="has the delivery arrived?")
    return files


def _parquet_schema(source: Source, context: Context) -> StructType:
    """Return the fields that all files share; Spark would fill or drop what differs."""
    schemas: dict[Path, StructType] = {}
    for file in _data_files(source, context):
        try:
            schemas[file] = from_arrow_schema(pq.read_schema(file))
        except (pa.ArrowException, PySparkTypeError) as error:
            raise SchemaDriftError(
                f"{file.name} can't be read as parquet: {str(error).splitlines()[0]}",
                where=str(source),
                hint="is the delivery complete, and of this format?",
            ) from error
    first, *others = schemas.items()
    for file, schema in others:
        fields = [{(f.name, name_of(f.dataType)) for f in each} for each in (first[1], schema)]
        if differing := sorted({f"{name!r} {kind}" for name, kind in fields[0] ^ fields[1]}):
            raise SchemaDriftError(
                f"{first[0].name} and {file.name} have different fields: "
                f"only one of them has {', '.join(differing)}",
                where=str(source),
                hint="keep deliveries of different shape apart",
            )
    return first[1]


def _csv_header(source: Source, context: Context) -> list[str]:
    headers: dict[tuple[str, ...], Path] = {}
    for file in _data_files(source, context):
        try:
            with file.open(encoding="utf-8-sig", newline="") as stream:
                row = next(csv.reader(stream, delimiter=source.delimiter), [])
        except UnicodeDecodeError as error:
            raise SchemaDriftError(
                f"{file.name} is no UTF-8 text: {error.reason} at byte {error.start}",
                where=str(source),
                hint="have it written as UTF-8",
            ) from error
        names = [name.strip() for name in row]
        folded = [name.casefold() for name in names]  # as Spark tells names apart
        if twice := [name for n, name in enumerate(names) if folded[n] in folded[:n]]:
            raise SchemaDriftError(
                f"{file.name} has {', '.join(map(repr, twice))} twice in its header line",
                where=str(source),
                hint="give every field its own name, capitals or not",
            )
        headers.setdefault(tuple(names), file)
    if len(headers) > 1:
        (first, a), (second, b) = list(headers.items())[:2]
        raise SchemaDriftError(
            f"{a.name} and {b.name} have different header lines: "
            f"only one of them has {', '.join(sorted(set(first) ^ set(second)))}",
            where=str(source),
        )
    return list(next(iter(headers)))


def _text_schema(names: list[str]) -> StructType:
    return StructType([StructField(name, StringType()) for name in names])


def _read_files(source: Source, context: Context) -> DataFrame:
    reader = context.spark.read
    if _remote(source):
        files = [str(source.path)]
    else:
        files = [str(file.resolve()) for file in _data_files(source, context)]
    if source.format == "parquet":
        return reader.parquet(*files)
    # A line at fault is kept as it is, to be counted and shown by the checks of the rows.
    reader = reader.option("mode", "PERMISSIVE").option("columnNameOfCorruptRecord", BROKEN)
    if source.format == "json":
        return reader.option("primitivesAsString", value=True).json(files)
    text = reader.option("header", value=True).option("sep", source.delimiter)
    text = text.option("escape", '"').option("multiLine", value=True)
    if _remote(source):
        return text.csv(files)
    # Our own reading of the header: Spark would rename or drop what it can't tell apart.
    return text.schema(_text_schema([*_csv_header(source, context), BROKEN])).csv(files)


def _bound_value(source: Source, context: Context) -> Any:
    name = str(source.name)
    if name not in context.inputs:
        raise SourceNotFoundError(
            f"no frame is bound to the name {name!r}", hint=f"run with inputs={{{name!r}: frame}}"
        )
    return context.inputs[name]


def _to_arrow(frame: pd.DataFrame | pa.Table) -> pa.Table:
    if isinstance(frame, pa.Table):
        return frame
    try:
        return pa.Table.from_pandas(frame, preserve_index=False)
    except pa.ArrowException as error:
        raise SchemaDriftError(
            f"a column of the pandas frame holds values of several types: {error}",
            hint="give every column one type; figures as decimal.Decimal",
        ) from error


def _frame_of(table: pa.Table, context: Context) -> DataFrame:
    """Return a table as a frame; Spark Connect asks for the types where there are no rows."""
    if len(table):
        return context.spark.createDataFrame(table)
    return context.spark.createDataFrame(table, from_arrow_schema(table.schema))


def _bound(source: Source, context: Context) -> DataFrame:
    frame = _bound_value(source, context)
    if isinstance(frame, pd.DataFrame | pa.Table):
        return _frame_of(_to_arrow(frame), context)
    if hasattr(frame, "sparkSession"):
        bound: DataFrame = frame
        return bound
    raise SchemaDriftError(
        f"{source.name!r} is bound to a {type(frame).__name__}",
        hint="bind a pandas, Arrow or Spark frame",
    )


def _arrow_hash(table: pa.Table) -> str:
    table = table.replace_schema_metadata(None)
    digest = hashlib.sha256(str(table.schema).encode())
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    digest.update(sink.getvalue())
    return digest.hexdigest()
