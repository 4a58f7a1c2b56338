"""LCR and NSFR parameters and formulas; weights are data with the paragraph on every row."""

from liqbench.regulation.categories import (
    INFLOWS,
    LEVELS,
    OUT_OF_SCOPE,
    UNCLASSIFIED,
    Category,
    Section,
)
from liqbench.regulation.differences import diff_parameters
from liqbench.regulation.hqla import Arithmetic, HqlaStock, Levels, cap_hqla, multiple_of
from liqbench.regulation.loading import load_parameters
from liqbench.regulation.method import Method
from liqbench.regulation.parameters import ParameterSet

__all__ = [
    "INFLOWS",
    "LEVELS",
    "OUT_OF_SCOPE",
    "UNCLASSIFIED",
    "Arithmetic",
    "Category",
    "HqlaStock",
    "Levels",
    "Method",
    "ParameterSet",
    "Section",
    "cap_hqla",
    "diff_parameters",
    "load_parameters",
    "multiple_of",
]
