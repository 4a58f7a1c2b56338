"""Where small results are kept besides their stages: in memory, and in Redis.

A level holds Arrow tables under fingerprints. It may forget any of them at any time, and what it
returns is what was put in. Nothing that is approved or published is read from a level.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Protocol

import pyarrow as pa

from liqbench.errors import SettingError

_PAUSE = 30.0  # seconds before a Redis that was out of reach is asked again
PASSWORD = "LIQBENCH_REDIS_PASSWORD"  # noqa: S105 - the variable's name
MOST_BYTES = 64 << 20  # of one table; what is larger is read from its stage


@dataclass
class LevelStatus:
    """How a level does: its name and state, and how often it was asked and had the answer."""

    name: str
    state: str
    asked: int = 0
    found: int = 0
    details: dict[str, Any] = field(default_factory=dict)


class Level(Protocol):
    """A place that may hold a table."""

    def get(self, fingerprint: str) -> pa.Table | None:
        """Return a table, or nothing where it isn't held."""

    def put(self, fingerprint: str, table: pa.Table) -> None:
        """Hold a table, as long as there is room and time."""

    def status(self) -> LevelStatus:
        """Tell how the level does now."""


class MemoryLevel:
    """Tables in this process's memory, the least recently used given up first."""

    def __init__(self, most_bytes: int = 256 << 20) -> None:
        self._most_bytes = most_bytes
        self._tables: OrderedDict[str, pa.Table] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._status = LevelStatus("memory", "on")

    def get(self, fingerprint: str) -> pa.Table | None:
        """Return a table, which is then the most recently used."""
        with self._lock:
            self._status.asked += 1
            table = self._tables.get(fingerprint)
            if table is not None:
                self._tables.move_to_end(fingerprint)
                self._status.found += 1
            return table

    def put(self, fingerprint: str, table: pa.Table) -> None:
        """Hold a table; older ones give way."""
        if table.nbytes > min(self._most_bytes, MOST_BYTES):
            return
        with self._lock:
            before = self._tables.pop(fingerprint, None)
            self._bytes += table.nbytes - (before.nbytes if before is not None else 0)
            self._tables[fingerprint] = table
            while self._bytes > self._most_bytes:
                _, oldest = self._tables.popitem(last=False)
                self._bytes -= oldest.nbytes

    def status(self) -> LevelStatus:
        """Tell how many tables are held, and their size in bytes."""
        with self._lock:
            self._status.details = {
                "tables": len(self._tables), "bytes": self._bytes, "most_bytes": self._most_bytes,
            }  # fmt: skip
            return self._status


class RedisLevel:
    """Tables in a Redis that several benches share, each for ``seconds`` after it was put there.

    A Redis that can't be reached costs time only: it is left alone for half a minute, and
    ``status`` says so. Its password, if it has one, is in ``$LIQBENCH_REDIS_PASSWORD``. Raises
    ``SettingError`` where its client or its address is missing.
    """

    def __init__(self, url: str, *, seconds: int = 3600, timeout: float = 0.5) -> None:
        try:
            import redis  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise SettingError(
                "a Redis is configured, and its client isn't installed",
                hint="pip install 'liqbench[redis]', or leave redis out",
            ) from error
        self._faults = (redis.RedisError, OSError)
        self._seconds = seconds
        try:
            self._redis = redis.Redis.from_url(
                url,
                password=os.environ.get(PASSWORD),
                socket_timeout=timeout,
                socket_connect_timeout=timeout,
            )
        except ValueError:
            raise SettingError(
                "this is no address of a Redis", hint="such as redis://127.0.0.1:6379/0"
            ) from None
        self._status = LevelStatus("redis", "on", details={"seconds": seconds})
        self._again_at = 0.0
        self._use("ping")

    def get(self, fingerprint: str) -> pa.Table | None:
        """Return a table; one whose bytes aren't what was put there is none."""
        self._status.asked += 1
        found = self._use("get", _key(fingerprint))
        if not isinstance(found, bytes) or found[:32] != hashlib.sha256(found[32:]).digest():
            return None
        self._status.found += 1
        return pa.ipc.open_stream(found[32:]).read_all()

    def put(self, fingerprint: str, table: pa.Table) -> None:
        """Hold a table for the level's time."""
        if table.nbytes > MOST_BYTES:
            return
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(
            sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")
        ) as writer:
            writer.write_table(table)
        body = sink.getvalue().to_pybytes()
        stamped = hashlib.sha256(body).digest() + body
        self._use("set", _key(fingerprint), stamped, ex=self._seconds)

    def status(self) -> LevelStatus:
        """Tell whether Redis answered last, and if not, with what fault."""
        return self._status

    def _use(self, command: str, *arguments: Any, **more: Any) -> Any:
        if time.monotonic() < self._again_at:
            return None
        try:
            answer = getattr(self._redis, command)(*arguments, **more)
        except self._faults as error:
            self._again_at = time.monotonic() + _PAUSE
            self._status.state = "unreachable"
            self._status.details["fault"] = str(error)
            return None
        self._status.state = "on"
        self._status.details.pop("fault", None)
        return answer


def _key(fingerprint: str) -> str:
    return f"liqbench:{fingerprint}"
