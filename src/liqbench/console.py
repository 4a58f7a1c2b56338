"""Tables and progress on a terminal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from liqbench.engine import Progress as Step

Format = Callable[[Any], str]
NOTHING = "—"


def amount(value: Any) -> str:
    """Format an amount: thousands separated, two digits behind the point."""
    return NOTHING if _missing(value) else f"{Decimal(value):,.2f}"


def rounded(value: Any) -> str:
    """Format an amount: thousands separated, no digits behind the point."""
    return NOTHING if _missing(value) else f"{Decimal(value):,.0f}"


def count(value: Any) -> str:
    """Format a count: thousands separated."""
    return NOTHING if _missing(value) else f"{int(value):,}"


def ratio(value: Any) -> str:
    """Format a ratio in percent."""
    return "undefined" if _missing(value) else f"{100 * Decimal(value):,.1f} %"


def points(value: Any) -> str:
    """Format a change in percentage points, with its sign."""
    return NOTHING if _missing(value) else f"{Decimal(value):+,.2f}"


def _missing(value: Any) -> bool:
    return value is None or (not isinstance(value, str) and pd.isna(value))


def table(
    title: str, rows: pd.DataFrame, columns: Sequence[tuple[str, str, Format | None]]
) -> Table:
    """Return a table of some columns: field, heading, and the format of figures.

    A column without a single value is left out.
    """
    result = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    columns = [column for column in columns if not rows[column[0]].isna().all()]
    for _, heading, form in columns:
        result.add_column(heading, justify="left" if form is None else "right", no_wrap=True)
    for row in rows.to_dict("records"):
        cells = []
        for field, _, form in columns:
            value = row.get(field)
            cells.append(str("" if _missing(value) else value) if form is None else form(value))
        result.add_row(*cells, style="red" if row.get("off") or row.get("breach") else "")
    return result


@contextmanager
def reporter(console: Console, title: str) -> Iterator[Callable[[Step], None]]:
    """Show the progress of a run: one bar per run or variant."""
    bars = Progress(
        SpinnerColumn(),
        TextColumn("{task.description:<32}"),
        BarColumn(bar_width=24),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TextColumn("{task.fields[now]}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
    tasks: dict[str, Any] = {}
    lock = threading.Lock()

    def show(step: Step) -> None:
        with lock:
            name = title if step.run == "run" else step.run
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=step.total, now="")
            rows = "" if step.rows is None else f" {step.rows:,} rows"
            now = f"{step.operator_id} {step.state}{rows}"
            bars.update(tasks[name], completed=step.finished, now=now)

    with bars:
        yield show
