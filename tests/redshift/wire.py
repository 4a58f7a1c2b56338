"""PostgreSQL's wire protocol, version 3.0, as far as a proxy has to understand it."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

PROTOCOL = 196_608
CANCEL = 80_877_102
SSL = 80_877_103

# How PostgreSQL's text is read, by the type's OID; everything else stays text.
READERS: dict[int, Any] = {
    16: lambda text: text == "t",
    20: int,
    21: int,
    23: int,
    26: int,
    700: float,
    701: float,
    1082: date.fromisoformat,
    1114: datetime.fromisoformat,
    1184: datetime.fromisoformat,
    1700: Decimal,
}


@dataclass(frozen=True)
class Message:
    """One message: its kind is a letter, or nothing for the first one of a client."""

    kind: bytes
    body: bytes = b""

    def encode(self) -> bytes:
        return self.kind + struct.pack("!i", len(self.body) + 4) + self.body

    @property
    def strings(self) -> list[str]:
        """The strings at the message's beginning, each of them ended by a zero byte."""
        return self.body.decode("utf-8", "replace").split("\0")


class RedshiftError(Exception):
    """An error that the server answers: a message, an SQLSTATE and a detail."""

    def __init__(self, message: str, sqlstate: str = "XX000", detail: str = "") -> None:
        super().__init__(message, sqlstate, detail)
        self.message = message
        self.sqlstate = sqlstate
        self.detail = detail


async def read_message(reader: asyncio.StreamReader) -> Message:
    """Read one message; raise IncompleteReadError at the connection's end."""
    kind, length = struct.unpack("!ci", await reader.readexactly(5))
    return Message(kind, await reader.readexactly(length - 4))


async def read_first(reader: asyncio.StreamReader) -> tuple[int, Message]:
    """Read a client's first message, which has no letter: its code and the whole of it."""
    (length,) = struct.unpack("!i", await reader.readexactly(4))
    body = await reader.readexactly(length - 4)
    return struct.unpack("!i", body[:4])[0], Message(b"", body)


def start_up(parameters: Mapping[str, str]) -> Message:
    words = "".join(f"{name}\0{value}\0" for name, value in parameters.items())
    return Message(b"", struct.pack("!i", PROTOCOL) + words.encode() + b"\0")


def start_up_parameters(message: Message) -> dict[str, str]:
    words = message.body[4:].decode().split("\0")
    return dict(zip(words[::2], words[1::2], strict=False))


def error_fields(message: Message) -> dict[str, str]:
    return {field[0]: field[1:] for field in message.strings if field}


def error_response(fields: Mapping[str, str]) -> Message:
    body = "".join(f"{name}{value}\0" for name, value in fields.items() if value)
    return Message(b"E", body.encode() + b"\0")


def literal(text: str) -> str:
    """Quote a text for PostgreSQL."""
    return "'" + text.replace("'", "''") + "'"


class Backend:
    """A connection to the PostgreSQL behind."""

    def __init__(
        self, address: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._address = address
        self._reader = reader
        self._writer = writer
        self._key = b""
        self.status = b"I"
        """I: no transaction; T: in one; E: in one that failed."""

    @classmethod
    async def connect(cls, address: Path) -> Backend:
        return cls(address, *await asyncio.open_unix_connection(address))

    @classmethod
    async def login(cls, address: Path, user: str, database: str) -> Backend:
        """Log in as a user who needs no password."""
        backend = await cls.connect(address)
        await backend.exchange([start_up({"user": user, "database": database})])
        return backend

    async def send(self, messages: Sequence[Message]) -> None:
        self._writer.writelines([message.encode() for message in messages])
        await self._writer.drain()

    async def read(self) -> Message:
        message = await read_message(self._reader)
        if message.kind == b"K":
            self._key = message.body
        elif message.kind == b"Z":
            self.status = message.body
        return message

    async def exchange(self, messages: Sequence[Message]) -> list[Message]:
        """Send, and read the answers until the server is ready again."""
        await self.send(messages)
        answers = []
        while (answer := await self.read()).kind != b"Z":
            answers.append(answer)
        return answers

    async def query(self, text: str) -> list[Message]:
        return await self.exchange([Message(b"Q", text.encode() + b"\0")])

    async def rows(self, text: str) -> list[tuple[Any, ...]]:
        """Ask one query; raise RedshiftError if PostgreSQL answers an error."""
        readers: list[Any] = []
        rows = []
        for answer in await self.query(text):
            match answer.kind:
                case b"E":
                    _refuse(answer)
                case b"T":
                    readers = [READERS.get(oid, str) for oid in _types(answer.body)]
                case b"D":
                    values = zip(readers, _values(answer.body), strict=True)
                    rows.append(
                        tuple(None if text is None else read(text) for read, text in values)
                    )
        return rows

    async def fail(self, error: RedshiftError) -> list[Message]:
        """Let PostgreSQL itself answer an error, so that its transaction fails as well."""
        words = ", ".join(map(literal, (error.message, error.sqlstate, error.detail)))
        return [each for each in await self.query(f"SELECT redshift.fail({words})") if _told(each)]

    async def cancel(self) -> None:
        """End what the server is doing for this connection."""
        if self._key:
            _, writer = await asyncio.open_unix_connection(self._address)
            writer.write(Message(b"", struct.pack("!i", CANCEL) + self._key).encode())
            writer.close()
            await writer.wait_closed()

    async def close(self) -> None:
        await close(self._writer)


async def close(writer: asyncio.StreamWriter) -> None:
    """Close a connection at once: no farewell of TLS, which the other side might not answer."""
    writer.transport.abort()
    try:
        await writer.wait_closed()
    except (ConnectionError, OSError):
        return  # it has gone before


def _refuse(answer: Message) -> NoReturn:
    fields = error_fields(answer)
    raise RedshiftError(fields["M"], fields["C"], fields.get("D", ""))


def _told(answer: Message) -> bool:
    return answer.kind in {b"E", b"N", b"S"}


def _types(body: bytes) -> list[int]:
    """The columns' type OIDs in a row description."""
    found, at = [], 2
    for _ in range(struct.unpack_from("!h", body)[0]):
        at = body.index(b"\0", at) + 1
        found.append(struct.unpack_from("!i", body, at + 6)[0])
        at += 18
    return found


def _values(body: bytes) -> list[str | None]:
    """The values of a data row, as text."""
    found: list[str | None] = []
    at = 2
    for _ in range(struct.unpack_from("!h", body)[0]):
        (length,) = struct.unpack_from("!i", body, at)
        at += 4
        found.append(None if length < 0 else body[at : at + length].decode())
        at += max(length, 0)
    return found
