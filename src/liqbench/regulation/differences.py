"""Two parameter sets against each other, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from liqbench.model._values import FrozenModel
from liqbench.regulation.parameters import ParameterSet

_COLUMNS = ["place", "field", "before", "after", "paragraph", "reason"]
_EXPLAINS = ("reason", "paragraph", "paragraph_status")


def diff_parameters(before: ParameterSet, after: ParameterSet) -> pd.DataFrame:
    """Return what differs, one row per category or method entry and field.

    Columns: ``place`` (a category's code, or ``method`` and the entry's name), ``field``,
    ``before`` and ``after`` (``None`` where there is none), and the ``paragraph`` and ``reason``
    that the second set gives for it.
    """
    codes = dict.fromkeys([*before.by_code, *after.by_code])
    rows = [
        row
        for code in codes
        for row in _differences(code, before.by_code.get(code), after.by_code.get(code))
    ]
    for name in type(before.method).model_fields:
        own, other = getattr(before.method, name), getattr(after.method, name)
        rows += _differences(f"method {name}", own, other)
    return pd.DataFrame(rows, columns=_COLUMNS, dtype=object)


def _differences(
    place: str, before: FrozenModel | None, after: FrozenModel | None
) -> Iterator[dict[str, Any]]:
    model = type(after if after is not None else before)
    for field in getattr(model, "model_fields", {}):
        if field == "code" or field in _EXPLAINS:
            continue
        own, other = (getattr(one, field, None) for one in (before, after))
        if own != other:
            yield {
                "place": place,
                "field": field,
                "before": own,
                "after": other,
                "paragraph": getattr(after, "paragraph", None),
                "reason": getattr(after, "reason", None),
            }
