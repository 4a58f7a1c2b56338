"""The operators: each one file with its parameters, its Spark and its key mapping."""

from liqbench.operators.base import Context, KeyMapping, Keys, Locality, Operator
from liqbench.operators.origins import Origin, Origins
from liqbench.operators.registry import make_operator, operator_types
from liqbench.operators.sources import Source, snapshot

__all__ = [
    "Context",
    "KeyMapping",
    "Keys",
    "Locality",
    "Operator",
    "Origin",
    "Origins",
    "Source",
    "make_operator",
    "operator_types",
    "snapshot",
]
