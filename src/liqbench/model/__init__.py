"""What an analyst composes: DAGs, rules and scenarios. Pure data; no Spark, no widget."""

from liqbench.model._values import as_date
from liqbench.model.builder import DagBuilder
from liqbench.model.conditions import AllOf, AnyOf, Condition
from liqbench.model.dag import Dag, OperatorConfig
from liqbench.model.differences import Difference, RuleDifference, compare_scenarios
from liqbench.model.rules import Adjustment, AdjustmentRule, Approval, Scenario
from liqbench.model.scenarios import load_scenarios, save_scenarios
from liqbench.model.sheets import (
    load_scenario_sheet,
    read_scenario_sheet,
    save_scenario_sheet,
    scenario_sheet,
)

__all__ = [
    "Adjustment",
    "AdjustmentRule",
    "AllOf",
    "AnyOf",
    "Approval",
    "Condition",
    "Dag",
    "DagBuilder",
    "Difference",
    "OperatorConfig",
    "RuleDifference",
    "Scenario",
    "as_date",
    "compare_scenarios",
    "load_scenario_sheet",
    "load_scenarios",
    "read_scenario_sheet",
    "save_scenario_sheet",
    "save_scenarios",
    "scenario_sheet",
]
