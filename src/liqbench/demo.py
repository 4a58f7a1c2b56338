"""The main job once, from real bank figures to a published and queried result."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
from rich.console import Console

from liqbench import samples
from liqbench.console import amount, count, points, ratio, rounded, table
from liqbench.errors import LiqbenchError
from liqbench.impact import ImpactAnalysis
from liqbench.warehouse import DuckDbTarget
from liqbench.workbench import Workbench

AS_OF = "2025-12-31"
POINTS = ("enrich", "calc_base", "agg_entity")

_QUESTION = """
SELECT s.scenario, s.injection_point, count(*) AS entities, sum(f.hqla) AS hqla,
       sum(f.net_outflows) AS net_outflows, min(f.lcr) AS lowest_lcr
FROM fact_liquidity f JOIN dim_scenario s USING (scenario_key)
GROUP BY ALL ORDER BY s.scenario, s.injection_point"""


class Demo:
    """Runs the steps and keeps what each took."""

    def __init__(self, bench: Workbench, console: Console, deals: int) -> None:
        self._bench = bench
        self._console = console
        self._deals = deals
        self._steps: list[dict[str, object]] = []

    def run(self) -> None:
        """Run all steps; any failure stops it with its own error."""
        with self._step("Spark session", "1"):
            self._bench.spark  # noqa: B018 - asking for it starts it
        self._banks()
        analysis = self._scenarios_on_deals()
        self._publish(analysis)
        frame = pd.DataFrame(self._steps)
        columns = [("step", "Step", None), ("size", "Size", None), ("seconds", "Seconds", str)]
        self._console.print(table("What each step took", frame, columns))

    @contextmanager
    def _step(self, name: str, size: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        seconds = f"{time.perf_counter() - start:.1f}"
        self._steps.append({"step": name, "size": size, "seconds": seconds})

    def _banks(self) -> None:
        dag = samples.disclosure_dag()
        with self._step("LCR of real banks from their LIQ1 tables", "20 tables, 491 figures"):
            run = self._bench.run(dag, as_of=AS_OF)
        compared = samples.compare_with_printed(run.table("lcr"))
        self._console.print(_banks_table(compared))
        self._console.print(_differences_table(compared))
        scenarios = samples.disclosure_scenarios()
        with self._step("What-if on real banks", f"{len(scenarios)} scenarios"):
            analysis = self._bench.analyze(dag, scenarios, as_of=AS_OF)
        self._console.print(
            table(
                "Less stable retail deposits run off by 5 points more",
                analysis.by_entity().query("scenario == 'less_stable_plus_5'"),
                [
                    ("bank_id", "Bank", None),
                    ("reference_date", "Date", None),
                    ("net_outflows_change", "Net outflows", rounded),
                    ("lcr_before", "LCR before", ratio),
                    ("lcr_after", "LCR after", ratio),
                    ("lcr_change_pp", "Points", points),
                ],
            )
        )
        self._console.print(_summary_table("Three what-ifs, 20 tables", analysis))

    def _scenarios_on_deals(self) -> ImpactAnalysis:
        with self._step("Sample deals", f"{self._deals:,} deals"):
            dag = samples.lcr_dag(self._deals)
        with self._step("LCR from deals", f"{self._deals:,} deals, 8 operators"):
            self._bench.run(dag, as_of=AS_OF)
        scenarios = samples.lcr_scenarios()
        variants = f"{len(scenarios)} scenarios × {len(POINTS)} injection points"
        with self._step("What-if on deals", variants):
            analysis = self._bench.analyze(
                dag, scenarios, injection_points=POINTS, as_of=AS_OF, limit=1
            )
        self._console.print(_summary_table(f"{variants}, {self._deals:,} deals", analysis))
        with self._step("Deals that moved most", "1 variant"):
            moved = analysis.deals("conservative@enrich", limit=5)
        columns = [
            ("id", "Deal", None),
            ("weighted_amount_before", "Outflow before", amount),
            ("weighted_amount_after", "Outflow after", amount),
            ("weighted_amount_change", "Change", amount),
        ]
        self._console.print(table("conservative@enrich: deals that moved most", moved, columns))
        return analysis

    def _publish(self, analysis: ImpactAnalysis) -> None:
        say = self._console.print
        with self._step("Submit, approve", "1 variant"):
            submission = self._bench.submit(
                analysis["conservative@enrich"], by="analyst", comment="Month-end stress view"
            )
            say(f"[bold]Submitted[/] {submission.variant} by analyst: {submission.id}")
            try:
                self._bench.approve(submission.id, by="analyst", comment="Looks fine")
            except LiqbenchError as refusal:
                say(f"[bold]Refused[/] {refusal}")
            approval = self._bench.approve(
                submission.id, by="approver", comment="Agreed with treasury"
            )
            say(f"[bold]Approved[/] by approver: {approval.id}")
        with self._step("Publish, publish again, query", "DuckDB"):
            say(f"[bold]Published[/] {self._bench.publish(approval.id)}")
            say(f"[bold]Again[/] {self._bench.publish(approval.id)}")
            target = self._bench.target()
            answer = target.query(_QUESTION)
        columns = [
            ("scenario", "Scenario", None),
            ("injection_point", "Point", None),
            ("entities", "Entities", count),
            ("hqla", "HQLA", amount),
            ("net_outflows", "Net outflows", amount),
            ("lowest_lcr", "Lowest LCR", ratio),
        ]
        say(table("What the warehouse answers", answer, columns))
        if isinstance(target, DuckDbTarget):
            say(f"Query it yourself: duckdb.connect({str(_shown(target.file))!r})")


def _shown(file: Path) -> Path:
    here = Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file


def _banks_table(compared: pd.DataFrame) -> object:
    wide = compared.pivot_table(
        index=["bank_id", "reference_date", "unit", "inflow_cap_binds", "lcr", "lcr_printed"],
        columns="row",
        values="calculated",
        aggfunc="first",
    ).reset_index()
    wide["binds"] = wide["inflow_cap_binds"].map({True: "yes", False: ""})
    in_units = wide["unit"].str.len() == len("EUR")
    for row in samples.TOTALS:
        wide[row] = [v / 1_000_000 if m else v for v, m in zip(wide[row], in_units, strict=True)]
    wide["reference_date"] = [day.strftime("%Y-%m") for day in wide["reference_date"]]
    wide["unit"] = [_short_unit(unit) for unit in wide["unit"]]
    return table(
        "LCR of real banks, calculated from the rows of their published LIQ1 tables",
        wide,
        [
            ("bank_id", "Bank", None),
            ("reference_date", "Date", None),
            ("unit", "Unit", None),
            ("16", "Outflows", rounded),
            ("20", "Inflows", rounded),
            ("22", "Net", rounded),
            ("binds", "Cap", None),
            ("lcr", "LCR", ratio),
            ("lcr_printed", "printed*", ratio),
        ],
    )


def _short_unit(unit: str) -> str:
    """Return currency and scale: figures in single units are shown in millions."""
    currency, _, scale = unit.partition(" ")
    return f"{currency} {'cr' if scale == 'crore' else 'm'}"


def _differences_table(compared: pd.DataFrame) -> object:
    off = compared[compared["off"]].assign(off=False)
    return table(
        "* EU banks print an average of twelve monthly ratios. Totals off the print by more than "
        "its rounding",
        off,
        [
            ("bank_id", "Bank", None),
            ("reference_date", "Date", None),
            ("row", "LIQ1 row", None),
            ("calculated", "Calculated", amount),
            ("printed", "Printed", amount),
            ("difference", "Difference", amount),
        ],
    )


def _summary_table(title: str, analysis: ImpactAnalysis) -> object:
    return table(
        title,
        analysis.summary(),
        [
            ("scenario", "Scenario", None),
            ("injection_point", "Point", None),
            ("records_affected", "Rows", count),
            ("liquidity_change", "Liquidity", rounded),
            ("lcr_before", "LCR", ratio),
            ("lcr_after", "after", ratio),
            ("lcr_change_pp", "Points", points),
            ("max_entity", "most", None),
            ("affected_entities", "Moved", count),
            ("lowest_lcr_after", "Lowest", ratio),
            ("lowest_entity", "of", None),
            ("breaches", "< limit", count),
        ],
    )
