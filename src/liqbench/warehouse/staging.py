"""Rows by way of S3: parts in Parquet, and a manifest that says which of them count.

``pub/<publication>/<name>/<try>/part-…`` holds a try's parts; nothing reads them but by the
manifest beside the tries, which is put only if there is none. So of several who stage one fact at
once, all load what the first has put. What a try leaves behind is in no manifest.

Parts are written here, on the driver, from the files of a stage. A cluster whose executors don't
share its disk would write and upload them itself, and answer the entries: ``Part`` is what a
manifest is made of.
"""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from liqbench.model._values import content_hash
from liqbench.warehouse.aws import client, needed
from liqbench.warehouse.errors import AuditMismatchError
from liqbench.warehouse.load import Load
from liqbench.warehouse.redshift_settings import RedshiftSettings

_MARK = "liqbench-content"
_TAKEN = ("PreconditionFailed", "ConditionalRequestConflict")
# Rows are gathered in memory and written as one row group.
_GROUP_BYTES = 32 * 2**20


@dataclass(frozen=True)
class Part:
    """A file of a fact in the bucket."""

    url: str
    bytes: int

    @property
    def entry(self) -> dict[str, Any]:
        """What the manifest says of it."""
        return {"url": self.url, "mandatory": True, "meta": {"content_length": self.bytes}}


class Staging:
    """The bucket, for one call."""

    def __init__(self, settings: RedshiftSettings) -> None:
        self._settings = settings
        self._staged: set[str] = set()

    def manifest(self, load: Load) -> str:
        """Stage rows, where this call didn't yet; return the manifest's address.

        Raises ``TargetUnreachableError``, ``StatementRefusedError``, and ``AuditMismatchError``
        for a manifest that is there and lists another content.
        """
        folder = self._folder(load)
        if folder not in self._staged:
            with client(self._settings, "s3") as s3:
                parts = list(self._upload(s3, load, folder))
                self._put(s3, load, f"{folder}/manifest.json", parts)
            self._staged.add(folder)
        return self.address(load)

    def address(self, load: Load) -> str:
        """Return where the manifest is, or will be."""
        return f"s3://{self._settings.bucket}/{self._folder(load)}/manifest.json"

    def probe(self) -> None:
        """Put an empty object, as a publication would put its own. Raises as ``manifest`` does."""
        with client(self._settings, "s3") as s3:
            s3.put_object(
                Bucket=self._settings.bucket, Key=f"{self._settings.prefix}/pub/probe", Body=b""
            )

    def _folder(self, load: Load) -> str:
        return f"{self._settings.prefix}/pub/{load.publication.publish_id}/{load.name}"

    def _upload(self, s3: Any, load: Load, folder: str) -> Iterator[Part]:
        bucket = self._settings.bucket
        attempt = secrets.token_hex(4)
        with tempfile.TemporaryDirectory(prefix="liqbench-") as local:
            for number, file in enumerate(self._write(load, Path(local))):
                key = f"{folder}/{attempt}/part-{number:05}.parquet"
                with file.open("rb") as body:
                    s3.put_object(Bucket=bucket, Key=key, Body=body)
                yield Part(f"s3://{bucket}/{key}", file.stat().st_size)
                file.unlink()

    def _write(self, load: Load, folder: Path) -> Iterator[Path]:
        """Yield files of about the size that the settings want, each sorted."""
        limit = self._settings.routes.part_bytes
        writer: pq.ParquetWriter | None = None
        file, count = folder, 0
        for table in _groups(load):
            if writer is None:
                file = folder / f"{count}.parquet"
                writer = pq.ParquetWriter(file, load.rows.schema, compression="zstd")
            writer.write_table(table.sort_by(load.sorted_by))
            if file.stat().st_size >= limit:
                writer.close()
                writer, count = None, count + 1
                yield file
        if writer is not None:
            writer.close()
            yield file

    def _put(self, s3: Any, load: Load, key: str, parts: list[Part]) -> None:
        bucket = self._settings.bucket
        mark = _content(load)
        body = json.dumps({"entries": [part.entry for part in parts]}, indent=1)
        try:
            s3.put_object(
                Bucket=bucket, Key=key, Body=body.encode(), IfNoneMatch="*", Metadata={_MARK: mark}
            )
        except needed("botocore.exceptions").ClientError as error:
            if error.response["Error"]["Code"] not in _TAKEN:
                raise
            found = s3.head_object(Bucket=bucket, Key=key)["Metadata"].get(_MARK)
            if found != mark:
                raise AuditMismatchError(
                    "a manifest of another content is there",
                    where=f"s3://{bucket}/{key}",
                    hint="nothing was changed; find out who put it there, delete it, publish again",
                ) from error


def _groups(load: Load) -> Iterator[pa.Table]:
    """Yield the rows in tables for one row group each; of no rows one that is empty."""
    gathered: list[pa.RecordBatch] = []
    empty = True
    for batch in load.rows.batches():
        gathered.append(batch)
        empty = False
        if sum(each.nbytes for each in gathered) >= _GROUP_BYTES:
            yield pa.Table.from_batches(gathered)
            gathered = []
    if gathered or empty:
        yield pa.Table.from_batches(gathered, load.rows.schema)


def _content(load: Load) -> str:
    """Return the digest of what the rows must be, whoever wrote the parts."""
    sums = {name: str(total) for name, total in load.sums.items()}
    columns = [[column.name, str(column.type)] for column in load.table.columns]
    publication = load.publication
    return content_hash(
        [publication.publish_id, publication.content_sha, load.count, sums, columns]
    )
