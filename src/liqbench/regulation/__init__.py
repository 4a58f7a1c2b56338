"""LCR parameters and formulas; weights are data files with the paragraph on every row."""

from liqbench.regulation.hqla import HqlaStock, cap_hqla
from liqbench.regulation.parameters import Category, ParameterSet, Section, load_parameters

__all__ = ["Category", "HqlaStock", "ParameterSet", "Section", "cap_hqla", "load_parameters"]
