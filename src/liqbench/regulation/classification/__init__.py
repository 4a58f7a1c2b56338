"""Classification: deals into parts, and parts into the categories of LCR and NSFR."""

from liqbench.regulation.classification.loading import load_classification
from liqbench.regulation.classification.model import (
    Classification,
    Rule,
    RuleGroup,
    RuleTable,
    TableName,
)
from liqbench.regulation.classification.regions import never_matching

__all__ = [
    "Classification",
    "Rule",
    "RuleGroup",
    "RuleTable",
    "TableName",
    "load_classification",
    "never_matching",
]
