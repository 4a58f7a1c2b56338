"""A stand-in for Amazon Redshift: PostgreSQL behind a proxy that speaks Redshift to the driver."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import redshift_connector
from redshift_connector.core import Connection
from tests.redshift.certificate import HOST, server_context
from tests.redshift.faults import PATIENCE, Executed, Faults
from tests.redshift.proxy import Proxy
from tests.redshift.s3 import COPYING, S3, s3_endpoint
from tests.redshift.server import SUPERUSER, postgres
from tests.redshift.wire import literal

USER, PASSWORD = "analyst", "Sesame-1"
DATABASE = "dev"
CATALOG = Path(__file__).with_name("catalog.sql")
Isolation = Literal["serializable", "snapshot"]
LEVELS: dict[Isolation, str] = {"serializable": "serializable", "snapshot": "repeatable read"}


@dataclass(frozen=True)
class Settings:
    """Where the stand-in is and who may come in."""

    host: str
    port: int
    database: str
    user: str
    password: str
    authority: Path
    """The certificate to trust; the driver finds it by the variable ``SSL_CERT_FILE``."""


class Redshift:
    """The stand-in, with one database; `reset` empties it."""

    def __init__(self, proxy: Proxy, s3: S3, authority: Path) -> None:
        self._proxy = proxy
        self._isolation: Isolation = "snapshot"
        self.s3 = s3
        self.settings = Settings(HOST, proxy.port, DATABASE, USER, PASSWORD, authority)
        self.isolation = "snapshot"

    @property
    def faults(self) -> Faults:
        return self._proxy.faults

    @property
    def socket_folder(self) -> Path:
        """Where PostgreSQL's own socket is, for its superuser."""
        return self._proxy.address.parent

    @property
    def statements(self) -> tuple[Executed, ...]:
        """What clients had executed since the last reset, in order."""
        return self.faults.statements

    @property
    def isolation(self) -> Isolation:
        """The database's isolation; a change holds for connections made after it."""
        return self._isolation

    @isolation.setter
    def isolation(self, isolation: Isolation) -> None:
        level = literal(LEVELS[isolation])
        self.sql(f"ALTER DATABASE {DATABASE} SET default_transaction_isolation TO {level}")
        self._isolation = self._proxy.isolation = isolation

    def connect(self, **changes: Any) -> Connection:
        """Connect with the real driver; words change what it is given."""
        given = asdict(self.settings) | {"sslmode": "verify-full", "application_name": "tests"}
        del given["authority"]
        return redshift_connector.connect(**(given | changes))

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        """Ask PostgreSQL itself, past the proxy and as its superuser; for checking."""
        return self._proxy.ask(DATABASE, text)

    def serverless(self) -> None:
        """Be Redshift Serverless until the next reset: it has no STL views."""
        self.sql("CALL redshift.be_serverless()")

    def wait_for_blocked(self, count: int = 1) -> None:
        """Wait until so many clients wait for a lock."""
        self._wait_for(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'",
            count,
        )

    def wait_for_clients(self, count: int) -> None:
        """Wait until so many clients are left: PostgreSQL notices a departure a little later."""
        self._wait_for(
            "SELECT count(*) FROM pg_stat_activity "
            f"WHERE datname = current_database() AND usename = {literal(USER)}",
            count,
        )

    def end(self) -> None:
        """End all clients; forget faults and statements; raise what went wrong in here."""
        self._proxy.reset()
        self.s3.faults.clear()
        self.s3.credentials.fetched.clear()
        errors, self._proxy.errors = self._proxy.errors, []
        if errors:
            raise BaseExceptionGroup("the stand-in for Redshift failed", errors)

    def reset(self) -> None:
        """Begin anew, with an empty database."""
        self.end()
        self.sql("CALL redshift.reset()")
        self.isolation = "snapshot"

    def _wait_for(self, question: str, count: int) -> None:
        until = time.monotonic() + PATIENCE
        while self.sql(question) != [(count,)]:
            assert time.monotonic() < until, self.sql("SELECT * FROM pg_stat_activity")
            time.sleep(0.005)


@contextmanager
def stand_in(folder: Path) -> Iterator[Redshift]:
    """Run the whole of it: PostgreSQL, the proxy before it, and an S3 endpoint."""
    context, authority = server_context(folder)
    with postgres() as address, s3_endpoint(USER, PASSWORD) as s3:
        reader = s3.client(user_agent_extra=COPYING)
        proxy = Proxy(address, context, reader)
        try:
            proxy.ask(SUPERUSER, f"CREATE ROLE {USER} LOGIN PASSWORD {literal(PASSWORD)}")
            # A check must not take part in the conflicts of a serializable database.
            proxy.ask(
                SUPERUSER,
                f"ALTER ROLE {SUPERUSER} SET default_transaction_isolation TO 'read committed'",
            )
            proxy.ask(SUPERUSER, f"CREATE DATABASE {DATABASE} OWNER {USER}")
            proxy.ask(DATABASE, CATALOG.read_text(encoding="utf-8"))
            yield Redshift(proxy, s3, authority)
        finally:
            proxy.close()
            reader.close()
