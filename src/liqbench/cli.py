"""The command ``liqbench``.

Exit codes: 0 done · 1 what was asked for can't be done: invalid DAG, data at fault, a failed run ·
2 the command itself is wrong, or a file that ``reconcile`` or ``evidence`` is given can't be read.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from liqbench._version import __version__
from liqbench.commands import audit, evidence, keys
from liqbench.commands.lab import jupyterlab
from liqbench.commands.telling import console, tell, told
from liqbench.errors import LiqbenchError

if TYPE_CHECKING:
    from liqbench.regulation.disclosure import Check, Reconciliation

app = typer.Typer(
    name="liqbench",
    help="A liquidity analyst's bench: LCR as a DAG of Spark operators, what-if scenarios side "
    "by side, approval, publication.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
app.add_typer(keys.app, name="keys")
app.add_typer(audit.app, name="audit")
app.add_typer(evidence.app, name="evidence")
_CANT_BE_READ = 2

AsOf = Annotated[str, typer.Option("--as-of", help="The as-of date, such as 2025-12-31.")]
Space = Annotated[
    Path, typer.Option("--workspace", "-w", help="The folder that keeps stages and records.")
]
DagFile = Annotated[Path, typer.Argument(metavar="DAG.json", help="A *.liqdag.json file.")]
Master = Annotated[
    str, typer.Option("--master", help="Where Spark runs: local[*], spark://…, sc://…")
]


def _version(wanted: bool) -> None:
    if wanted:
        console.print(f"liqbench {__version__}", highlight=False)
        raise typer.Exit


@app.callback()
def _main(
    *,
    _version_wanted: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command()
def demo(
    workspace: Space = Path("workspace"),
    deals: Annotated[int, typer.Option(help="How many sample deals.", min=1000)] = 10_000,
) -> None:
    """Run the main job on real bank figures and sample deals, from input to published result."""
    from liqbench import Workbench
    from liqbench.demo import Demo

    _use_console()
    with told():
        Demo(Workbench(workspace), console, deals).run()


@app.command()
def run(
    dag: DagFile,
    *,
    as_of: AsOf,
    workspace: Space = Path("workspace"),
    scenarios: Annotated[
        Path | None, typer.Option(help="A *.liqscenarios.json file to analyze.")
    ] = None,
    inject_at: Annotated[
        list[str] | None,
        typer.Option(help="An injection point; may be repeated. Default: each rule's own stage."),
    ] = None,
    table: Annotated[
        str | None, typer.Option(help="Print this table: an operator's id or type.")
    ] = None,
    master: Master = "local[*]",
) -> None:
    """Run a DAG and, if wanted, scenarios on it; print what came out."""
    from liqbench import Dag, Workbench, load_scenarios

    _use_console()
    with told():
        bench = Workbench(workspace, session=master)
        loaded = Dag.load(dag)
        if scenarios is None:
            done = bench.run(loaded, as_of=as_of)
        else:
            analysis = bench.analyze(
                loaded, load_scenarios(scenarios), as_of=as_of, injection_points=inject_at
            )
            done = analysis.base
        console.print(done.metrics.to_string(), highlight=False)
        for notice in done.notices:
            console.print(f"note: {notice}", markup=False, highlight=False)
        if table is not None:
            console.print(done.table(table).to_string(index=False), highlight=False)
        if scenarios is not None:
            console.print(analysis.summary().T.to_string(), highlight=False)
            failed = [variant for variant in analysis if variant.error is not None]
            if failed:
                raise LiqbenchError(f"{len(failed)} of {len(analysis.variants)} variants failed")


@app.command()
def validate(dag: DagFile, as_of: AsOf) -> None:
    """Check a DAG against its sources' fields without running it; report every fault."""
    from liqbench.engine import SessionSettings, open_session, resolve
    from liqbench.model import Dag, as_date
    from liqbench.operators import Context
    from liqbench.samples import cache_folder

    with told():
        loaded = Dag.load(dag)
        context = Context(
            as_of=as_date(as_of),
            session=partial(open_session, SessionSettings(), cache_folder()),
            folder=loaded.folder,
        )
        resolved = resolve(loaded, context)
        for name, node in resolved.nodes.items():
            keys = ", ".join(node.keys)
            count = len(node.schema.fields)
            console.print(
                f"{name:<24} {node.operator.kind:<12} {count:>3} fields, key {keys}",
                highlight=False,
                markup=False,
            )
        for notice in resolved.notices:
            console.print(f"note: {notice}", markup=False, highlight=False)
        console.print(f"{loaded.name} is valid", highlight=False)


@app.command()
def reconcile(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Tables as CSV files.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Show every row that was checked.")] = False,
) -> None:
    """Hold published LIQ1 and LIQ2 tables to their own sums, caps and ratios.

    Leaves with 0 where all of them reconcile, 1 where one does not, 2 where one can't be read.
    """
    from liqbench.regulation.disclosure import read_disclosures
    from liqbench.regulation.disclosure import reconcile as hold_to_identities

    code, documents = 0, []
    for file in files:
        try:
            done = [hold_to_identities(table) for table in read_disclosures(file)]
        except LiqbenchError as error:
            code = _CANT_BE_READ
            documents.append(_unreadable(file, error))
            if not as_json:
                tell(error)
            continue
        for result in done:
            code = max(code, 0 if result.reconciles else 1)
            documents.append(result.document())
            if not as_json:
                _show(result, result.checks if every else result.off)
    if as_json:
        typer.echo(json.dumps(documents, indent=2, ensure_ascii=False))
    raise typer.Exit(code)


def _unreadable(file: Path, error: LiqbenchError) -> dict[str, object]:
    """Return the JSON of a file that can't be read; its fields are those of one that can."""
    nothing = dict.fromkeys(("bank", "reference_date", "template", "edition"))
    fault = {"type": type(error).__name__, "message": str(error)}
    return {"file": str(file), **nothing, "verdict": "unreadable", "rows": [], "error": fault}


def _show(result: Reconciliation, checks: Sequence[Check]) -> None:
    """Print some checks of a table, if there are any, and its verdict."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("row", "label", "column"):
        table.add_column(heading, no_wrap=heading != "label")
    for heading in ("printed", "expected", "difference", "tolerance"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for check in checks:
        table.add_row(
            check.row,
            check.label,
            check.column,
            "" if check.printed is None else check.written(check.printed),
            f"{'≥ ' if check.is_bound else ''}{check.written(check.expected)}",
            check.written(check.difference),
            check.written(check.tolerance),
            check.verdict.value,
            style="red" if check.is_off else "",
        )
    if checks:
        console.print(table)
    for check in checks:
        if check.note:
            console.print(f"row {check.row}: {check.note}", markup=False, highlight=False)
    console.print(result.headline, markup=False, highlight=False)


@app.command()
def lab(
    folder: Annotated[Path, typer.Option(help="Where the notebooks are put.")] = Path("notebooks"),
    port: Annotated[int, typer.Option(help="The port; the next free one is taken.")] = 8888,
) -> None:
    """Open JupyterLab with the notebooks; the ones that are there already stay as they are."""
    for notebook in sorted(_notebooks().glob("*.ipynb")):
        copy = folder / notebook.name
        if not copy.exists():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(notebook, copy)
    command = jupyterlab(f"--port={port}", f"--notebook-dir={folder}", "--ServerApp.ip=127.0.0.1")
    raise typer.Exit(subprocess.call(command))  # noqa: S603 - our own command


def _notebooks() -> Path:
    """Return the folder of the notebooks: installed with the package, or the checkout's."""
    installed = Path(__file__).parent / "notebooks"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "notebooks"


def _use_console() -> None:
    from liqbench.console import reporter
    from liqbench.model.presentation import use_reporter

    use_reporter(partial(reporter, console))


def main() -> None:
    """Run the command."""
    app()
