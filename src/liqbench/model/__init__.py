"""What an analyst composes: DAGs, rules and scenarios. Pure data; no Spark, no widget."""

from liqbench.model._values import as_date
from liqbench.model.builder import DagBuilder
from liqbench.model.conditions import AllOf, AnyOf, Condition
from liqbench.model.dag import Dag, OperatorConfig
from liqbench.model.rules import Adjustment, AdjustmentRule, Approval, Scenario
from liqbench.model.scenarios import load_scenarios, save_scenarios

__all__ = [
    "Adjustment",
    "AdjustmentRule",
    "AllOf",
    "AnyOf",
    "Approval",
    "Condition",
    "Dag",
    "DagBuilder",
    "OperatorConfig",
    "Scenario",
    "as_date",
    "load_scenarios",
    "save_scenarios",
]
