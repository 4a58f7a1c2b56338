"""Classification: deals into parts, and parts into the categories of LCR and NSFR."""

from liqbench.regulation.classification.diagram import (
    Cells,
    Diagram,
    Kind,
    Step,
    diagrams_of,
    never_matching,
)
from liqbench.regulation.classification.loading import load_classification
from liqbench.regulation.classification.model import (
    Classification,
    Rule,
    RuleGroup,
    RuleTable,
    TableName,
)

__all__ = [
    "Cells",
    "Classification",
    "Diagram",
    "Kind",
    "Rule",
    "RuleGroup",
    "RuleTable",
    "Step",
    "TableName",
    "diagrams_of",
    "load_classification",
    "never_matching",
]
