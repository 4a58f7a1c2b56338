"""In which row of LIQ1 or LIQ2 a category is shown."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from liqbench.errors import DisclosureError
from liqbench.model._values import FrozenModel
from liqbench.regulation.disclosure.template import packaged_table


class Line(FrozenModel):
    """Where a template shows an amount.

    ``row`` is empty for what no row shows. ``column`` is empty where the row's own amounts decide
    it; LIQ2 shows derivatives in one column whatever their residual maturity is.
    """

    code: str
    row: str
    column: str = ""


def line_of(template: str, code: str) -> Line:
    """Return the line of a category: of all beginnings of its code, the longest listed.

    Retail and small business term deposits that can't be withdrawn within 30 days have none: they
    are no outflow (BCBS 238, paragraph 82). Raises ``DisclosureError`` for a code of no line.
    """
    lines = _lines(template)
    for length in range(len(code), 0, -1):
        if code[:length] in lines:
            return lines[code[:length]]
    raise DisclosureError(
        f"{template} has no row for the category {code!r}",
        hint="name the row on the rules that assign it: line",
    )


@lru_cache
def _lines(template: str) -> Mapping[str, Line]:
    table = packaged_table(f"{template.lower()}_lines.csv")
    return {row["code"]: Line.model_validate(row) for row in table}
