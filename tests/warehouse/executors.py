"""A Spark Connect server whose executors have no liqbench, and AWS's credentials of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from pyspark.sql import SparkSession
from pyspark.sql.connect.session import SparkSession as ConnectSession
from tests.cluster.servers import Server, connect_server
from tests.redshift.stand_in import Redshift

TRIES = 3
NOT_HERE = "raise ImportError('executors do not have liqbench')\n"


@dataclass(frozen=True)
class Elsewhere:
    """A session on the server; tasks are tried three times there."""

    session: SparkSession
    _server: Server

    def kill_workers(self) -> int:
        """Kill the Python processes in which tasks run; tell how many there were."""
        children = psutil.Process(self._server.process.pid).children(recursive=True)
        workers = [each for each in children if _parent_is_python(each)]
        for worker in workers:
            worker.kill()
        return len(workers)


def _parent_is_python(process: psutil.Process) -> bool:
    """Spark's daemon forks a process for each task; they look alike but for their parent."""
    parent = process.parent()
    return parent is not None and "pyspark.daemon" in parent.cmdline()


@contextmanager
def elsewhere(folder: Path, redshift: Redshift) -> Iterator[Elsewhere]:
    """Start the server, and a session on it that leaves this process's own sessions alone."""
    shadow = folder / "shadow" / "liqbench"
    shadow.mkdir(parents=True)
    (shadow / "__init__.py").write_text(NOT_HERE)
    variables = redshift.s3.environment | {
        "PYTHONPATH": str(shadow.parent),
        "AWS_ACCESS_KEY_ID": "executors",
    }
    with connect_server(folder, tries=TRIES, variables=variables) as (address, server):
        session = ConnectSession.builder.remote(address).create()
        try:
            yield Elsewhere(session, server)  # type: ignore[arg-type]
        finally:
            session.stop()
