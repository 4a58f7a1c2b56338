"""Scenarios on the deal sample: how long a baseline and the variants take, in one run.

    python -m benchmarks.scenarios --deals 100000 --scenarios 3 --json result.json

Every figure is wall time of this machine in this run; only the ratios mean something elsewhere.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from liqbench import Scenario, Workbench, samples

AS_OF = "2025-12-31"


def measure(deals: int, scenarios: int) -> dict[str, float]:
    """Return seconds of the baseline, of the variants run in full, and of asking again."""
    with tempfile.TemporaryDirectory() as folder:
        dag = samples.lcr_dag(deals, folder=Path(folder) / "deals")
        bench = Workbench(Path(folder) / "warm-up")
        warm = samples.lcr_dag(1_000, folder=Path(folder) / "few")
        bench.run(warm, as_of=AS_OF)
        bench = Workbench(Path(folder) / "workspace")
        wanted = _scenarios(scenarios)
        baseline = _seconds(lambda: bench.run(dag, as_of=AS_OF))

        def ask() -> object:
            return bench.analyze(dag, wanted, injection_points=["enrich"], as_of=AS_OF)

        full, again = _seconds(ask), _seconds(ask)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        return {
            "deals": deals,
            "scenarios": scenarios,
            "baseline_s": baseline,
            "full_s": full,
            "again_s": again,
            "peak_rss_mb": peak / 1024,
        }


def _scenarios(count: int) -> list[Scenario]:
    """Return as many scenarios as wanted, each with another run-off rate."""
    return [
        Scenario.from_json(
            {
                "name": f"scenario {n}",
                "rules": [
                    {
                        "rule_id": f"R{n}",
                        "conditions": [
                            {"field": "x_lcr_code", "operator": "=", "value": "O.RET.LESS"}
                        ],
                        "adjustments": [
                            {
                                "field": "liquidity_factor",
                                "operation": "set",
                                "value": f"0.{20 + n}",
                            }
                        ],
                    }
                ],
            }
        )
        for n in range(count)
    ]


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, default=100_000)
    parser.add_argument("--scenarios", type=int, default=3)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    found = measure(arguments.deals, arguments.scenarios)
    table = Table("what", "value", "× baseline")
    for name, value in found.items():
        times = f"{value / found['baseline_s']:.2f}" if name.endswith("_s") else ""
        table.add_row(name, f"{value:,.2f}", times)
    Console().print(table)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
