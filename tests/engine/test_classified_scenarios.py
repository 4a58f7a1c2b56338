"""Scenarios through splitting, classification, LCR and NSFR: every strategy, the same digits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from pyspark.sql import SparkSession

from liqbench import Workbench, samples
from liqbench.model import Adjustment, AdjustmentRule, Condition, Dag, Scenario

AS_OF = "2025-12-31"


def rule(
    name: str, stage: str, conditions: list[tuple[str, str, object]], *change: object
) -> AdjustmentRule:
    field, operation, value = change
    return AdjustmentRule(
        rule_id=name,
        stage=stage,
        conditions=tuple(Condition(field=f, operator=o, value=v) for f, o, v in conditions),
        adjustments=(Adjustment(field=field, operation=operation, value=value),),
        reason="test",
    )


# Where it is injected, and the strategy that is fit for it.
SCENARIOS = {
    # Amounts of classified parts: affine, so a cube prices it.
    "larger": (
        rule("R1", "classify", [("x_lcr_code", "=", "O.RET.LESS")], "amount", "percent", 10),
        "cube",
    ),
    # What deals are changes what they are classified as: rows move between groups.
    "operational": (
        rule("R2", "enrich", [("entity_type", "=", "corporate"), ("schema_type", "=", "account")],
             "purpose", "set", "clearing"),
        "delta",
    ),
    # A guarantee less changes which parts there are.
    "encumbered": (
        rule("R3", "enrich", [("hqla_class", "=", "i"), ("encumbrance_amount", "=", 0)],
             "encumbrance_amount", "add", 100_000),
        "delta",
    ),
    # Weights are a few rows of groups; the group's ratios read them behind a filter.
    "run_off": (
        rule("R4", "weigh", [("x_lcr_code", "starts with", "O.RET.")], "liquidity_factor",
             "multiply", "1.5"),
        "delta",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def dag(tmp_path_factory: pytest.TempPathFactory) -> Dag:
    return samples.lcr_nsfr_dag(1_000, folder=tmp_path_factory.mktemp("sheet") / "sample")


@pytest.fixture(scope="module")
def bench(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    workbench = Workbench(tmp_path_factory.mktemp("bench") / "workspace", session=spark)
    yield workbench
    workbench.close()


Tables = dict[tuple[str, str], pd.DataFrame]


def ratios(bench: Workbench, dag: Dag, strategy: str) -> tuple[Tables, dict[str, str]]:
    """Return both ratios under every scenario, and the strategy of each."""
    scenarios = [Scenario(name=name, rules=(own,)) for name, (own, _) in SCENARIOS.items()]
    analysis = bench.analyze(dag, scenarios, as_of=AS_OF, strategy=strategy)
    found = {
        (variant.injections.scenario.name, table): variant.result().table(table)
        for variant in analysis
        for table in ("lcr", "nsfr")
    }
    plan = analysis.plan
    return found, dict(zip(plan["scenario"], plan["strategy"], strict=True))


def test_every_strategy_gives_both_ratios_to_the_last_digit(
    bench: Workbench, spark: SparkSession, dag: Dag, tmp_path: Path
) -> None:
    fast, chosen = ratios(bench, dag, "auto")
    assert chosen == {name: own for name, (_, own) in SCENARIOS.items()}
    other = Workbench(tmp_path / "full", session=spark)
    full, _ = ratios(other, dag, "full")
    other.close()
    base = bench.run(dag, as_of=AS_OF)
    for (name, table), expected in full.items():
        pd.testing.assert_frame_equal(by_entity(fast[name, table]), by_entity(expected))
        if table == "lcr":
            assert not by_entity(expected).equals(by_entity(base.table("lcr"))), name


def by_entity(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values("reporting_id", kind="stable").reset_index(drop=True)
