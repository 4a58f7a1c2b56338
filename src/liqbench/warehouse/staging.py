"""Rows by way of S3: parts in Parquet, and a manifest that says which of them count.

``pub/<publication>/<name>/<try>/part-…`` holds a try's parts; nothing reads them but by the
manifest beside the tries, which is put only if there is none. So of several who stage one fact at
once, all load what the first has put. What a try leaves behind is in no manifest.

Parts are written by the driver, or by Spark's executors from the files of a stage. Either way they
add up to the approved totals, or no manifest names them.
"""

from __future__ import annotations

import json
import secrets
from typing import Any

from liqbench.model._values import content_hash
from liqbench.warehouse.aws import access, client, needed
from liqbench.warehouse.errand import Errand
from liqbench.warehouse.errors import AuditMismatchError
from liqbench.warehouse.executors import Executors, pieces_of
from liqbench.warehouse.load import Load, check_totals
from liqbench.warehouse.parts import Layout, Part, Totals, put_parts
from liqbench.warehouse.redshift_settings import RedshiftSettings

_MARK = "liqbench-content"
_TAKEN = ("PreconditionFailed", "ConditionalRequestConflict")


class Staging:
    """The bucket, for one call."""

    def __init__(self, settings: RedshiftSettings) -> None:
        self._settings = settings
        self._staged: set[str] = set()

    def manifest(self, load: Load, executors: Executors | None = None) -> str:
        """Stage rows, where this call didn't yet; return the manifest's address.

        With ``executors`` they write and upload the parts, otherwise the driver does. Raises
        ``TargetUnreachableError``, ``StagingError``, and ``AuditMismatchError`` for parts that are
        not the approved rows, and for a manifest that is there and lists another content.
        """
        folder = self._folder(load)
        if folder not in self._staged:
            attempt = f"{folder}/{secrets.token_hex(4)}"
            with client(self._settings, "s3") as s3:
                if executors is None:
                    parts = self._uploaded(s3, load, attempt)
                else:
                    parts = executors.run(self._errand(load, attempt, executors.tasks()))
                _check(parts, load, f"s3://{self._settings.bucket}/{attempt}")
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

    def _uploaded(self, s3: Any, load: Load, attempt: str) -> list[Part]:
        rows, bucket = load.rows.batches(), str(self._settings.bucket)
        return list(put_parts(rows, self._layout(load), s3, bucket, f"{attempt}/part-"))

    def _errand(self, load: Load, attempt: str, tasks: int) -> Errand:
        return Errand(
            pieces=pieces_of(load.files, self._settings.routes.part_bytes, tasks),
            layout=self._layout(load),
            access=access(self._settings),
            bucket=str(self._settings.bucket),
            folder=attempt,
        )

    def _layout(self, load: Load) -> Layout:
        return Layout(
            types=load.rows.types,
            sort=load.sort,
            summed=tuple(load.sums),
            part_bytes=self._settings.routes.part_bytes,
        )

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


def _check(parts: list[Part], load: Load, where: str) -> None:
    """Hold what is in the bucket to what was approved, before a manifest names it."""
    found = Totals()
    for part in parts:
        found.add(part.totals)
    told = [found.rows, *(found.sums[name] for name in load.sums)]
    values = [found.values[name] for name in load.table.names]
    check_totals(where, load.totals, [*told, *values])


def _content(load: Load) -> str:
    """Return the digest of what the rows must be, whoever wrote the parts."""
    sums = {name: str(total) for name, total in load.sums.items()}
    columns = [[column.name, str(column.type)] for column in load.table.columns]
    publication = load.publication
    return content_hash(
        [publication.publish_id, publication.content_sha, load.count, sums, columns]
    )
