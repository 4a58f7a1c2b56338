"""Spark as separate processes on the loopback address: a Connect server, a standalone cluster."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyspark
import pytest
from pyspark.sql import SparkSession

import liqbench
from liqbench.engine import SessionSettings, open_session
from liqbench.engine.java import find_java_home

Kind = Literal["local", "connect", "cluster"]

SPARK = Path(pyspark.__file__).parent
ROOT = Path(__file__).parents[2]
LOOPBACK = "127.0.0.1"
READY_WITHIN = 90.0
_GLANCE = 0.05


@dataclass(frozen=True)
class Server:
    """A process that leads a group of its own, and writes to a log."""

    process: subprocess.Popen[bytes]
    log: Path

    def told(self, pattern: str, *, within: float = READY_WITHIN) -> re.Match[str]:
        """Wait for a line in the log; fail with the log where it ends or takes too long."""
        until = time.monotonic() + within
        while True:
            ended = self.process.poll() is not None
            text = self.log.read_text("utf-8", errors="replace")
            if found := re.search(pattern, text):
                return found
            if ended or time.monotonic() > until:
                pytest.fail(f"{self.log.name} doesn't say {pattern!r}:\n{text[-4000:]}")
            self.ends(within=_GLANCE)

    def ends(self, *, within: float) -> bool:
        try:
            self.process.wait(within)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self) -> None:
        """End the whole group, gently first."""
        for number, patience in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 10.0)):
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                break
            self.ends(within=patience)
        self.process.wait()


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return what a child needs: this Python, this liqbench, and its files in a folder."""
    paths = [str(Path(liqbench.__file__).parents[1]), str(ROOT), os.environ.get("PYTHONPATH", "")]
    folder.mkdir(parents=True, exist_ok=True)
    return {
        **os.environ,
        "JAVA_HOME": str(find_java_home(folder / "java")),
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "SPARK_HOME": str(SPARK),
        "SPARK_LOCAL_IP": LOOPBACK,
        "SPARK_LOCAL_DIRS": str(folder / "local"),
        "SPARK_LOG_DIR": str(folder / "log"),
        "SPARK_PID_DIR": str(folder / "pid"),
        "SPARK_WORKER_DIR": str(folder / "work"),
        **more,
    }


@contextmanager
def server(command: list[str], log: Path, env: Mapping[str, str]) -> Iterator[Server]:
    """Run a process in a group of its own for as long as the block lasts."""
    with log.open("wb") as stream:
        process = subprocess.Popen(  # noqa: S603 - Spark's and our own commands
            command,
            env=dict(env),
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    running = Server(process, log)
    try:
        yield running
    finally:
        running.stop()


@contextmanager
def connect_server(folder: Path, options: Mapping[str, str]) -> Iterator[str]:
    """Run a Spark Connect server of its own process; yield its address."""
    settings = {
        "spark.connect.grpc.binding.address": LOOPBACK,
        "spark.connect.grpc.binding.port": "0",
        "spark.driver.host": LOOPBACK,
        "spark.driver.bindAddress": LOOPBACK,
        "spark.ui.enabled": "false",
        **options,
    }
    command = [
        str(SPARK / "bin" / "spark-submit"),
        *("--master", "local[2]", "--driver-memory", "2g"),
        *(word for item in settings.items() for word in ("--conf", "=".join(item))),
        *("--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal"),
    ]
    with server(command, folder / "connect.log", environment(folder)) as running:
        found = running.told(r"Spark Connect server started at: .*?:(\d+)")
        yield f"sc://{LOOPBACK}:{found[1]}"


@dataclass(frozen=True)
class Cluster:
    """A standalone cluster: its address, and the process of each worker."""

    address: str
    workers: tuple[Server, ...]


@contextmanager
def standalone_cluster(folder: Path, *, workers: int = 2) -> Iterator[Cluster]:
    """Run a master and workers of one core each, all of them processes of their own."""
    with ExitStack() as stack:

        def start(name: str, kind: str, *arguments: str) -> Server:
            place = folder / name
            command = [str(SPARK / "bin" / "spark-class"), f"org.apache.spark.deploy.{kind}"]
            command += ["--host", LOOPBACK, "--port", "0", "--webui-port", "0", *arguments]
            env = environment(place, SPARK_DAEMON_MEMORY="256m")
            return stack.enter_context(server(command, place / "spark.log", env))

        master = start("master", "master.Master")
        address = master.told(rf"Starting Spark master at (spark://{LOOPBACK}:\d+)")[1]
        arguments = ("--cores", "1", "--memory", "1g", address)
        running = tuple(start(f"worker{n}", "worker.Worker", *arguments) for n in range(workers))
        for worker in running:
            worker.told("Successfully registered with master")
        yield Cluster(address, running)


@contextmanager
def spark_session(kind: Kind, folder: Path) -> Iterator[SparkSession]:
    """Open a session of a kind, its servers and files in a folder; all end with the block."""
    options = {"spark.sql.warehouse.dir": str(folder / "warehouse")}
    with ExitStack() as stack:
        if kind == "connect":
            address = stack.enter_context(connect_server(folder, options))
            settings = SessionSettings(address=address, shuffle_partitions=2)
        else:
            address = "local[2]"
            if kind == "cluster":
                os.environ["PYSPARK_PYTHON"] = sys.executable
                address = stack.enter_context(standalone_cluster(folder)).address
            settings = SessionSettings(
                address=address, driver_memory="2g", shuffle_partitions=2, options=options
            )
        session = open_session(settings, folder / "cache")
        stack.callback(session.stop)
        yield session
