"""How the impact table is looked at: which figure, against what, which rows in which order."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from liqbench.model._values import FrozenModel

PAGE = 50


class View(FrozenModel):
    """What she chose above the table.

    ``metric`` is a figure of the ratio's operator, by default the ratio. ``against`` is a variant
    that stands for the baseline. ``by`` is ``worst``, ``name``, ``baseline`` or a variant, and
    ``part`` what of it the rows are in the order of. ``relative`` shows changes in percent of what
    they are against, in place of amounts and percentage points. ``shown`` is how many rows come
    at most.
    """

    metric: str = ""
    against: str = ""
    by: str = "worst"
    part: Literal["value", "change"] = "value"
    descending: bool = False
    filter: str = ""
    changed_only: bool = False
    relative: bool = False
    shown: int = Field(default=PAGE, ge=1, le=1000)
