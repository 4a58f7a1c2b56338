"""Small tables on the driver: the same typed expressions as Spark's, to the last digit."""

from liqbench.operators.local.evaluate import evaluate
from liqbench.operators.local.groups import Groups
from liqbench.operators.local.numbers import rescaled, rounded
from liqbench.operators.local.table import LocalTable
from liqbench.operators.local.vector import Flags, Vector

__all__ = ["Flags", "Groups", "LocalTable", "Vector", "evaluate", "rescaled", "rounded"]
