"""Publishing: approved results as a star schema, and adjustments, exactly once."""

from liqbench.warehouse.doctor import Check, Checks
from liqbench.warehouse.duckdb_target import DuckDbTarget
from liqbench.warehouse.executors import Executors
from liqbench.warehouse.gate import (
    Target,
    check_approved,
    dry_run_approved,
    ledger_row,
    publish_approved,
    withdraw_published,
)
from liqbench.warehouse.publication import (
    Adjustments,
    Fact,
    Publication,
    Records,
    publication_of,
)
from liqbench.warehouse.receipt import DryRun, Receipt
from liqbench.warehouse.redshift import RedshiftTarget
from liqbench.warehouse.redshift_settings import RedshiftSettings
from liqbench.warehouse.reporting import Aggregation
from liqbench.warehouse.retry import Patience
from liqbench.warehouse.routes import RouteSettings, route_of
from liqbench.warehouse.steps import PublishStep
from liqbench.warehouse.tables import DesignSettings, TableSettings
from liqbench.warehouse.target import Workings

__all__ = [
    "Adjustments",
    "Aggregation",
    "Check",
    "Checks",
    "DesignSettings",
    "DryRun",
    "DuckDbTarget",
    "Executors",
    "Fact",
    "Patience",
    "Publication",
    "PublishStep",
    "Receipt",
    "Records",
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
    "withdraw_published",
]
