"""Power BI: published stars as a project that Desktop opens, over the reporting views."""

from liqbench.warehouse.powerbi.build import semantic_model
from liqbench.warehouse.powerbi.model import (
    Alternate,
    CalculationGroup,
    CalculationItem,
    Hierarchy,
    Measure,
    ModelColumn,
    ModelTable,
    RedshiftSource,
    RefreshPolicy,
    Relationship,
    SemanticModel,
)
from liqbench.warehouse.powerbi.project import write, write_powerbi
from liqbench.warehouse.reporting import Aggregation

__all__ = [
    "Aggregation",
    "Alternate",
    "CalculationGroup",
    "CalculationItem",
    "Hierarchy",
    "Measure",
    "ModelColumn",
    "ModelTable",
    "RedshiftSource",
    "RefreshPolicy",
    "Relationship",
    "SemanticModel",
    "semantic_model",
    "write",
    "write_powerbi",
]
