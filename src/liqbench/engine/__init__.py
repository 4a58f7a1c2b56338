"""Sessions, validation, execution, and the strategies for many scenarios."""

from liqbench.engine.consequences import Consequences
from liqbench.engine.executor import OperatorResult
from liqbench.engine.lineage import Lineage
from liqbench.engine.monitor import Monitor, Progress, silent
from liqbench.engine.resolve import Node, ResolvedDag, fingerprints, resolve
from liqbench.engine.run import Run, execute
from liqbench.engine.scenarios import (
    Injections,
    Variant,
    injections_of,
    plan,
    resolve_variants,
    run_variants,
)
from liqbench.engine.session import SessionSettings, check_session, open_session
from liqbench.engine.tables import to_pandas
from liqbench.engine.trace import Trace

__all__ = [
    "Consequences",
    "Injections",
    "Lineage",
    "Monitor",
    "Node",
    "OperatorResult",
    "Progress",
    "ResolvedDag",
    "Run",
    "SessionSettings",
    "Trace",
    "Variant",
    "check_session",
    "execute",
    "fingerprints",
    "injections_of",
    "open_session",
    "plan",
    "resolve",
    "resolve_variants",
    "run_variants",
    "silent",
    "to_pandas",
]
