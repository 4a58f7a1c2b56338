"""Scenarios on the deal sample, by every strategy and by hand-written DuckDB, in one run.

    python -m benchmarks.scenarios --deals 100000 --scenarios 12 --json result.json
    python -m benchmarks.scenarios --grid --json grid.json --picture grid.svg

Every figure is wall time of this machine in this run; only the ratios mean something elsewhere.
All ways must come to the same figures to the last digit, or there is no result at all.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.measure import measure
from benchmarks.picture import draw
from benchmarks.report import table_of, write_json
from benchmarks.ways import PER_CELL, WAYS, Job

_DEALS = (100_000, 1_000_000, 5_000_000)
_TWENTY = 20_000_000
_SCENARIOS = (1, 4, 12, 48)
_WHOLE = 12  # scenarios of a grid for which all ways are measured
_MANY_DEALS = 1_000_000
_FEW_CLONES = 2


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--deals", type=int, nargs="+", default=[100_000])
    parser.add_argument("--scenarios", type=int, nargs="+", default=[12])
    parser.add_argument(
        "--grid", action="store_true", help="0.1, 1 and 5 million deals × 1, 4, 12, 48 scenarios"
    )
    parser.add_argument("--twenty", action="store_true", help="20 million deals in addition")
    parser.add_argument(
        "--stored-clones",
        type=int,
        metavar="M",
        help="how many clones that store everything are measured, and scaled up to all "
        f"(default: all, and {_FEW_CLONES} from {_MANY_DEALS:,} deals on)",
    )
    parser.add_argument("--driver-memory", default="4g", help="Spark's heap (default: 4g)")
    parser.add_argument("--ways", nargs="+", choices=WAYS, help="only these")
    parser.add_argument("--json", type=Path, help="where the figures go")
    parser.add_argument("--picture", type=Path, help="where the picture goes: .svg or .png")
    found = parser.parse_args()
    if found.grid:
        found.deals, found.scenarios = list(_DEALS), list(_SCENARIOS)
    if found.twenty:
        found.deals.append(_TWENTY)
    return found


def _jobs(arguments: argparse.Namespace, whole: int) -> Iterator[tuple[Sequence[str], Job]]:
    """Yield every cell with its ways; its folder is gone behind the last one of its size."""
    for deals in arguments.deals:
        with tempfile.TemporaryDirectory() as folder:
            for scenarios in arguments.scenarios:
                few = min(scenarios, _FEW_CLONES) if deals >= _MANY_DEALS else scenarios
                job = Job(
                    folder=Path(folder),
                    deals=deals,
                    scenarios=scenarios,
                    stored_clones=min(scenarios, arguments.stored_clones or few),
                    driver_memory=arguments.driver_memory,
                )
                usual = tuple(WAYS) if scenarios == whole else PER_CELL
                yield arguments.ways or usual, job


def main() -> None:
    """Measure, print, and write what is asked for after every cell."""
    arguments, console = _arguments(), Console(log_path=False)
    counts = arguments.scenarios
    whole = _WHOLE if _WHOLE in counts else max(counts)
    cells: list[dict[str, Any]] = []
    for ways, job in _jobs(arguments, whole):
        cells.append(measure(ways, job, tell=console.log))
        console.print(table_of(cells[-1]))
        if arguments.json is not None:
            told = cells[0] if len(arguments.deals) == len(counts) == 1 else {"cells": cells}
            write_json(arguments.json, told)
    if arguments.picture is not None:
        draw(cells, arguments.picture, whole=whole)


if __name__ == "__main__":
    main()
