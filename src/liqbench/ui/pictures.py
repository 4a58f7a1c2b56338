"""What is shown as what: registers the pictures for ``show()``, and the progress of runs."""

from __future__ import annotations

from liqbench.engine import Run, Variant
from liqbench.impact import ImpactAnalysis
from liqbench.model import Dag
from liqbench.model.presentation import show, use_reporter
from liqbench.ui.comparison import compare
from liqbench.ui.graph import GraphPicture, dag_picture, run_picture, variant_picture
from liqbench.ui.impact_table import ImpactTable
from liqbench.ui.progress import notebook_reporter


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


use_reporter(notebook_reporter)
