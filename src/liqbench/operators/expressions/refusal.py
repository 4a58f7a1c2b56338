"""The stop of a computation at the first row at fault, as a column and as an expression.

The engine then asks the operators to ``diagnose`` and reports what they find.
"""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DataType

from liqbench.operators.expressions.tree import Call, Expression, Literal

REFUSE = "refuse"


def refusal(reason: str, type_name: str) -> Column:
    """Return a column that stops the computation when it is evaluated."""
    return F.raise_error(F.lit(f"liqbench refuses: {reason}")).cast(type_name)


def refusing(reason: str, dtype: DataType) -> Expression:
    """Return an expression of this type that stops the calculation where it is evaluated."""
    return Call(REFUSE, (Literal(reason), Literal(dtype.simpleString())))
