"""Publishing: approved results as a star schema, exactly once."""

from liqbench.warehouse.doctor import Check
from liqbench.warehouse.duckdb_target import DuckDbTarget
from liqbench.warehouse.executors import Executors
from liqbench.warehouse.publication import (
    DryRun,
    Fact,
    Publication,
    Receipt,
    Target,
    check_approved,
    dry_run_approved,
    ledger_row,
    publication_of,
    publish_approved,
)
from liqbench.warehouse.redshift import RedshiftTarget
from liqbench.warehouse.redshift_settings import RedshiftSettings
from liqbench.warehouse.retry import Patience
from liqbench.warehouse.routes import RouteSettings, route_of
from liqbench.warehouse.tables import DesignSettings, TableSettings
from liqbench.warehouse.target import Workings

__all__ = [
    "Check",
    "DesignSettings",
    "DryRun",
    "DuckDbTarget",
    "Executors",
    "Fact",
    "Patience",
    "Publication",
    "Receipt",
    "RedshiftSettings",
    "RedshiftTarget",
    "RouteSettings",
    "TableSettings",
    "Target",
    "Workings",
    "check_approved",
    "dry_run_approved",
    "ledger_row",
    "publication_of",
    "publish_approved",
    "route_of",
]
