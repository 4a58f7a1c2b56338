"""Publishing: approved results as a star schema, exactly once."""

from liqbench.warehouse.duckdb_target import DuckDbTarget
from liqbench.warehouse.publication import (
    Fact,
    Publication,
    Receipt,
    Target,
    check_approved,
    ledger_row,
    publication_of,
    publish_approved,
)

__all__ = [
    "DuckDbTarget",
    "Fact",
    "Publication",
    "Receipt",
    "Target",
    "check_approved",
    "ledger_row",
    "publication_of",
    "publish_approved",
]
