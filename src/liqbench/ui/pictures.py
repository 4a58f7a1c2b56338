"""What is shown as what: registers the pictures for ``show()``, and the progress of runs."""

from __future__ import annotations

from liqbench.engine import Run, Variant
from liqbench.governance import Approval, Submission
from liqbench.impact import ImpactAnalysis
from liqbench.model import Dag
from liqbench.model.presentation import show, use_reporter
from liqbench.ui.comparison import compare
from liqbench.ui.graph import dag_picture, run_picture, variant_picture
from liqbench.ui.impact_table import ImpactTable
from liqbench.ui.papers import (
    approval_card,
    checks_card,
    dry_run_card,
    receipt_card,
    submission_card,
)
from liqbench.ui.progress import notebook_reporter
from liqbench.warehouse import Checks, DryRun, Receipt

show.register(Dag, dag_picture)
show.register(Run, run_picture)
show.register(Variant, variant_picture)
show.register(ImpactAnalysis, lambda analysis: ImpactTable(compare(analysis)))
show.register(Submission, submission_card)
show.register(Approval, approval_card)
show.register(DryRun, dry_run_card)
show.register(Receipt, receipt_card)
show.register(Checks, checks_card)
use_reporter(notebook_reporter)
