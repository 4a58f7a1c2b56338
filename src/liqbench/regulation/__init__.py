"""LCR and NSFR: parameters, caps, and published tables held to their templates.

Weights are data files with the paragraph on every row, templates with their identities.
"""

from liqbench.regulation.categories import (
    INFLOWS,
    LEVELS,
    NO_CATEGORY,
    OUT_OF_SCOPE,
    UNCLASSIFIED,
    Category,
    Section,
)
from liqbench.regulation.differences import diff_parameters
from liqbench.regulation.disclosure import (
    DisclosedTable,
    Reconciliation,
    read_disclosures,
    reconcile,
)
from liqbench.regulation.hqla import Arithmetic, HqlaStock, Levels, cap_hqla, multiple_of
from liqbench.regulation.loading import load_parameters
from liqbench.regulation.method import Method
from liqbench.regulation.parameters import ParameterSet

__all__ = [
    "INFLOWS",
    "LEVELS",
    "NO_CATEGORY",
    "OUT_OF_SCOPE",
    "UNCLASSIFIED",
    "Arithmetic",
    "Category",
    "DisclosedTable",
    "HqlaStock",
    "Levels",
    "Method",
    "ParameterSet",
    "Reconciliation",
    "Section",
    "cap_hqla",
    "diff_parameters",
    "load_parameters",
    "multiple_of",
    "read_disclosures",
    "reconcile",
]
