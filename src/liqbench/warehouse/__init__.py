"""Publishing: approved results as a star schema, exactly once."""

from liqbench.warehouse.duckdb_target import DuckDbTarget
from liqbench.warehouse.publication import (
    Fact,
    Publication,
    Receipt,
    Target,
    check_approved,
    publication_of,
)

__all__ = [
    "DuckDbTarget",
    "Fact",
    "Publication",
    "Receipt",
    "Target",
    "check_approved",
    "publication_of",
]
