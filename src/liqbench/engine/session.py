"""Spark sessions: local by default, any master, or Spark Connect.

This module alone uses what only classic sessions have, behind a check.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JError, Py4JJavaError
from pydantic import Field
from pyspark.errors import PySparkException
from pyspark.logger import PySparkLogger
from pyspark.sql import Observation, SparkSession

from liqbench.engine.java import find_java_home
from liqbench.errors import LiqbenchError, SessionError
from liqbench.model._values import FrozenModel

# What exact results need: a product keeps its digits, an overflow is an error, a day is a day.
EXACT = {
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
}
_LOCAL = {
    "spark.python.sql.dataFrameDebugging.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.scheduler.mode": "FAIR",
    "spark.sql.adaptive.coalescePartitions.enabled": "true",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
# Where Spark runs too: a generated method that Java doesn't compile is better cut in pieces.
_FAST = {"spark.sql.codegen.hugeMethodLimit": "8000"}
# What Spark raises; a classic session leaves some of Java's errors as they are.
SPARK_ERRORS = (PySparkException, Py4JJavaError)
_THIS_MACHINE = "local"
_starting = threading.Lock()


class SessionSettings(FrozenModel):
    """Where Spark runs and how much it gets.

    ``address``: ``local[*]`` (default), ``spark://…``, ``yarn``, ``k8s://…``, or ``sc://…`` for
    Spark Connect. ``options`` are further Spark settings.
    """

    address: str = "local[*]"
    driver_memory: str = "4g"
    shuffle_partitions: int = Field(default=8, ge=1)
    options: dict[str, str] = Field(default_factory=dict)

    @property
    def is_local(self) -> bool:
        """Tell whether Spark runs on this machine only."""
        return self.address.startswith(_THIS_MACHINE)


def open_session(settings: SessionSettings, cache: Path) -> SparkSession:
    """Return the session, starting it where none runs yet.

    Raises ``JavaError`` where no Java can be had, ``SessionError`` where Spark doesn't start.
    """
    with _starting:
        try:
            if settings.address.startswith("sc://"):
                session = SparkSession.builder.remote(settings.address).getOrCreate()
                shuffle = {"spark.sql.shuffle.partitions": str(settings.shuffle_partitions)}
                for name, value in {**shuffle, **_FAST, **EXACT, **settings.options}.items():
                    session.conf.set(name, value)
            else:
                session = _classic(settings, cache)
        except LiqbenchError:
            raise
        except (PySparkException, ImportError, RuntimeError, OSError) as error:
            raise SessionError(
                f"Spark doesn't start at {settings.address!r}: {str(error).splitlines()[0]}",
                hint="check the address, the network and the memory; liqbench[connect] for sc://",
            ) from error
    for name in ("DataFrameQueryContextLogger", "SQLQueryContextLogger"):
        # They print a Java stack for every error, also for those that the engine explains.
        PySparkLogger.getLogger(name).setLevel(logging.CRITICAL)
    check_session(session)
    return session


def _classic(settings: SessionSettings, cache: Path) -> SparkSession:
    running = SparkSession.getActiveSession()
    if running is None:
        os.environ["JAVA_HOME"] = str(find_java_home(cache))
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        if settings.is_local:
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        # Spark names the stack of every refused row in its log; the error reaches the analyst.
        os.environ.setdefault(
            "PYSPARK_SUBMIT_ARGS", f"--driver-memory {settings.driver_memory} pyspark-shell"
        )
    builder = SparkSession.builder.appName("liqbench").master(settings.address)
    options = {
        **_LOCAL,
        **_FAST,
        **EXACT,
        "spark.sql.shuffle.partitions": str(settings.shuffle_partitions),
        "spark.driver.memory": settings.driver_memory,
        **settings.options,
    }
    for name, value in options.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    if running is None:
        session.sparkContext.setLogLevel("OFF")
    return session


def check_session(session: SparkSession) -> None:
    """Raise ``SessionError`` where a session lacks a setting that exact results need."""
    wrong = {
        name: found
        for name, wanted in EXACT.items()
        if (found := str(session.conf.get(name, "unset"))).lower() != wanted.lower()
    }
    if wrong:
        shown = ", ".join(f"{name} = {value}" for name, value in wrong.items())
        wanted = ", ".join(f"{name} = {EXACT[name]}" for name in wrong)
        raise SessionError(f"the session has {shown}", hint=f"exact results need {wanted}")


def is_classic(session: SparkSession) -> bool:
    """Tell whether the session has a SparkContext of its own (it doesn't on Spark Connect)."""
    return not type(session).__module__.startswith("pyspark.sql.connect")


def description_of(session: SparkSession) -> str:
    """Return a session's version and kind in words."""
    return f"Spark {session.version}, {'classic' if is_classic(session) else 'Spark Connect'}"


def is_local(session: SparkSession) -> bool:
    """Tell whether a session's executors are on this machine; on Spark Connect they are not."""
    return is_classic(session) and str(session.conf.get("spark.master")).startswith(_THIS_MACHINE)


def observed(observation: Observation) -> dict[str, Any]:
    """Return what was observed; empty where Spark's optimizer cut the observed part off."""
    try:
        return dict(observation.get)
    except Py4JError:  # how a classic session's observation says that it holds nothing
        return {}


def tag_jobs(session: SparkSession, tag: str) -> None:
    """Let this thread's jobs carry a tag, by which another thread can interrupt them."""
    if is_classic(session):
        # The session's own tags are known only in the thread that set them.
        session.sparkContext.addJobTag(tag)
        session.sparkContext.setInterruptOnCancel(True)
    else:
        session.addTag(tag)


def untag_jobs(session: SparkSession, tag: str) -> None:
    """Let this thread's jobs carry the tag no longer."""
    if is_classic(session):
        session.sparkContext.removeJobTag(tag)
        session.sparkContext.setInterruptOnCancel(False)
    else:
        session.removeTag(tag)


def interrupt_jobs(session: SparkSession, tag: str) -> None:
    """End the jobs that carry a tag, whatever thread had them begun."""
    if is_classic(session):
        session.sparkContext.cancelJobsWithTag(tag)
    else:
        session.interruptTag(tag)


def tasks_at_work(session: SparkSession) -> tuple[int, int] | None:
    """Return how many tasks of the stages at work are done, of how many; classic sessions know."""
    if not is_classic(session):
        return None
    tracker = session.sparkContext.statusTracker()
    stages = [tracker.getStageInfo(number) for number in tracker.getActiveStageIds()]
    known = [stage for stage in stages if stage is not None]
    return sum(stage.numCompletedTasks for stage in known), sum(stage.numTasks for stage in known)


@contextmanager
def fair_pool(session: SparkSession, name: str) -> Iterator[None]:
    """Give the jobs of this thread a scheduler pool of their own, where the session has pools."""
    if not is_classic(session):
        yield
        return
    context = session.sparkContext
    context.setLocalProperty("spark.scheduler.pool", name)
    try:
        yield
    finally:
        context.setLocalProperty("spark.scheduler.pool", "default")
