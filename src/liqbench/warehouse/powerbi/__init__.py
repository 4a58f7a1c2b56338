"""Power BI: published stars as a project that Desktop opens, over the reporting views."""

from liqbench.warehouse.powerbi.build import semantic_model
from liqbench.warehouse.powerbi.model import (
    Alternate,
    CalculationGroup,
    CalculationItem,
    DuckDbSource,
    Hierarchy,
    Measure,
    ModelColumn,
    ModelTable,
    Parameter,
    RedshiftSource,
    RefreshPolicy,
    Relationship,
    SemanticModel,
    Source,
)
from liqbench.warehouse.powerbi.project import write, write_powerbi
from liqbench.warehouse.powerbi.published import write_published
from liqbench.warehouse.reporting import Aggregation, AttributeTypes

__all__ = [
    "Aggregation",
    "Alternate",
    "AttributeTypes",
    "CalculationGroup",
    "CalculationItem",
    "DuckDbSource",
    "Hierarchy",
    "Measure",
    "ModelColumn",
    "ModelTable",
    "Parameter",
    "RedshiftSource",
    "RefreshPolicy",
    "Relationship",
    "SemanticModel",
    "Source",
    "semantic_model",
    "write",
    "write_powerbi",
    "write_published",
]
