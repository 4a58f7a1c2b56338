"""The listener in front of PostgreSQL: an event loop in a thread of its own, TLS only."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from tests.redshift.certificate import HOST
from tests.redshift.faults import Faults
from tests.redshift.server import SUPERUSER
from tests.redshift.session import Session
from tests.redshift.wire import (
    PROTOCOL,
    SSL,
    Backend,
    Message,
    close,
    error_response,
    read_first,
    start_up_parameters,
)

T = TypeVar("T")

PATIENCE = 60.0


class Proxy:
    """Takes Redshift's clients and speaks to PostgreSQL for them.

    ``s3`` is the boto3 client by which COPY reads; ``isolation`` says which error a serialization
    failure is answered with.
    """

    def __init__(self, address: Path, tls: ssl.SSLContext, s3: Any) -> None:
        self.address = address
        self.faults = Faults()
        self.isolation = "snapshot"
        self.s3 = s3
        self.errors: list[BaseException] = []
        """What went wrong in the stand-in itself; a test that leaves some here has found a bug."""

        self._tls = tls
        self._connections = 0
        self._clients: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="redshift", daemon=True)
        self._thread.start()
        self._server = self._call(asyncio.start_server(self._client, HOST, 0))

    @property
    def port(self) -> int:
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def ask(self, database: str, text: str) -> list[tuple[Any, ...]]:
        """Ask PostgreSQL itself, as its superuser."""
        return self._call(self._ask(database, text))

    def reset(self) -> None:
        """End all clients, and count connections and statements from the beginning."""
        self.faults.clear()
        self._call(self._end_clients())
        self.faults.clear()
        self._connections = 0

    def close(self) -> None:
        self.faults.clear()
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    async def _stop(self) -> None:
        self._server.close()
        await self._end_clients()
        await self._server.wait_closed()
        await self._loop.shutdown_default_executor()

    async def _end_clients(self) -> None:
        for task in self._clients:
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    async def _ask(self, database: str, text: str) -> list[tuple[Any, ...]]:
        backend = await Backend.login(self.address, SUPERUSER, database)
        try:
            return await backend.rows(text)
        finally:
            await backend.close()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            await self._serve(reader, writer)
        except (EOFError, OSError, asyncio.CancelledError):
            pass  # the client has gone, or has been ended
        except Exception as error:  # noqa: BLE001 - a bug here must reach the test
            self.errors.append(error)
        finally:
            await close(writer)
            self._clients.discard(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        code, first = await read_first(reader)
        encrypted = code == SSL
        if encrypted:
            writer.write(b"S")
            await writer.start_tls(self._tls)
            code, first = await read_first(reader)
        if code != PROTOCOL or not encrypted:
            refusal = {"S": "FATAL", "C": "28000", "M": "SSL is required"}
            writer.write(error_response(refusal).encode())
            await writer.drain()
        else:
            await self._session(reader, writer, first)

    async def _session(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: Message
    ) -> None:
        self._connections += 1
        number = self._connections
        backend = await Backend.connect(self.address)
        try:
            session = Session(self, number, reader, writer, backend)
            if await session.login(start_up_parameters(first)):
                await session.run()
        finally:
            await backend.close()
