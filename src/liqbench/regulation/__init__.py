"""LCR parameters and formulas, and published tables held to their templates.

Weights are data files with the paragraph on every row, templates with their identities.
"""

from liqbench.regulation.disclosure import (
    DisclosedTable,
    Reconciliation,
    read_disclosures,
    reconcile,
)
from liqbench.regulation.hqla import HqlaStock, cap_hqla
from liqbench.regulation.parameters import Category, ParameterSet, Section, load_parameters

__all__ = [
    "Category",
    "DisclosedTable",
    "HqlaStock",
    "ParameterSet",
    "Reconciliation",
    "Section",
    "cap_hqla",
    "load_parameters",
    "read_disclosures",
    "reconcile",
]
