"""Stages in a bucket that several workspaces share, through fsspec.

A stage's files are put there before its ``_lineage.json``, so that it appears whole. Of two
writers the later description counts; it names its own files, and only those are read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fsspec

from liqbench.errors import DamagedStageError, RemoteStoreError
from liqbench.store.digests import differences, digest_of
from liqbench.store.discretion import quiet

LINEAGE = "_lineage.json"
DATA = "data"


class RemoteStages:
    """Stages under an address such as ``s3://bucket/stages``.

    ``options`` go to the file system, such as an endpoint; credentials come from its own
    environment. Raises ``RemoteStoreError`` where it can't be used.
    """

    def __init__(self, url: str, options: Mapping[str, Any] | None = None) -> None:
        self.url = url
        quiet("aiobotocore", "boto3", "botocore", "s3fs")
        try:
            self._files, self._root = fsspec.core.url_to_fs(url, **(options or {}))
        except (ImportError, ValueError, OSError) as error:
            raise RemoteStoreError(
                f"can't be used: {error}", where=url, hint="for s3://, pip install 'liqbench[s3]'"
            ) from error

    def has(self, fingerprint: str) -> bool:
        """Tell whether the stage is there."""
        with self._told():
            # Others write here too, so what was listed before counts for nothing.
            self._files.invalidate_cache()
            return bool(self._files.exists(self._path(fingerprint, LINEAGE)))

    def lineage(self, fingerprint: str) -> dict[str, Any]:
        """Return what was written beside the data."""
        with self._told():
            found: dict[str, Any] = json.loads(
                self._files.cat_file(self._path(fingerprint, LINEAGE))
            )
        return found

    def fetch(self, fingerprint: str, folder: Path) -> None:
        """Copy a stage into a folder. Raises ``DamagedStageError`` for what isn't as written."""
        lineage = self.lineage(fingerprint)
        found = {}
        for name in lineage["files"]:
            place = folder / DATA / name
            place.parent.mkdir(parents=True, exist_ok=True)
            with self._told():
                if self._files.exists(source := self._path(fingerprint, DATA, name)):
                    self._files.get_file(source, str(place))
                    found[name] = digest_of(place)
        if wrong := differences(lineage["files"], found):
            raise DamagedStageError(
                f"files are not what was written: {', '.join(wrong)}",
                where=f"stage {fingerprint[:12]} at {self.url}",
            )
        (folder / LINEAGE).write_text(json.dumps(lineage, indent=1, sort_keys=True), "utf-8")

    def push(self, fingerprint: str, folder: Path) -> None:
        """Copy a stage from a folder, its description last."""
        lineage = json.loads((folder / LINEAGE).read_text("utf-8"))
        with self._told():
            for name in lineage["files"]:
                self._files.put_file(str(folder / DATA / name), self._path(fingerprint, DATA, name))
            self._files.put_file(str(folder / LINEAGE), self._path(fingerprint, LINEAGE))

    def drop(self, fingerprint: str) -> None:
        """Remove a stage, its description first."""
        with self._told():
            self._files.invalidate_cache()
            if self._files.exists(description := self._path(fingerprint, LINEAGE)):
                self._files.rm_file(description)
            if self._files.exists(whole := self._path(fingerprint)):
                self._files.rm(whole, recursive=True)

    def _path(self, *parts: str) -> str:
        return "/".join((self._root.rstrip("/"), *parts))

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            raise RemoteStoreError(
                f"{type(error).__name__}: {error}",
                where=self.url,
                hint="check the address, the network and the rights",
            ) from error
