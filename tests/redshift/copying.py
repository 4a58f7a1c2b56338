"""COPY from Parquet in S3, as Redshift does it: by position, and held to the file's own types."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from botocore.exceptions import ClientError
from tests.redshift.tokens import Words
from tests.redshift.wire import RedshiftError

UNSUPPORTED = "0A000"
SCAN_ERROR = 15_007
TOO_LONG = 15_001
NO_LENGTH = 15_003
NOT_FOUND = 8_001
WHERE = "dory_util.cpp:1777"


@dataclass(frozen=True)
class Copy:
    """A COPY statement of the only kind the stand-in knows."""

    table: str
    source: str
    manifest: bool = False
    fill: bool = False


@dataclass(frozen=True)
class Column:
    """A table's column and its type as PostgreSQL writes it."""

    name: str
    type: str

    @property
    def length(self) -> int | None:
        """The most bytes of a text."""
        kind, _, size = self.type.partition("(")
        return int(size[:-1]) if kind in {"character", "character varying"} and size else None


class CopyError(RedshiftError):
    """A COPY that failed, with what Redshift keeps about it in its system views."""

    def __init__(
        self,
        message: str,
        context: str,
        *,
        code: int,
        file: str = "",
        column: Column | None = None,
    ) -> None:
        rule = "-" * 47
        super().__init__(
            message,
            "XX000",
            f"\n  {rule}\n  error:  {message}\n  code:      {code}\n  context:   {context}\n"
            f"  query:     1\n  location:  {WHERE}\n  process:   padbmaster\n  {rule}\n",
        )
        self.context = context
        self.code = code
        self.file = file
        self.column = column


def parse_copy(words: Words) -> Copy:
    """Read a COPY; refuse every parameter that isn't documented for columnar files."""
    words.accept("COPY")
    table = words.take_name()
    if words.peek().upper == "(":
        raise RedshiftError("Column lists are not supported for PARQUET based COPY", UNSUPPORTED)
    if not words.accept("FROM") or words.peek().kind != "string":
        raise RedshiftError(f'syntax error at or near "{words.peek().text}"', "42601")
    source = words.take().text.strip("'")
    found: set[str] = set()
    while words.at < len(words.tokens):
        found.add(_parameter(words))
    if not found & {"IAM_ROLE", "CREDENTIALS"}:
        raise RedshiftError("Must specify either IAM_ROLE or CREDENTIALS", "42601")
    if "FORMAT" not in found:
        raise RedshiftError("the stand-in copies FORMAT AS PARQUET only", UNSUPPORTED)
    if not source.startswith("s3://"):
        raise RedshiftError("The specified source is not an S3 address", "22023")
    return Copy(table, source, manifest="MANIFEST" in found, fill="FILLRECORD" in found)


def _parameter(words: Words) -> str:
    words.accept("WITH")
    name = words.take().upper
    words.accept("AS")
    match name:
        case "FORMAT" if words.accept("PARQUET"):
            return name
        case "IAM_ROLE" if words.accept("DEFAULT") or words.take().kind == "string":
            return name
        case "CREDENTIALS" if words.take().kind == "string":
            return name
        case "ACCEPTINVCHARS":
            if words.peek().kind == "string":
                words.take()
            return name
        case "STATUPDATE":
            if words.peek().upper in {"ON", "OFF", "TRUE", "FALSE"}:
                words.take()
            return name
        case "MANIFEST" | "FILLRECORD" | "EXPLICIT_IDS":
            return name
    raise RedshiftError(f"{name} argument is not supported for PARQUET based COPY", UNSUPPORTED)


def load(copy: Copy, columns: Sequence[Column], s3: Any) -> tuple[int, bytes]:
    """Read the files; answer their rows as PostgreSQL's CSV, and how many there are."""
    sink = io.BytesIO()
    count = 0
    for address, content in _files(copy, s3):
        table = _checked(copy, columns, address, content)
        count += table.num_rows
        pa_csv.write_csv(table, sink, pa_csv.WriteOptions(include_header=False))
    return count, sink.getvalue()


def _files(copy: Copy, s3: Any) -> Iterator[tuple[str, bytes]]:
    if copy.manifest:
        yield from _listed(copy, s3)
        return
    bucket, prefix = _address(copy.source)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [each["Key"] for page in pages for each in page.get("Contents", ())]
    if not keys:
        context = f"The specified S3 prefix '{prefix}' does not exist"
        raise CopyError(context, context, code=NOT_FOUND, file=copy.source)
    for key in keys:
        address = f"s3://{bucket}/{key}"
        yield address, _get(s3, address)


def _listed(copy: Copy, s3: Any) -> Iterator[tuple[str, bytes]]:
    """The files of a manifest; one that is missing is passed over unless it is mandatory."""
    try:
        entries = json.loads(_get(s3, copy.source))["entries"]
    except CopyError as error:
        context = f"Problem reading manifest file - {error.context}"
        raise CopyError(context, context, code=NOT_FOUND, file=copy.source) from error
    except (ValueError, KeyError, TypeError) as error:
        context = "Invalid JSON in manifest file"
        raise CopyError(context, context, code=NOT_FOUND, file=copy.source) from error
    read = 0
    for entry in entries:
        address = entry["url"]
        length = entry.get("meta", {}).get("content_length")
        if length is None:
            told = "File entry does not have 'meta' key."
            raise CopyError(told, told, code=NO_LENGTH, file=address)
        try:
            content = _get(s3, address)
        except CopyError:
            if entry.get("mandatory"):
                raise
            continue
        if length != len(content):
            # Redshift looks for the file's end where the manifest says that it is.
            context = f"File '{address}' is not a Parquet file, by its first {length} bytes"
            if length > len(content):
                context = "HTTP response error code: 416 Message: InvalidRange"
            raise CopyError("Spectrum Scan Error", context, code=SCAN_ERROR, file=address)
        read += 1
        yield address, content
    if not read:
        context = "No files were found by the manifest"
        raise CopyError(context, context, code=NOT_FOUND, file=copy.source)


def _address(uri: str) -> tuple[str, str]:
    parts = urlsplit(uri)
    return parts.netloc, parts.path.lstrip("/")


def _get(s3: Any, address: str) -> bytes:
    bucket, key = _address(address)
    try:
        content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        told = error.response["Error"]
        context = (
            f"S3ServiceException:{told['Message']},Status "
            f"{error.response['ResponseMetadata']['HTTPStatusCode']},Error {told['Code']}"
        )
        raise CopyError(context, f"{context},{address}", code=NOT_FOUND, file=address) from error
    return content


def _checked(copy: Copy, columns: Sequence[Column], address: str, content: bytes) -> pa.Table:
    """Read one file and hold it to the table's columns."""

    def scan_error(context: str, column: Column | None = None, code: int = SCAN_ERROR) -> CopyError:
        return CopyError("Spectrum Scan Error", context, code=code, file=address, column=column)

    try:
        table = pq.ParquetFile(io.BytesIO(content)).read()
    except pa.ArrowInvalid as error:
        raise scan_error(f"File '{address}' is not a Parquet file") from error
    missing = len(columns) - table.num_columns
    if missing < 0 or (missing and not copy.fill):
        raise scan_error(
            "Unmatched number of columns between table and file. "
            f"Table columns: {len(columns)}, Data columns: {table.num_columns}, File: {address}"
        )
    arrays = []
    for column, field, values in zip(columns, table.schema, table.columns, strict=False):
        plain = field.type
        if pa.types.is_dictionary(plain):
            plain = plain.value_type
        if not _fits(column.type, plain):
            raise scan_error(
                f"File '{address}' has an incompatible Parquet schema for column "
                f"'{address}.{field.name}'. Column type: {column.type.upper()}, "
                f"Parquet schema:\\noptional {plain} {field.name}",
                column,
            )
        array = values.cast(plain)
        longest = pc.max(pc.binary_length(array)).as_py() if column.length else 0
        if column.length and longest and longest > column.length:
            raise scan_error(
                f"The length of the data column {field.name} is longer than the length defined "
                f"in the table. Table: {column.length}, Data: {longest}, File: {address}",
                column,
                TOO_LONG,
            )
        if column.type.startswith("character(") and not pc.all(pc.string_is_ascii(array)).as_py():
            raise scan_error(
                f"CHAR string contains invalid ASCII character in {field.name}", column
            )
        arrays.append(array)
    arrays += [pa.nulls(table.num_rows, pa.string())] * missing
    return pa.table(arrays, names=[column.name for column in columns])


PREDICATES = {
    "smallint": pa.types.is_int16,
    "integer": pa.types.is_int32,
    "bigint": pa.types.is_int64,
    "real": pa.types.is_float32,
    "double precision": pa.types.is_float64,
    "boolean": pa.types.is_boolean,
    "date": pa.types.is_date32,
    "timestamp without time zone": pa.types.is_timestamp,
    "timestamp with time zone": pa.types.is_timestamp,
}


def _fits(column: str, file: pa.DataType) -> bool:
    """Tell whether a file's type is the column's: integers as wide, decimals of the same scale."""
    kind, _, size = column.partition("(")
    if kind in {"character", "character varying"}:
        return bool(pa.types.is_string(file) or pa.types.is_large_string(file))
    if kind == "numeric":
        precision, scale = map(int, size[:-1].split(","))
        decimal = pa.types.is_decimal(file)
        return bool(decimal and file.precision <= precision and file.scale == scale)
    return bool(PREDICATES.get(column, lambda _: False)(file))
