"""Benches in processes of their own that publish; one of them kills itself at an exact point."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pyspark import SparkContext
from sqlalchemy import Engine, event

from liqbench.warehouse import RedshiftSettings, RedshiftTarget
from liqbench.warehouse.duckdb_target import DuckDbConnection
from liqbench.workbench import Workbench


def publish(
    folder: Path, approval_id: str, settings: RedshiftSettings | None, variables: Mapping[str, str]
) -> None:
    """Publish to this Redshift, or to the workspace's own file; Spark is not needed for it."""
    os.environ.update(variables)
    targets = {} if settings is None else {"dwh": RedshiftTarget(settings)}
    bench = Workbench(folder, targets=targets)
    target = "local" if settings is None else "dwh"
    assert bench.publish(approval_id, target=target, by="pat").new
    bench.close()
    assert SparkContext._gateway is None


def publish_and_die(folder: Path, approval_id: str, at: int | None, told: Connection) -> None:
    """Publish to the workspace's own file, and be killed at the moment of this number.

    A moment is before or after a statement to the warehouse or to the records. Without a number
    their count is told.
    """
    passed = 0

    def moment(*_: Any) -> None:
        nonlocal passed
        passed += 1
        if passed == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            moment()
            found = method(*args)
            moment()
            return found

        return call

    for name in ("execute", "fetch"):
        setattr(DuckDbConnection, name, watched(getattr(DuckDbConnection, name)))
    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(Engine, name, moment)
    publish(folder, approval_id, None, {})
    told.send(passed)
