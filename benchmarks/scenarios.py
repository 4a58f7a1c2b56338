"""Scenarios on the deal sample, by every strategy, in one run.

    python -m benchmarks.scenarios --deals 100000 --scenarios 3 --json result.json

Every figure is wall time of this machine in this run; only the ratios mean something elsewhere.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

from liqbench import Dag, ImpactAnalysis, Scenario, Workbench, samples

AS_OF = "2025-12-31"
STRATEGIES = ("cube", "delta", "full")
CODES = ("O.RET.LESS", "O.RET.STABLE5", "O.WHL.NFC", "O.SME.LESS")


def measure(deals: int, scenarios: int, strategies: tuple[str, ...]) -> dict[str, float]:
    """Return seconds of the baseline, of all scenarios by each strategy, and of questions.

    Raises ``AssertionError`` where two strategies differ in any digit of any ratio.
    """
    with tempfile.TemporaryDirectory() as folder:
        dag = samples.lcr_dag(deals, folder=Path(folder) / "deals")
        _warm_up(Path(folder))
        found: dict[str, float] = {"deals": deals, "scenarios": scenarios}
        answers: dict[str, pd.DataFrame] = {}
        for strategy in strategies:
            bench = Workbench(Path(folder) / strategy)
            baseline = _seconds(lambda bench=bench: bench.run(dag, as_of=AS_OF))  # type: ignore[misc]
            found.setdefault("baseline_s", baseline)
            analysis, found[f"{strategy}_s"] = _analyzed(bench, dag, scenarios, strategy)
            answers[strategy] = analysis.by_entity()
            if strategy == "cube":
                found |= _questions(analysis)
        first = next(iter(answers.values()))
        assert all(answer.equals(first) for answer in answers.values()), "strategies differ"  # noqa: S101
        found["peak_rss_mb"] = _peak_of_spark()
        return found


def _peak_of_spark() -> float:
    """Return the most memory that a child of this process had, which is Spark's JVM, in MiB."""
    peaks = [0.0]
    for status in Path("/proc").glob("[0-9]*/status"):
        fields = dict(line.split(":", 1) for line in status.read_text("utf-8").splitlines())
        if int(fields["PPid"]) == os.getpid() and "VmHWM" in fields:
            peaks.append(int(fields["VmHWM"].split()[0]) / 1024)
    return max(peaks)


def _warm_up(folder: Path) -> None:
    """Let Spark start and compile its code on a few deals."""
    bench = Workbench(folder / "warm-up")
    _analyzed(bench, samples.lcr_dag(1_000, folder=folder / "few"), 2, "cube")


def _analyzed(
    bench: Workbench, dag: Dag, scenarios: int, strategy: str
) -> tuple[ImpactAnalysis, float]:
    start = time.perf_counter()
    analysis = bench.analyze(
        dag,
        [_scenario(n) for n in range(scenarios)],
        injection_points=["enrich"],
        as_of=AS_OF,
        strategy=strategy,
    )
    return analysis, time.perf_counter() - start


def _questions(analysis: ImpactAnalysis) -> dict[str, float]:
    """Return the seconds of a sweep of fifty values, a break-even, and a trace to the deals."""
    values = [Decimal(n) / 100 for n in range(50)]

    def sweep() -> object:
        return analysis.sweep("R0", "liquidity_factor", values, variant="scenario 0")

    def break_even() -> object:
        total = analysis.summary().iloc[0]
        middle = (total["lcr_before"] + total["lcr_after"]) / 2
        return analysis.break_even(
            rule="R0", parameter="liquidity_factor", variant="scenario 0", target=middle
        )

    def trace() -> object:
        key = {"reporting_id": "LE001", "x_lcr_code": "O.RET.LESS"}
        return analysis.base.lineage.trace("agg_entity", key).table("ingest", limit=10_000_000)

    return {
        "follow_up_s": _seconds(sweep),
        "break_even_s": _seconds(break_even),
        "trace_s": _seconds(trace),
    }


def _scenario(number: int) -> Scenario:
    """Return a scenario of two rules: another run-off rate, and another haircut."""
    code = {"field": "x_lcr_code", "operator": "=", "value": CODES[number % len(CODES)]}
    runoff = {"field": "liquidity_factor", "operation": "set", "value": f"0.{20 + number}"}
    level = {"field": "section", "operator": "=", "value": "L2A"}
    haircut = {"field": "haircut", "operation": "add", "value": f"0.0{1 + number % 9}"}
    return Scenario.from_json(
        {
            "name": f"scenario {number}",
            "rules": [
                {"rule_id": f"R{number}", "conditions": [code], "adjustments": [runoff]},
                {"rule_id": f"H{number}", "conditions": [level], "adjustments": [haircut]},
            ],
        }
    )


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, default=100_000)
    parser.add_argument("--scenarios", type=int, default=12)
    parser.add_argument("--strategies", nargs="+", choices=STRATEGIES, default=STRATEGIES)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    found = measure(arguments.deals, arguments.scenarios, tuple(arguments.strategies))
    table = Table("what", "value", "× baseline")
    for name, value in found.items():
        times = f"{value / found['baseline_s']:.2f}" if name.endswith("_s") else ""
        table.add_row(name, f"{value:,.2f}", times)
    Console().print(table)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
