"""Faults on the way between a client and the server, and the record of what went over it."""

from __future__ import annotations

import re
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import Enum, auto

from tests.redshift.wire import RedshiftError

PATIENCE = 20.0
INJECTED = RedshiftError("the test's fault", "XX000", "injected")
SERIALIZATION = RedshiftError(
    "1023",
    "XX000",
    "Serializable isolation violation on table - 100167, "
    "transactions forming the cycle are: 301, 302 (pid:4711)",
)


@dataclass(frozen=True)
class Executed:
    """A statement as a client sent it; connections count from 1 since the last reset.

    ``at`` is when it came, by ``time.perf_counter``.
    """

    connection: int
    text: str
    at: float = field(default_factory=time.perf_counter, compare=False)


class Kind(Enum):
    DROP_BEFORE = auto()
    DROP_AFTER = auto()
    ERROR = auto()
    HOLD = auto()
    HOLD_AFTER = auto()


class Gate:
    """Holds a statement, or the answer to it, back until it is released."""

    def __init__(self) -> None:
        self._arrived: Future[None] = Future()
        self.released: Future[None] = Future()

    def wait(self, timeout: float = PATIENCE) -> None:
        """Wait until the statement, or its answer, has arrived."""
        self._arrived.result(timeout)

    def release(self) -> None:
        if not self.released.done():
            self.released.set_result(None)

    def arrive(self) -> None:
        self._arrived.set_result(None)


@dataclass
class Fault:
    """What happens once, to the nth statement that fits."""

    kind: Kind
    nth: int = 1
    connection: int | None = None
    matching: str = ""
    error: RedshiftError = INJECTED
    gate: Gate = field(default_factory=Gate)
    happened: bool = False
    _seen: int = 0

    def meets(self, statement: Executed) -> bool:
        if self.happened or self.connection not in {None, statement.connection}:
            return False
        if not re.search(self.matching, statement.text, re.IGNORECASE | re.DOTALL):
            return False
        self._seen += 1
        self.happened = self._seen == self.nth
        return self.happened


class Faults:
    """Faults to come, and the statements that came. A test's thread sets them, the proxy's asks.

    A statement is a simple Query or an Execute: the driver's own BEGIN, COMMIT and ROLLBACK are
    statements like any other. Counting begins when the fault is set.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._statements: list[Executed] = []

    @property
    def statements(self) -> tuple[Executed, ...]:
        with self._lock:
            return tuple(self._statements)

    def drop_before(
        self, nth: int = 1, *, connection: int | None = None, matching: str = ""
    ) -> Fault:
        """Drop the connection before the statement reaches the server."""
        return self._set(Fault(Kind.DROP_BEFORE, nth, connection, matching))

    def drop_after(
        self, nth: int = 1, *, connection: int | None = None, matching: str = ""
    ) -> Fault:
        """Drop the connection when the server has done it, before it answers."""
        return self._set(Fault(Kind.DROP_AFTER, nth, connection, matching))

    def error(
        self,
        nth: int = 1,
        *,
        connection: int | None = None,
        matching: str = "",
        error: RedshiftError = INJECTED,
    ) -> Fault:
        """Answer an error in place of doing it; an open transaction has failed then."""
        return self._set(Fault(Kind.ERROR, nth, connection, matching, error))

    def hold(self, nth: int = 1, *, connection: int | None = None, matching: str = "") -> Gate:
        """Hold the statement back until the gate is released."""
        return self._set(Fault(Kind.HOLD, nth, connection, matching)).gate

    def hold_after(
        self, nth: int = 1, *, connection: int | None = None, matching: str = ""
    ) -> Gate:
        """Hold the answer back when the server has done it, until the gate is released."""
        return self._set(Fault(Kind.HOLD_AFTER, nth, connection, matching)).gate

    def clear(self) -> None:
        """Forget everything, and let go what is held back."""
        with self._lock:
            for fault in self._faults:
                fault.gate.release()
            self._faults.clear()
            self._statements.clear()

    def met(self, statement: Executed) -> list[Fault]:
        """Record a statement; the faults that it meets, gates first."""
        with self._lock:
            self._statements.append(statement)
            met = [fault for fault in self._faults if fault.meets(statement)]
        return sorted(met, key=lambda fault: fault.kind is not Kind.HOLD)

    def _set(self, fault: Fault) -> Fault:
        with self._lock:
            self._faults.append(fault)
        return fault
