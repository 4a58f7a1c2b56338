"""Sessions, validation, execution, and the strategies for many scenarios."""

from liqbench.engine.adjustments import AdjustmentRecords
from liqbench.engine.cancellation import (
    Cancellation,
    RunCancelledError,
    cancellable,
    check_cancelled,
    is_cancelled,
)
from liqbench.engine.consequences import Consequences
from liqbench.engine.dependency import Dependency, DependencyGraph
from liqbench.engine.executor import OperatorResult
from liqbench.engine.failures import said_by_spark
from liqbench.engine.followup import FollowUp
from liqbench.engine.injections import Injections, injections_of, resolve_variants
from liqbench.engine.lineage import Lineage
from liqbench.engine.matches import RuleMatch, match_rule
from liqbench.engine.monitor import Monitor, Progress, silent
from liqbench.engine.occurring import FieldValues, field_values
from liqbench.engine.persistence import Policy, check_policy
from liqbench.engine.planner import STRATEGIES, VariantPlan, plan_variants, table_of
from liqbench.engine.preview import SAMPLE_ROWS, Preview, preview
from liqbench.engine.profile import FieldProfile, profile
from liqbench.engine.recalc import (
    RecalcPlan,
    RecalcStep,
    recalc_plans,
    recalculated,
    table_of_steps,
)
from liqbench.engine.reopening import reopen
from liqbench.engine.resolve import Examination, Node, ResolvedDag, examine, fingerprints, resolve
from liqbench.engine.run import Run, execute
from liqbench.engine.scenarios import Outcome, Variant, run_variants
from liqbench.engine.session import (
    SPARK_ERRORS,
    SessionSettings,
    check_session,
    description_of,
    is_classic,
    is_local,
    open_session,
    tasks_at_work,
)
from liqbench.engine.tables import to_pandas
from liqbench.engine.trace import Trace

__all__ = [
    "SAMPLE_ROWS",
    "SPARK_ERRORS",
    "STRATEGIES",
    "AdjustmentRecords",
    "Cancellation",
    "Consequences",
    "Dependency",
    "DependencyGraph",
    "Examination",
    "FieldProfile",
    "FieldValues",
    "FollowUp",
    "Injections",
    "Lineage",
    "Monitor",
    "Node",
    "OperatorResult",
    "Outcome",
    "Policy",
    "Preview",
    "Progress",
    "RecalcPlan",
    "RecalcStep",
    "ResolvedDag",
    "RuleMatch",
    "Run",
    "RunCancelledError",
    "SessionSettings",
    "Trace",
    "Variant",
    "VariantPlan",
    "cancellable",
    "check_cancelled",
    "check_policy",
    "check_session",
    "description_of",
    "examine",
    "execute",
    "field_values",
    "fingerprints",
    "injections_of",
    "is_cancelled",
    "is_classic",
    "is_local",
    "match_rule",
    "open_session",
    "plan_variants",
    "preview",
    "profile",
    "recalc_plans",
    "recalculated",
    "reopen",
    "resolve",
    "resolve_variants",
    "run_variants",
    "said_by_spark",
    "silent",
    "table_of",
    "table_of_steps",
    "tasks_at_work",
    "to_pandas",
]
