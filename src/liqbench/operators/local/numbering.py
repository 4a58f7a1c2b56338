"""Rows numbered by what they have in some fields, in the order in which it appears."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from liqbench.operators.local.vector import Values, Vector


def numbered_values(own: Vector) -> tuple[npt.NDArray[np.int64], Values]:
    """Return the number of every row's value, and the values; what stands for null is one too."""
    return pd.factorize(own.values)


def numbered(fields: Iterable[Vector], rows: int) -> npt.NDArray[np.int64]:
    """Return the number of every row; a null is one value."""
    found = np.zeros(rows, np.int64)
    for own in fields:
        numbers, several = numbered_values(own)
        # Numbered anew behind every field, so that no number grows too large.
        found, _ = pd.factorize(found * (len(several) + 1) + np.where(own.valid, numbers, -1))
    return found
