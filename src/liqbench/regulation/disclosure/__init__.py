"""Published LIQ1 and LIQ2 tables: reading them, and holding them to their own identities."""

from liqbench.regulation.disclosure.checks import Check, Verdict
from liqbench.regulation.disclosure.figures import Figure
from liqbench.regulation.disclosure.lines import Line, line_of
from liqbench.regulation.disclosure.reader import read_disclosures
from liqbench.regulation.disclosure.reconciliation import Reconciliation, reconcile
from liqbench.regulation.disclosure.table import DisclosedTable
from liqbench.regulation.disclosure.template import Template, TemplateRow, load_template

__all__ = [
    "Check",
    "DisclosedTable",
    "Figure",
    "Line",
    "Reconciliation",
    "Template",
    "TemplateRow",
    "Verdict",
    "line_of",
    "load_template",
    "read_disclosures",
    "reconcile",
]
