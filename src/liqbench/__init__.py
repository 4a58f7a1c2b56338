"""liqbench: a liquidity analyst's bench, from deals to an approved and published ratio."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from liqbench._version import __version__

if TYPE_CHECKING:
    from liqbench import samples, ui
    from liqbench.engine import Run, SessionSettings, Variant
    from liqbench.errors import LiqbenchError
    from liqbench.governance import GovernanceSettings, TrustSettings
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
    from liqbench.ui.workbench import Workbench
    from liqbench.warehouse import DuckDbTarget, RedshiftSettings, RedshiftTarget
else:
    _HOMES = {
        "engine": ("Run", "SessionSettings", "Variant"),
        "errors": ("LiqbenchError",),
        "governance": ("GovernanceSettings", "TrustSettings"),
        "impact": ("ImpactAnalysis",),
        "model": (
            "Adjustment",
            "AdjustmentRule",
            "AllOf",
            "AnyOf",
            "Condition",
            "Dag",
            "DagBuilder",
            "OperatorConfig",
            "Scenario",
            "load_scenarios",
            "save_scenarios",
        ),
        "store": ("StoreSettings",),
        "warehouse": ("DuckDbTarget", "RedshiftSettings", "RedshiftTarget"),
        "ui.workbench": ("Workbench",),
    }
    _HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

    def __getattr__(name: str) -> Any:
        """Bring a public name on its first use, so that the command starts without Spark.

        With the first of them comes ``ui``, which plugs in the pictures and the progress.
        """
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import_module("liqbench.ui")
        home = _HOME_OF.get(name)
        module = import_module(f"liqbench.{home or name}")
        value = getattr(module, name) if home else module
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = [
    "Adjustment",
    "AdjustmentRule",
    "AllOf",
    "AnyOf",
    "Condition",
    "Dag",
    "DagBuilder",
    "DuckDbTarget",
    "GovernanceSettings",
    "ImpactAnalysis",
    "LiqbenchError",
    "OperatorConfig",
    "RedshiftSettings",
    "RedshiftTarget",
    "Run",
    "Scenario",
    "SessionSettings",
    "StoreSettings",
    "TrustSettings",
    "Variant",
    "Workbench",
    "__version__",
    "load_scenarios",
    "samples",
    "save_scenarios",
    "ui",
]
