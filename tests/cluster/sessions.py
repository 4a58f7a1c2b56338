"""The session that tests run on: in this process, on a Connect server, or on a cluster."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

from pyspark.sql import SparkSession
from tests.cluster.servers import connect_server, standalone

from liqbench.engine import SessionSettings, open_session

Kind = Literal["local", "connect", "cluster"]


@contextmanager
def session_of(kind: Kind, folder: Path) -> Iterator[SparkSession]:
    """Open a session, its servers and files in a folder; all of it ends with the block."""
    with ExitStack() as stack:
        settings = _settings(kind, folder, stack)
        session = open_session(settings, folder / "cache")
        stack.callback(session.stop)
        yield session


def _settings(kind: Kind, folder: Path, stack: ExitStack) -> SessionSettings:
    if kind == "connect":
        address = stack.enter_context(connect_server(folder))
        return SessionSettings(address=address, shuffle_partitions=2)
    address = "local[2]"
    options = {"spark.sql.warehouse.dir": str(folder / "warehouse")}
    if kind == "cluster":
        os.environ["PYSPARK_PYTHON"] = sys.executable
        options |= {"spark.executor.memory": "512m", "spark.executor.cores": "1"}
        address = stack.enter_context(standalone(folder)).address
    return SessionSettings(
        address=address, driver_memory="2g", shuffle_partitions=2, options=options
    )
