"""Classification and both ratios beside a plain aggregation of the same deals, in one session.

    python -m benchmarks.regulation --deals 1000000 --json result.json

``plain_s`` is a run that reads the deals with all its checks and sums their balance per entity and
currency; ``both_s`` one that splits and classifies them and gives LCR and NSFR of every entity.
Each is the median of nine runs in workspaces that had nothing stored. Both ratios must equal those
of a DuckDB query written by hand, to the last digit, or there is no result.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession
from rich.console import Console
from rich.table import Table

from benchmarks.answers import DifferentResultsError, first_different
from benchmarks.memory import peak_mb
from benchmarks.report import write_json
from benchmarks.sheet_duck import Row, both_ratios
from benchmarks.ways import FEW
from benchmarks.whatif import AS_OF
from liqbench import Dag, OperatorConfig, Run, SessionSettings, Workbench, samples

FIGURES = {"lcr": ["hqla", "net_outflows", "lcr"], "nsfr": ["asf", "rsf", "nsfr"]}
_REPEATS = 9


def figures_of(run: Run, *tables: str, by: str = "reporting_id") -> dict[str, Any]:
    """Return the figures of an LCR and an NSFR per entity, as the reference has them."""
    found: dict[str, Any] = {}
    for table in tables:
        names = FIGURES[run.resolved.nodes[table].config.operator_type]
        for member, *own in run.table(table)[[by, *names]].to_numpy().tolist():
            found[member] = (*found.get(member, ()), *own)
    return found


def plain(dag: Dag) -> Dag:
    """Return the DAG that only reads the same deals and sums them per entity and currency."""
    total = {"name": "balance", "function": "sum", "field": "balance"}
    summed = OperatorConfig(
        operator_id="plain",
        operator_type="aggregate",
        inputs=("ingest",),
        parameters={
            "group_by": ["date", "reporting_id", "currency_code"],
            "measures": [total, {"name": "deals", "function": "count"}],
        },
    )
    return Dag(name="plain", operators=(dag.operator("ingest"), summed)).at_folder(dag.folder)


def ratios(dag: Dag) -> Dag:
    """Return the DAG that gives both ratios of every entity, and nothing else."""
    wanted = dag.upstream("lcr") | dag.upstream("nsfr") | {"lcr", "nsfr"}
    operators = tuple(each for each in dag.operators if each.operator_id in wanted)
    return Dag(name="ratios", operators=operators).at_folder(dag.folder)


def measure(deals: int, folder: Path, driver_memory: str) -> dict[str, Any]:
    """Return the seconds of both, their ratio and the peak memory in MiB."""
    settings = SessionSettings(driver_memory=driver_memory)
    sheet, small = folder / f"sheet-{deals}", folder / f"small-{FEW}"
    dag = samples.lcr_nsfr_dag(deals, folder=sheet)
    few = samples.lcr_nsfr_dag(FEW, folder=small)
    with closing(Workbench(folder / "warm-up", session=settings)) as bench:
        for each in (plain(few), ratios(few)):
            bench.run(each, as_of=AS_OF)
    both_ratios(small)
    plain_s, _ = _usual(plain(dag), folder / "plain")
    both_s, found = _usual(ratios(dag), folder / "both", "lcr", "nsfr")
    peak = peak_mb()
    SparkSession.active().stop()
    start = time.perf_counter()
    expected = both_ratios(sheet)
    duckdb_s = time.perf_counter() - start
    if entity := first_different(found, expected):
        raise DifferentResultsError(
            f"entity {entity}: liqbench has {found.get(entity)}, DuckDB has {expected.get(entity)}"
        )
    return {
        "deals": deals,
        "plain_s": plain_s,
        "both_s": both_s,
        "duckdb_s": duckdb_s,
        "ratios": {"both/plain": both_s / plain_s},
        "peak_rss_mb": peak,
    }


def _usual(dag: Dag, folder: Path, *tables: str) -> tuple[float, dict[str, Row]]:
    """Return the median of the seconds of several runs, and the figures that came out."""
    taken: list[float] = []
    for number in range(_REPEATS):
        place = folder / str(number)
        with closing(Workbench(place, session=SparkSession.active())) as bench:
            start = time.perf_counter()
            run = bench.run(dag, as_of=AS_OF)
            taken.append(time.perf_counter() - start)
            figures = figures_of(run, *tables)
    return statistics.median(taken), figures


def table_of(cell: dict[str, Any]) -> Table:
    """Return the figures as a table."""
    table = Table(
        title=f"{cell['deals']:,} deals, both ratios",
        caption=f"every figure equals DuckDB's to the last digit; peak {cell['peak_rss_mb']:,.0f} "
        "MiB",
        title_justify="left",
    )
    for name in ("way", "seconds", "× plain"):
        table.add_column(name, justify="right" if name != "way" else "left")
    words = {
        "plain_s": "plain aggregation",
        "both_s": "classification and both ratios",
        "duckdb_s": "DuckDB by hand, no checks",
    }
    for key, text in words.items():
        table.add_row(text, f"{cell[key]:,.2f}", f"{cell[key] / cell['plain_s']:,.2f}")
    return table


def main() -> None:
    """Measure, print, and write what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--deals", type=int, default=1_000_000)
    parser.add_argument("--driver-memory", default="4g", help="Spark's heap (default: 4g)")
    parser.add_argument("--json", type=Path, help="where the figures go")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cell = measure(given.deals, Path(folder), given.driver_memory)
    Console().print(table_of(cell))
    if given.json is not None:
        write_json(given.json, cell)


if __name__ == "__main__":
    main()
