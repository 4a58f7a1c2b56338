"""The session that tests run on: in this process, on a Connect server, or on a cluster."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

from tests.cluster.servers import connect_server, standalone

from liqbench.engine import SessionSettings

Kind = Literal["local", "connect", "cluster"]


@contextmanager
def settings_of(kind: Kind, folder: Path) -> Iterator[SessionSettings]:
    """Return how a session is opened, its files in a folder; its servers end with the block."""
    with ExitStack() as stack:
        yield _settings(kind, folder, stack)


def _settings(kind: Kind, folder: Path, stack: ExitStack) -> SessionSettings:
    if kind == "connect":
        address, _ = stack.enter_context(connect_server(folder))
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
