"""Whether a warehouse is fit to be published to: connection, rights, drift, mutex, clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from liqbench.errors import LiqbenchError
from liqbench.model.presentation import html_of
from liqbench.warehouse import ledger
from liqbench.warehouse.connection import Connection, Warehouse
from liqbench.warehouse.dialect import BEGIN, COMMIT
from liqbench.warehouse.schema import Catalog, catalog, check_drift
from liqbench.warehouse.tables import ALWAYS

_TOLERATED = timedelta(seconds=30)
_PROBE = "CREATE TEMP TABLE lq_probe (n INTEGER)"
NOW = "SELECT GETDATE()"


@dataclass(frozen=True)
class Check:
    """What was checked, whether it is well, what was found, and what to do."""

    name: str
    ok: bool
    what: str
    hint: str = ""

    def __str__(self) -> str:
        told = f"{'ok' if self.ok else 'FAILED'}  {self.name}: {self.what}"
        return f"{told} ({self.hint})" if self.hint else told


class Checks(tuple[Check, ...]):
    """What an examination found, in the order in which it was checked."""

    __slots__ = ()

    @property
    def ok(self) -> bool:
        """Tell whether all is well."""
        return all(check.ok for check in self)

    def __str__(self) -> str:
        return "\n".join(map(str, self))

    def _repr_html_(self) -> str | None:
        return html_of(self)


class Patient(Warehouse, Protocol):
    """A warehouse that has checks of its own."""

    def rights(self, connection: Connection) -> Iterator[tuple[str, Callable[[], None]]]:
        """Yield what a publisher must be allowed to do, and a try of it, which may raise."""


def examine(warehouse: Patient, clock: Callable[[], datetime]) -> Checks:
    """Return the checks; those that need a connection only where there is one."""
    checks: list[Check] = []
    try:
        with warehouse.connect() as connection:
            checks.append(Check("connection", ok=True, what=warehouse.place))
            checks += _connected(connection, warehouse, clock)
    except LiqbenchError as error:
        checks.append(_failed("session" if checks else "connection", error))
    return Checks(checks)


def _connected(
    connection: Connection, warehouse: Patient, clock: Callable[[], datetime]
) -> Iterator[Check]:
    yield _checked("rights", lambda: connection.execute(_PROBE), "to make temporary tables")
    for what, try_it in warehouse.rights(connection):
        yield _checked("rights", try_it, what)
    known = catalog(connection, warehouse.schema())
    yield _drift(known)
    yield _mutex(connection, known)
    yield _clock(connection, clock)


def _drift(known: Catalog) -> Check:
    absent = [table.name for table in ALWAYS if table.name not in known]
    told = f"{len(ALWAYS) - len(absent)} of {len(ALWAYS)} tables are there, as they should be"
    check = _checked("schema", lambda: check_drift(known, ALWAYS), told)
    if check.ok and absent:
        return Check(
            check.name, ok=True, what=told, hint="the first publication makes " + ", ".join(absent)
        )
    return check


def _mutex(connection: Connection, known: Catalog) -> Check:
    if "lq_mutex" not in known:
        return Check("mutex", ok=True, what="not there yet")

    def take() -> None:
        connection.execute(BEGIN)
        connection.execute(ledger.LOCK)
        connection.execute(COMMIT)

    return _checked("mutex", take, "it can be taken")


def _clock(connection: Connection, clock: Callable[[], datetime]) -> Check:
    ((there,),) = connection.fetch(NOW)
    off = abs(clock() - there)
    return Check(
        "clock",
        ok=off <= _TOLERATED,
        what=f"{off.total_seconds():.0f} s between this machine and the warehouse",
        hint="" if off <= _TOLERATED else "set this machine's clock",
    )


def _checked(name: str, try_it: Callable[[], None], told: str) -> Check:
    try:
        try_it()
    except LiqbenchError as error:
        return _failed(name, error)
    return Check(name, ok=True, what=told)


def _failed(name: str, error: LiqbenchError) -> Check:
    return Check(name, ok=False, what=error.what, hint=error.hint or "")
