"""One client of the stand-in: what it sends, rewritten and executed, and what it is answered."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from tests.redshift.copying import Column, Copy, CopyError, load
from tests.redshift.faults import Executed, Faults, Kind
from tests.redshift.rewrite import Statement, rewrite
from tests.redshift.server import SUPERUSER
from tests.redshift.wire import (
    Backend,
    Message,
    RedshiftError,
    error_fields,
    error_response,
    literal,
    read_message,
    start_up,
)

SYNC = Message(b"S")
COMMAND_COMPLETE, NOTICE, QUERY = b"C", b"N", b"Q"
# What PostgreSQL is told of a client; the other parameters are Redshift's own.
START_UP_PARAMETERS = ("user", "database", "application_name", "client_encoding")
SERVER_VERSION = "8.0.2"
AUTHENTICATED = (0, 12)
COPY_CHUNK = 1 << 20
IN_TRANSACTION = b"T"
CONFLICT = "could not complete because of conflict with concurrent transaction"


# A statement that was refused when it was prepared; PostgreSQL doesn't know it either.
UNKNOWN = Statement("", "")


class DroppedError(Exception):
    """The connection is to be dropped, as a fault wants it."""


class Server(Protocol):
    """What a session needs of the stand-in."""

    address: Path
    faults: Faults
    s3: Any
    isolation: str


class Session:
    """A client's connection after the encryption is settled.

    A client's batch, up to its Sync, is answered before the next is looked at. Each Execute is
    followed by a Sync of the proxy's own: what a driver sends in one batch, one statement, is one.
    """

    def __init__(
        self,
        server: Server,
        number: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        backend: Backend,
    ) -> None:
        self._server = server
        self._number = number
        self._reader = reader
        self._writer = writer
        self._backend = backend
        self._database = ""
        self._busy = False
        self._prepared: dict[str, Statement] = {}
        self._portals: dict[str, Statement] = {}

    async def login(self, parameters: dict[str, str]) -> bool:
        """Pass the log-in through; tell whether it succeeded."""
        self._database = parameters.get("database", "")
        known = {name: parameters[name] for name in START_UP_PARAMETERS if name in parameters}
        await self._backend.send([start_up(known)])
        while True:
            answer = await self._backend.read()
            if answer.kind == b"S" and answer.strings[0] == "server_version":
                answer = Message(b"S", f"server_version\0{SERVER_VERSION}\0".encode())
            await self._answer([answer])
            if answer.kind in {b"E", b"Z"}:
                return answer.kind == b"Z"
            if answer.kind == b"R" and struct.unpack("!i", answer.body[:4])[0] not in AUTHENTICATED:
                await self._backend.send([await read_message(self._reader)])

    async def run(self) -> None:
        """Serve the client until it goes, or until a fault drops it."""
        batches: asyncio.Queue[list[Message]] = asyncio.Queue()
        listening = asyncio.create_task(self._listen(batches))
        working = asyncio.create_task(self._work(batches))
        try:
            await asyncio.wait({listening, working}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if self._busy:
                await self._backend.cancel()
            listening.cancel()
            working.cancel()
            ends = await asyncio.gather(listening, working, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception) and not isinstance(
                end, (DroppedError, EOFError, OSError)
            ):
                raise end

    async def _listen(self, batches: asyncio.Queue[list[Message]]) -> None:
        batch: list[Message] = []
        while (message := await read_message(self._reader)).kind != b"X":
            if message.kind != b"H":
                batch.append(message)
            if message.kind in {b"S", QUERY}:
                await batches.put(batch)
                batch = []

    async def _work(self, batches: asyncio.Queue[list[Message]]) -> None:
        while True:
            batch = await batches.get()
            self._busy = True
            answers = await self._batch(batch)
            self._busy = False
            await self._answer([*answers, Message(b"Z", self._backend.status)])

    async def _answer(self, messages: list[Message]) -> None:
        self._writer.writelines([message.encode() for message in messages])
        await self._writer.drain()

    async def _batch(self, batch: list[Message]) -> list[Message]:
        """Do what a batch asks for, up to the first error."""
        answers: list[Message] = []
        ahead: list[Message] = []
        for message in batch:
            try:
                match message.kind:
                    case b"E" | b"Q":
                        statement, messages = self._executed(message)
                        answers += await self._execute(statement, [*ahead, *messages])
                        ahead = []
                    case b"S":
                        answers += await self._exchange([*ahead, SYNC]) if ahead else []
                    case _:
                        ahead.append(self._prepare(message))
            except RedshiftError as error:
                if ahead:
                    answers += await self._exchange([*ahead, SYNC])
                answers += await self._backend.fail(error)
            if any(map(_is_error, answers)):
                break
        return answers

    def _prepare(self, message: Message) -> Message:
        """Rewrite a Parse; remember which statement a Bind is of."""
        if message.kind == b"P":
            name, given = message.strings[:2]
            rest = message.body[len(f"{name}\0{given}\0".encode()) :]
            statement = self._prepared[name] = rewrite(given)
            return Message(b"P", f"{name}\0{statement.text}\0".encode() + rest)
        if message.kind == b"B":
            portal, name = message.strings[:2]
            self._portals[portal] = self._prepared.get(name, UNKNOWN)
        return message

    def _executed(self, message: Message) -> tuple[Statement, list[Message]]:
        """The statement of an Execute or a Query, and what PostgreSQL is sent for it."""
        if message.kind == b"E":
            return self._portals.get(message.strings[0], UNKNOWN), [message, SYNC]
        statement = rewrite(message.strings[0])
        return statement, [_query(statement.text)]

    async def _execute(self, statement: Statement, messages: list[Message]) -> list[Message]:
        """Execute one statement, with the faults that it meets."""
        met = self._server.faults.met(Executed(self._number, statement.given))
        for fault in met:
            match fault.kind:
                case Kind.HOLD:
                    fault.gate.arrive()
                    await asyncio.wrap_future(fault.gate.released)
                case Kind.DROP_BEFORE:
                    raise DroppedError
                case Kind.ERROR:
                    return await self._backend.fail(fault.error)
        answers = await self._do(statement, messages)
        for fault in met:
            if fault.kind is Kind.HOLD_AFTER:
                fault.gate.arrive()
                await asyncio.wrap_future(fault.gate.released)
        if any(fault.kind is Kind.DROP_AFTER for fault in met):
            raise DroppedError
        return answers

    async def _do(self, statement: Statement, messages: list[Message]) -> list[Message]:
        in_block = self._backend.status == IN_TRANSACTION
        if statement.alone and in_block:
            refusal = f"{statement.alone} cannot run inside a transaction block"
            return await self._backend.fail(RedshiftError(refusal, "25001"))
        answers = await self._exchange(messages)
        if any(map(_is_error, answers)):
            return answers
        if statement.copy:
            ends = {COMMAND_COMPLETE, b"S"}
            answers = [answer for answer in answers if answer.kind not in ends]
            return answers + await self._copy(statement.copy)
        if statement.afterwards:
            answers += filter(_is_error, await self._exchange([_query(statement.afterwards)]))
        if statement.commits and in_block:
            answers += filter(_is_error, await self._exchange([_query("COMMIT")]))
        return answers

    async def _copy(self, copy: Copy) -> list[Message]:
        """Load a table inside the client's transaction."""
        try:
            columns = [
                Column(name, kind)
                for name, kind in await self._backend.rows(
                    "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
                    f"WHERE attrelid = {literal(copy.table)}::regclass AND attnum > 0 "
                    "AND NOT attisdropped ORDER BY attnum"
                )
            ]
            count, rows = await asyncio.to_thread(load, copy, columns, self._server.s3)
        except CopyError as error:
            await self._keep(copy, error)
            return await self._backend.fail(error)
        except RedshiftError as error:
            if self._backend.status == b"E":
                fields = {"S": "ERROR", "C": error.sqlstate, "M": error.message, "D": error.detail}
                return [error_response(fields)]
            return await self._backend.fail(error)
        text = f"COPY {copy.table} FROM STDIN (FORMAT csv)"
        chunks = [rows[at : at + COPY_CHUNK] for at in range(0, len(rows), COPY_CHUNK)]
        data = [Message(b"d", chunk) for chunk in chunks]
        answers = await self._exchange([_query(text), *data, Message(b"c")])
        if errors := list(filter(_is_error, answers)):
            return errors
        told = f"Load into table '{copy.table}' completed, {count} record(s) loaded successfully."
        notice = error_response({"S": "INFO", "C": "00000", "M": told})
        return [replace(notice, kind=NOTICE), Message(COMMAND_COMPLETE, b"COPY\0")]

    async def _keep(self, copy: Copy, error: CopyError) -> None:
        """Keep a failed load where the system views find it: it outlives the transaction."""
        column = error.column
        name, kind = (column.name, column.type) if column else ("", "")
        length = str(column.length or "") if column else ""
        values = ", ".join(map(literal, (error.file, name, kind, length, error.context)))
        keeper = await Backend.login(self._server.address, SUPERUSER, self._database)
        try:
            await keeper.rows(
                "INSERT INTO redshift.load_errors"
                "(filename, colname, type, col_length, err_reason, err_code, tbl) "
                f"VALUES ({values}, {error.code}, to_regclass({literal(copy.table)}))"
            )
        finally:
            await keeper.close()

    async def _exchange(self, messages: list[Message]) -> list[Message]:
        answers = await self._backend.exchange(messages)
        return [self._translated(each) if _is_error(each) else each for each in answers]

    def _translated(self, answer: Message) -> Message:
        """Word PostgreSQL's error as Redshift does, where it is known to differ."""
        fields = error_fields(answer)
        fields.pop("W", None)  # where in the stand-in's own functions
        match fields["C"]:
            case "40001" if self._server.isolation == "serializable":
                fields["D"] = (
                    "Serializable isolation violation on table - 100167, "
                    "transactions forming the cycle are: 301, 302 (pid:4711)"
                )
                fields |= {"C": "XX000", "M": "1023"}
            case "40001":
                fields |= {"C": "XX000", "M": CONFLICT, "D": ""}
            case "23502":
                fields["M"] = f"Cannot insert a NULL value into column {fields['c']}"
            case "21000" if "MERGE" in fields["M"]:
                fields["M"] = "Found multiple matches to update the same tuple."
        return error_response(fields)


def _query(text: str) -> Message:
    return Message(QUERY, text.encode() + b"\0")


def _is_error(message: Message) -> bool:
    return message.kind == b"E"
