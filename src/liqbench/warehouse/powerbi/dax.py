"""The DAX of measures and calculation items.

Two things a total must never do: add scenarios, and add as-of dates. So every measure shows one
scenario (the one that is chosen, itself or by one of its rules; without a choice the baseline; of
several none) at one date (the
last one in the selection for which the fact was published at all). Variables begin with two
underscores, as no table of a star does: DAX knows one space of names for both.
"""

from __future__ import annotations

from collections.abc import Sequence

from liqbench.operators.star_schema import FactMeasure, Quotient
from liqbench.warehouse.powerbi.model import CalculationItem

SCENARIO = "Scenario"
RULE = "Adjustment rule"
RULES_OF_SCENARIOS = "Rules of scenarios"
DATE = "Date"
IS_BASE = "is_base"
VARIANT = "variant_number"
DATE_KEY = "date_key"

_AGGREGATES = {"sum": "SUM", "min": "MIN", "max": "MAX"}


def table_name(name: str) -> str:
    """Return a table's name as DAX writes it, always in quotes."""
    return "'" + name.replace("'", "''") + "'"


def column_name(table: str, column: str) -> str:
    """Return a column's full name as DAX writes it."""
    return f"{table_name(table)}[{column.replace(']', ']]')}]"


_BASELINE = f"{column_name(SCENARIO, IS_BASE)} = 1"
_ONE_VARIANT = f"HASONEVALUE ( {column_name(SCENARIO, VARIANT)} )"


def measure(
    published: FactMeasure, fact: str, columns: dict[str, str], others: Sequence[str]
) -> str:
    """Return the expression of a published measure.

    ``columns`` names the model's column of every figure of the fact, ``others`` the tables of its
    dimensions beside scenario and date.
    """
    figures = _figures(published, fact, columns)
    at = f"{column_name(DATE, DATE_KEY)} = __AsOf"
    cleared = [f"REMOVEFILTERS ( {table_name(name)} )" for name in (SCENARIO, RULE, *others)]
    return f"""VAR __AsOf =
    CALCULATE ( MAX ( {column_name(fact, DATE_KEY)} ), {", ".join(cleared)} )
RETURN
    SWITCH (
        TRUE (),
        {_ONE_VARIANT},
            CALCULATE ( {figures}, {at} ),
        NOT ISFILTERED ( {table_name(SCENARIO)} ) && NOT ISFILTERED ( {table_name(RULE)} ),
            CALCULATE ( {figures}, {at}, {_BASELINE} )
    )"""


def _figures(published: FactMeasure, fact: str, columns: dict[str, str]) -> str:
    """Return what is shown of the rows of one scenario and date.

    Of one row it is the published figure itself, a ratio's too.
    """
    own = column_name(fact, columns[published.field])
    single = f"COUNTROWS ( {table_name(fact)} ) = 1, MAX ( {own} )"
    if isinstance(published.aggregation, Quotient):
        parts = (published.aggregation.numerator, published.aggregation.denominator)
        above, below = (f"SUM ( {column_name(fact, columns[part])} )" for part in parts)
        return f"IF ( {single}, DIVIDE ( {above}, {below} ) )"
    if published.aggregation == "none":
        return f"IF ( {single} )"
    return f"{_AGGREGATES[published.aggregation]} ( {own} )"


_ALL_SCENARIOS = ", ".join(f"REMOVEFILTERS ( {table_name(name)} )" for name in (SCENARIO, RULE))
_BASE = f"CALCULATE ( SELECTEDMEASURE (), {_ALL_SCENARIOS}, {_BASELINE} )"
_ADJUSTED = (
    f"IF ( {_ONE_VARIANT} && SELECTEDVALUE ( {column_name(SCENARIO, IS_BASE)} ) == 0, "
    "SELECTEDMEASURE () )"
)


def _compared(result: str) -> str:
    """Return an item that is blank unless both sides have a figure."""
    return f"""VAR __Base = {_BASE}
VAR __Adjusted = {_ADJUSTED}
RETURN
    IF ( NOT ISBLANK ( __Base ) && NOT ISBLANK ( __Adjusted ), {result} )"""


def adjustment_items() -> tuple[CalculationItem, ...]:
    """Return the ways to show a measure: as it is, as it would be, and the difference.

    ``With adjustments`` shows all rows of the chosen scenario, not only the adjusted ones.
    """
    return (
        CalculationItem(name="Base", expression=_BASE),
        CalculationItem(name="With adjustments", expression=_ADJUSTED),
        CalculationItem(name="Variance", expression=_compared("__Adjusted - __Base")),
        CalculationItem(
            name="Variance %",
            expression=_compared("DIVIDE ( __Adjusted - __Base, __Base )"),
            format="0.00%",
        ),
    )
