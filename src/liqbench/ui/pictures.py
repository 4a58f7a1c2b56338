"""What is shown as what: registers the pictures for ``show()``, and the progress of runs."""

from __future__ import annotations

from liqbench.engine import Run, Variant
from liqbench.governance import Approval, Submission
from liqbench.impact import ImpactAnalysis
from liqbench.model import Dag
from liqbench.model.presentation import show, use_reporter
from liqbench.ui.card import Card
from liqbench.ui.comparison import compare
from liqbench.ui.graph import GraphPicture, dag_picture, run_picture, variant_picture
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


@show.register
def _(thing: Dag) -> GraphPicture:
    return dag_picture(thing)


@show.register
def _(thing: Run) -> GraphPicture:
    return run_picture(thing)


@show.register
def _(thing: Variant) -> GraphPicture:
    return variant_picture(thing)


@show.register
def _(thing: ImpactAnalysis) -> ImpactTable:
    return ImpactTable(compare(thing))


@show.register
def _(thing: Submission) -> Card:
    return submission_card(thing)


@show.register
def _(thing: Approval) -> Card:
    return approval_card(thing)


@show.register
def _(thing: DryRun) -> Card:
    return dry_run_card(thing)


@show.register
def _(thing: Receipt) -> Card:
    return receipt_card(thing)


@show.register
def _(thing: Checks) -> Card:
    return checks_card(thing)


use_reporter(notebook_reporter)
