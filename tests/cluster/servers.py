"""Spark as separate processes on loopback: a Connect server, and a cluster of two workers."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyspark

from liqbench.engine.java import find_java_home

SPARK_HOME = Path(pyspark.__file__).parent
STARTS_WITHIN = 120.0  # seconds
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Server:
    """A process group with its log."""

    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """Stop the process and its children at once."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def says(self, text: str, times: int = 1) -> None:
        """Wait until the log holds a text this often."""
        end = select.poll()
        for _ in range(int(STARTS_WITHIN * 10)):
            if self.log.read_text("utf-8", errors="replace").count(text) >= times:
                return
            assert self.process.poll() is None, f"it stopped: {self.tail()}"
            end.poll(100)
        raise AssertionError(f"it never said {text!r}: {self.tail()}")

    def tail(self) -> str:
        return self.log.read_text("utf-8", errors="replace")[-2_000:]


@contextmanager
def started(
    folder: Path, name: str, *command: str, variables: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Start a program of Spark's; stop it with all its children."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{name}.log"
    environment = {
        **os.environ,
        "JAVA_HOME": str(find_java_home(folder)),
        "SPARK_HOME": str(SPARK_HOME),
        "SPARK_LOCAL_IP": LOOPBACK,
        "SPARK_LOCAL_DIRS": str(folder / "local"),
        "SPARK_WORKER_DIR": str(folder / name),
        "PYSPARK_PYTHON": sys.executable,
        **(variables or {}),
    }
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - Spark's own programs
            command, env=environment, cwd=folder, stdout=out, stderr=out, start_new_session=True
        )
    server = Server(process, log)
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def connect_server(
    folder: Path, *, tries: int = 1, variables: Mapping[str, str] | None = None
) -> Iterator[tuple[str, Server]]:
    """Start a Spark Connect server that tries tasks so often; yield its address, and itself."""
    port = free_port()
    options = {
        "spark.connect.grpc.binding.address": LOOPBACK,
        "spark.connect.grpc.binding.port": str(port),
        "spark.driver.bindAddress": LOOPBACK,
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.enabled": "false",
    }
    settings = [part for name, value in options.items() for part in ("--conf", f"{name}={value}")]
    with started(
        folder, "connect", str(SPARK_HOME / "bin" / "spark-submit"),
        "--class", "org.apache.spark.sql.connect.service.SparkConnectServer",
        "--master", f"local[2,{tries}]", "--driver-memory", "1g", *settings, "spark-internal",
        variables=variables,
    ) as server:  # fmt: skip
        server.says("Spark Connect server started")
        yield f"sc://{LOOPBACK}:{port}", server


@dataclass(frozen=True)
class Cluster:
    """A standalone cluster: the master's address and its workers."""

    address: str
    workers: tuple[Server, ...]


@contextmanager
def standalone(folder: Path) -> Iterator[Cluster]:
    """Start a master and two workers of one core each."""
    port = free_port()
    address = f"spark://{LOOPBACK}:{port}"
    program = str(SPARK_HOME / "bin" / "spark-class")
    deploy = "org.apache.spark.deploy"
    with ExitStack() as stack:
        master = stack.enter_context(
            started(
                folder, "master", program, f"{deploy}.master.Master", "--host", LOOPBACK,
                "--port", str(port), "--webui-port", "0",
            )
        )  # fmt: skip
        master.says("I have been elected leader")
        workers = tuple(
            stack.enter_context(
                started(
                    folder, f"worker-{number}", program, f"{deploy}.worker.Worker",
                    "--host", LOOPBACK, "--webui-port", "0", "--cores", "1", "--memory", "1g",
                    address,
                )
            )
            for number in (1, 2)
        )  # fmt: skip
        master.says("Registering worker", times=2)
        yield Cluster(address, workers)


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        return int(free.getsockname()[1])
