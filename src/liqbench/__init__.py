"""liqbench: a liquidity analyst's bench, from deals to an approved and published ratio."""

from liqbench import samples, ui
from liqbench._version import __version__
from liqbench.engine import Run, SessionSettings, Variant
from liqbench.errors import LiqbenchError
from liqbench.impact import ImpactAnalysis
from liqbench.model import (
    Adjustment,
    AdjustmentRule,
    AllOf,
    AnyOf,
    Condition,
    Dag,
    DagBuilder,
    OperatorConfig,
    Scenario,
    load_scenarios,
    save_scenarios,
)
from liqbench.store import StoreSettings
from liqbench.warehouse import DuckDbTarget
from liqbench.workbench import Workbench

__all__ = [
    "Adjustment",
    "AdjustmentRule",
    "AllOf",
    "AnyOf",
    "Condition",
    "Dag",
    "DagBuilder",
    "DuckDbTarget",
    "ImpactAnalysis",
    "LiqbenchError",
    "OperatorConfig",
    "Run",
    "Scenario",
    "SessionSettings",
    "StoreSettings",
    "Variant",
    "Workbench",
    "__version__",
    "load_scenarios",
    "samples",
    "save_scenarios",
    "ui",
]
